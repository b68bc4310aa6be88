CREATE TABLE "flow_events" (
	"id" bigint PRIMARY KEY GENERATED ALWAYS AS IDENTITY (sequence name "flow_events_id_seq" INCREMENT BY 1 MINVALUE 1 MAXVALUE 9223372036854775807 START WITH 1 CACHE 1),
	"key" text NOT NULL,
	"at" timestamp with time zone DEFAULT now() NOT NULL,
	"kind" text NOT NULL,
	"by" text NOT NULL,
	"why" text NOT NULL,
	"until" timestamp with time zone,
	"limits" jsonb
);
--> statement-breakpoint
CREATE INDEX "flow_events_key" ON "flow_events" USING btree ("key","at");