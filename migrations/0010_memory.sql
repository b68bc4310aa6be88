CREATE TABLE "memory_canaries" (
	"agent" text NOT NULL,
	"world" text NOT NULL,
	"capability" text NOT NULL,
	"account" text NOT NULL,
	"canary" jsonb NOT NULL,
	"owner" text,
	"claimed_at" timestamp with time zone NOT NULL,
	"expires" timestamp with time zone NOT NULL,
	"explored_at" timestamp with time zone,
	CONSTRAINT "memory_canaries_agent_world_capability_account_pk" PRIMARY KEY("agent","world","capability","account")
);
--> statement-breakpoint
CREATE TABLE "memory_entries" (
	"agent" text NOT NULL,
	"world" text NOT NULL,
	"seq" integer NOT NULL,
	"at" timestamp with time zone NOT NULL,
	"entry" jsonb NOT NULL,
	CONSTRAINT "memory_entries_agent_world_seq_pk" PRIMARY KEY("agent","world","seq")
);
--> statement-breakpoint
CREATE TABLE "memory_observations" (
	"agent" text NOT NULL,
	"world" text NOT NULL,
	"id" text NOT NULL,
	"seq" integer NOT NULL,
	CONSTRAINT "memory_observations_agent_world_id_pk" PRIMARY KEY("agent","world","id")
);
--> statement-breakpoint
CREATE TABLE "memory_snapshots" (
	"agent" text NOT NULL,
	"world" text NOT NULL,
	"seq" integer NOT NULL,
	"hash" text NOT NULL,
	"rules" integer NOT NULL,
	"memory" jsonb NOT NULL,
	"refused" text,
	"at" timestamp with time zone DEFAULT now() NOT NULL,
	CONSTRAINT "memory_snapshots_agent_world_seq_pk" PRIMARY KEY("agent","world","seq")
);
--> statement-breakpoint
CREATE TABLE "swarm_tries" (
	"swarm" uuid NOT NULL,
	"carrier" text NOT NULL,
	"agent" text NOT NULL,
	"world" text NOT NULL,
	"capability" text NOT NULL,
	"account" text NOT NULL,
	"method" text NOT NULL,
	"failure" text NOT NULL,
	"tasks" integer NOT NULL,
	"took_ms" real NOT NULL,
	"tunables" jsonb NOT NULL,
	"accepted" jsonb NOT NULL,
	"obeyed" jsonb NOT NULL,
	"last_at" timestamp with time zone NOT NULL,
	"distilled_at" timestamp with time zone,
	CONSTRAINT "swarm_tries_swarm_carrier_capability_account_method_failure_pk" PRIMARY KEY("swarm","carrier","capability","account","method","failure")
);
--> statement-breakpoint
ALTER TABLE "attempts" ADD COLUMN "how" jsonb;--> statement-breakpoint
ALTER TABLE "runs" ADD COLUMN "world" text;--> statement-breakpoint
ALTER TABLE "runs" ADD COLUMN "distilled_at" timestamp with time zone;--> statement-breakpoint
CREATE INDEX "memory_canaries_owner" ON "memory_canaries" USING btree ("owner");--> statement-breakpoint
CREATE INDEX "memory_snapshots_live" ON "memory_snapshots" USING btree ("agent","world","seq" DESC NULLS LAST) WHERE refused is null;--> statement-breakpoint
CREATE INDEX "swarm_tries_open" ON "swarm_tries" USING btree ("agent","world","swarm") WHERE distilled_at is null;--> statement-breakpoint
CREATE INDEX "runs_to_distil" ON "runs" USING btree ("agent","world") WHERE closed_at is not null and distilled_at is null;