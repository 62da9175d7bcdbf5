package faults_test

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"math/rand/v2"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"riffle/session"
	"riffle/session/gateway"
	"riffle/session/gateway/gatewaytest"
	"riffle/session/query"
	"riffle/session/sessiontest"
	"riffle/session/sessiontest/sample"
)

// loss is something that a session has before its JVM is lost, and what remains of it
// afterwards.
type loss struct {
	name          string
	before, after func(*testing.T)
}

// After a lost JVM, the next statement finds everything that the session had. In a whole run,
// one JVM is lost for each thing; in the sample, one is lost for all of them, during a
// statement.
func lostJVM(t *testing.T, m *sessiontest.Mortal, boots *atomic.Int64, jar string) {
	losses := []loss{functionsAndJars(m, jar), whatCannotComeBack(m), catalogs(m)}
	inAStatement := func(t *testing.T) { lostInAStatement(t, m, boots) }
	if sample.Whole {
		for _, l := range losses {
			t.Run(l.name, func(t *testing.T) {
				l.before(t)
				m.Kill()
				l.after(t)
			})
		}
		t.Run("in a statement", inAStatement)
	} else {
		for _, l := range losses {
			l.before(t)
		}
		t.Run("in a statement", inAStatement)
		for _, l := range slices.Backward(losses) { // the session is where the last one left it
			t.Run(l.name, l.after)
		}
	}
	t.Run("in a change of functions", func(t *testing.T) { lostInAChange(t, m) })
	allIsRestored(t, m)
	if !strings.Contains(m.Said(), "has ended unexpectedly") {
		t.Error(m.Said())
	}
}

// allIsRestored checks that nothing is reported lost, except what whatCannotComeBack has
// created.
func allIsRestored(t *testing.T, m *sessiontest.Mortal) {
	t.Helper()
	for line := range strings.Lines(m.Said()) {
		if strings.Contains(line, "not restored") && !strings.Contains(line, "VIEW stale") {
			t.Error(line)
		}
	}
}

// The contents of catalogs are restored, and the session is in the same catalog and database.
// What was running is reported lost.
func catalogs(m *sessiontest.Mortal) loss {
	var endless session.Reply
	return loss{"catalogs", func(t *testing.T) {
		m.Do("SET 'table.local-time-zone' = 'Asia/Kolkata'")
		m.Do("func Twice(n int64) int64 { return 2 * n }")
		m.Do("//riffle:default by=5\nfunc Off(n, by int64) int64 { return n - by }")
		m.Do("type numbered struct { ID int64 }\nfunc IDOf(n numbered) int64 { return n.ID }")
		m.Do("CREATE CATALOG mine WITH ('type' = 'generic_in_memory')")
		m.Do("USE CATALOG mine")
		m.Do("CREATE DATABASE shop")
		m.Do("USE shop")
		m.Do(sessiontest.SequenceTable("five", 5))
		m.Do("CREATE TABLE kept (id BIGINT) WITH ('connector' = 'datagen', 'number-of-rows' = '1')")
		m.Do("CREATE VIEW doubled AS SELECT Twice(id) AS d FROM five")
		m.Do("CREATE VIEW calls AS SELECT Off(by => IDOf(five.*) - 1, n => id) + Off(id) AS c FROM five")
		m.Do("ALTER TABLE kept RENAME TO renamed")
		m.Do("CREATE TABLE copied WITH ('connector' = 'blackhole') AS SELECT id, 'x' AS word FROM five")
		m.Do("CREATE TEMPORARY VIEW gone AS SELECT 1 AS a; DROP TEMPORARY VIEW gone")
		m.Do("CREATE FUNCTION Uri AS 'example.ToURI'")
		var err error
		endless, err = m.Try("CREATE TEMPORARY TABLE ticks (n BIGINT) WITH ('connector' = 'datagen', 'rows-per-second' = '50'); SELECT Twice(n) AS n FROM ticks")
		if err != nil {
			t.Fatal(session.Explain(err))
		}
		for endless.Query.Rows() == 0 {
			time.Sleep(10 * time.Millisecond)
		}
	}, func(t *testing.T) {
		out := sessiontest.Drain(t, endless.Events)
		var failed *session.Error
		if out.Ended.State != query.Failed || !errors.As(out.Ended.Err, &failed) || !strings.Contains(failed.Hint, "run it again") {
			t.Errorf("the query that ran: %+v", out.Ended)
		}
		if got := m.Table("SELECT SUM(d) FROM doubled"); !slices.Contains(got, "30") {
			t.Errorf("the view over a Go function gives %q", got)
		}
		if got := m.Table("SELECT SUM(c) FROM calls"); !slices.Contains(got, "-5") {
			t.Errorf("the view with named arguments, a default and whole rows gives %q", got)
		}
		for text, want := range map[string][]string{
			"SHOW CURRENT DATABASE": {"shop"},
			"SHOW CURRENT CATALOG":  {"mine"},
			"SHOW TABLES":           {"calls", "copied", "doubled", "five", "renamed", "ticks"},
			"SHOW VIEWS":            {"calls", "doubled"},
			"SET":                   {"table.local-time-zone Asia/Kolkata"},
			"SELECT CAST(TO_TIMESTAMP_LTZ(0, 3) AS STRING), CAST(mine.shop.Uri('http://x/') AS STRING)": {"1970-01-01 05:30:00.000 http://x/"},
		} {
			is(t, m, text, want...)
		}
	}}
}

