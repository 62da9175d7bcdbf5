package faults_test

import (
	"context"
	"errors"
	"fmt"
	"path/filepath"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"riffle/session"
	"riffle/session/query"
	"riffle/session/sessiontest"
	"riffle/session/sessiontest/sample"
)

// giveUp executes a statement and gives it up during a call of the gateway, whose result is
// then outcome; nil makes the call. Further calls are made.
func giveUp(t *testing.T, m *sessiontest.Mortal, text, call string, outcome error) {
	t.Helper()
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	var once atomic.Bool
	m.Wrap(func(called string, do func() error) error {
		if called != call || once.Swap(true) {
			return do()
		}
		cancel()
		if outcome != nil {
			return outcome
		}
		return do()
	})
	if _, err := m.Execute(ctx, m.Cell(text).Statements()[0], query.Lossless); !errors.Is(err, context.Canceled) || !once.Load() {
		t.Fatalf("%s, given up: %v", text, err)
	}
}

// refused executes a text that must fail, and returns the error.
func refused(t *testing.T, m *sessiontest.Mortal, text string) string {
	t.Helper()
	reply, err := m.Try(text)
	if err == nil {
		t.Fatalf("%s was carried out: %+v", text, reply)
	}
	return session.Explain(err)
}

func is(t *testing.T, m *sessiontest.Mortal, text string, want ...string) {
	t.Helper()
	if got := m.Table(text); !slices.Equal(got, want) {
		t.Errorf("%s: %q, want %q", text, got, want)
	}
}

