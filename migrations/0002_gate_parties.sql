ALTER TABLE "flow_keys" ADD COLUMN "troubles" integer DEFAULT 0 NOT NULL;--> statement-breakpoint
ALTER TABLE "flow_keys" ADD COLUMN "parties" jsonb DEFAULT '{}'::jsonb NOT NULL;--> statement-breakpoint
UPDATE "flow_keys" SET "leases" = '{}';
