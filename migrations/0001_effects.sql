CREATE TABLE "effects" (
	"key" text PRIMARY KEY NOT NULL,
	"effect" text NOT NULL,
	"state" text NOT NULL,
	"request_hash" text NOT NULL,
	"owner" text,
	"lease_until" timestamp with time zone NOT NULL,
	"quarantined_until" timestamp with time zone NOT NULL,
	"result" json,
	"reason" text NOT NULL,
	"history" jsonb NOT NULL,
	"created_at" timestamp with time zone NOT NULL,
	"updated_at" timestamp with time zone NOT NULL
);
--> statement-breakpoint
CREATE TABLE "suppressions" (
	"pattern" text PRIMARY KEY NOT NULL,
	"reason" text NOT NULL,
	"by" text NOT NULL,
	"at" timestamp with time zone DEFAULT now() NOT NULL
);
--> statement-breakpoint
CREATE INDEX "effects_created" ON "effects" USING btree ("created_at" DESC NULLS LAST,"key");