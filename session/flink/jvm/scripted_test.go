package jvm

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// TestScriptedJobs runs a gateway whose jobs run nowhere: what becomes of them is
// played by testdata/scripted, which prints a name and the gateway's answer.
func TestScriptedJobs(t *testing.T) {
	jars := installed(t, t.TempDir())
	path := append(flinkJars(t), jars.Cluster, jars.Gateway)
	scripted, err := Compiler{Javac: javac(t), Release: OldestJDK, ClassPath: path}.
		Build(t.Context(), filepath.Join("testdata", "scripted"))
	if err != nil {
		t.Fatal(err)
	}
	last := filepath.Join(t.TempDir(), "scripted.jar")
	if err := os.WriteFile(last, scripted, 0o600); err != nil {
		t.Fatal(err)
	}
	out, err := exec.CommandContext(t.Context(), java(t), "-XX:TieredStopAtLevel=1", "-XX:+UseSerialGC", "-cp",
		strings.Join(append(path, last), string(filepath.ListSeparator)), "riffle.gateway.ScriptedJobs").Output()
	if err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	answers := map[string]string{}
	for line := range strings.Lines(string(out)) {
		name, answer, _ := strings.Cut(strings.TrimSpace(line), " ")
		answers[name] = answer
	}
	for _, c := range []struct{ name, begins, has string }{
		{"rest", `{"result":{"rest":"http://scripted"}}`, ""},
		{"refused", `{"fault":`, `"message":"no room for it"`},
		{"failed", `{"result":{"state":"FAILED","fault":`, `"message":"/ by zero"`},
		{"failed", "", `"task":"Map -> Sink (1/1)"`},
		{"over", `{"fault":`, "in this session"},
		// A job that cannot be reached is not reported as failed, and can be asked about again.
		{"lost", `{"fault":`, `"message":"nobody answers"`},
		{"found", `{"result":{"state":"FINISHED"}}`, ""},
		{"nowhere", `{"fault":`, "SET 'execution.checkpointing.savepoint-dir'"},
		{"unstopped", `{"fault":`, `"message":"a task declined the checkpoint for file:///s"`},
		{"cancel", `{"result":{}} true`, ""},
		{"cancelled", `{"result":{"state":"CANCELED"}}`, ""},
		{"row", "true", ""},
		{"loopback", "true", ""},
		// Clusters that riffle cannot use.
		{"old-cluster", "the cluster at ADDRESS runs Flink 2.2.0, and riffle needs Flink 2.3", ""},
		{"no-cluster", "ADDRESS does not answer as a Flink cluster does: ", ""},
		{"web-server", "ADDRESS does not answer as a Flink cluster does: HTTP status 404", ""},
		{"silent-cluster", "no Flink cluster answers at ADDRESS", ""},
		// Rows that wait in a JobManager. A query gets its rows although others hold all of the memory.
		{"rows-fetched", "8388608", ""},
		{"rows-held", "true", ""},
		{"rows-acknowledged", "true", ""},
		{"rows-replaced", "true", ""},
		{"rows-late", "[]", ""},
		{"rows-left", "0", ""},
		{"version", "this is Flink 2.2.1, riffle needs Flink 2.3: set FLINK_HOME to one", ""},
	} {
		if got := answers[c.name]; !strings.HasPrefix(got, c.begins) || !strings.Contains(got, c.has) {
			t.Errorf("%s: got %.300s, want %s … %s", c.name, got, c.begins, c.has)
		}
	}
	// Rows are copied only for operators that may keep them: a function may keep its arguments.
	for name, want := range map[string]string{"operators": "+gone -Calc", "function": "+Calc +gone", "state": "+GroupAggregate +gone"} {
		if got := answers["copied-"+name]; got != want {
			t.Errorf("%s: rows are copied (+) or not (-) for %s, want %s", name, got, want)
		}
	}
	travels := "riffle.job.function.BatchOperator riffle.job.function.ColumnFunctionOperator riffle.job.function.FunctionPayload " +
		"riffle.job.rows.ArrowSinkOperator riffle.job.rows.ResultTarget"
	if got := answers["travels"]; got != travels {
		t.Errorf("with jobs travel the classes %s\nwant %s", got, travels)
	}
}
