//go:build unix

package main

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"sync/atomic"
	"time"

	"github.com/apache/arrow/go/v15/arrow"
	"github.com/apache/arrow/go/v15/arrow/array"

	"riffle/render"
	"riffle/session"
	"riffle/session/flink"
	"riffle/session/query"
)

// measureStream measures the way from Flink into the client alone: how many rows a
// second it carries with one sink and with two, and how old a row of a slow stream is
// when it arrives.
func measureStream(ctx context.Context, b *bench, s *session.Session, _ *atomic.Pointer[flink.Gateway]) error {
	n := 2_000_000
	if b.quick {
		n = 100_000
	}
	if _, err := fetchArrow(ctx, s, createSource(n)); err != nil {
		return err
	}
	for _, parallelism := range []int{1, 2} {
		if _, err := fetchArrow(ctx, s, fmt.Sprintf("SET 'parallelism.default' = '%d'", parallelism)); err != nil {
			return err
		}
		figures := series{Name: "riffle", Settings: "package session; all records are kept until the end"}
		for i := range b.repetitions(5) + 1 {
			began := time.Now()
			got, err := fetchArrow(ctx, s, fourColumns(n))
			if err == nil && got != n {
				err = fmt.Errorf("got %d of %d rows", got, n)
			}
			if err != nil {
				return err
			}
			if i > 0 { // the first warms up
				figures.Values = append(figures.Values, float64(n)/time.Since(began).Seconds())
			}
		}
		b.report.add(row{fmt.Sprintf("stream/parallelism %d", parallelism), fmt.Sprintf("%s rows of four columns into the client, parallelism %d", render.Count(n), parallelism), rowsPerSecond, figures, nil})
	}
	age := series{Name: "riffle", Settings: "package session; each value is the 99th percentile of 5 s, after 2 s"}
	for range b.repetitions(4) {
		p99, err := latency(ctx, s, "made")
		if err != nil {
			return err
		}
		age.Values = append(age.Values, p99.Seconds())
	}
	b.report.add(row{"stream/latency", "a row's source to its arrival in the client, 1,000 rows/s, p99", seconds, age, nil})
	return nil
}

// startRows is the number of rows of the first two seconds, in which the job starts.
const startRows = 2000

// latency returns the 99th percentile of the time from a row's source, which puts its
// clock into the row as made, to this process. The expression gives made back. The
// first rows do not count: with a function, they wait for its process.
func latency(ctx context.Context, s *session.Session, expression string) (time.Duration, error) {
	const create = `RESET; DROP TEMPORARY TABLE IF EXISTS ticking; CREATE TEMPORARY TABLE ticking (n BIGINT, made AS CURRENT_TIMESTAMP)
		WITH ('connector' = 'datagen', 'rows-per-second' = '1000', 'number-of-rows' = '7000')`
	if _, err := fetchArrow(ctx, s, create); err != nil {
		return 0, err
	}
	statement := s.Cell("SELECT n, " + expression + " FROM ticking").Statements()[0]
	reply, err := s.Execute(ctx, statement, query.Lossless)
	if err != nil {
		return 0, errors.New(session.Explain(err))
	}
	defer reply.Events.Close()
	var ages []time.Duration
	for {
		event, err := reply.Events.Next(ctx)
		if err != nil {
			return 0, err
		}
		switch event := event.(type) {
		case query.Batch:
			now := time.Now()
			made := event.Record.Column(1).(*array.Timestamp)
			unit := made.DataType().(*arrow.TimestampType).Unit
			for i := range made.Len() {
				ages = append(ages, now.Sub(made.Value(i).ToTime(unit)))
			}
			event.Record.Release()
		case query.Ended:
			if event.State != query.Finished || len(ages) <= startRows {
				return 0, fmt.Errorf("the query was %s with %d rows: %w", event.State, len(ages), event.Err)
			}
			ages = ages[startRows:]
			slices.Sort(ages)
			return ages[len(ages)*99/100], nil
		}
	}
}
