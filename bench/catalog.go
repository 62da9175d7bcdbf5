//go:build unix

package main

import (
	"context"
	"fmt"
	"strings"
	"sync/atomic"
	"time"

	"riffle/render"
	"riffle/session"
	"riffle/session/flink"
)

// The tables and functions of a large session.
const (
	manyTables    = 5_000
	manyFunctions = 500
)

// measureCatalog times a statement in a session with many tables and functions, and
// in the same session while it is empty.
func measureCatalog(ctx context.Context, b *bench, s *session.Session, _ *atomic.Pointer[flink.Gateway]) error {
	empty := series{Name: "riffle, empty session", Settings: "package session"}
	full := series{Name: "riffle", Settings: "package session"}
	rounds := b.repetitions(40)
	var err error
	if empty.Values, err = timeStatements(ctx, s, rounds, "SELECT 1"); err != nil {
		return err
	}
	tables := manyTables
	if b.quick {
		tables = 100
	}
	functions := manyFunctions
	if b.quick {
		functions = 20
	}
	began := time.Now()
	if _, err := fetchArrow(ctx, s, declare(functions)); err != nil {
		return err
	}
	b.say("%d functions created in %.1f s", functions, time.Since(began).Seconds())
	began = time.Now()
	for i := range tables {
		if _, err := fetchArrow(ctx, s, fmt.Sprintf("CREATE TABLE t%d (a INT, b STRING) WITH ('connector' = 'blackhole')", i)); err != nil {
			return err
		}
	}
	b.say("%d tables created in %.1f s", tables, time.Since(began).Seconds())
	if full.Values, err = timeStatements(ctx, s, rounds, "SELECT 1"); err != nil {
		return err
	}
	show := series{Name: "riffle", Settings: "package session"}
	if show.Values, err = timeStatements(ctx, s, rounds, "SHOW TABLES LIKE 't7'"); err != nil {
		return err
	}
	again := series{Name: "riffle", Settings: "package session; a new constant in its body each time"}
	for i := range rounds {
		began := time.Now()
		if _, err := fetchArrow(ctx, s, fmt.Sprintf("func F7(n int64) int64 { return n + %d }", 1000+i)); err != nil {
			return err
		}
		again.Values = append(again.Values, time.Since(began).Seconds())
	}
	b.report.add(
		row{"catalog/query", fmt.Sprintf("SELECT 1 in a session with %s tables and %d Go functions, against an empty session", render.Count(tables), functions), seconds, full, []series{empty}},
		row{"catalog/redefine", fmt.Sprintf("one of %d Go functions defined again, until it is callable", functions), seconds, again, nil},
		row{"catalog/show", fmt.Sprintf("SHOW TABLES LIKE that matches one of %s tables", render.Count(tables)), seconds, show, nil},
	)
	return nil
}

// timeStatements runs a statement 2×rounds times and returns the times of the second
// half, in seconds. The first half warms up.
func timeStatements(ctx context.Context, s *session.Session, rounds int, sql string) ([]float64, error) {
	var values []float64
	for i := range 2 * rounds {
		began := time.Now()
		if _, err := fetchArrow(ctx, s, sql); err != nil {
			return nil, err
		}
		if i >= rounds {
			values = append(values, time.Since(began).Seconds())
		}
	}
	return values, nil
}

// declare is Go code that declares so many functions.
func declare(functions int) string {
	var b strings.Builder
	for i := range functions {
		fmt.Fprintf(&b, "func F%d(n int64) int64 { return n + %d }\n", i, i)
	}
	return b.String()
}
