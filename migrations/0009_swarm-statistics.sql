-- A swarm that has just begun is in no statistics: the planner then takes it for a single row and
-- joins the whole swarm to each of its tasks. Without statistics of these columns it assumes a share
-- of the table, and uses all columns of the primary keys.
ALTER TABLE "swarm_tasks" ALTER COLUMN "list" SET STATISTICS 0;--> statement-breakpoint
ALTER TABLE "swarm_outcomes" ALTER COLUMN "swarm" SET STATISTICS 0;
