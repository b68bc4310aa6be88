CREATE TABLE "memory_files" (
	"agent" text NOT NULL,
	"world" text NOT NULL,
	"path" text NOT NULL,
	"content" text NOT NULL,
	"trouble" jsonb,
	"restore_for" text,
	"at" timestamp with time zone DEFAULT now() NOT NULL,
	CONSTRAINT "memory_files_agent_world_pk" PRIMARY KEY("agent","world")
);
