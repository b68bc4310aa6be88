DROP INDEX "log_lines_at";--> statement-breakpoint
ALTER TABLE "log_lines" ADD COLUMN "agent" text;--> statement-breakpoint
ALTER TABLE "log_lines" ADD COLUMN "words" "tsvector" GENERATED ALWAYS AS (to_tsvector('simple', regexp_replace(message || ' ' || coalesce(workflow_id, '')
          || ' ' || fields::text, '[^[:alnum:]]+', ' ', 'g'))) STORED NOT NULL;--> statement-breakpoint
CREATE INDEX "audit_by" ON "audit" USING btree ("by","id");--> statement-breakpoint
CREATE INDEX "audit_action" ON "audit" USING btree ("action","id");--> statement-breakpoint
CREATE INDEX "audit_target" ON "audit" USING btree ("target","id");--> statement-breakpoint
CREATE INDEX "log_lines_workflow" ON "log_lines" USING btree ("workflow_id","at","id");--> statement-breakpoint
CREATE INDEX "log_lines_agent" ON "log_lines" USING btree ("agent","at","id","level");--> statement-breakpoint
CREATE INDEX "log_lines_trouble" ON "log_lines" USING btree ("at","id","level","agent") WHERE level in ('warn', 'error');--> statement-breakpoint
CREATE INDEX "log_lines_words" ON "log_lines" USING gin ("words");--> statement-breakpoint
CREATE INDEX "log_lines_at" ON "log_lines" USING btree ("at","id","level","agent");