CREATE TABLE "payloads" (
	"hash" text PRIMARY KEY NOT NULL,
	"encoding" text NOT NULL,
	"metadata" jsonb NOT NULL,
	"size" integer NOT NULL,
	"data" "bytea" NOT NULL,
	"stored_at" timestamp with time zone DEFAULT now() NOT NULL
);
--> statement-breakpoint
CREATE INDEX "payloads_stored" ON "payloads" USING btree ("stored_at");