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
