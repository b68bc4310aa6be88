CREATE TABLE "lead_file_rows" (
	"upload" uuid NOT NULL,
	"line" integer NOT NULL,
	"found" jsonb,
	"why" text,
	"loaded_at" timestamp with time zone DEFAULT now() NOT NULL,
	CONSTRAINT "lead_file_rows_upload_line_pk" PRIMARY KEY("upload","line")
);
--> statement-breakpoint
CREATE TABLE "lead_files" (
	"id" text PRIMARY KEY NOT NULL,
	"name" text NOT NULL,
	"upload" uuid NOT NULL,
	"lines" integer NOT NULL,
	"loaded_at" timestamp with time zone DEFAULT now() NOT NULL
);
--> statement-breakpoint
CREATE TABLE "lead_imports" (
	"run" text NOT NULL,
	"account" text NOT NULL,
	"list" text NOT NULL,
	"file" text NOT NULL,
	"line" integer DEFAULT 0 NOT NULL,
	"created" integer DEFAULT 0 NOT NULL,
	"changed" integer DEFAULT 0 NOT NULL,
	"unchanged" integer DEFAULT 0 NOT NULL,
	"bad" integer DEFAULT 0 NOT NULL,
	"bad_lines" jsonb DEFAULT '[]'::jsonb NOT NULL,
	"at" timestamp with time zone DEFAULT now() NOT NULL,
	CONSTRAINT "lead_imports_run_account_list_file_pk" PRIMARY KEY("run","account","list","file")
);
--> statement-breakpoint
CREATE TABLE "lead_lists" (
	"account" text NOT NULL,
	"list" text NOT NULL,
	"lead_id" bigint NOT NULL,
	"added_at" timestamp with time zone DEFAULT now() NOT NULL,
	CONSTRAINT "lead_lists_account_list_lead_id_pk" PRIMARY KEY("account","list","lead_id")
);
--> statement-breakpoint
CREATE TABLE "lead_pushes" (
	"account" text NOT NULL,
	"campaign_id" text NOT NULL,
	"email" text NOT NULL,
	"lead_id" bigint NOT NULL,
	"state" text NOT NULL,
	"reason" text NOT NULL,
	"at" timestamp with time zone DEFAULT now() NOT NULL,
	CONSTRAINT "lead_pushes_account_campaign_id_email_pk" PRIMARY KEY("account","campaign_id","email")
);
--> statement-breakpoint
CREATE TABLE "leads" (
	"id" bigint PRIMARY KEY GENERATED ALWAYS AS IDENTITY (sequence name "leads_id_seq" INCREMENT BY 1 MINVALUE 1 MAXVALUE 9223372036854775807 START WITH 1 CACHE 1),
	"account" text NOT NULL,
	"key" text NOT NULL,
	"place_id" text,
	"business_name" text,
	"category" text,
	"address" text,
	"street" text,
	"city" text,
	"state" text,
	"postal_code" text,
	"country_code" text,
	"website" text,
	"site" text,
	"phones" text[] DEFAULT '{}' NOT NULL,
	"emails" text[] DEFAULT '{}' NOT NULL,
	"rating" double precision,
	"reviews" integer,
	"linked_in" text[] DEFAULT '{}' NOT NULL,
	"twitter" text[] DEFAULT '{}' NOT NULL,
	"facebook" text[] DEFAULT '{}' NOT NULL,
	"instagram" text[] DEFAULT '{}' NOT NULL,
	"you_tube" text[] DEFAULT '{}' NOT NULL,
	"tik_tok" text[] DEFAULT '{}' NOT NULL,
	"first_name" text,
	"last_name" text,
	"job_title" text,
	"custom" jsonb DEFAULT '{}'::jsonb NOT NULL,
	"sources" jsonb DEFAULT '{}'::jsonb NOT NULL,
	"is_stand_in" boolean GENERATED ALWAYS AS (jsonb_path_exists(sources, '$.*[*].isStandIn ? (@ == true)')) STORED NOT NULL,
	"search" text DEFAULT '' NOT NULL,
	"excluded" jsonb,
	"created_at" timestamp with time zone DEFAULT now() NOT NULL,
	"updated_at" timestamp with time zone DEFAULT now() NOT NULL,
	CONSTRAINT "leads_key" UNIQUE("account","key")
);
--> statement-breakpoint
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
DROP TABLE "capability_times" CASCADE;--> statement-breakpoint
ALTER TABLE "runs" ADD COLUMN "memory" jsonb;--> statement-breakpoint
ALTER TABLE "swarms" ADD COLUMN "starts" jsonb DEFAULT '[]'::jsonb NOT NULL;--> statement-breakpoint
ALTER TABLE "lead_lists" ADD CONSTRAINT "lead_lists_lead_id_leads_id_fk" FOREIGN KEY ("lead_id") REFERENCES "public"."leads"("id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "lead_pushes" ADD CONSTRAINT "lead_pushes_lead_id_leads_id_fk" FOREIGN KEY ("lead_id") REFERENCES "public"."leads"("id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
CREATE INDEX "lead_lists_lead" ON "lead_lists" USING btree ("lead_id");--> statement-breakpoint
CREATE INDEX "lead_pushes_lead" ON "lead_pushes" USING btree ("lead_id");--> statement-breakpoint
CREATE INDEX "leads_account" ON "leads" USING btree ("account","id");--> statement-breakpoint
CREATE INDEX "leads_site" ON "leads" USING btree ("account","site");--> statement-breakpoint
CREATE INDEX "leads_emails" ON "leads" USING gin ("emails");--> statement-breakpoint
CREATE INDEX "leads_search" ON "leads" USING gin ("search" gin_trgm_ops);--> statement-breakpoint
CREATE INDEX "crawled_sites_list" ON "crawled_sites" USING btree ("account","list","edition","batch");