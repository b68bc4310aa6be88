CREATE TABLE "barriers" (
	"name" text PRIMARY KEY NOT NULL,
	"parties" integer NOT NULL,
	"members" jsonb DEFAULT '{}'::jsonb NOT NULL,
	"opened_at" timestamp with time zone,
	"used_at" timestamp with time zone DEFAULT now() NOT NULL
);
--> statement-breakpoint
CREATE TABLE "leases" (
	"name" text PRIMARY KEY NOT NULL,
	"places" integer NOT NULL,
	"token" bigint DEFAULT 0 NOT NULL,
	"ticket" bigint DEFAULT 0 NOT NULL,
	"holders" jsonb DEFAULT '{}'::jsonb NOT NULL,
	"waiting" jsonb DEFAULT '{}'::jsonb NOT NULL,
	"used_at" timestamp with time zone DEFAULT now() NOT NULL
);
--> statement-breakpoint
CREATE TABLE "topic_messages" (
	"topic" text NOT NULL,
	"seq" bigint NOT NULL,
	"id" text NOT NULL,
	"at" timestamp with time zone DEFAULT now() NOT NULL,
	"by" text NOT NULL,
	"payload" jsonb NOT NULL,
	CONSTRAINT "topic_messages_topic_seq_pk" PRIMARY KEY("topic","seq"),
	CONSTRAINT "topic_messages_id" UNIQUE("topic","id")
);
--> statement-breakpoint
CREATE TABLE "topic_subscribers" (
	"topic" text NOT NULL,
	"id" text NOT NULL,
	"target" jsonb NOT NULL,
	"cursor" bigint DEFAULT 0 NOT NULL,
	"refused" integer DEFAULT 0 NOT NULL,
	"trouble" text,
	"created_at" timestamp with time zone DEFAULT now() NOT NULL,
	CONSTRAINT "topic_subscribers_topic_id_pk" PRIMARY KEY("topic","id")
);
--> statement-breakpoint
CREATE TABLE "topics" (
	"name" text PRIMARY KEY NOT NULL,
	"seq" bigint DEFAULT 0 NOT NULL,
	"woken_at" timestamp with time zone,
	"last_at" timestamp with time zone DEFAULT now() NOT NULL
);
--> statement-breakpoint
ALTER TABLE "workers" ADD COLUMN "loop_delay_ms" double precision DEFAULT 0 NOT NULL;--> statement-breakpoint
ALTER TABLE "workers" ADD COLUMN "loads" jsonb DEFAULT '[]'::jsonb NOT NULL;