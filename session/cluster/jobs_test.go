package cluster_test

import (
	"fmt"
	"math"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"riffle/session"
	"riffle/session/flink"
	"riffle/session/flink/dist"
	"riffle/session/query"
	"riffle/session/sessiontest"
	"riffle/session/sessiontest/processes"
	"riffle/session/sessiontest/sample"
)

const endless = `CREATE TEMPORARY TABLE endless (id INT, s STRING) WITH ('connector' = 'datagen', 'rows-per-second' = '100');
	CREATE TEMPORARY TABLE gone (id INT) WITH ('connector' = 'blackhole')`

// jobsAndQueries shows that jobs belong to the cluster, and queries to their session. bob is another session.
func jobsAndQueries(t *testing.T, bob *sessiontest.Mortal) {
	known := map[string]bool{}
	for _, j := range jobs(t) {
		known[j.ID] = true
	}
	ada := sessiontest.OpenOn(t, address)
	ada.Do(endless)
	reader := try(t, ada, "SELECT id FROM endless")
	sessiontest.AwaitRows(t, reader.Query)
	writer := try(t, ada, "INSERT /* each row */ INTO gone SELECT id FROM endless WHERE s <> 'secret'")
	defer writer.Events.Close()
	defer reader.Events.Close()
	read, written := reader.Query.Started().Job, writer.Query.Started().Job

	t.Run("names", func(t *testing.T) {
		var names []string
		for _, j := range jobs(t) {
			if !known[j.ID] {
				names = append(names, j.Name[:strings.LastIndex(j.Name, ",")])
			}
		}
		slices.Sort(names)
		want := []string{"INSERT INTO gone SELECT id FROM endless WHERE s <> '…' (riffle", "SELECT id FROM endless (riffle"}
		if !slices.Equal(names, want) {
			t.Errorf("the jobs are %q, want %q", names, want)
		}
	})
	t.Run("facts", func(t *testing.T) {
		facts, err := flink.Inspect(t.Context(), address)
		if err != nil || facts.Version != dist.Version || facts.Python || facts.TaskManagers != 2 || facts.Options["parallelism.default"] != "2" {
			t.Errorf("%+v, %v", facts, err)
		}
	})
	t.Run("options", func(t *testing.T) {
		await(t, written, "RUNNING")
		if got, want := optionsOf(t, read), (jobOptions{Parallelism: 1, Restarts: "Restart deactivated."}); got != want {
			t.Errorf("the query has %+v, want %+v", got, want)
		}
		if got, want := optionsOf(t, written), (jobOptions{Parallelism: 2, Restarts: "Restart with fixed delay (PT0.1S). #7 restart attempts.", Interval: 1000}); got != want {
			t.Errorf("the INSERT has %+v, want %+v", got, want)
		}
	})
	t.Run("jobs of others", func(t *testing.T) { jobsOfOthers(t, bob, written) })
	t.Run("restarts", func(t *testing.T) { restarts(t, ada, bob) })
	t.Run("lost gateway", func(t *testing.T) {
		ada.Kill()
		if err := ada.Ready(t.Context()); err != nil {
			t.Fatal(err)
		}
		processes.Await(t, "the job is followed", func() bool {
			h, err := writer.Query.Health(t.Context())
			return err == nil && h.State == "RUNNING"
		})
		if _, ended := writer.Query.End(); ended {
			t.Error("the INSERT was reported as ended")
		}
		if end := sessiontest.Drain(t, reader.Events).Ended; end.State != query.Failed {
			t.Errorf("the query is %v", end.State)
		}
		await(t, read, "CANCELED") // sooner than by a missing heartbeat
	})
	t.Run("end of a session", func(t *testing.T) {
		second := try(t, ada, "SELECT id FROM endless")
		sessiontest.AwaitRows(t, second.Query)
		if got := ada.Continuing(); len(got) != 1 || !strings.Contains(got[0], "continues on the cluster as job "+written) {
			t.Errorf("%q", got)
		}
		second.Events.Close()
		last := try(t, ada, "SELECT 3")
		sessiontest.Drain(t, last.Events)
		ada.Session.Close()
		await(t, last.Query.Started().Job, "FINISHED") // although the session has ended with its result
		await(t, second.Query.Started().Job, "CANCELED")
		await(t, written, "RUNNING")
	})
	t.Run("stop", func(t *testing.T) {
		path, err := bob.Stop(t.Context(), written, "") // into the cluster's folder
		if err != nil || !strings.Contains(path, "/savepoints/savepoint-") {
			t.Errorf("%q, %v", path, err)
		}
		await(t, written, "FINISHED")
	})
}

// jobsOfOthers attaches to a job of another session, whose failure is reported.
func jobsOfOthers(t *testing.T, m *sessiontest.Mortal, job string) {
	a, err := m.Attach(t.Context(), job)
	if err != nil {
		t.Fatal(err)
	}
	if !strings.HasPrefix(a.Name, "INSERT INTO gone") || a.Health.Parallelism != 2 || a.Query == nil || len(m.Continuing()) != 0 {
		t.Errorf("%+v, %q", a, m.Continuing())
	}
	if again, err := m.Attach(t.Context(), job); err != nil || again.Query != a.Query {
		t.Errorf("attached twice: %+v, %v", again, err)
	}
	if _, err := m.Attach(t.Context(), strings.Repeat("0", 32)); err == nil || !strings.Contains(err.Error(), "the cluster has no job 000") {
		t.Errorf("%v", err)
	}
	var failed string
	for _, j := range jobs(t) {
		if j.State == "FAILED" {
			failed = j.ID
		}
	}
	if failed == "" { // the results were not tested
		sessiontest.Drain(t, try(t, m, "SELECT 1 / id FROM (VALUES (0)) AS v(id)").Events)
		return
	}
	if a, err := m.Attach(t.Context(), failed); err != nil || a.Query != nil || a.Err == nil || a.Health.State != "FAILED" {
		t.Errorf("%+v, %v", a, err)
	}
}

