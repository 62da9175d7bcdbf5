package kernel_test

import (
	"bytes"
	"fmt"
	"html"
	"os"
	"path/filepath"
	"regexp"
	"runtime"
	"strings"
	"testing"
	"time"

	"github.com/apache/arrow/go/v15/arrow/ipc"
)

// traceback returns the complete text of the only error of a cell.
func (r result) traceback(t *testing.T) string {
	t.Helper()
	failures := r.of("error")
	if len(failures) != 1 || r.reply["status"] != "error" {
		t.Fatalf("%d errors, %v", len(failures), r.reply)
	}
	var lines []string
	for _, line := range failures[0].content["traceback"].([]any) {
		lines = append(lines, line.(string))
	}
	return strings.Join(lines, "\n")
}

// caption returns the last line of a display's text.
func (m message) caption() string {
	plain := m.data("text/plain")
	return plain[strings.LastIndexByte(plain, '\n')+1:]
}

// queryOf returns the name of the query that a display shows.
func queryOf(t *testing.T, m message) string {
	t.Helper()
	name, _, found := strings.Cut(m.caption(), " · ")
	if !found || name[0] != 'q' {
		t.Fatalf("no query's display: %s", m.data("text/plain"))
	}
	return name
}

// A display has the order of ORDER BY, by a key that is not shown.
func TestDisplayIsSorted(t *testing.T) {
	r := newClient(t).execute("SELECT s FROM (VALUES (1, 'one'), (2, 'two'), (3, 'three')) AS v(id, s) ORDER BY id DESC LIMIT 2")
	r.wantOK(t)
	for _, media := range []string{"text/plain", "text/html"} {
		shown := r.picture(t).data(media)
		if three, two := strings.Index(shown, "three"), strings.Index(shown, "two"); three < 0 || two < three || strings.Contains(shown, "riffle_order") {
			t.Errorf("%s:\n%s", media, shown)
		}
	}
}

func TestCellsOfOneLanguage(t *testing.T) {
	c := newClient(t)
	if r := c.execute("%%go\n// Thrice is three of it.\nfunc Thrice(n int64) int64 { return 3 * n }"); r.stdout != "Thrice(BIGINT) → BIGINT\n" {
		t.Errorf("%q, %v", r.stdout, r.reply)
	}
	r := c.execute("%%sql\n\nSELECT Thrice(14) AS answer;")
	if r.wantOK(t); !strings.Contains(r.picture(t).data("text/plain"), "42") {
		t.Errorf("%v", r.shown)
	}
	for code, want := range map[string]string{
		"%%sql\n%echo x\nSELECT 1":                   "cell:2:1: %echo does not start a SQL statement, which this cell is marked as\n  %echo x\n  ^^^^^\nremove the %%sql line: a cell can contain SQL, Go and commands",
		"%%go\nfunc Wrong() int64 { return x }":      "cell:2:29: undefined: x\n  func Wrong() int64 { return x }\n                              ^",
		"%%sql\nSELECT Thrice(1) AS a;\nSELECT nope": "cell:3:8: there is no column nope\n  SELECT nope\n         ^^^^",
	} {
		r := c.finish(c.request(c.shell, "execute_request", map[string]any{"code": code, "store_history": false}))
		if got := r.traceback(t); got != want {
			t.Errorf("%s\ngot  %q\nwant %q", code, got, want)
		}
		if strings.Contains(code, "%echo") && r.stdout != "" {
			t.Errorf("a part of the cell is run: %q", r.stdout)
		}
	}
	for code, want := range map[string]string{
		"%%sql\n": "incomplete", "%%wait for=1s": "incomplete", "%%sql\nSELECT 1;": "complete", "%%sql\nSELECT 1": "incomplete",
		"%echo x": "complete", "SELECT 1\n": "complete", "SELECT 'a\n": "incomplete", "func F() {\n": "incomplete", "EXECUTE STATEMENT SET BEGIN\n": "incomplete",
	} {
		if answer := c.ask(c.shell, "is_complete_request", map[string]any{"code": code}); answer["status"] != want {
			t.Errorf("%q is %v, want %s", code, answer, want)
		}
	}
}

func TestTimedCell(t *testing.T) {
	c := newClient(t)
	if r := c.execute("%%time\n%echo x"); !regexp.MustCompile(`^x\ntook \d+(\.\d+)?m?s\n$`).MatchString(r.stdout) {
		t.Errorf("%q", r.stdout)
	}
	if r := c.execute("%timing on\n%echo y"); !strings.Contains(r.stdout, "took ") {
		t.Errorf("%q", r.stdout)
	}
	if r := c.execute("%timing off\n%echo y"); r.stdout != "y\n" {
		t.Errorf("%q", r.stdout)
	}
}

