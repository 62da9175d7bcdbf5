package sessiontest

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"riffle/session"
	"riffle/session/query"
	"riffle/session/sessiontest/processes"
)

const metered = `func Metered(ctx *riffle.Context, n int64) string {
	ctx.Counter("seen").Inc(1)
	ctx.Counter("total").Inc(n)
	ctx.Meter("rate").Mark(1)
	ctx.Gauge("size").Set(7)
	ctx.Distribution("numbers").Update(n)
	return fmt.Sprintf("%d of %d, %s", ctx.Subtask(), ctx.Subtasks(), ctx.JobParameter("greeting", "none"))
}
func MeteredPair(ctx *riffle.Context, n int64) iter.Seq[int64] {
	return func(yield func(int64) bool) {
		for _, k := range []int64{n, -n} {
			ctx.Counter("pairs").Inc(1)
			if !yield(k) { return }
		}
	}
}`

// MetricsReachFlink runs a query with functions that count, in two subtasks, and compares what Flink's REST endpoint
// and the session have about them with the rows of the query. get reads a path of the endpoint.
func MetricsReachFlink(t *testing.T, s *session.Session, get func(path string, into any) error) {
	execute := func(text string) session.Reply {
		t.Helper()
		var reply session.Reply
		for _, st := range s.Cell(text).Statements() {
			var err error
			if reply, err = s.Execute(t.Context(), st, query.Lossless); err != nil {
				t.Fatalf("%s: %s", text, session.Explain(err))
			}
		}
		return reply
	}
	const files, rowsOfFile = 4, 500
	folder := t.TempDir()
	for file := range files {
		var text strings.Builder
		for n := range rowsOfFile {
			fmt.Fprintln(&text, file*rowsOfFile+n+1)
		}
		if err := os.WriteFile(filepath.Join(folder, fmt.Sprint(file, ".csv")), []byte(text.String()), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	// The job goes on after the last row: Flink drops metrics at the end of a task.
	execute(metered + `
CREATE TEMPORARY TABLE watched (n BIGINT) WITH ('connector' = 'filesystem', 'format' = 'csv', 'source.monitor-interval' = '1 h', 'path' = 'file://` + folder + `');
SET 'parallelism.default' = '2'; SET 'pipeline.global-job-parameters' = 'greeting:good morning'`)
	defer execute("RESET; DROP TEMPORARY TABLE watched; DROP FUNCTION Metered; DROP FUNCTION MeteredPair")
	reply := execute("SELECT Metered(n) AS m, k FROM watched, LATERAL TABLE(MeteredPair(n)) AS x(k)")
	defer reply.Events.Close()
	defer reply.Query.Cancel(t.Context())

	const rows = 2 * files * rowsOfFile
	calls, total := map[string]int{}, 0
	for total < rows {
		e, err := reply.Events.Next(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		if batch, ok := e.(query.Batch); ok {
			for _, change := range changes(t, batch) {
				calls[change]++
				total++
			}
		}
	}
	bySubtask := [2]int{}
	for change, n := range calls {
		var subtask int
		if _, err := fmt.Sscanf(change, "+I %d of 2, good morning ", &subtask); err != nil {
			t.Fatalf("%d rows %s: %v", n, change, err)
		}
		bySubtask[subtask] += n
	}
	sum := files * rowsOfFile * (files*rowsOfFile + 1) // of the numbers, twice

	job := reply.Query.Started().Job
	processes.Await(t, "Flink shows what functions have counted", func() bool {
		return sumOf(valuesOf(t, get, job, "pairs")) == rows &&
			valuesOf(t, get, job, "seen") == bySubtask && sumOf(valuesOf(t, get, job, "total")) == sum
	})
	if got := valuesOf(t, get, job, "size"); got != [2]int{7, 7} && got != [2]int{7, 0} && got != [2]int{0, 7} {
		t.Errorf("the gauges are %v", got)
	}
	for subtask, value := range metricOf(t, get, job, "numbers") {
		if want := fmt.Sprintf(", count=%d, ", bySubtask[subtask]); value != "" && !strings.Contains(value, want) {
			t.Errorf("the distribution of subtask %d is %s, want %s", subtask, value, want)
		}
	}
	if rates := metricOf(t, get, job, "rate"); rates == [2]string{} {
		t.Error("Flink has no meter")
	}
	want := fmt.Sprintf("Metered: seen=%d total=%d rate=%[1]d size=7 numbers=%[2]d (%[1]d values, 1 to %[3]d); MeteredPair: pairs=%[1]d", rows, sum, files*rowsOfFile)
	processes.Await(t, "the session has what functions have counted", func() bool {
		var all []string
		for _, u := range reply.Query.Usage().Functions {
			text := u.Function + ":"
			for _, m := range u.Metrics {
				text += " " + m.String()
			}
			all = append(all, text)
		}
		return strings.Join(all, "; ") == want
	})
}

// metricOf reads a metric of functions in both subtasks of a job: "" for one that does not exist.
func metricOf(t *testing.T, get func(path string, into any) error, job, name string) (values [2]string) {
	t.Helper()
	read := func(path string, into any) {
		t.Helper()
		if err := get(path, into); err != nil {
			t.Fatal(err)
		}
	}
	var details struct{ Vertices []struct{ ID string } }
	read("/jobs/"+job, &details)
	for _, v := range details.Vertices {
		for subtask := range values {
			path := fmt.Sprintf("/jobs/%s/vertices/%s/subtasks/%d/metrics", job, v.ID, subtask)
			var known, got []struct{ ID, Value string }
			read(path, &known)
			for _, m := range known {
				if !strings.HasSuffix(m.ID, "."+name) {
					continue
				}
				if read(path+"?get="+m.ID, &got); len(got) == 1 {
					values[subtask] = got[0].Value
				}
			}
		}
	}
	return values
}

// valuesOf returns the numbers of a metric: 0 for one that does not exist.
func valuesOf(t *testing.T, get func(path string, into any) error, job, name string) (numbers [2]int) {
	t.Helper()
	for subtask, value := range metricOf(t, get, job, name) {
		_, _ = fmt.Sscan(value, &numbers[subtask])
	}
	return numbers
}

func sumOf(numbers [2]int) int { return numbers[0] + numbers[1] }
