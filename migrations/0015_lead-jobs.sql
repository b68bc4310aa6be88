CREATE TABLE "crawled_sites" (
	"account" text NOT NULL,
	"edition" text NOT NULL,
	"site" text NOT NULL,
	"url" text NOT NULL,
	"list" text NOT NULL,
	"batch" integer,
	"is_stand_in" boolean NOT NULL,
	"run_id" text,
	"run_status" text,
	"run_cost_usd" double precision,
	"run_changed" integer,
	"outcome" text,
	"asked_at" timestamp with time zone DEFAULT now() NOT NULL,
	CONSTRAINT "crawled_sites_account_edition_site_pk" PRIMARY KEY("account","edition","site")
);
--> statement-breakpoint
CREATE TABLE "lead_scrapes" (
	"account" text NOT NULL,
	"run_id" text NOT NULL,
	"copied" integer DEFAULT 0 NOT NULL,
	"unreadable" integer DEFAULT 0 NOT NULL,
	"closed" integer DEFAULT 0 NOT NULL,
	"created" integer DEFAULT 0 NOT NULL,
	"changed" integer DEFAULT 0 NOT NULL,
	"unchanged" integer DEFAULT 0 NOT NULL,
	"left_out" integer DEFAULT 0 NOT NULL,
	"updated_at" timestamp with time zone DEFAULT now() NOT NULL,
	CONSTRAINT "lead_scrapes_account_run_id_pk" PRIMARY KEY("account","run_id")
);
--> statement-breakpoint
ALTER TABLE "runs" ADD COLUMN "memory" jsonb;--> statement-breakpoint
CREATE INDEX "crawled_sites_list" ON "crawled_sites" USING btree ("account","list","edition","batch");