// Habits of other kernels are answered with what riffle has, and hints name commands as they
// are typed in notebooks. The user's own backslashes are not changed.
func TestErrorsSpeakAsNotebooksDo(t *testing.T) {
	c := newClient(t)
	c.execute("CREATE TEMPORARY TABLE far (a INT) WITH ('connector' = 'kafka')").wantOK(t)
	for code, want := range map[string]string{
		"%%bash\nls":                          "%%bash\n  %%bash\n  ^^^^^^\nriffle does not run programs: use a terminal, or a notebook with another kernel\n1 statement after it not run",
		"!ls":                                 "riffle does not run programs",
		"SELECT * FROM far":                   "%jar org.apache.flink:flink-sql-connector-kafka",
		"%explain SELECT * FROM far":          "%jar org.apache.flink:flink-sql-connector-kafka",
		"SELECT ${unset}":                     "\n%set unset value defines it; $${ is a literal ${",
		"SELECT '\\cancel \\help' AS a FRO x": "SELECT '\\cancel \\help' AS a FRO x",
		"gibberish here":                      "commands with %: %help lists them",
		"%cancel q0":                          "%queries lists them",
		"%sho":                                "did you mean %show?",
		"%%wiat rows=5\nSELECT 1":             "did you mean %%wait?",
		"?":                                   "%help lists the commands; NAME? shows help for a name",
		"%%sql\n?":                            ":2:1: no statement starts with ?",
		"SELECT 1\n%queries":                  "to run %queries as a command, end the statement above it with ;",
		"%quit":                               "%quit does not work here",
	} {
		if got := c.execute(code).traceback(t); !strings.Contains(got, want) || strings.Contains(strings.ReplaceAll(got, `'\cancel \help'`, ""), `\`) {
			t.Errorf("%s\ngot  %q\nwant %q", code, got, want)
		}
	}
	c.execute("DROP TEMPORARY TABLE far").wantOK(t)
	if r := c.execute("%help wait"); !contains(r.of("execute_result")[0].data("text/plain"), "%wait [QUERY]", "%%wait rows=100 for=10s") {
		t.Errorf("%v", r.shown)
	}
}

func TestFailingFunctionNamesItsLine(t *testing.T) {
	c := newClient(t)
	c.execute("%%go\nfunc Fragile(s string) string {\n\tif s == \"b\" {\n\t\tpanic(\"no \" + s)\n\t}\n\treturn s\n}").wantOK(t)
	got := c.execute("%%sql\nSELECT 1 AS fine;\nSELECT Fragile(s) AS x FROM (VALUES ('a'), ('b')) AS t(s);").traceback(t)
	if !contains(got, "cell[2]:3:1: panic: no b at cell[1]:4 in Fragile(\"b\")", "\n  SELECT Fragile(s)") {
		t.Errorf("%s", got)
	}
}

func TestBackgroundCell(t *testing.T) {
	c := newClient(t)
	ticks(t, c)
	r := c.execute("%%background\nSHOW CURRENT DATABASE;\n" + endless + ";\n" + endless + ";\nSELECT 1 AS a;")
	r.wantOK(t)
	displays := r.of("display_data")
	if len(displays) != 4 || len(shared.Queries()) < 2 {
		t.Fatalf("%d displays, %d queries", len(displays), len(shared.Queries()))
	}
	bounded := displays[3].displayID()
	if !strings.Contains(displays[3].caption(), "finished") {
		c.awaitShown(func(m message) bool {
			return m.displayID() == bounded && strings.Contains(m.caption(), "finished · 1 row")
		})
	}
	if jobs := c.execute("%jobs").of("execute_result"); !contains(jobs[0].data("text/plain"), queryOf(t, displays[1]), queryOf(t, displays[2])) {
		t.Errorf("%s", jobs[0].data("text/plain"))
	}
	for _, m := range displays[1:3] {
		r := c.execute("%cancel " + queryOf(t, m) + "\n%wait " + queryOf(t, m))
		r.wantOK(t)
		var last message
		for _, update := range r.of("update_display_data") {
			if update.displayID() == m.displayID() {
				last = update
			}
		}
		if last.Message == nil || !strings.Contains(last.caption(), "cancelled") {
			t.Errorf("the cell that waits for %s does not have its last picture", queryOf(t, m))
		}
	}
}

func TestCellWaitsSoLong(t *testing.T) {
	c := newClient(t)
	ticks(t, c)
	all := "SELECT id FROM ticks"
	for _, test := range []struct{ code, caption, stderr string }{
		{"%%wait rows=500 for=1h\n" + all, ` · cancelled by %%wait rows=500 · [\d,]+ rows · the last 20 shown$`, `^$`},
		{"%%wait rows=1000000000 for=2s\n" + endless, ` · cancelled by %%wait for=2s · \d rows?$`, `^q\d+: \d+ of 1000000000 rows came in 2s\n$`},
		{"%%wait for=1s\n" + all, ` · cancelled by %%wait for=1s · `, `^$`},
		{"%%wait for=1ms\nSELECT 7 AS seven", ` · finished · 1 row$`, `^$`}, // it ends by itself
	} {
		r := c.execute(test.code)
		r.wantOK(t)
		if got := r.picture(t).caption(); !regexp.MustCompile(test.caption).MatchString(got) || !regexp.MustCompile(test.stderr).MatchString(r.stderr) {
			t.Errorf("%s: %s, %q", test.code, got, r.stderr)
		}
		if strings.Contains(r.picture(t).data("text/html"), "updated") {
			t.Errorf("%s: the last picture is not final", test.code)
		}
		if running := shared.Queries(); len(running) != 0 {
			t.Fatalf("%s leaves %d queries", test.code, len(running))
		}
	}
	r := c.execute("%%wait rows=1000000000 for=1s else=fail\n" + all + ";\n%echo not run")
	if got := r.traceback(t); !contains(got, "cell[6]:2:1: q", " of 1000000000 rows came in 1s\n  SELECT id", "1 statement after it not run") || r.stdout != "" {
		t.Errorf("%s", got)
	}
}

func TestCellWaitsAndLeaves(t *testing.T) {
	c := newClient(t)
	ticks(t, c)
	r := c.execute("%%wait rows=100 then=background\nSELECT id FROM ticks")
	r.wantOK(t)
	const howToEnd = "■ (interrupt) cancels the query. Write & at its end to run other cells meanwhile."
	if first := r.of("display_data")[0]; !strings.Contains(first.data("text/html"), "<br>"+html.EscapeString(howToEnd)+"</caption>") || !strings.Contains(first.caption(), howToEnd) {
		t.Errorf("while the cell waits: %s", first.data("text/html"))
	}
	shown := r.picture(t)
	query := queryOf(t, shown)
	if !strings.Contains(shown.caption(), "running") || strings.Contains(shown.data("text/html"), "interrupt") {
		t.Errorf("%s", shown.caption())
	}
	if listed := c.execute("%queries").of("execute_result")[0].data("text/html"); !contains(listed, ">"+query+"<", ">statement</th>") || strings.Contains(listed, ">job</th>") {
		t.Errorf("%s", listed)
	}
	for code, want := range map[string]string{
		"%wait " + query + " rows=500 for=1h":        query + " has received [\\d,]+ rows",
		"%wait " + query + " rows=1000000000 for=1s": query + `: \d+ of 1000000000 rows came in 1s`,
	} {
		if r := c.execute(code); !regexp.MustCompile(want).MatchString(r.of("execute_result")[0].data("text/plain")) {
			t.Errorf("%s: %v", code, r.of("execute_result")[0].content)
		}
	}
	if got := c.execute("%wait " + query + " rows=1000000000 for=1ms else=fail").traceback(t); !strings.Contains(got, " of 1000000000 rows came in 1ms") {
		t.Errorf("%s", got)
	}
	c.execute("%wait " + query + " for=1ms then=cancel").wantOK(t)
	for _, code := range []string{"%wait " + query, "%wait " + query + " rows=1 for=1s"} {
		if r := c.execute(code); !regexp.MustCompile(query + ` was cancelled with [\d,]+ rows`).MatchString(r.of("execute_result")[0].data("text/plain")) {
			t.Errorf("%v", r.shown)
		}
	}
}

func TestNotebookWaitsSoLong(t *testing.T) {
	c := newClient(t)
	ticks(t, c)
	c.execute("SET 'riffle.notebook.wait' = '1s'").wantOK(t)
	t.Cleanup(func() { c.execute("RESET 'riffle.notebook.wait'").wantOK(t) })
	r := c.execute("SELECT id FROM ticks")
	r.wantOK(t)
	if got := r.picture(t).caption(); !strings.Contains(got, "cancelled by riffle.notebook.wait for=1s") {
		t.Errorf("%s", got)
	}
	r = c.execute("%%wait rows=10\nSELECT id FROM ticks")
	if got := r.picture(t).caption(); !strings.Contains(got, "cancelled by %%wait rows=10") {
		t.Errorf("%s", got)
	}
	for value, want := range map[string]string{
		"soon": "riffle.notebook.wait: there is no option soon", "": "say for how long", "rows=x": "rows= takes a positive number",
	} {
		if got := c.execute("SET 'riffle.notebook.wait' = '" + value + "'").traceback(t); !strings.Contains(got, want) {
			t.Errorf("%q: %s", value, got)
		}
	}
}

func TestInspectKnowsFlinksFunctions(t *testing.T) {
	c := newClient(t)
	for code, want := range map[string]string{"upper?": "UPPER(<CHARACTER", "?SUM": "SUM(<NUMERIC"} {
		r := c.execute(code)
		// From Flink's DESCRIBE until the names of functions have been read.
		if r.wantOK(t); !contains(strings.ToUpper(fmt.Sprint(r.reply["payload"])), want) {
			t.Errorf("%s: %v", code, r.reply)
		}
	}
}

func TestSharedTable(t *testing.T) {
	k, at := startKernel(t, nil)
	c := connect(t, at)
	ticks(t, c)
	file := filepath.Join(t.TempDir(), "counts.arrow")
	query := queryOf(t, c.execute(endless + " &").of("display_data")[0])
	c.execute("%wait " + query + " rows=3").wantOK(t)
	own := c.execute("%share " + query)
	own.wantOK(t)
	if r := c.execute("%share " + query + " " + file); !strings.Contains(r.of("execute_result")[0].data("text/plain"), file) {
		t.Errorf("%v", r.shown)
	}
	path := filepath.Join(shared.Folder(), "shared", query+".arrow")
	if got := own.of("execute_result")[0].data("text/plain"); !contains(got, query+" is in "+path, fmt.Sprintf("pandas.read_feather(%q)", path)) {
		t.Errorf("%s", got)
	}
	if info, err := os.Stat(path); err != nil || runtime.GOOS != "windows" && info.Mode().Perm() != 0o600 {
		t.Errorf("%v, %v", info, err)
	}
	for first, deadline := sharedSum(t, file), time.Now().Add(wait); sharedSum(t, file) == first; time.Sleep(20 * time.Millisecond) {
		if time.Now().After(deadline) {
			t.Fatal("the file does not follow the query")
		}
	}
	c.execute("%cancel " + query + "\n%wait " + query).wantOK(t)
	last := c.execute("%share " + query)
	last.wantOK(t)
	for code, want := range map[string]string{
		"%share q0":                        "no running query is called q0: %queries lists them",
		"%share " + query + " a.csv":       "the file name must end in .arrow",
		"%share " + query + " /no/f.arrow": "no such file",
	} {
		if got := c.execute(code).traceback(t); !strings.Contains(strings.ToLower(got), want) {
			t.Errorf("%s: %s", code, got)
		}
	}
	// A kernel that shares one query after another keeps none of them.
	for deadline := time.Now().Add(wait); k.Shares() > 0; time.Sleep(5 * time.Millisecond) {
		if time.Now().After(deadline) {
			t.Fatalf("%d files of queries that have ended are kept up to date", k.Shares())
		}
	}
}

// sharedSum reads a file of n by name, and adds up n.
func sharedSum(t *testing.T, path string) (sum int64) {
	t.Helper()
	content, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	r, err := ipc.NewFileReader(bytes.NewReader(content))
	if err != nil {
		t.Fatal(err)
	}
	defer r.Close()
	for i := range r.NumRecords() {
		rec, err := r.Record(i)
		if err != nil {
			t.Fatal(err)
		}
		for _, n := range strings.Split(strings.Trim(fmt.Sprint(rec.Column(1)), "[]"), " ") {
			var value int64
			if _, err := fmt.Sscan(n, &value); err != nil {
				t.Fatal(err)
			}
			sum += value
		}
	}
	return sum
}

// A name stays the same from run to run, a number does not.
func TestNamedQueries(t *testing.T) {
	c := newClient(t)
	for range 2 {
		c.execute("%%name sums\nSELECT 3 AS n").wantOK(t)
		c.execute("SELECT 4 AS n").wantOK(t)
		if r := c.execute("%plot sums"); !strings.Contains(r.picture(t).data("text/plain"), "\nsums · finished\n") {
			t.Errorf("%s", r.picture(t).data("text/plain"))
		}
	}
	if r := c.execute("%name later\n%echo x"); r.stderr != "the name later was not used: no query follows it in this cell\n" {
		t.Errorf("%q", r.stderr)
	}
	if r := c.execute("SELECT 5 AS n"); !strings.HasPrefix(r.picture(t).caption(), "q") {
		t.Errorf("%s", r.picture(t).caption())
	}
	if got := c.execute("%%name q3\nSELECT 1").traceback(t); !strings.Contains(got, "a query cannot be called q3") {
		t.Errorf("%s", got)
	}
}
