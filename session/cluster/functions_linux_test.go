package cluster_test

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"riffle/session"
	"riffle/session/query"
	"riffle/session/sessiontest"
	"riffle/session/sessiontest/clustertest"
	"riffle/session/sessiontest/modules"
	"riffle/session/sessiontest/processes"
	"riffle/session/sessiontest/sample"
)

const declarations = `func Loop(x int64) int64 {
	fmt.Println("it loops in", os.Getpid(), "for ever")
	for {
		time.Sleep(time.Millisecond)
	}
}
func Half(x int64) (int64, error) {
	if x%2 == 1 {
		return 0, errors.New("odd")
	}
	fmt.Println("half of", x)
	return x / 2, nil
}
func FetchPage(url string) (string, error) {
	r, err := http.Get(url)
	if err != nil {
		return "", err
	}
	defer r.Body.Close()
	text, err := io.ReadAll(r.Body)
	return string(text), err
}
func AskPage(ctx context.Context, url string) (string, error) {
	request, err := http.NewRequestWithContext(ctx, "GET", url, nil)
	if err != nil {
		return "", err
	}
	r, err := http.DefaultClient.Do(request)
	if err != nil {
		return "", err
	}
	defer r.Body.Close()
	text, err := io.ReadAll(r.Body)
	return string(text), err
}
func Linger(ctx context.Context, url string) (string, error) {
	always := context.WithoutCancel(ctx)
	if _, err := AskPage(always, url+"/begun"); err != nil {
		return "", err
	}
	<-ctx.Done()
	return AskPage(always, url+"/ended")
}
func Below(x int64) (iter.Seq[int64], error) {
	if x == 3 {
		return nil, errors.New("three")
	}
	fmt.Println("below", x)
	return func(yield func(int64) bool) {
		for i := range x {
			if !yield(i) {
				return
			}
		}
	}, nil
}`

// functions calls Go functions, which run beside the TaskManagers. The cluster has no flink-python, and nothing of
// riffle's is installed there.
func functions(t *testing.T, m *sessiontest.Mortal) {
	m.Do(declarations)
	t.Run("loop", func(t *testing.T) { loop(t, m, shared) })
	t.Run("usage", func(t *testing.T) { usage(t, m) })
	t.Run("network", func(t *testing.T) { network(t, m) })
	t.Run("async", func(t *testing.T) { async(t, m) })
	t.Run("calls", func(t *testing.T) { calls(t, m) })
	t.Run("compiled plan", func(t *testing.T) { compiledPlan(t, m) })
	if sample.Whole {
		t.Run("table", func(t *testing.T) { table(t, m) })
		t.Run("metrics", func(t *testing.T) {
			sessiontest.MetricsReachFlink(t, m.Session, func(path string, into any) error { return shared.Get(t.Context(), path, into) })
		})
		t.Run("module", func(t *testing.T) { ofModule(t, m) })
	}
}

// calls passes arguments by name, defaults and whole rows.
func calls(t *testing.T, m *sessiontest.Mortal) {
	m.Do("type pairOf struct { A int64; B string }\n//riffle:default times=2\nfunc Repeated(p pairOf, times int) string { return strings.Repeat(fmt.Sprint(p.A, p.B), times) }")
	if got := m.Table("SELECT Repeated(v.*), Repeated(times => 1, p => v.*) FROM (VALUES ('x', 7)) AS v(b, a)"); !slices.Equal(got, []string{"7x7x 7x"}) {
		t.Errorf("%q", got)
	}
}

// ofModule calls a function that uses a module. The cluster gets the program, and needs neither Go nor the module.
func ofModule(t *testing.T, m *sessiontest.Mortal) {
	modules.Use(t)
	if _, err := m.GetModule(t.Context(), "example.com/letters@v1.2.0", func(string) {}); err != nil {
		t.Fatal(err)
	}
	m.Do("func OnlyLetters(s string) string { return letters.Only(s) }")
	reply := try(t, m, "SELECT OnlyLetters(w) FROM (VALUES ('aB1')) AS v(w)")
	if out := sessiontest.Drain(t, reply.Events); !slices.Equal(out.Table, []string{"B"}) {
		t.Errorf("%q, %v", out.Table, out.Ended.Err)
	}
	m.Do("DROP FUNCTION OnlyLetters")
	if _, err := m.GetModule(t.Context(), "example.com/letters@none", func(string) {}); err != nil {
		t.Error(err)
	}
}

