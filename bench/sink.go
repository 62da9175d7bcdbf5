//go:build unix

package main

import (
	"context"
	"fmt"
	"os"
	"sync/atomic"
	"time"

	"riffle/session"
	"riffle/session/flink"
)

// measureSink compares rows that reach the client with the rows of the same query
// that an INSERT drops in a blackhole table.
func measureSink(ctx context.Context, b *bench, s *session.Session, _ *atomic.Pointer[flink.Gateway]) error {
	lanes, err := b.sinkLanes(ctx, s, 1_000_000, 5_000_000)
	if err != nil {
		return err
	}
	speeds, err := b.race(ctx, 7, lanes)
	client, dropped := speeds[0], speeds[1]
	cost := series{Name: "riffle"}
	for i := range min(len(client.slope.Values), len(dropped.slope.Values)) {
		cost.Values = append(cost.Values, 1e9/client.slope.Values[i]-1e9/dropped.slope.Values[i])
	}
	b.report.add(
		row{"sink/client", "rows of four columns into the client, against the same query into blackhole", rowsPerSecond, client.slope, []series{dropped.slope}},
		row{"sink/cost", "a row into the client, more than into blackhole", nanoseconds, cost, nil},
		row{"sink/processors", "processor time of all processes for a row into the client", nanoseconds, client.processors, []series{dropped.processors}},
	)
	return err
}

// sinkLanes returns the two ways of the rows, and creates their tables.
func (b *bench) sinkLanes(ctx context.Context, s *session.Session, small, large int) ([]lane, error) {
	fetch := func(ctx context.Context, rows int) (time.Duration, error) {
		began := time.Now()
		got, err := fetchArrow(ctx, s, fourColumns(rows))
		if err == nil && got != rows {
			err = fmt.Errorf("got %d of %d rows", got, rows)
		}
		return time.Since(began), err
	}
	drop := func(ctx context.Context, rows int) (time.Duration, error) {
		began := time.Now()
		_, err := fetchArrow(ctx, s, "INSERT INTO hole "+fourColumns(rows))
		return time.Since(began), err
	}
	lanes := b.shorten([]lane{
		{"riffle, into the client", "package session; all records are kept until the end", fetch, small, large, os.Getpid()},
		{"riffle, into blackhole", "the same query as an INSERT", drop, small, large, os.Getpid()},
	})
	const hole = "CREATE TEMPORARY TABLE hole (id BIGINT, n INT, price DOUBLE, name STRING) WITH ('connector' = 'blackhole')"
	if _, err := fetchArrow(ctx, s, hole); err != nil {
		return nil, err
	}
	for _, n := range counts(lanes) {
		if _, err := fetchArrow(ctx, s, createSource(n)); err != nil {
			return nil, err
		}
	}
	return lanes, nil
}
