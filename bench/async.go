//go:build unix

package main

import (
	"context"
	"errors"
	"fmt"
	"maps"
)

// asyncFunction waits as a request to a service does.
const asyncFunction = `func WaitOne(ctx context.Context, n int64) (int64, error) {
	select {
	case <-time.After(10 * time.Millisecond):
		return n + 1, nil
	case <-ctx.Done():
		return 0, ctx.Err()
	}
}`

// inProgress is the number of rows in progress at a time: riffle's default. PyFlink's is 10.
const inProgress = "200"

func insertWaiting(function string, n int) string {
	return fmt.Sprintf("INSERT INTO sink SELECT %s(id), name FROM %s", function, source(n))
}

// measureAsync compares rows a second through an asynchronous function that waits for 10 ms.
func measureAsync(ctx context.Context, b *bench) (err error) {
	riffle, err := openPiped(ctx, b.peers)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, riffle.close()) }()
	python, err := openPyFlink(ctx, b.peers)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, python.close()) }()
	options := inProcess()
	maps.Copy(options, map[string]string{"table.exec.async-scalar.max-concurrent-operations": inProgress})
	mode := pyflinkMode{"PyFlink async", func(rows int) string { return insertWaiting("async_wait", rows) }, options, 5_000, 50_000, 20_000}
	if err := python.tables(mode.try); err != nil {
		return err
	}
	best, err := b.bestSize(ctx, python, mode)
	if err != nil {
		return err
	}
	best.settings += "; " + inProgress + " rows at a time"
	lanes := b.shorten([]lane{{
		name: "riffle, Go function", settings: "default settings, parallelism 1",
		small: 20_000, large: 200_000, process: riffle.cmd.Process.Pid,
		run: riffle.inserts(func(rows int) string { return insertWaiting("WaitOne", rows) }),
	}, best.lane})
	if err := prepareTables(riffle, python, lanes); err != nil {
		return err
	}
	if err := riffle.send(asyncFunction); err != nil {
		return err
	}
	speeds, err := b.race(ctx, 3, lanes)
	b.report.add(row{"async/wait", "rows through an asynchronous Go function that waits for 10 ms", rowsPerSecond, speeds[0].slope, []series{speeds[1].slope}})
	return err
}
