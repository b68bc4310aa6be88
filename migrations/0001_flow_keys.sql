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
