CREATE TABLE "api_tokens" (
	"id" bigint PRIMARY KEY GENERATED ALWAYS AS IDENTITY (sequence name "api_tokens_id_seq" INCREMENT BY 1 MINVALUE 1 MAXVALUE 9223372036854775807 START WITH 1 CACHE 1),
	"name" text NOT NULL,
	"hash" text NOT NULL,
	"role" text NOT NULL,
	"created_by" text NOT NULL,
	"created_at" timestamp with time zone DEFAULT now() NOT NULL,
	"expires_at" timestamp with time zone NOT NULL,
	"last_used_at" timestamp with time zone,
	"revoked_at" timestamp with time zone,
	CONSTRAINT "api_tokens_hash_unique" UNIQUE("hash")
);
--> statement-breakpoint
CREATE TABLE "people" (
	"id" bigint PRIMARY KEY GENERATED ALWAYS AS IDENTITY (sequence name "people_id_seq" INCREMENT BY 1 MINVALUE 1 MAXVALUE 9223372036854775807 START WITH 1 CACHE 1),
	"email" text NOT NULL,
	"sub" text,
	"name" text DEFAULT '' NOT NULL,
	"domain" text,
	"role" text,
	"added_by" text NOT NULL,
	"added_at" timestamp with time zone DEFAULT now() NOT NULL,
	"signed_in_at" timestamp with time zone,
	CONSTRAINT "people_email_unique" UNIQUE("email"),
	CONSTRAINT "people_sub_unique" UNIQUE("sub")
);
--> statement-breakpoint
CREATE TABLE "sessions" (
	"hash" text PRIMARY KEY NOT NULL,
	"family" text,
	"person" bigint,
	"data" jsonb NOT NULL,
	"address" text NOT NULL,
	"browser" text NOT NULL,
	"created_at" timestamp with time zone DEFAULT now() NOT NULL,
	"seen_at" timestamp with time zone DEFAULT now() NOT NULL,
	"replaced_at" timestamp with time zone,
	"ends_at" timestamp with time zone NOT NULL
);
--> statement-breakpoint
CREATE TABLE "lead_import_lines" (
	"run" text NOT NULL,
	"account" text NOT NULL,
	"list" text NOT NULL,
	"file" text NOT NULL,
	"line" integer NOT NULL,
	"why" text NOT NULL,
	"at" timestamp with time zone DEFAULT now() NOT NULL,
	CONSTRAINT "lead_import_lines_run_account_list_file_line_pk" PRIMARY KEY("run","account","list","file","line")
);
--> statement-breakpoint
CREATE TABLE "shorts_clips" (
	"account" text NOT NULL,
	"folder" text NOT NULL,
	"id" text NOT NULL,
	"job" text NOT NULL,
	"position" integer NOT NULL,
	"name" text NOT NULL,
	"score" double precision,
	"raw_score" double precision,
	"score_why" text,
	"captions" jsonb NOT NULL,
	"transcript" text,
	"state" text DEFAULT 'generated' NOT NULL,
	"why" text,
	"effect" text,
	"run" text,
	"export_id" text,
	"failed_exports" integer DEFAULT 0 NOT NULL,
	"failed_in" text,
	"arrived" bigint DEFAULT 0 NOT NULL,
	"bytes" bigint,
	"sha256" text,
	"file" text,
	"updated_at" timestamp with time zone DEFAULT now() NOT NULL,
	CONSTRAINT "shorts_clips_account_folder_id_pk" PRIMARY KEY("account","folder","id")
);
--> statement-breakpoint
CREATE TABLE "shorts_jobs" (
	"account" text NOT NULL,
	"id" text NOT NULL,
	"video_url" text,
	"name" text NOT NULL,
	"state" text NOT NULL,
	"why" text,
	"task_id" text,
	"folder" text,
	"effect" text,
	"run" text,
	"is_stand_in" boolean NOT NULL,
	"created_at" timestamp with time zone DEFAULT now() NOT NULL,
	"updated_at" timestamp with time zone DEFAULT now() NOT NULL,
	CONSTRAINT "shorts_jobs_account_id_pk" PRIMARY KEY("account","id")
);
--> statement-breakpoint
CREATE TABLE "shorts_log" (
	"id" bigint PRIMARY KEY GENERATED ALWAYS AS IDENTITY (sequence name "shorts_log_id_seq" INCREMENT BY 1 MINVALUE 1 MAXVALUE 9223372036854775807 START WITH 1 CACHE 1),
	"account" text NOT NULL,
	"job" text NOT NULL,
	"clip" text,
	"line" text NOT NULL,
	"at" timestamp with time zone DEFAULT now() NOT NULL
);
--> statement-breakpoint
CREATE TABLE "posts" (
	"id" bigint PRIMARY KEY GENERATED ALWAYS AS IDENTITY (sequence name "posts_id_seq" INCREMENT BY 1 MINVALUE 1 MAXVALUE 9223372036854775807 START WITH 1 CACHE 1),
	"account" text NOT NULL,
	"key" text NOT NULL,
	"state" text NOT NULL,
	"video_url" text NOT NULL,
	"platform" text NOT NULL,
	"language" text NOT NULL,
	"prompt" text NOT NULL,
	"prompt_hash" text NOT NULL,
	"model" text NOT NULL,
	"draft" jsonb,
	"doubts" jsonb DEFAULT '[]'::jsonb NOT NULL,
	"answers" jsonb DEFAULT '[]'::jsonb NOT NULL,
	"prompt_tokens" integer DEFAULT 0 NOT NULL,
	"output_tokens" integer DEFAULT 0 NOT NULL,
	"cost_usd" double precision,
	"price" jsonb,
	"run" text NOT NULL,
	"is_stand_in" boolean NOT NULL,
	"decided_by" text,
	"decided_why" text,
	"decided_at" timestamp with time zone,
	"created_at" timestamp with time zone DEFAULT now() NOT NULL,
	"updated_at" timestamp with time zone DEFAULT now() NOT NULL,
	CONSTRAINT "posts_key" UNIQUE("account","key")
);
--> statement-breakpoint
DROP INDEX "lead_pushes_lead";--> statement-breakpoint
DROP INDEX "leads_emails";--> statement-breakpoint
ALTER TABLE "sessions" ADD CONSTRAINT "sessions_person_people_id_fk" FOREIGN KEY ("person") REFERENCES "public"."people"("id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
CREATE UNIQUE INDEX "api_tokens_name" ON "api_tokens" USING btree ("name") WHERE revoked_at is null;--> statement-breakpoint
CREATE INDEX "sessions_person" ON "sessions" USING btree ("person");--> statement-breakpoint
CREATE INDEX "sessions_family" ON "sessions" USING btree ("family");--> statement-breakpoint
CREATE INDEX "sessions_ends" ON "sessions" USING btree ("ends_at");--> statement-breakpoint
CREATE INDEX "shorts_clips_job" ON "shorts_clips" USING btree ("account","job");--> statement-breakpoint
CREATE UNIQUE INDEX "shorts_jobs_folder" ON "shorts_jobs" USING btree ("account","folder") WHERE folder is not null;--> statement-breakpoint
CREATE INDEX "shorts_jobs_created" ON "shorts_jobs" USING btree ("created_at" DESC NULLS LAST,"account" DESC NULLS LAST,"id" DESC NULLS LAST);--> statement-breakpoint
CREATE INDEX "shorts_log_job" ON "shorts_log" USING btree ("account","job","id" DESC NULLS LAST);--> statement-breakpoint
CREATE INDEX "posts_state" ON "posts" USING btree ("state","id" DESC NULLS LAST);--> statement-breakpoint
CREATE INDEX "lead_pushes_campaign" ON "lead_pushes" USING btree ("account","campaign_id","lead_id");--> statement-breakpoint
CREATE INDEX "lead_pushes_campaign_state" ON "lead_pushes" USING btree ("account","campaign_id","state","lead_id");--> statement-breakpoint
CREATE INDEX "lead_pushes_state" ON "lead_pushes" USING btree ("account","state","lead_id");--> statement-breakpoint
CREATE INDEX "leads_created" ON "leads" USING btree ("account","created_at");--> statement-breakpoint
CREATE INDEX "leads_excluded" ON "leads" USING btree ("account","id") WHERE excluded is not null;--> statement-breakpoint
CREATE INDEX "leads_stand_in" ON "leads" USING btree ("account","id") WHERE is_stand_in;--> statement-breakpoint
CREATE INDEX "lead_pushes_lead" ON "lead_pushes" USING btree ("lead_id","account","state");--> statement-breakpoint
CREATE INDEX "leads_emails" ON "leads" USING gin ("emails") WITH (fastupdate=false);--> statement-breakpoint
ALTER TABLE "lead_imports" DROP COLUMN "bad_lines";