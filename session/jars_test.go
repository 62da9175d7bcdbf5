package session_test

import (
	"context"
	"errors"
	"fmt"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"riffle/session"
	"riffle/session/query"
	"riffle/session/sessiontest"
)

// What jars bring is there for the jobs, the procedures and the catalogs that plain
// Flink has with them.
func TestJars(t *testing.T) {
	driver, hadoop := yard(t)
	t.Run("late", func(t *testing.T) { lateJars(t, driver, hadoop) })
	t.Run("jobs", proceduresRunJobs)
	t.Run("given up", procedureIsGivenUp)
	t.Run("updates", unannouncedUpdates)
}

// yard adds the jar of testdata/yard's catalog and connector, and returns the paths of jars
// with their dependencies.
func yard(t *testing.T) (driver, hadoop string) {
	t.Helper()
	dir := t.TempDir()
	jar := filepath.Join(dir, "yard.jar")
	driver, hadoop = filepath.Join(dir, "driver.jar"), filepath.Join(dir, "hadoop.jar")
	sessiontest.BuildJar(t, filepath.Join("testdata", "yard"), map[string]string{
		jar:    "yard/,META-INF/services/org.apache.flink",
		driver: "late/,META-INF/services/java.sql",
		hadoop: "org/apache/hadoop/",
	})
	run(t, fmt.Sprintf("ADD JAR '%s'; CREATE CATALOG yard WITH ('type' = 'yard')", filepath.ToSlash(jar)))
	t.Cleanup(func() { cleanUp(t, "DROP CATALOG yard; REMOVE JAR '"+filepath.ToSlash(jar)+"'") })
	return filepath.ToSlash(driver), filepath.ToSlash(hadoop)
}

// table returns the rows of a statement.
func table(t *testing.T, text string) []string {
	t.Helper()
	got := sessiontest.Drain(t, run(t, text).Events)
	if got.Ended.State != query.Finished {
		t.Fatalf("%s: %+v", text, got.Ended)
	}
	return got.Table
}

// Classes in a session's jar are found even if they were looked up before the jar was added.
// For plain Java that would be too late in each of these cases.
func lateJars(t *testing.T, driver, hadoop string) {
	for _, c := range []struct{ call, jar, problem, want string }{
		{"CALL yard.main.open_url('jdbc:late:shed')", driver, "No suitable driver", "a shed"},
		{"CALL yard.main.late()", driver, "this needs the class late.Late, which was not found", "better late than never"},
		{"CALL yard.main.hadoop()", hadoop, "this needs Hadoop's classes, which were not found", "a configuration of Hadoop's"},
	} {
		if _, err := execute(t, c.call, query.Lossless); err == nil || !strings.Contains(session.Explain(err), c.problem) {
			t.Errorf("%s: %v", c.call, err)
		}
		run(t, "ADD JAR '"+c.jar+"'")
		// The classes of the catalog's procedures are the earlier ones.
		run(t, "DROP CATALOG yard; CREATE CATALOG yard WITH ('type' = 'yard')")
		if got := table(t, c.call); !slices.Equal(got, []string{c.want}) {
			t.Errorf("%s: %q", c.call, got)
		}
		run(t, "REMOVE JAR '"+c.jar+"'; DROP CATALOG yard; CREATE CATALOG yard WITH ('type' = 'yard')")
		if _, err := execute(t, c.call, query.Lossless); err == nil || !strings.Contains(session.Explain(err), c.problem) {
			t.Errorf("%s without the jar: %v", c.call, err)
		}
	}
	// The error does not suggest a jar where no jar of the session can help.
	run(t, "ADD JAR '"+hadoop+"'")
	defer run(t, "REMOVE JAR '"+hadoop+"'")
	_, err := execute(t, "CALL yard.main.secure()", query.Lossless)
	if err == nil || !strings.Contains(session.Explain(err), "HADOOP_CLASSPATH") || strings.Contains(session.Explain(err), "jar org.apache") {
		t.Errorf("Flink's own use of Hadoop: %v", err)
	}
}