// A change that fails, or is given up, leaves the session and Flink as they were.
func changesAreWhole(t *testing.T, m *sessiontest.Mortal) {
	m.Do("func Bump(n int) int { return n + 1 }; func Inc(n int) int { return n + 1 }; " + sessiontest.SequenceTable("five", 5))

	t.Run("a function that Flink refuses", func(t *testing.T) {
		m.Do("CREATE TEMPORARY SYSTEM FUNCTION Grade AS 'example.ToURI'")
		refused(t, m, "func Bump(n int) int { return n + 100 }\nfunc Fresh(n int) int { return n }\nfunc Grade(s string) string { return s }")
		is(t, m, "SELECT Bump(1)", "2")
		if said := refused(t, m, "SELECT Fresh(1)"); !strings.Contains(said, "Fresh") {
			t.Error(said)
		}
		m.Do("func Tenfold(n int) int { return Bump(n) * 10 }")
		is(t, m, "SELECT Tenfold(1), CAST(Grade('http://x/') AS STRING)", "20 http://x/")
	})

	t.Run("a function that was given up", func(t *testing.T) {
		giveUp(t, m, "func Bump(n int) int { return n + 100 }\nfunc Fresh(n int) int { return n }", "register", nil)
		is(t, m, "SELECT Bump(1)", "2")
		refused(t, m, "SELECT Fresh(1)")
		m.Do("func Twentyfold(n int) int { return Bump(n) * 20 }")
		is(t, m, "SELECT Twentyfold(1)", "40")
	})

	t.Run("a function whose name is known", func(t *testing.T) {
		asked := 0
		m.Wrap(func(call string, do func() error) error {
			if call == "judge" {
				asked++
			}
			return do()
		})
		defer m.Wrap(nil)
		for i := range 3 {
			m.Do(fmt.Sprintf("func Known(n int) int { return n + %d }", i))
		}
		m.Do("func Known(s string) string { return s }") // with other arguments it may be another one's
		if asked != 2 {
			t.Errorf("asked for Known(BIGINT) and Known(STRING) %d times", asked)
		}
		m.Do("DROP FUNCTION Known")
		giveUp(t, m, "CREATE TEMPORARY SYSTEM FUNCTION Known AS 'example.ToURI'", "execute", nil) // it is executed nevertheless
		if said := refused(t, m, "func Known(s string) string { return s + s }"); !strings.Contains(said, "the session already has a function Known") {
			t.Error(said)
		}
	})

	t.Run("settings", func(t *testing.T) {
		const zone, time = "SET 'table.local-time-zone' = 'Asia/Kolkata'", "SELECT CAST(TO_TIMESTAMP_LTZ(0, 3) AS STRING)"
		m.Do(zone)
		for _, text := range []string{"SET 'table.local-time-zone' = 'America/New_York'", "RESET", "RESET 'table.local-time-zone'"} {
			giveUp(t, m, text, "configure", nil)
			is(t, m, "SET", "table.local-time-zone Asia/Kolkata")
			is(t, m, time, "1970-01-01 05:30:00.000")
		}
		m.Do("func Fails(n int) (int, error) { return 0, errors.New(`no`) }")
		giveUp(t, m, "SET 'riffle.functions.on-error' = 'null'", "register", nil)
		is(t, m, "SET", "table.local-time-zone Asia/Kolkata")
		reply, err := m.Try("SELECT Fails(id) FROM five")
		if err != nil {
			t.Fatal(session.Explain(err))
		}
		if got := sessiontest.Drain(t, reply.Events); got.Ended.State != query.Failed {
			t.Errorf("a function that fails: %+v", got.Ended)
		}
		giveUp(t, m, "SET 'riffle.functions.jail' = 'off'", "configure", nil)
		m.Do("func Passwords() bool { _, err := os.ReadFile(`/etc/passwd`); return err == nil }")
		is(t, m, "SELECT Passwords()", "false")
		m.Do("RESET")
	})

	t.Run("statement sets", func(t *testing.T) {
		rows := func(table string) { is(t, m, "SELECT COUNT(*), SUM(n) FROM "+table, "5 20") }
		open := func(table string) {
			m.Do("CREATE TEMPORARY TABLE " + table + " (n BIGINT) WITH ('connector' = 'filesystem', 'format' = 'csv', 'path' = 'file://" +
				filepath.ToSlash(t.TempDir()) + "'); SET 'execution.runtime-mode' = 'batch'")
			m.Do("BEGIN STATEMENT SET; INSERT INTO " + table + " SELECT Inc(id) FROM five")
		}
		open("refused_rows")
		m.Do("func Inc(s string) string { return s }")
		if said := refused(t, m, "END"); !strings.HasSuffix(said, `the statement set is kept: END; runs it again, \cancel set drops it`) {
			t.Error(said)
		}
		if said := refused(t, m, "BEGIN STATEMENT SET"); !strings.Contains(said, "cannot be part of a statement set") {
			t.Error(said)
		}
		m.Do("SET 'parallelism.default' = '1'; func Inc(n int) int { return n + 1 }; END")
		rows("refused_rows")

		open("given_up_rows")
		giveUp(t, m, "END", "execute", errors.New("out of order"))
		m.Do("END")
		rows("given_up_rows")

		open("late_rows")
		giveUp(t, m, "END", "execute", nil)
		if said := refused(t, m, "END"); !strings.Contains(said, "END without BEGIN STATEMENT SET") {
			t.Error(said)
		}
		for _, q := range m.Queries() {
			<-q.Done()
		}
		rows("late_rows")
		if !strings.Contains(m.Said(), "the statement set was submitted before END was given up, and runs as q") {
			t.Errorf("says %s", m.Said())
		}
		if n, dropped := m.DropSet(); dropped {
			t.Errorf("a set of %d is left", n)
		}
		m.Do("RESET")
	})

	t.Run("settings that stay after a stop", func(t *testing.T) {
		reply, err := m.Try(`CREATE TEMPORARY TABLE ticks (n BIGINT) WITH ('connector' = 'datagen', 'rows-per-second' = '100');
			CREATE TEMPORARY TABLE nowhere (n BIGINT) WITH ('connector' = 'blackhole'); INSERT INTO nowhere SELECT n FROM ticks`)
		if err != nil {
			t.Fatal(session.Explain(err))
		}
		for h := (query.Health{}); h.RowsIn == 0; time.Sleep(10 * time.Millisecond) {
			h, _ = reply.Query.Health(t.Context()) // it may not run yet
		}
		configured := 0
		m.Wrap(func(call string, do func() error) error {
			if call == "configure" {
				if configured++; configured == 2 {
					return errors.New("out of order")
				}
			}
			return do()
		})
		_, err = m.Stop(t.Context(), reply.Query.Started().Job, t.TempDir())
		if err == nil || !strings.Contains(err.Error(), "savepoint-") || !strings.Contains(err.Error(), "(out of order): any SET or RESET takes it back") {
			t.Errorf("says %v", err)
		}
		m.Wrap(nil)
		m.Do("RESET")
		sessiontest.Drain(t, reply.Events)
	})

	waits := func() int { return strings.Count(m.Said(), "waiting for the statement that was given up") }
	if sample.Whole { // Flink plans it for many seconds
		t.Run("a statement that waits for a plan that was given up", func(t *testing.T) {
			before := waits()
			ctx, cancel := context.WithTimeout(t.Context(), 300*time.Millisecond)
			defer cancel()
			st := m.Cell("EXPLAIN SELECT " + strings.Repeat("1 + ", 2000) + "1").Statements()[0]
			if _, err := m.Execute(ctx, st, query.Lossless); !errors.Is(err, context.DeadlineExceeded) {
				t.Fatal(err)
			}
			is(t, m, "SELECT 7", "7")
			is(t, m, "SELECT 8", "8")
			if waits() != before+1 {
				t.Errorf("says %s", m.Said())
			}
		})
	}

	t.Run("a statement that waits for one that was given up", func(t *testing.T) {
		before := waits()
		ctx, cancel := context.WithCancel(t.Context())
		defer cancel()
		release := make(chan struct{})
		m.Wrap(func(call string, do func() error) error {
			if call == "execute" {
				cancel()
				<-release
			}
			return do()
		})
		st := m.Cell("CREATE TEMPORARY VIEW slow AS SELECT 1 AS n").Statements()[0]
		if _, err := m.Execute(ctx, st, query.Lossless); !errors.Is(err, context.Canceled) {
			t.Fatal(err)
		}
		m.Wrap(nil)
		go func() {
			for waits() == before {
				time.Sleep(time.Millisecond)
			}
			close(release) // nothing else ends the wait
		}()
		is(t, m, "SELECT n FROM slow", "1")
		is(t, m, "SELECT 8", "8")
		if waits() != before+1 {
			t.Errorf("says %s", m.Said())
		}
	})
}
