//go:build unix

package main

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"sync/atomic"
	"syscall"
	"time"

	"riffle/session"
	"riffle/session/flink"
	"riffle/session/gateway"
)

// measureKills runs a script of views and queries and kills the JVM at a hundred
// random moments. A lost view fails the run.
func measureKills(ctx context.Context, b *bench, s *session.Session, jvm *atomic.Pointer[flink.Gateway]) error {
	back := series{Name: "riffle", Settings: "package session; the session is restored and the lost statement runs again"}
	kills := b.repetitions(100)
	views := 0
	for range kills {
		victim := jvm.Load()
		moment := time.Duration(rand.Int64N(int64(time.Second)))
		killed := time.Now().Add(moment)
		time.AfterFunc(moment, func() { _ = syscall.Kill(victim.PID(), syscall.SIGKILL) })
		for running(victim) {
			if err := surviving(ctx, s, fmt.Sprintf("CREATE TEMPORARY VIEW IF NOT EXISTS v%d AS SELECT COUNT(*) AS n FROM (VALUES 1, %d) AS t(a)", views, views)); err != nil {
				return err
			}
			if err := surviving(ctx, s, fmt.Sprintf("SELECT * FROM v%d", views)); err != nil {
				return err
			}
			views++
		}
		shown, err := fetchArrow(ctx, s, "SHOW VIEWS")
		if err != nil {
			return err
		}
		back.Values = append(back.Values, time.Since(killed).Seconds())
		if shown != views {
			return fmt.Errorf("%d of %d views left after kill %d", shown, views, len(back.Values))
		}
	}
	b.say("%d views were created while the JVM was killed %d times", views, kills)
	b.report.add(row{"kills", fmt.Sprintf("kill -9 of the JVM to the next answers, %d kills at random moments, no view lost", kills), seconds, back, nil})
	return nil
}

// surviving runs a statement, and runs it again if the JVM was lost meanwhile.
func surviving(ctx context.Context, s *session.Session, sql string) error {
	for {
		_, err := fetchArrow(ctx, s, sql)
		var lost *gateway.LostError
		if err == nil || !errors.As(err, &lost) {
			return err
		}
	}
}

func running(g *flink.Gateway) bool {
	select {
	case <-g.Exited():
		return false
	default:
		return true
	}
}