// network runs a function that connects to two servers of which the setting lists one. The setting travels with the
// job.
func network(t *testing.T, m *sessiontest.Mortal) {
	page := http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { fmt.Fprint(w, r.URL.Path) })
	open, closed := httptest.NewServer(page), httptest.NewServer(page)
	defer open.Close()
	defer closed.Close()
	_, list, _ := strings.Cut(open.URL, "://")
	m.Do("SET 'riffle.functions.network' = 'api.example.com:443, " + list + "'")
	defer m.Do("RESET 'riffle.functions.network'")
	out := sessiontest.Drain(t, try(t, m, "SELECT FetchPage('"+open.URL+"/a')").Events)
	if out.Ended.Err != nil || !slices.Equal(out.Table, []string{"/a"}) {
		t.Errorf("%q, %v", out.Table, out.Ended.Err)
	}
	out = sessiontest.Drain(t, try(t, m, "SELECT FetchPage('"+closed.URL+"/a')").Events)
	want := "not in riffle.functions.network (SET 'riffle.functions.network' = 'api.example.com:443, " + list + ", " + strings.TrimPrefix(closed.URL, "http://") + "' adds it)"
	if out.Ended.Err == nil || !strings.Contains(session.Explain(out.Ended.Err), want) {
		t.Errorf("a host that is not listed: %q, %v", out.Table, out.Ended.Err)
	}
}

// async calls a function that asks a service, for several rows at a time, and cancels a query whose function waits. The
// settings travel with the job.
func async(t *testing.T, m *sessiontest.Mortal) {
	const rows, concurrent = 60, 6
	var mu sync.Mutex
	requests, open, most := map[string]int{}, 0, 0
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		mu.Lock()
		requests[r.URL.Path]++
		open++
		most = max(most, open)
		wait := time.Duration(50-10*(len(requests)%5)) * time.Millisecond
		mu.Unlock()
		time.Sleep(wait)
		mu.Lock()
		open--
		mu.Unlock()
		fmt.Fprint(w, r.URL.Path)
	}))
	defer server.Close()
	seen := func(path string) bool {
		mu.Lock()
		defer mu.Unlock()
		return requests[path] > 0
	}
	_, address, _ := strings.Cut(server.URL, "://")
	m.Do("SET 'riffle.functions.network' = '" + address + "'; SET 'parallelism.default' = '1'; " +
		fmt.Sprintf("SET 'table.exec.async-scalar.max-concurrent-operations' = '%d'; ", concurrent) + sessiontest.SequenceTable("asked", rows))
	defer m.Do("RESET; DROP TEMPORARY TABLE asked")
	out := sessiontest.Drain(t, try(t, m, "SELECT AskPage('"+server.URL+"/' || CAST(id AS STRING)) FROM asked").Events)
	var want []string
	for n := range rows {
		want = append(want, fmt.Sprint("+I /", n+1))
	}
	if out.Ended.Err != nil || !slices.Equal(out.Changes, want) || most != concurrent {
		t.Errorf("%d requests at a time, %q, %v", most, out.Changes, out.Ended.Err)
	}
	m.Do("SET 'table.exec.async-scalar.timeout' = '1 h'")
	reply := try(t, m, "SELECT Linger(url) FROM (VALUES ('"+server.URL+"/a'), ('"+server.URL+"/b')) AS v(url)")
	processes.Await(t, "the rows wait", func() bool { return seen("/a/begun") && seen("/b/begun") })
	if err := reply.Query.Cancel(t.Context()); err != nil {
		t.Fatal(err)
	}
	if out := sessiontest.Drain(t, reply.Events); out.Ended.State != query.Cancelled {
		t.Errorf("the query ended as %v: %v", out.Ended.State, out.Ended.Err)
	}
	processes.Await(t, "their contexts are cancelled", func() bool { return seen("/a/ended") && seen("/b/ended") })
}

