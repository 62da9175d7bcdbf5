package faults_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"riffle/session"
	"riffle/session/gateway"
	"riffle/session/gateway/gatewaytest"
	"riffle/session/query"
	"riffle/session/sessiontest"
	"riffle/session/sessiontest/sample"
)

// The next statement after a lost JVM finds all that the session had, in the
// catalog and the database where it was; what ran is reported lost.
func TestLostJVM(t *testing.T) {
	m := sessiontest.Open(t)
	m.Do("SET 'table.local-time-zone' = 'Asia/Kolkata'")
	m.Do("func Twice(n int64) int64 { return 2 * n }")
	m.Do("CREATE CATALOG mine WITH ('type' = 'generic_in_memory')")
	m.Do("USE CATALOG mine")
	m.Do("CREATE DATABASE shop")
	m.Do("USE shop")
	m.Do(sessiontest.SequenceTable("five", 5))
	m.Do("CREATE TABLE kept (id BIGINT) WITH ('connector' = 'datagen', 'number-of-rows' = '1')")
	m.Do("CREATE VIEW doubled AS SELECT Twice(id) AS d FROM five")
	m.Do("ALTER TABLE kept RENAME TO renamed")
	m.Do("CREATE TABLE copied WITH ('connector' = 'blackhole') AS SELECT id, 'x' AS word FROM five")
	m.Do("CREATE TEMPORARY VIEW gone AS SELECT 1 AS a; DROP TEMPORARY VIEW gone")
	endless, err := m.Try("CREATE TEMPORARY TABLE ticks (n BIGINT) WITH ('connector' = 'datagen', 'rows-per-second' = '50'); SELECT Twice(n) AS n FROM ticks")
	if err != nil {
		t.Fatal(session.Explain(err))
	}
	for endless.Query.Rows() == 0 {
		time.Sleep(10 * time.Millisecond)
	}

	m.Kill()
	if got := m.Table("SELECT SUM(d) FROM doubled"); !slices.Contains(got, "30") {
		t.Errorf("the view over a Go function gives %q", got)
	}
	out := sessiontest.Drain(t, endless.Events)
	var failed *session.Error
	if out.Ended.State != query.Failed || !errors.As(out.Ended.Err, &failed) || !strings.Contains(failed.Hint, "run it again") {
		t.Errorf("the query that ran: %+v", out.Ended)
	}
	for text, want := range map[string][]string{
		"SHOW CURRENT DATABASE": {"shop"},
		"SHOW CURRENT CATALOG":  {"mine"},
		"SHOW TABLES":           {"copied", "doubled", "five", "renamed", "ticks"},
		"SHOW VIEWS":            {"doubled"},
		"SET":                   {"table.local-time-zone Asia/Kolkata"},
	} {
		if got := m.Table(text); !slices.Equal(got, want) {
			t.Errorf("%s: %q, want %q", text, got, want)
		}
	}
	if got := m.Table("SELECT CAST(TO_TIMESTAMP_LTZ(0, 3) AS STRING)"); !slices.Equal(got, []string{"1970-01-01 05:30:00.000"}) {
		t.Errorf("the time zone gives %q", got)
	}
	if said := m.Said(); !strings.Contains(said, "has ended unexpectedly") || strings.Contains(said, "not restored") {
		t.Errorf("says %q", said)
	}

	// Names of functions mean what they meant, however often they have changed hands.
	jar, err := filepath.Abs("../testdata/raw/raw.jar")
	if err != nil {
		t.Fatal(err)
	}
	m.Do("ADD JAR '" + filepath.ToSlash(jar) + "'")
	m.Do("func Gone(n int64) int64 { return n }; DROP FUNCTION Gone")
	for create, drop := range map[string]string{
		"CREATE TEMPORARY FUNCTION Held AS":          "DROP TEMPORARY FUNCTION held",
		"CREATE TEMPORARY SYSTEM FUNCTION `Kept` AS": "DROP TEMPORARY SYSTEM FUNCTION Kept",
		"CREATE FUNCTION Ours AS":                    "DROP FUNCTION Ours",
		"CREATE FUNCTION Twin AS":                    "",
	} {
		m.Do(create + " 'example.ToURI'; " + drop)
	}
	m.Do("func Held(n int64) int64 { return n + 1 }; func Kept(n int64) int64 { return n + 2 }; func Ours(n int64) int64 { return n + 3 }")
	m.Do("CREATE VIEW held AS SELECT Held(id) + Kept(id) + Ours(id) AS h FROM five")
	m.Do("func Twin(s string) string { return s }")
	m.Kill()
	if got := m.Table("SELECT h, Twin('x'), CAST(mine.shop.Twin('http://x/') AS STRING) FROM held WHERE h = 9"); !slices.Equal(got, []string{"9 x http://x/"}) {
		t.Errorf("the functions give %q", got)
	}
	if reply, err := m.Try("SELECT Gone(1)"); err == nil {
		t.Errorf("a dropped function is back: %+v", reply)
	}
	m.Do("DROP FUNCTION Twin; DROP FUNCTION Twin") // the Go function, then the catalog's
	if said := m.Said(); strings.Contains(said, "not restored") {
		t.Errorf("says %q", said)
	}

	// What cannot come back is named, and keeps nothing else from coming back.
	m.Do("CREATE VIEW stale AS SELECT Twice(id) AS d FROM five")
	m.Do("func Twice(n int64, m int64) int64 { return n * m }")
	m.Kill()
	if got := m.Table("SELECT Twice(id, 3) AS d FROM five WHERE id = 5"); !slices.Equal(got, []string{"15"}) {
		t.Errorf("the newer function gives %q", got)
	}
	if said := m.Said(); !strings.Contains(said, "CREATE VIEW stale AS SELECT Twice(id) AS d FROM five: ") {
		t.Errorf("says %q", said)
	}
}

