CREATE TABLE "bulk_actions" (
	"id" uuid PRIMARY KEY NOT NULL,
	"act" text NOT NULL,
	"reason" text NOT NULL,
	"by" text NOT NULL,
	"requested_by" jsonb NOT NULL,
	"created_at" timestamp with time zone DEFAULT now() NOT NULL
);
--> statement-breakpoint
CREATE TABLE "bulk_items" (
	"bulk" uuid NOT NULL,
	"seq" integer NOT NULL,
	"workflow_id" text NOT NULL,
	"run_id" text NOT NULL,
	"type" text NOT NULL,
	"title" text NOT NULL,
	"result" text,
	"message" text DEFAULT '' NOT NULL,
	"at" timestamp with time zone,
	CONSTRAINT "bulk_items_bulk_seq_pk" PRIMARY KEY("bulk","seq")
);
--> statement-breakpoint
ALTER TABLE "attempts" ADD COLUMN "carried" jsonb;--> statement-breakpoint
CREATE INDEX "bulk_items_open" ON "bulk_items" USING btree ("bulk","seq") WHERE result is null;--> statement-breakpoint
CREATE INDEX "attempts_next" ON "attempts" USING btree ("next_attempt_at") WHERE outcome = 'failed' and next_attempt_at is not null;