// compiledPlan executes a plan whose function has been declared again. The plan has only the function's name.
func compiledPlan(t *testing.T, m *sessiontest.Mortal) {
	folder := t.TempDir()
	plan := filepath.Join(folder, "plan.json")
	m.Do("CREATE TEMPORARY TABLE planned (x BIGINT) WITH ('connector' = 'filesystem', 'format' = 'csv', 'path' = '" + folder + "/out'); " +
		"COMPILE PLAN '" + plan + "' FOR INSERT INTO planned SELECT Half(x) FROM (VALUES (CAST(2 AS BIGINT))) AS v(x); " +
		"func Half(x int64) int64 { return 100 * x }")
	reply := try(t, m, "EXECUTE PLAN '"+plan+"'")
	if out := sessiontest.Drain(t, reply.Events); out.Ended.State != query.Finished {
		t.Fatal(session.Explain(out.Ended.Err))
	}
	files, err := filepath.Glob(folder + "/out/part-*")
	if err != nil || len(files) != 1 {
		t.Fatal(files, err)
	}
	if text, err := os.ReadFile(files[0]); string(text) != "200\n" {
		t.Errorf("%q, %v", text, err)
	}
}

// loop cancels a query whose function does not return. Until then, its processes are below a TaskManager, and riffle has
// none. The TaskManagers live on.
func loop(t *testing.T, m *sessiontest.Mortal, cluster *clustertest.Cluster) {
	reply, err := m.Try("SELECT Loop(x) FROM (VALUES (CAST(1 AS BIGINT)), (2)) AS v(x)")
	if err != nil {
		t.Fatal(session.Explain(err))
	}
	guest := loopsIn(t, cluster)
	worker := parent(t, guest)
	if line := commandLine(t, worker); !strings.Contains(line, "/riffle/pyflink-udf-runner.sh") {
		t.Errorf("the guest's parent is %s", line)
	}
	if above := parent(t, worker); !slices.ContainsFunc(cluster.TaskManagers, func(p *clustertest.Process) bool { return p.PID() == above }) {
		t.Errorf("the worker's parent is %s", commandLine(t, above))
	}
	if own := processes.Children(t); len(own) > 0 {
		t.Errorf("riffle has processes of its own: %v", own)
	}

	if err := reply.Query.Cancel(t.Context()); err != nil {
		t.Fatal(err)
	}
	if out := sessiontest.Drain(t, reply.Events); out.Ended.State != query.Cancelled {
		t.Errorf("the query ended as %v: %v", out.Ended.State, out.Ended.Err)
	}
	awaitState(t, cluster, reply.Query.Started().Job, "CANCELED")
	processes.Await(t, "the worker ends with the query", func() bool { return !exists(worker) })
	processes.Await(t, "the guest ends with its worker", func() bool { return !exists(guest) })
	for i, p := range cluster.TaskManagers {
		if !p.Running() {
			t.Errorf("TaskManager %d has ended", i+1)
		}
	}
	if err := cluster.Await(t.Context(), len(cluster.TaskManagers)); err != nil {
		t.Error(err)
	}
}

// loopsIn returns the process in which Loop runs, as a TaskManager's log has it: the log has what functions print.
func loopsIn(t *testing.T, cluster *clustertest.Cluster) (guest int) {
	t.Helper()
	printed := regexp.MustCompile(`it loops in (\d+) for ever`)
	processes.Await(t, "a TaskManager logs what the function prints", func() bool {
		for i := range cluster.TaskManagers {
			log, err := os.ReadFile(cluster.Log(fmt.Sprintf("taskmanager%d", i+1)))
			if err != nil {
				t.Fatal(err)
			}
			if found := printed.FindSubmatch(log); found != nil {
				guest, _ = strconv.Atoi(string(found[1])) // digits, by the expression
				return true
			}
		}
		return false
	})
	return guest
}