// slowReader leaves rows unread while their job ends, and runs another query meanwhile.
func slowReader(t *testing.T, m *sessiontest.Mortal) {
	const rows = 1_500_000 // of 70 bytes
	m.Do(sessiontest.SequenceTable("numbers", rows))
	slow := try(t, m, "SELECT id, SHA256(CAST(id AS STRING)) FROM numbers") // does not compress well
	sessiontest.AwaitRows(t, slow.Query)
	if got := m.Table("SELECT COUNT(*), SUM(id) FROM numbers"); !slices.Equal(got, []string{fmt.Sprintf("%d %d", rows, rows*(rows+1)/2)}) {
		t.Errorf("%q while another query is not read", got)
	}
	time.Sleep(sample.Of(0, 30*time.Second))
	if state := stateOf(t, slow.Query.Started().Job); state != "RUNNING" {
		t.Errorf("the job is %s before its rows are read", state)
	}
	count, sum := 0, 0
	ended := eachRow(t, slow.Events, func(id int64) { count, sum = count+1, sum+int(id) })
	if ended.State != query.Finished || count != rows || sum != rows*(rows+1)/2 {
		t.Errorf("%v, %d rows with sum %d, %v", ended.State, count, sum, ended.Err)
	}
	await(t, slow.Query.Started().Job, "FINISHED")
}

// replaced kills the JobManager and starts another one.
func replaced(t *testing.T, m *sessiontest.Mortal) {
	m.Do(endless)
	lost := try(t, m, "SELECT id FROM endless")
	sessiontest.AwaitRows(t, lost.Query)
	shared.JobManager.Kill()
	if err := shared.StartJobManager(); err != nil {
		t.Fatal(err)
	}
	end := sessiontest.Drain(t, lost.Events).Ended
	if end.State != query.Failed || !regexp.MustCompile(`the cluster no longer has the job|the JobManager was (restarted|replaced)`).MatchString(session.Explain(end.Err)) {
		t.Errorf("%v: %v", end.State, end.Err)
	}
	if jobs := m.Table("SHOW JOBS"); len(jobs) != 0 {
		t.Errorf("the new JobManager has the jobs %q", jobs)
	}
}

// logs shows that the cluster has logged no secret of a session, and no errors of riffle's requests.
func logs(t *testing.T) {
	logs, err := filepath.Glob(filepath.Join(filepath.Dir(shared.Log("x")), "*"))
	if err != nil || len(logs) < 3 {
		t.Fatal(logs, err)
	}
	for _, log := range logs {
		text, err := os.ReadFile(log)
		if err != nil {
			t.Fatal(err)
		}
		for _, never := range []string{"RIFFLE_TOKEN", "token=", "InvalidClassException", "OversizedPayload", "UnavailableDispatcherOperationException"} {
			if before, after, found := strings.Cut(string(text), never); found {
				t.Errorf("%s contains %s:\n%s", filepath.Base(log), never, before[max(0, len(before)-1000):]+never+after[:min(len(after), 1000)])
			}
		}
	}
}

func try(t *testing.T, m *sessiontest.Mortal, text string) session.Reply {
	t.Helper()
	reply, err := m.Try(text)
	if err != nil {
		t.Fatalf("%s: %s", text, session.Explain(err))
	}
	return reply
}

type job struct {
	ID    string `json:"jid"`
	Name  string `json:"name"`
	State string `json:"state"`
}

func jobs(t *testing.T) []job {
	t.Helper()
	var overview struct{ Jobs []job }
	if err := shared.Get(t.Context(), "/jobs/overview", &overview); err != nil {
		t.Fatal(err)
	}
	return overview.Jobs
}

func stateOf(t *testing.T, id string) string {
	for _, j := range jobs(t) {
		if j.ID == id {
			return j.State
		}
	}
	return ""
}

func await(t *testing.T, id, state string) {
	t.Helper()
	processes.Await(t, "the job is "+state, func() bool { return stateOf(t, id) == state })
}

// jobOptions are the options with which a job runs.
type jobOptions struct {
	Parallelism int
	Restarts    string
	Interval    int // of checkpoints in milliseconds; 0 for none
}

func optionsOf(t *testing.T, id string) jobOptions {
	t.Helper()
	var details struct {
		Vertices []struct{ Parallelism int }
	}
	var config struct {
		Execution struct {
			Restarts string `json:"restart-strategy"`
		} `json:"execution-config"`
	}
	var checkpoints struct{ Interval int }
	if err := shared.Get(t.Context(), "/jobs/"+id, &details); err != nil {
		t.Fatal(err)
	}
	if err := shared.Get(t.Context(), "/jobs/"+id+"/config", &config); err != nil {
		t.Fatal(err)
	}
	o := jobOptions{Restarts: config.Execution.Restarts}
	if err := shared.Get(t.Context(), "/jobs/"+id+"/checkpoints/config", &checkpoints); err == nil && checkpoints.Interval < math.MaxInt64 {
		o.Interval = checkpoints.Interval
	}
	for _, v := range details.Vertices {
		o.Parallelism = max(o.Parallelism, v.Parallelism)
	}
	return o
}