// A Flink that did not come up is tried again by the next statement: the user may
// have mended what was wrong.
func TestBootIsTriedAgain(t *testing.T) {
	tries := 0
	ctx := &waitedFor{Context: t.Context(), waiting: make(chan struct{})}
	s := sessiontest.OpenWith(t, func(c *session.Config) {
		c.Boot = func(context.Context) (gateway.Gateway, error) {
			if tries++; tries == 1 {
				// Not before somebody waits for it: who comes later gets another try.
				<-ctx.waiting
				return nil, errors.New("no java on PATH")
			}
			return gatewaytest.New(), nil
		}
	})
	if err := s.Ready(ctx); err == nil || err.Error() != "no java on PATH" {
		t.Errorf("the first try: %v", err)
	}
	for _, st := range s.Cell("CREATE TEMPORARY VIEW v AS SELECT 1 AS a").Statements() {
		if reply, err := s.Execute(t.Context(), st, query.Lossless); err != nil || reply.Message != "OK" {
			t.Errorf("the second: %+v, %v", reply, err)
		}
	}
}

// waitedFor is a context that tells when somebody first waits for it.
type waitedFor struct {
	context.Context
	once    sync.Once
	waiting chan struct{}
}

func (c *waitedFor) Done() <-chan struct{} {
	c.once.Do(func() { close(c.waiting) })
	return c.Context.Done()
}

// Killed at a moment of its own, in the middle of a statement or between two, the
// JVM takes nothing along: a statement that was lost says so and can be run
// again, and all that was done is there.
func TestLostJVMAtAnyMoment(t *testing.T) {
	m := sessiontest.Open(t)
	m.Do("CREATE TEMPORARY TABLE numbers (id BIGINT) WITH ('connector' = 'datagen', 'rows-per-second' = '100000', " +
		"'number-of-rows' = '1000', 'fields.id.kind' = 'sequence', 'fields.id.start' = '1', 'fields.id.end' = '1000')")
	var views []string
	moments := []time.Duration{150 * time.Millisecond, 900 * time.Millisecond}
	random := rand.New(rand.NewPCG(1, 2))
	for range sample.Of(0, 60) {
		moments = append(moments, time.Duration(random.Int64N(int64(1200*time.Millisecond))))
	}
	for round, moment := range moments {
		killer := time.AfterFunc(moment, m.Kill)
		for deadline := time.Now().Add(1500 * time.Millisecond); time.Now().Before(deadline); {
			name := fmt.Sprintf("v%d", len(views))
			again(t, m, fmt.Sprintf("CREATE TEMPORARY VIEW %s AS SELECT COUNT(*) AS n, SUM(id) AS s FROM numbers WHERE id > %d", name, len(views)))
			views = append(views, name)
			again(t, m, "SELECT * FROM "+name)
		}
		killer.Stop()
		shown := m.Table("SHOW VIEWS")
		slices.Sort(views)
		if !slices.Equal(shown, views) {
			t.Fatalf("round %d, killed after %s: %d views of %d: %q\n%s", round, moment, len(shown), len(views), shown, m.Said())
		}
	}
	if said := m.Said(); strings.Contains(said, "not restored") {
		t.Error(said)
	}
	t.Logf("%d views, the JVM was lost %d times", len(views), strings.Count(m.Said(), "has ended unexpectedly"))
}

// again runs a statement until it is not lost under way.
func again(t *testing.T, m *sessiontest.Mortal, text string) {
	t.Helper()
	for {
		err := attempt(t, m, text)
		var lost *gateway.LostError
		switch {
		case err == nil:
			return
		case !errors.As(err, &lost):
			t.Fatalf("%s: %s", text, session.Explain(err))
		}
	}
}

func attempt(t *testing.T, m *sessiontest.Mortal, text string) error {
	t.Helper()
	reply, err := m.Try(text)
	if err != nil || reply.Events == nil {
		return err
	}
	defer reply.Events.Close()
	for {
		e, err := reply.Events.Next(t.Context())
		if err == io.EOF {
			return nil
		}
		if err != nil {
			return err
		}
		switch e := e.(type) {
		case query.Batch:
			e.Record.Release()
		case query.Ended:
			if e.State != query.Finished {
				return e.Err
			}
		}
	}
}
