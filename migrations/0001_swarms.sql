CREATE TABLE "capability_times" (
	"capability" text PRIMARY KEY NOT NULL,
	"task_ms" real NOT NULL,
	"at" timestamp with time zone DEFAULT now() NOT NULL
);
--> statement-breakpoint
CREATE TABLE "swarm_outcomes" (
	"swarm" uuid NOT NULL,
	"index" integer NOT NULL,
	"state" text NOT NULL,
	"capability" text NOT NULL,
	"method" text,
	"failure" text,
	"error_class" text,
	"message" text,
	"vendor_answer" jsonb,
	"result" jsonb,
	"took_ms" real NOT NULL,
	"workflow_id" text NOT NULL,
	"at" timestamp with time zone DEFAULT now() NOT NULL,
	CONSTRAINT "swarm_outcomes_swarm_index_pk" PRIMARY KEY("swarm","index")
);
--> statement-breakpoint
CREATE TABLE "swarm_tasks" (
	"list" uuid NOT NULL,
	"agent" text NOT NULL,
	"seq" integer NOT NULL,
	"index" integer NOT NULL,
	"capability" text NOT NULL,
	"account" text NOT NULL,
	"input" jsonb NOT NULL,
	CONSTRAINT "swarm_tasks_list_agent_seq_pk" PRIMARY KEY("list","agent","seq")
);
--> statement-breakpoint
CREATE TABLE "swarms" (
	"id" uuid PRIMARY KEY NOT NULL,
	"workflow_id" text NOT NULL,
	"list" uuid NOT NULL,
	"total" integer NOT NULL,
	"broken" jsonb DEFAULT '{}'::jsonb NOT NULL,
	"created_at" timestamp with time zone DEFAULT now() NOT NULL
);
--> statement-breakpoint
CREATE TABLE "task_lists" (
	"id" uuid PRIMARY KEY NOT NULL,
	"total" integer NOT NULL,
	"agents" jsonb NOT NULL,
	"origin" text NOT NULL,
	"created_at" timestamp with time zone DEFAULT now() NOT NULL
);
--> statement-breakpoint
CREATE INDEX "swarm_outcomes_problems" ON "swarm_outcomes" USING btree ("swarm","index") WHERE state <> 'completed';--> statement-breakpoint
CREATE INDEX "swarm_tasks_index" ON "swarm_tasks" USING btree ("list","index");--> statement-breakpoint
CREATE INDEX "swarms_workflow" ON "swarms" USING btree ("workflow_id","created_at" DESC NULLS LAST);