// table calls a table function, with more results than a task keeps in memory, and with rows that fail.
func table(t *testing.T, m *sessiontest.Mortal) {
	m.Do("SET 'riffle.functions.on-error' = 'null'")
	defer m.Do("RESET 'riffle.functions.on-error'")
	for sql, want := range map[string]string{
		"SELECT x, i FROM (VALUES (CAST(2 AS BIGINT)), (3), (0)) AS v(x) LEFT JOIN LATERAL TABLE(Below(x)) AS t(i) ON TRUE": "0 (null)|2 0|2 1|3 (null)",
		"SELECT COUNT(*), SUM(i) FROM TABLE(Below(2000000)) AS t(i)":                                                        "2000000 1999999000000",
	} {
		reply, err := m.Try(sql)
		if err != nil {
			t.Fatal(session.Explain(err))
		}
		out := sessiontest.Drain(t, reply.Events)
		if got := strings.Join(out.Table, "|"); got != want {
			t.Errorf("%s: %q, %v", sql, got, out.Ended.Err)
		}
		failed := ""
		if len(out.Failed) > 0 {
			failed = out.Failed[len(out.Failed)-1].String()
		}
		if strings.Contains(sql, "(3)") && failed != "1 call of Below failed, it has no further results: Below(3): three" {
			t.Errorf("%s: failed %q", sql, failed)
		}
	}
}

var bothFailed = regexp.MustCompile(`^2 calls of Half failed, their results are NULL, the first: Half\([35]\): odd$`)

// usage looks at what comes home: rows, failures, printed lines.
func usage(t *testing.T, m *sessiontest.Mortal) {
	m.Do("SET 'riffle.functions.on-error' = 'null'")
	defer m.Do("RESET 'riffle.functions.on-error'")
	reply, err := m.Try("SELECT Half(x) FROM (VALUES (CAST(2 AS BIGINT)), (3), (5), (8)) AS v(x)")
	if err != nil {
		t.Fatal(session.Explain(err))
	}
	out := sessiontest.Drain(t, reply.Events)
	if want := []string{"(null)", "(null)", "1", "4"}; !slices.Equal(out.Table, want) {
		t.Errorf("%q, %v", out.Table, out.Ended.Err)
	}
	var printed []string
	for _, p := range out.Printed {
		printed = append(printed, p.Function+": "+p.Text)
	}
	slices.Sort(printed) // each row of VALUES is a source of its own
	if want := []string{"Half: half of 2", "Half: half of 8"}; !slices.Equal(printed, want) {
		t.Errorf("printed %q", printed)
	}
	if len(out.Failed) == 0 || !bothFailed.MatchString(out.Failed[len(out.Failed)-1].String()) {
		t.Errorf("failed %v", out.Failed)
	}
	for _, u := range m.Usage() {
		if u.Query != reply.Query.ID() {
			continue
		}
		f := u.Functions[0]
		if len(u.Functions) != 1 || f.Function != "Half" || f.Rows != 4 || f.Failed != 2 || f.Batches < 1 || f.Subtasks != 1 || f.Time <= 0 {
			t.Errorf("used %+v", u)
		}
		return
	}
	t.Error("the usage of the query's functions is not there")
}

// awaitState waits until a job has a state.
func awaitState(t *testing.T, cluster *clustertest.Cluster, job, state string) {
	t.Helper()
	processes.Await(t, "job "+job+" is "+state, func() bool {
		var details struct{ State string }
		if err := cluster.Get(t.Context(), "/jobs/"+job, &details); err != nil {
			t.Fatal(err)
		}
		return details.State == state
	})
}

// parent returns the parent of a process.
func parent(t *testing.T, pid int) int {
	t.Helper()
	stat, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", pid))
	if err != nil {
		t.Fatal(err)
	}
	_, rest, _ := strings.Cut(string(stat), ") ")
	n, err := strconv.Atoi(strings.Fields(rest)[1])
	if err != nil {
		t.Fatal(err)
	}
	return n
}

func commandLine(t *testing.T, pid int) string {
	t.Helper()
	line, err := os.ReadFile(fmt.Sprintf("/proc/%d/cmdline", pid))
	if err != nil {
		t.Fatal(err)
	}
	return strings.ReplaceAll(string(line), "\x00", " ")
}

func exists(pid int) bool {
	_, err := os.Stat(fmt.Sprintf("/proc/%d", pid))
	return err == nil
}
