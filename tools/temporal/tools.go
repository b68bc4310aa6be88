//go:build tools

// Package tools names what tools/temporal/go.mod pins: the Temporal CLI, built when it cannot be downloaded.
package tools

import _ "github.com/temporalio/cli/cmd/temporal"
