//go:build unix

package main

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"sync/atomic"
	"time"

	"riffle/session"
	"riffle/session/flink"
	"riffle/session/query"
)

// measureCheckpoint measures the checkpoints of a job that keeps state and calls a
// Go function for 10,000 rows a second, and of the same job with a Java built-in. A
// checkpoint barrier waits for the function's bundle.
func measureCheckpoint(ctx context.Context, b *bench, s *session.Session, jvm *atomic.Pointer[flink.Gateway]) error {
	const prepare = `SET 'execution.checkpointing.interval' = '500 ms'; func Inc(n int64) int64 { return n + 1 }
		CREATE TEMPORARY TABLE numbers (id BIGINT) WITH ('connector' = 'datagen', 'rows-per-second' = '10000');
		CREATE TEMPORARY TABLE hole (k BIGINT, n BIGINT) WITH ('connector' = 'blackhole')`
	if _, err := fetchArrow(ctx, s, prepare); err != nil {
		return err
	}
	all := []series{{Name: "riffle, a Go function"}, {Name: "riffle, Java built-ins"}}
	for i, expression := range []string{"Inc(id)", "id + 1"} {
		statement := s.Cell("INSERT INTO hole SELECT k, COUNT(*) FROM (SELECT MOD(" + expression + ", 1000) AS k FROM numbers) GROUP BY k").Statements()[0]
		reply, err := s.Execute(ctx, statement, query.Lossless)
		if err != nil {
			return errors.New(session.Explain(err))
		}
		reply.Events.Close()
		seen := map[int64]time.Duration{}
		for len(seen) < 2+b.repetitions(30) {
			time.Sleep(300 * time.Millisecond)
			h, err := jvm.Load().Health(ctx, reply.Query.Started().Job)
			if err != nil {
				return err
			}
			if h.Checkpoint != nil {
				seen[h.Checkpoint.ID] = h.Checkpoint.Took
			}
			if h.State == "FAILED" {
				return fmt.Errorf("the job of %s failed", all[i].Name)
			}
		}
		all[i].Settings = "INSERT of a GROUP BY, 10,000 rows/s, a checkpoint every 500 ms in memory"
		for _, took := range seen {
			all[i].Values = append(all[i].Values, took.Seconds())
		}
		slices.Sort(all[i].Values)
		if err := reply.Query.Cancel(ctx); err != nil {
			return err
		}
		<-reply.Query.Done()
	}
	b.report.add(row{"checkpoint", "a checkpoint of a job with a Go function", seconds, all[0], all[1:]})
	return nil
}
