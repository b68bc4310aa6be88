#!/bin/sh
# Makes Temporal's two databases, or brings them to the schema of this server. A repeat changes nothing.
set -eu

for database in temporal temporal_visibility; do
  schema=${database#temporal_}
  export SQL_DATABASE="$database"
  temporal-sql-tool create-database
  temporal-sql-tool setup-schema --version 0.0 # only makes the table that holds the version
  temporal-sql-tool update-schema --schema-dir "/etc/temporal/schema/postgresql/v12/$schema/versioned"
done
