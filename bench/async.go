//go:build unix

package main

import (
	"context"
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
func measureAsync(ctx context.Context, b *bench) error {
	options := inProcess()
	maps.Copy(options, map[string]string{"table.exec.async-scalar.max-concurrent-operations": inProgress})
	peer := func(rows int) string { return insertWaiting("async_wait", rows) }
	return b.compareKind(ctx, kind{
		id: "async/wait", what: "rows through an asynchronous Go function that waits for 10 ms", functions: asyncFunction,
		insert: func(rows int) string { return insertWaiting("WaitOne", rows) },
		modes:  []pyflinkMode{{"PyFlink async, " + inProgress + " rows at a time", peer, options, 5_000, 50_000, 20_000}},
		small:  20_000, large: 200_000, rounds: 3,
	})
}