// Names of functions keep their meaning, however often they have changed owners, and jars are
// available, also those of an artifact.
func functionsAndJars(m *sessiontest.Mortal, jar string) loss {
	return loss{"functions and jars", func(t *testing.T) {
		if err := sessiontest.EmptyJar(jar); err != nil {
			t.Fatal(err)
		}
		m.Do("ADD JAR '" + jar + "'")
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
	}, func(t *testing.T) {
		m.Do("USE CATALOG default_catalog")
		is(t, m, "SELECT h, Twin('x'), CAST(default_catalog.default_database.Twin('http://x/') AS STRING) FROM held WHERE h = 9", "9 x http://x/")
		if shown := m.Table("SHOW JARS"); !slices.Contains(shown, jar) {
			t.Errorf("jars are %q", shown)
		}
		if reply, err := m.Try("SELECT Gone(1)"); err == nil {
			t.Errorf("a dropped function is back: %+v", reply)
		}
		m.Do("DROP FUNCTION Twin; DROP FUNCTION Twin") // the Go function, then the catalog's
	}}
}

// What cannot be restored is named, and prevents nothing else from being restored.
func whatCannotComeBack(m *sessiontest.Mortal) loss {
	return loss{"what cannot come back", func(*testing.T) {
		m.Do("func Thrice(n int64) int64 { return 3 * n }")
		m.Do("CREATE VIEW stale AS SELECT Thrice(id) AS d FROM five")
		m.Do("func Thrice(n int64, m int64) int64 { return n * m }")
	}, func(t *testing.T) {
		is(t, m, "SELECT Thrice(id, 3) AS d FROM default_catalog.default_database.five WHERE id = 5", "15")
		if said := m.Said(); !strings.Contains(said, "CREATE VIEW stale AS SELECT Thrice(id) AS d FROM five: ") {
			t.Errorf("says %q", said)
		}
	}}
}

// The statement has had its effect, its caller has left and the JVM is lost. The next JVM is
// not brought to the session's state before the statement is in the journal.
func lostInAStatement(t *testing.T, m *sessiontest.Mortal, boots *atomic.Int64) {
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	before, ended := boots.Load(), strings.Count(m.Said(), "has ended unexpectedly")
	release := make(chan struct{})
	m.Wrap(func(_ string, do func() error) error {
		err := do()
		cancel()
		<-release
		return err
	})
	const view = "default_catalog.default_database.given_up"
	st := m.Cell("CREATE TEMPORARY VIEW " + view + " AS SELECT COUNT(*) AS n FROM default_catalog.default_database.five").Statements()[0]
	if _, err := m.Execute(ctx, st, query.Lossless); !errors.Is(err, context.Canceled) {
		t.Fatal(err)
	}
	m.Wrap(nil)
	m.Kill()
	for strings.Count(m.Said(), "has ended unexpectedly") == ended {
		time.Sleep(time.Millisecond)
	}
	time.Sleep(100 * time.Millisecond) // long enough to boot too early
	if boots.Load() != before {
		t.Error("another JVM starts before the statement has settled")
	}
	close(release)
	is(t, m, "SELECT n FROM "+view, "5")
}

func lostInAChange(t *testing.T, m *sessiontest.Mortal) {
	killed := false
	m.Wrap(func(call string, do func() error) error {
		if call == "register" && !killed {
			killed = true
			m.Kill()
		}
		return do()
	})
	defer m.Wrap(nil)
	m.Do("func Bump(n int) int { return n + 2 }")
	is(t, m, "SELECT Bump(1), Tenfold(1)", "3 30")
	if !killed {
		t.Error(m.Said())
	}
}

// If Flink failed to start, the next statement tries again, because the user may have corrected
// the cause.
func TestBootIsTriedAgain(t *testing.T) {
	tries := 0
	ctx := &waitedFor{Context: t.Context(), waiting: make(chan struct{})}
	s := sessiontest.OpenWith(t, func(c *session.Config) {
		c.Boot = func(context.Context) (gateway.Gateway, error) {
			if tries++; tries == 1 {
				// Not before a caller waits for it: a later caller gets another try.
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

// waitedFor is a context that reports when a caller first waits for it.
type waitedFor struct {
	context.Context
	once    sync.Once
	waiting chan struct{}
}

func (c *waitedFor) Done() <-chan struct{} {
	c.once.Do(func() { close(c.waiting) })
	return c.Context.Done()
}

var seed = flag.Uint64("seed", rand.Uint64(), "of the random moments at which a whole run kills the JVM")

// If the JVM is killed at any moment, during a statement or between two, nothing is lost: a
// lost statement says so and can run again, and everything that was done is there. There are two
// fixed moments and random ones, which -seed repeats.
func lostAtAnyMoment(t *testing.T, m *sessiontest.Mortal) {
	m.Do("CREATE DATABASE moments; USE moments")
	m.Do("CREATE TEMPORARY TABLE numbers (id BIGINT) WITH ('connector' = 'datagen', 'rows-per-second' = '100000', " +
		"'number-of-rows' = '1000', 'fields.id.kind' = 'sequence', 'fields.id.start' = '1', 'fields.id.end' = '1000')")
	var views []string
	moments := []time.Duration{150 * time.Millisecond, 900 * time.Millisecond}
	random := rand.New(rand.NewPCG(*seed, 0))
	t.Logf("-seed %d", *seed)
	for range 60 {
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
	allIsRestored(t, m)
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
