ALTER TABLE "runs" ADD COLUMN "needs" jsonb;--> statement-breakpoint
ALTER TABLE "swarms" ADD COLUMN "provenance" text;