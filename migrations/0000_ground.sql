CREATE TABLE "attempts" (
	"workflow_id" text NOT NULL,
	"run_id" text NOT NULL,
	"activity_id" text NOT NULL,
	"attempt" integer NOT NULL,
	"activity" text NOT NULL,
	"method" text,
	"queued_at" timestamp with time zone NOT NULL,
	"started_at" timestamp with time zone NOT NULL,
	"ended_at" timestamp with time zone,
	"outcome" text NOT NULL,
	"failure" text,
	"error_class" text,
	"message" text,
	"vendor_answer" jsonb,
	"next_attempt_at" timestamp with time zone,
	"worker" text NOT NULL,
	CONSTRAINT "attempts_run_id_activity_id_attempt_pk" PRIMARY KEY("run_id","activity_id","attempt")
);
--> statement-breakpoint
CREATE TABLE "audit" (
	"id" bigint PRIMARY KEY GENERATED ALWAYS AS IDENTITY (sequence name "audit_id_seq" INCREMENT BY 1 MINVALUE 1 MAXVALUE 9223372036854775807 START WITH 1 CACHE 1),
	"at" timestamp with time zone DEFAULT now() NOT NULL,
	"by" text NOT NULL,
	"from" text NOT NULL,
	"action" text NOT NULL,
	"target" text NOT NULL,
	"reason" text NOT NULL,
	"detail" jsonb NOT NULL
);
--> statement-breakpoint
CREATE TABLE "instantly_campaign_analytics_overview" (
	"id" bigint PRIMARY KEY GENERATED ALWAYS AS IDENTITY (sequence name "instantly_campaign_analytics_overview_id_seq" INCREMENT BY 1 MINVALUE 1 MAXVALUE 9223372036854775807 START WITH 1 CACHE 1),
	"account" text NOT NULL,
	"start_date" date NOT NULL,
	"end_date" date NOT NULL,
	"campaign_id" text,
	"open_count" integer DEFAULT 0 NOT NULL,
	"open_count_unique" integer DEFAULT 0 NOT NULL,
	"open_count_unique_by_step" integer DEFAULT 0 NOT NULL,
	"link_click_count" integer DEFAULT 0 NOT NULL,
	"link_click_count_unique" integer DEFAULT 0 NOT NULL,
	"link_click_count_unique_by_step" integer DEFAULT 0 NOT NULL,
	"reply_count" integer DEFAULT 0 NOT NULL,
	"reply_count_unique" integer DEFAULT 0 NOT NULL,
	"reply_count_unique_by_step" integer DEFAULT 0 NOT NULL,
	"reply_count_automatic" integer DEFAULT 0 NOT NULL,
	"reply_count_automatic_unique" integer DEFAULT 0 NOT NULL,
	"reply_count_automatic_unique_by_step" integer DEFAULT 0 NOT NULL,
	"bounced_count" integer DEFAULT 0 NOT NULL,
	"unsubscribed_count" integer DEFAULT 0 NOT NULL,
	"completed_count" integer DEFAULT 0 NOT NULL,
	"emails_sent_count" integer DEFAULT 0 NOT NULL,
	"contacted_count" integer DEFAULT 0 NOT NULL,
	"new_leads_contacted_count" integer DEFAULT 0 NOT NULL,
	"total_opportunities" integer DEFAULT 0 NOT NULL,
	"total_opportunity_value" numeric DEFAULT 0 NOT NULL,
	"total_interested" integer DEFAULT 0 NOT NULL,
	"total_meeting_booked" integer DEFAULT 0 NOT NULL,
	"total_meeting_completed" integer DEFAULT 0 NOT NULL,
	"total_closed" integer DEFAULT 0 NOT NULL,
	"is_stand_in" boolean NOT NULL,
	"created_at" timestamp with time zone DEFAULT now() NOT NULL,
	"updated_at" timestamp with time zone DEFAULT now() NOT NULL,
	CONSTRAINT "instantly_campaign_analytics_overview_key" UNIQUE NULLS NOT DISTINCT("account","start_date","end_date","campaign_id")
);
--> statement-breakpoint
CREATE TABLE "instantly_campaign_analytics" (
	"id" bigint PRIMARY KEY GENERATED ALWAYS AS IDENTITY (sequence name "instantly_campaign_analytics_id_seq" INCREMENT BY 1 MINVALUE 1 MAXVALUE 9223372036854775807 START WITH 1 CACHE 1),
	"account" text NOT NULL,
	"start_date" date NOT NULL,
	"end_date" date NOT NULL,
	"campaign_id" text NOT NULL,
	"campaign_name" text NOT NULL,
	"campaign_status" integer NOT NULL,
	"campaign_is_evergreen" boolean DEFAULT false NOT NULL,
	"leads_count" integer,
	"open_count" integer DEFAULT 0 NOT NULL,
	"open_count_unique" integer DEFAULT 0 NOT NULL,
	"open_count_unique_by_step" integer DEFAULT 0 NOT NULL,
	"link_click_count" integer DEFAULT 0 NOT NULL,
	"link_click_count_unique" integer DEFAULT 0 NOT NULL,
	"link_click_count_unique_by_step" integer DEFAULT 0 NOT NULL,
	"reply_count" integer DEFAULT 0 NOT NULL,
	"reply_count_unique" integer DEFAULT 0 NOT NULL,
	"reply_count_unique_by_step" integer DEFAULT 0 NOT NULL,
	"reply_count_automatic" integer DEFAULT 0 NOT NULL,
	"reply_count_automatic_unique" integer DEFAULT 0 NOT NULL,
	"reply_count_automatic_unique_by_step" integer DEFAULT 0 NOT NULL,
	"bounced_count" integer DEFAULT 0 NOT NULL,
	"unsubscribed_count" integer DEFAULT 0 NOT NULL,
	"completed_count" integer DEFAULT 0 NOT NULL,
	"emails_sent_count" integer DEFAULT 0 NOT NULL,
	"contacted_count" integer DEFAULT 0 NOT NULL,
	"new_leads_contacted_count" integer DEFAULT 0 NOT NULL,
	"total_opportunities" integer DEFAULT 0 NOT NULL,
	"total_opportunity_value" numeric DEFAULT 0 NOT NULL,
	"is_stand_in" boolean NOT NULL,
	"created_at" timestamp with time zone DEFAULT now() NOT NULL,
	"updated_at" timestamp with time zone DEFAULT now() NOT NULL,
	CONSTRAINT "instantly_campaign_analytics_key" UNIQUE("account","start_date","end_date","campaign_id")
);
--> statement-breakpoint
CREATE TABLE "credential_checks" (
	"agent" text NOT NULL,
	"account" text NOT NULL,
	"state" text NOT NULL,
	"message" text NOT NULL,
	"checked_at" timestamp with time zone NOT NULL,
	CONSTRAINT "credential_checks_agent_account_pk" PRIMARY KEY("agent","account")
);
--> statement-breakpoint
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
CREATE TABLE "instantly_email_daily_analytics" (
	"id" bigint PRIMARY KEY GENERATED ALWAYS AS IDENTITY (sequence name "instantly_email_daily_analytics_id_seq" INCREMENT BY 1 MINVALUE 1 MAXVALUE 9223372036854775807 START WITH 1 CACHE 1),
	"account" text NOT NULL,
	"date" date NOT NULL,
	"email_account" text NOT NULL,
	"sent" integer DEFAULT 0 NOT NULL,
	"bounced" integer DEFAULT 0 NOT NULL,
	"contacted" integer DEFAULT 0 NOT NULL,
	"new_leads_contacted" integer DEFAULT 0 NOT NULL,
	"opened" integer DEFAULT 0 NOT NULL,
	"unique_opened" integer DEFAULT 0 NOT NULL,
	"replies" integer DEFAULT 0 NOT NULL,
	"unique_replies" integer DEFAULT 0 NOT NULL,
	"replies_automatic" integer DEFAULT 0 NOT NULL,
	"unique_replies_automatic" integer DEFAULT 0 NOT NULL,
	"clicks" integer DEFAULT 0 NOT NULL,
	"unique_clicks" integer DEFAULT 0 NOT NULL,
	"is_stand_in" boolean NOT NULL,
	"created_at" timestamp with time zone DEFAULT now() NOT NULL,
	"updated_at" timestamp with time zone DEFAULT now() NOT NULL,
	CONSTRAINT "instantly_email_daily_analytics_key" UNIQUE("account","date","email_account")
);
--> statement-breakpoint
CREATE TABLE "flow_keys" (
	"key" text PRIMARY KEY NOT NULL,
	"per_second" double precision NOT NULL,
	"per_minute" double precision NOT NULL,
	"at_once" integer NOT NULL,
	"limits_by" text,
	"share" double precision DEFAULT 1 NOT NULL,
	"second_free_ms" double precision DEFAULT 0 NOT NULL,
	"minute_free_ms" double precision DEFAULT 0 NOT NULL,
	"closed_until_ms" double precision DEFAULT 0 NOT NULL,
	"closed_why" text DEFAULT '' NOT NULL,
	"closed_by" text,
	"guesses" integer DEFAULT 0 NOT NULL,
	"paused_at" timestamp with time zone,
	"paused_by" text,
	"paused_why" text DEFAULT '' NOT NULL,
	"leases" jsonb DEFAULT '{}'::jsonb NOT NULL
);
--> statement-breakpoint
CREATE TABLE "log_lines" (
	"id" bigint PRIMARY KEY GENERATED ALWAYS AS IDENTITY (sequence name "log_lines_id_seq" INCREMENT BY 1 MINVALUE 1 MAXVALUE 9223372036854775807 START WITH 1 CACHE 1),
	"at" timestamp with time zone NOT NULL,
	"level" text NOT NULL,
	"message" text NOT NULL,
	"workflow_id" text,
	"run_id" text,
	"fields" jsonb NOT NULL
);
--> statement-breakpoint
CREATE TABLE "reconciliations" (
	"name" text PRIMARY KEY NOT NULL,
	"at" timestamp with time zone,
	"claimed_until" timestamp with time zone NOT NULL
);
--> statement-breakpoint
CREATE TABLE "runs" (
	"workflow_id" text NOT NULL,
	"run_id" text NOT NULL,
	"type" text NOT NULL,
	"status" text NOT NULL,
	"title" text NOT NULL,
	"capability" text,
	"agent" text,
	"account" text,
	"requested_by_kind" text,
	"requested_by_name" text,
	"input" jsonb,
	"output" jsonb,
	"failure" text,
	"message" text,
	"started_at" timestamp with time zone NOT NULL,
	"closed_at" timestamp with time zone,
	"history_length" integer DEFAULT 0 NOT NULL,
	"seen_at" timestamp with time zone DEFAULT now() NOT NULL,
	CONSTRAINT "runs_workflow_id_run_id_pk" PRIMARY KEY("workflow_id","run_id")
);
--> statement-breakpoint
CREATE TABLE "suppressions" (
	"pattern" text PRIMARY KEY NOT NULL,
	"reason" text NOT NULL,
	"by" text NOT NULL,
	"at" timestamp with time zone DEFAULT now() NOT NULL
);
--> statement-breakpoint
CREATE TABLE "workers" (
	"identity" text PRIMARY KEY NOT NULL,
	"host" text NOT NULL,
	"pid" integer NOT NULL,
	"version" text NOT NULL,
	"queues" text[] NOT NULL,
	"capabilities" text[] NOT NULL,
	"state" text NOT NULL,
	"in_flight" integer NOT NULL,
	"slots" integer NOT NULL,
	"memory_mb" double precision NOT NULL,
	"cpu" double precision NOT NULL,
	"started_at" timestamp with time zone NOT NULL,
	"seen_at" timestamp with time zone NOT NULL
);
--> statement-breakpoint
CREATE INDEX "attempts_started" ON "attempts" USING btree ("started_at");--> statement-breakpoint
CREATE INDEX "audit_at" ON "audit" USING btree ("at");--> statement-breakpoint
CREATE INDEX "effects_created" ON "effects" USING btree ("created_at" DESC NULLS LAST,"key");--> statement-breakpoint
CREATE INDEX "instantly_email_daily_analytics_date" ON "instantly_email_daily_analytics" USING btree ("date");--> statement-breakpoint
CREATE INDEX "log_lines_run" ON "log_lines" USING btree ("run_id","id");--> statement-breakpoint
CREATE INDEX "log_lines_at" ON "log_lines" USING btree ("at");--> statement-breakpoint
CREATE INDEX "runs_started" ON "runs" USING btree ("started_at" DESC NULLS LAST,"run_id");--> statement-breakpoint
CREATE INDEX "runs_open" ON "runs" USING btree ("status") WHERE closed_at is null;--> statement-breakpoint
CREATE INDEX "runs_closed" ON "runs" USING btree ("closed_at");