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
CREATE INDEX "shorts_clips_job" ON "shorts_clips" USING btree ("account","job");--> statement-breakpoint
CREATE UNIQUE INDEX "shorts_jobs_folder" ON "shorts_jobs" USING btree ("account","folder") WHERE folder is not null;--> statement-breakpoint
CREATE INDEX "shorts_jobs_created" ON "shorts_jobs" USING btree ("created_at" DESC NULLS LAST,"account","id");--> statement-breakpoint
CREATE INDEX "shorts_log_job" ON "shorts_log" USING btree ("account","job","id" DESC NULLS LAST);