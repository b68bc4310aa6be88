DROP TABLE "capability_times" CASCADE;--> statement-breakpoint
ALTER TABLE "runs" ADD COLUMN "memory" jsonb;--> statement-breakpoint
ALTER TABLE "swarms" ADD COLUMN "starts" jsonb DEFAULT '[]'::jsonb NOT NULL;