// The jobs of procedures run in the session's cluster, with its jars.
func proceduresRunJobs(t *testing.T) {
	for call, want := range map[string]string{
		"CALL yard.main.collect_to(3)":                    "1 2 3",
		"CALL yard.main.count_to(1000)":                   "counted to 1000",
		"CALL yard.main.submit_to(CAST(10 AS BIGINT), 0)": "",
	} {
		if got := table(t, call); strings.Join(got, " ") != want {
			t.Errorf("%s: %q", call, got)
		}
	}
	reply := run(t, "CALL yard.main.submit_to(9223372036854, 2)")
	q := reply.Query
	if q == nil || !strings.Contains(reply.Message, ": job ") || !strings.Contains(reply.Message, ", q") {
		t.Fatalf("submitted: %+v", reply)
	}
	running := 0
	for _, other := range shared.Queries() {
		if strings.Contains(other.Text(), "submit_to(9223372036854") {
			running++
			if err := other.Cancel(t.Context()); err != nil {
				t.Error(err)
			}
			<-other.Done()
		}
	}
	got := sessiontest.Drain(t, reply.Events)
	if running != 2 || got.Ended.State != query.Cancelled || len(got.Notices) != 2 ||
		got.Notices[0] != "the procedure returned JobID="+q.Started().Job {
		t.Errorf("%d jobs, %+v", running, got)
	}
	reply, err := execute(t, "CALL yard.main.failing()", query.Lossless)
	if err == nil {
		err = sessiontest.Drain(t, reply.Events).Ended.Err
	}
	if err == nil || !strings.Contains(err.Error(), "the yard is closed") {
		t.Errorf("failing: %v", err)
	}
}

// A procedure that waits for a job without an end is given up, and the job with it,
// whether it has been submitted by then or not.
func procedureIsGivenUp(t *testing.T) {
	call := shared.Cell("CALL yard.main.endless()").Statements()[0]
	for _, patience := range []time.Duration{0, 100 * time.Millisecond, time.Second} {
		ctx, giveUp := context.WithTimeout(t.Context(), patience)
		_, err := shared.Execute(ctx, call, query.Lossless)
		giveUp()
		if !errors.Is(err, context.DeadlineExceeded) {
			t.Errorf("after %v: %v", patience, err)
		}
		next, stop := context.WithTimeout(t.Context(), time.Minute)
		reply, err := shared.Execute(next, shared.Cell("SHOW JOBS").Statements()[0], query.Lossless)
		stop()
		if err != nil {
			t.Fatalf("the next statement waits for the procedure: %v", err)
		}
		for _, job := range sessiontest.Drain(t, reply.Events).Table {
			if strings.Contains(job, "RUNNING") {
				t.Errorf("after %v a job runs on: %s", patience, job)
			}
		}
	}
}

// Rows that change although the plan is append-only are folded, by the key if there is one.
// Plans of batch mode have none.
func unannouncedUpdates(t *testing.T) {
	run(t, `CREATE TEMPORARY TABLE keyed (id INT, name STRING, PRIMARY KEY (id) NOT ENFORCED) WITH ('connector' = 'unannounced');
		CREATE TEMPORARY TABLE plain (id INT, name STRING) WITH ('connector' = 'unannounced')`)
	defer run(t, "DROP TEMPORARY TABLE keyed; DROP TEMPORARY TABLE plain; RESET 'execution.runtime-mode'")
	all := []string{"1 ann", "2 ben", "2 bob", "3 cat"}
	for _, c := range []struct {
		mode, query string
		want        []string
	}{
		{"streaming", "SELECT * FROM keyed", []string{"1 ann", "2 ben", "3 cat"}},
		{"streaming", "SELECT name, id FROM keyed WHERE id > 1", []string{"ben 2", "cat 3"}},
		{"streaming", "SELECT * FROM plain", all},
		{"batch", "SELECT * FROM plain", all},
	} {
		run(t, "SET 'execution.runtime-mode' = '"+c.mode+"'")
		got := sessiontest.Drain(t, run(t, c.query).Events)
		if got.Ended.State != query.Finished || !slices.Equal(got.Table, c.want) {
			t.Errorf("%s, %s: %q, %+v", c.mode, c.query, got.Table, got.Ended)
		}
		if slices.Contains(got.Started.Kinds, "+U") {
			t.Errorf("%s, %s: the plan says %q", c.mode, c.query, got.Started.Kinds)
		}
	}
}

// cleanUp runs statements at the end of a test.
func cleanUp(t *testing.T, text string) {
	t.Helper()
	for _, st := range shared.Cell(text).Statements() {
		if _, err := shared.Execute(context.Background(), st, query.Lossless); err != nil {
			t.Error(session.Explain(err))
		}
	}
}
