//go:build unix

package main

import (
	"context"
	"fmt"
	"sync/atomic"
	"syscall"
	"time"

	"riffle/session"
	"riffle/session/flink"
)

// journaled is how many statements run again after a lost JVM.
const journaled = 100

// measureRecovery kills the JVM of a session with many views and times the next
// statement, which reads one of them. No peer recovers from that.
func measureRecovery(ctx context.Context, b *bench, s *session.Session, jvm *atomic.Pointer[flink.Gateway]) error {
	for i := range journaled {
		if _, err := fetchArrow(ctx, s, fmt.Sprintf("CREATE TEMPORARY VIEW v%d AS SELECT a, a + %d AS b FROM (VALUES 1, 2) AS t(a)", i, i)); err != nil {
			return err
		}
	}
	shown := series{Name: "riffle", Settings: "package session"}
	back := shown
	for i := range b.repetitions(5) {
		var shows series
		for range 20 {
			began := time.Now()
			if _, err := fetchArrow(ctx, s, "SHOW VIEWS"); err != nil {
				return err
			}
			shows.Values = append(shows.Values, time.Since(began).Seconds())
		}
		shown.Values = append(shown.Values, shows.median())
		lost := jvm.Load()
		if err := syscall.Kill(lost.PID(), syscall.SIGKILL); err != nil {
			return err
		}
		<-lost.Exited()
		began := time.Now()
		rows, err := fetchArrow(ctx, s, fmt.Sprintf("SELECT * FROM v%d", journaled-1))
		if err == nil && rows != 2 {
			err = fmt.Errorf("got %d of 2 rows after the JVM was lost", rows)
		}
		if err != nil {
			return err
		}
		back.Values = append(back.Values, time.Since(began).Seconds())
		b.say("round %d: back after %.2f s", i+1, back.Values[i])
		time.Sleep(11 * time.Second) // a JVM lost within seconds of its start is replaced only at the next statement
	}
	b.report.add(
		row{"recovery/show", fmt.Sprintf("SHOW VIEWS of %d views", journaled), seconds, shown, nil},
		row{"recovery/query", fmt.Sprintf("kill -9 of the JVM to the rows of the next query, %d statements in the journal", journaled), seconds, back, nil},
	)
	return nil
}
