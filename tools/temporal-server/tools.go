//go:build tools

// Package tools names what tools/temporal-server/go.mod pins: the Temporal server and the tool that
// lays its tables in Postgres. The bench builds both; the version is that of the server inside the CLI.
package tools

import (
	_ "go.temporal.io/server/cmd/server"
	_ "go.temporal.io/server/cmd/tools/sql"
)
