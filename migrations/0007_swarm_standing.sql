DROP INDEX "swarm_outcomes_problems";--> statement-breakpoint
ALTER TABLE "swarms" ADD COLUMN "window" integer;--> statement-breakpoint
ALTER TABLE "swarms" ADD COLUMN "paused" jsonb;--> statement-breakpoint
ALTER TABLE "swarms" ADD COLUMN "totals" jsonb;--> statement-breakpoint
ALTER TABLE "task_lists" ADD COLUMN "added" jsonb;--> statement-breakpoint
CREATE INDEX "swarm_outcomes_at" ON "swarm_outcomes" USING brin ("at") WITH (autosummarize=true);--> statement-breakpoint
CREATE INDEX "swarm_outcomes_problems" ON "swarm_outcomes" USING btree ("swarm","index","state") WHERE state <> 'completed';