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
DROP INDEX "leads_emails";--> statement-breakpoint
CREATE INDEX "leads_emails" ON "leads" USING gin ("emails") WITH (fastupdate=false);--> statement-breakpoint
ALTER TABLE "lead_imports" DROP COLUMN "bad_lines";