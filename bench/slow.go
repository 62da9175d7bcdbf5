//go:build unix

package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"sync/atomic"
	"time"

	"riffle/session"
	"riffle/session/flink"
	"riffle/session/query"
)

// slowStream is a stream of few rows.
type slowStream struct {
	name, what, options string
}

func slowStreams(silent string) []slowStream {
	rate := func(rows int) string { return fmt.Sprintf("'connector' = 'datagen', 'rows-per-second' = '%d'", rows) }
	return []slowStream{
		{"thousand", "a stream of 1,000 rows/s", rate(1000)},
		{"ten", "a stream of 10 rows/s", rate(10)},
		{"silent", "a stream without rows", "'connector' = 'filesystem', 'format' = 'csv', 'source.monitor-interval' = '1 h', 'path' = '" + silent + "'"},
	}
}

// measureSlow measures what a Go function adds to a slow stream: to the age of its
// rows when they arrive, and to the processor time.
func measureSlow(ctx context.Context, b *bench, s *session.Session, _ *atomic.Pointer[flink.Gateway]) error {
	const functions = `func Same(made time.Time) time.Time { return made }
func AddOne(n int64) int64 { return n + 1 }`
	if _, err := fetchArrow(ctx, s, functions); err != nil {
		return err
	}
	return errors.Join(b.measureAges(ctx, s), b.measureBusy(ctx, s))
}

// measureAges measures the latency with and without a function, in turns.
func (b *bench) measureAges(ctx context.Context, s *session.Session) error {
	const settings = "package session; each value is the 99th percentile of 5 s, after 2 s"
	ages := []series{{Name: "riffle, Go function", Settings: settings}, {Name: "riffle, without a function", Settings: settings}}
	for i := range b.repetitions(4) + 1 {
		for k, expression := range []string{"CAST(Same(made) AS TIMESTAMP_LTZ(3))", "made"} {
			p99, err := latency(ctx, s, expression)
			if err != nil {
				return err
			}
			b.say("round %d: %s: p99 %d ms", i, ages[k].Name, p99.Milliseconds())
			if i > 0 { // the first warms up
				ages[k].Values = append(ages[k].Values, p99.Seconds())
			}
		}
	}
	b.report.add(row{"slow/latency", "a row's source to its arrival in the client, through a Go function, 1,000 rows/s, p99", seconds, ages[0], ages[1:]})
	return nil
}

// measureBusy measures the processor time of slow streams with and without a function,
// and of a session without a query, in turns.
func (b *bench) measureBusy(ctx context.Context, s *session.Session) error {
	silent, err := os.MkdirTemp(filepath.Join(b.folder, "tmp"), "silent-")
	if err != nil {
		return err
	}
	defer os.RemoveAll(silent)
	for _, stream := range slowStreams(silent) {
		create := fmt.Sprintf("CREATE TEMPORARY TABLE %s (n BIGINT) WITH (%s)", stream.name, stream.options)
		if _, err := fetchArrow(ctx, s, create); err != nil {
			return err
		}
		used := []series{
			{Name: "riffle, Go function", Settings: "package session"},
			{Name: "riffle, without a function", Settings: "package session"},
			{Name: "riffle, no query", Settings: "package session"},
		}
		for range b.repetitions(2) {
			for k, sql := range []string{"SELECT AddOne(n) FROM " + stream.name, "SELECT n + 1 FROM " + stream.name, ""} {
				value, err := b.busy(ctx, s, sql)
				if err != nil {
					return err
				}
				b.say("%s, %s: %.1f %% of a core", stream.what, used[k].Name, value)
				used[k].Values = append(used[k].Values, value)
			}
		}
		b.report.add(row{"slow/" + stream.name, "processor time of " + stream.what + " through a Go function", percent, used[0], used[1:]})
	}
	return nil
}

// busy returns how much of a core all processes use while a query runs, in percent.
func (b *bench) busy(ctx context.Context, s *session.Session, sql string) (float64, error) {
	if sql == "" {
		return b.used(ctx)
	}
	reply, err := s.Execute(ctx, s.Cell(sql).Statements()[0], query.Lossless)
	if err != nil {
		return 0, errors.New(session.Explain(err))
	}
	ended := make(chan error, 1)
	go func() {
		_, err := hold(ctx, reply.Events)
		ended <- err
	}()
	value, err := b.used(ctx)
	select {
	case early := <-ended:
		return 0, errors.Join(err, early, fmt.Errorf("the query ended by itself: %s", sql))
	default:
	}
	if failed := reply.Query.Cancel(ctx); failed != nil {
		return 0, errors.Join(err, failed)
	}
	<-reply.Query.Done()
	<-ended
	return value, err
}

// used measures for some seconds, after a pause in which a start ends.
func (b *bench) used(ctx context.Context) (float64, error) {
	pause, span := 3*time.Second, 8*time.Second
	if b.quick {
		pause, span = time.Second, 2*time.Second
	}
	if err := sleep(ctx, pause); err != nil {
		return 0, err
	}
	before, began := processorTime(os.Getpid()), time.Now()
	if err := sleep(ctx, span); err != nil {
		return 0, err
	}
	return 100 * (processorTime(os.Getpid()) - before).Seconds() / time.Since(began).Seconds(), nil
}

func sleep(ctx context.Context, span time.Duration) error {
	select {
	case <-time.After(span):
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}
