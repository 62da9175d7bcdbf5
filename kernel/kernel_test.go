package kernel_test

import (
	"context"
	"fmt"
	"log/slog"
	"os"
	"os/exec"
	"regexp"
	"strings"
	"testing"
	"time"

	"riffle/kernel"
	"riffle/session"
	"riffle/session/flink"
	"riffle/session/gateway"
	"riffle/session/sessiontest"
	"riffle/udfhost"
	"riffle/udfhost/golang"
)

// shared is the session of this package's tests: one JVM for all.
var shared *session.Session

// scratch is a folder that is removed after the tests.
var scratch string

func TestMain(m *testing.M) {
	if udfhost.ShimName(os.Args[0]) { // Flink starts this very binary as its Python
		os.Exit(udfhost.Shim(os.Args, os.Environ()))
	}
	sessiontest.QuickJava()
	os.Exit(func() int {
		dir, err := os.MkdirTemp("", "riffle-kernel-test-")
		if err != nil {
			panic(err)
		}
		defer os.RemoveAll(dir)
		scratch = dir
		log := slog.New(slog.DiscardHandler)
		store := golang.New(golang.Options{})
		defer store.Close()
		host, err := udfhost.Listen(context.Background(), udfhost.Options{Dir: dir, Engine: store.Engine(), Logger: log})
		if err != nil {
			panic(err)
		}
		defer host.Close()
		shared = session.New(context.Background(), session.Config{
			Log: log, Functions: store, Harness: host, Folder: dir,
			Boot: func(ctx context.Context) (gateway.Gateway, error) {
				return flink.Embedded{Dir: dir, Flink: host.FlinkOptions(), Log: log}.Start(ctx)
			},
		})
		defer shared.Close()
		return m.Run()
	}())
}

func newClient(t *testing.T) *client {
	t.Helper()
	_, at := startKernel(t, nil)
	return connect(t, at)
}

func TestBoundedQueryIsOneDisplay(t *testing.T) {
	c := newClient(t)
	r := c.execute("SELECT * FROM (VALUES (1, '<script>alert(1)</script>'), (2, CAST(NULL AS STRING))) AS t(id, `a&b`)")
	r.wantOK(t)
	shown := r.picture(t)
	page, plain := shown.data("text/html"), shown.data("text/plain")
	if !contains(page, "finished · 2 rows</caption>", `<th scope="col" style="text-align:left;white-space:pre">a&amp;b</th>`, "&lt;script&gt;", "<i>NULL</i>") || strings.Contains(page, "<script") {
		t.Errorf("%s", page)
	}
	if !contains(plain, "│ id │", "finished · 2 rows") {
		t.Errorf("%s", plain)
	}
	states := r.of("status")
	if r.shown[0].Header.ID != states[0].Header.ID || states[0].content["execution_state"] != "busy" || len(states) != 2 {
		t.Errorf("the first message is %s", r.shown[0].Header.Type)
	}
}

func TestLargeTableSaysWhatIsLeftOut(t *testing.T) {
	c := newClient(t)
	var columns []string
	for i := range 40 {
		columns = append(columns, fmt.Sprintf("REPEAT('<', 200) AS c%d", i))
	}
	r := c.execute("CREATE TEMPORARY TABLE many (id BIGINT) WITH ('connector' = 'datagen', 'number-of-rows' = '500');\n" +
		"SELECT id, " + strings.Join(columns, ", ") + " FROM many;\nDROP TEMPORARY TABLE many;")
	r.wantOK(t)
	page := r.picture(t).data("text/html")
	if len(page) > 150_000 || !contains(page, "500 rows · the first ", " shown", "the first 30 of 41 columns<br>Name other columns in SELECT") {
		t.Errorf("%d bytes: %.300s", len(page), page)
	}
}

func TestSeveralStatements(t *testing.T) {
	c := newClient(t)
	r := c.execute("func Twice(n int64) int64 { return 2 * n }\n%set x 21\nSELECT Twice(${x}) AS answer;\n%echo done")
	r.wantOK(t)
	if plain := r.picture(t).data("text/plain"); !contains(plain, "42") {
		t.Errorf("%s", plain)
	}
	if !contains(r.stdout, "Twice(BIGINT) → BIGINT\n", "done\n") {
		t.Errorf("%q", r.stdout)
	}
}

// A function is tried below its cell: what it prints, the result as a table, and its type.
func TestFunctionsAreTried(t *testing.T) {
	c := newClient(t)
	r := c.execute("func Trial(s string) string { fmt.Println(\"heard\", s); return s }\n%try Trial('you')")
	r.wantOK(t)
	if !regexp.MustCompile(`\nheard you\nSTRING, [0-9.]+ ms\n$`).MatchString(r.stdout) {
		t.Errorf("%q", r.stdout)
	}
	r = c.execute("%try Trial('you') = 'me'")
	if want := "Trial('you') is 'you', and 'me' is expected"; !strings.Contains(fmt.Sprint(r.reply["evalue"]), want) {
		t.Errorf("%v", r.reply)
	}
}

func TestPrintedLinesComeBelowTheirCell(t *testing.T) {
	c := newClient(t)
	r := c.execute("import \"fmt\"\nfunc Say(s string) string { fmt.Println(\"heard\\n\\n\", s); return s }\nSELECT Say('you');")
	r.wantOK(t)
	if !strings.Contains(r.stdout, "heard\n\n you\n") {
		t.Errorf("%q", r.stdout)
	}
}

func TestEmptyLinesAreShown(t *testing.T) {
	r := newClient(t).execute("%echo a\n%echo\n%echo b\n%warn c\n%warn\n%warn d")
	if r.stdout != "a\n\nb\n" || r.stderr != "c\n\nd\n" {
		t.Errorf("%q and %q", r.stdout, r.stderr)
	}
}

func TestErrorIsOneOutput(t *testing.T) {
	c := newClient(t)
	r := c.execute("SELECT 1;\nSELECT nothing FROM nowhere;\nSELECT 3;")
	failures := r.of("error")
	if len(failures) != 1 || r.reply["status"] != "error" || len(r.of("display_data")) != 1 {
		t.Fatalf("%d errors, %v", len(failures), r.reply)
	}
	var lines []string
	for _, line := range failures[0].content["traceback"].([]any) {
		lines = append(lines, line.(string))
	}
	text := strings.Join(lines, "\n")
	if !contains(text, "cell[1]:2:21: ", "SELECT nothing FROM nowhere", "^^^^^^^", "1 statement after it not run") {
		t.Errorf("%s", text)
	}
	if failures[0].content["ename"] != "StatementFailed" || r.reply["evalue"] != failures[0].content["evalue"] {
		t.Errorf("%v", failures[0].content)
	}
}

func TestWhatIsQueuedIsAborted(t *testing.T) {
	c := newClient(t)
	var ids []string
	for _, code := range []string{"%nonsense", "%echo two", "%echo three"} {
		ids = append(ids, c.request(c.shell, "execute_request", map[string]any{"code": code}))
	}
	if r := c.finish(ids[0]); r.reply["status"] != "error" {
		t.Errorf("%v", r.reply)
	}
	for _, id := range ids[1:] {
		if r := c.finish(id); r.reply["status"] != "aborted" || r.stdout != "" {
			t.Errorf("%v, %q", r.reply, r.stdout)
		}
	}
	c.execute("%echo after").wantOK(t)

	first := c.request(c.shell, "execute_request", map[string]any{"code": "%nonsense", "stop_on_error": false})
	second := c.request(c.shell, "execute_request", map[string]any{"code": "%echo still"})
	c.finish(first)
	if r := c.finish(second); r.stdout != "still\n" {
		t.Errorf("%v", r.reply)
	}
}

const endless = "SELECT name, COUNT(*) AS n FROM (SELECT CONCAT('n', CAST(MOD(id, 3) AS STRING)) AS name FROM ticks) GROUP BY name"

// ticks makes the table that streams.
func ticks(t *testing.T, c *client) {
	t.Helper()
	c.execute("CREATE TEMPORARY TABLE IF NOT EXISTS ticks (id INT) WITH ('connector' = 'datagen', 'rows-per-second' = '1000', " +
		"'fields.id.kind' = 'random', 'fields.id.min' = '0', 'fields.id.max' = '99')").wantOK(t)
}

func TestStreamUpdatesInPlaceUntilInterrupted(t *testing.T) {
	c := newClient(t)
	ticks(t, c)
	id := c.request(c.shell, "execute_request", map[string]any{"code": endless})
	waiting := c.request(c.shell, "execute_request", map[string]any{"code": "%echo not run"})
	first := c.awaitShown(func(m message) bool { return m.Header.Type == "display_data" })
	update := c.awaitShown(func(m message) bool {
		return m.Header.Type == "update_display_data" && strings.Contains(m.data("text/html"), "n2")
	})
	if first.displayID() == "" || update.displayID() != first.displayID() || update.parent.ID != id {
		t.Errorf("%q is updated as %q", first.displayID(), update.displayID())
	}
	if info := c.ask(c.control, "kernel_info_request", map[string]any{}); info["protocol_version"] != "5.5" {
		t.Errorf("%v", info)
	}
	if answer := c.ask(c.control, "interrupt_request", map[string]any{}); answer["status"] != "ok" {
		t.Errorf("%v", answer)
	}
	r := c.finish(id)
	if r.reply["ename"] != "Interrupted" {
		t.Errorf("%v", r.reply)
	}
	updates := r.of("update_display_data")
	if len(updates) == 0 || !strings.Contains(updates[len(updates)-1].data("text/html"), "cancelled") {
		t.Errorf("the last of %d updates does not say how it ended", len(updates))
	}
	if r := c.finish(waiting); r.reply["status"] != "aborted" {
		t.Errorf("%v", r.reply)
	}
	if running := shared.Queries(); len(running) != 0 {
		t.Errorf("%d queries run", len(running))
	}
}

func TestSignalInterrupts(t *testing.T) {
	interrupts := make(chan os.Signal, 1)
	_, at := startKernel(t, func(c *kernel.Config) { c.Interrupts = interrupts })
	c := connect(t, at)
	ticks(t, c)
	id := c.request(c.shell, "execute_request", map[string]any{"code": endless})
	c.awaitShown(func(m message) bool { return m.Header.Type == "display_data" })
	interrupts <- os.Interrupt
	if r := c.finish(id); r.reply["ename"] != "Interrupted" {
		t.Errorf("%v", r.reply)
	}
}

func TestBackgroundQuery(t *testing.T) {
	c := newClient(t)
	ticks(t, c)
	r := c.execute(endless + " &")
	r.wantOK(t)
	displays := r.of("display_data")
	if len(displays) != 1 {
		t.Fatalf("%d displays", len(displays))
	}
	own := displays[0].displayID()
	late := c.awaitShown(func(m message) bool { return m.displayID() == own && strings.Contains(m.data("text/html"), "n2") })
	if late.parent.ID != r.id {
		t.Errorf("the update belongs to %s, the cell is %s", late.parent.ID, r.id)
	}
	other := c.execute("SELECT 1")
	other.wantOK(t)
	query := shared.Queries()[0].ID()
	again := c.execute("%show " + query)
	if shown := again.of("display_data"); len(shown) != 1 || shown[0].displayID() != own {
		t.Errorf("%%show shows %v", again.shown)
	}
	c.execute("%cancel " + query).wantOK(t)
	c.awaitShown(func(m message) bool {
		return m.displayID() == own && strings.Contains(m.data("text/html"), query+" · cancelled")
	})
}

// A client that runs cells one after the other ignores messages of a cell that has ended, so
// changes are sent again as effects of the running cell.
func TestBackgroundUpdatesComeWithOtherCells(t *testing.T) {
	c := newClient(t)
	ticks(t, c)
	r := c.execute(endless + " &")
	own := r.of("display_data")[0].displayID()
	c.awaitShown(func(m message) bool { return m.displayID() == own && strings.Contains(m.data("text/html"), "n2") })
	with := 0
	for _, m := range c.execute("%echo here").of("update_display_data") {
		if m.displayID() == own {
			with++
		}
	}
	if with != 1 {
		t.Errorf("the display was sent %d times with the next cell", with)
	}
	c.execute("%cancel " + shared.Queries()[0].ID()).wantOK(t)
	c.awaitShown(func(m message) bool {
		return m.displayID() == own && strings.Contains(m.data("text/html"), "cancelled")
	})
}

// Displays leave iopub silent for long enough that another client can connect.
func TestDisplaysLeaveSilence(t *testing.T) {
	c := newClient(t)
	ticks(t, c)
	for range 2 {
		c.execute(endless + " &").wantOK(t)
	}
	isUpdate := func(m message) bool { return m.Header.Type == "update_display_data" }
	var silences int
	for last, round := c.awaitShown(isUpdate).sent(t), 0; round < 12; round++ {
		now := c.awaitShown(isUpdate).sent(t)
		if now.Sub(last) > 200*time.Millisecond { // two of one tick are drawn one after the other
			silences++
		}
		last = now
	}
	if silences < 4 {
		t.Errorf("12 updates with %d silences", silences)
	}

	id := c.request(c.control, "kernel_info_request", map[string]any{})
	answered := c.awaitShown(func(m message) bool {
		return m.parent.ID == id && m.content["execution_state"] == "idle"
	}).sent(t)
	first := c.awaitShown(func(m message) bool { return isUpdate(m) && m.sent(t).After(answered) }).sent(t)
	if first.Sub(answered) < 500*time.Millisecond {
		t.Errorf("an update comes %s after a client asked for the kernel's info", first.Sub(answered))
	}
	for _, q := range shared.Queries() {
		c.execute("%cancel " + q.ID()).wantOK(t)
		<-q.Done()
	}
}

func TestWrongMessagesHaveNoEffect(t *testing.T) {
	_, at := startKernel(t, nil)
	c := connect(t, at)
	forger := connect(t, at)
	stranger := &client{t: t, key: "another key", shell: forger.shell, control: forger.control}
	stranger.request(stranger.shell, "execute_request", map[string]any{"code": "%echo forged"})
	stranger.request(stranger.control, "shutdown_request", map[string]any{})
	for _, s := range []*socket{forger.shell, forger.control} {
		s.send([]byte("junk"))
		s.send([]byte("<IDS|MSG>"), []byte("x"), []byte("{"), []byte("{}"), []byte("{}"), []byte("{"))
	}
	forger.request(forger.shell, "no_such_request", map[string]any{})
	forger.request(forger.control, "no_such_request", map[string]any{})
	c.request(c.shell, "execute_request", map[string]any{"code": 7})
	if r := c.execute("%echo genuine"); r.stdout != "genuine\n" {
		t.Errorf("%v", r.reply)
	}
	c.heartbeat.send(nil, []byte("ping"))
	if beat := c.heartbeat.receive(); string(beat[1]) != "ping" {
		t.Errorf("%q", beat)
	}
	if r := forger.execute("%echo also"); r.stdout != "also\n" {
		t.Errorf("%v", r.reply)
	}
}

func TestComms(t *testing.T) {
	c := newClient(t)
	if answer := c.ask(c.shell, "comm_info_request", map[string]any{}); len(answer["comms"].(map[string]any)) != 0 {
		t.Errorf("%v", answer)
	}
	id := c.request(c.shell, "comm_open", map[string]any{"comm_id": "x", "target_name": "nobody", "data": map[string]any{}})
	m := c.awaitShown(func(m message) bool { return m.Header.Type == "comm_close" })
	if m.content["comm_id"] != "x" || m.parent.ID != id {
		t.Errorf("%v", m.content)
	}
}

func TestSilentCellShowsNothing(t *testing.T) {
	c := newClient(t)
	r := c.finish(c.request(c.shell, "execute_request", map[string]any{
		"code": "%echo unseen\nSELECT 1;", "silent": true, "user_expressions": map[string]any{"e": "1"},
	}))
	r.wantOK(t)
	if len(r.shown) != 2 || r.reply["execution_count"] != 0.0 {
		t.Errorf("%d messages, %v", len(r.shown), r.reply)
	}
	if answer := r.reply["user_expressions"].(map[string]any)["e"].(map[string]any); answer["status"] != "error" {
		t.Errorf("%v", answer)
	}
}

// A query of a silent cell, or of one that comes before all cells, changes below the cell
// that shows it.
func TestQueryOfASilentCellIsShownLater(t *testing.T) {
	c := newClient(t)
	c.execute("CREATE TEMPORARY TABLE unseen (id INT) WITH ('connector' = 'datagen', 'rows-per-second' = '100')").wantOK(t)
	defer c.execute("DROP TEMPORARY TABLE unseen")
	c.finish(c.request(c.shell, "execute_request", map[string]any{"code": "%%name unseen\nSELECT * FROM unseen &", "silent": true})).wantOK(t)
	if r := c.execute("%echo between"); len(r.shown) != 4 {
		t.Errorf("%d messages, the display is among them", len(r.shown))
	}
	r := c.execute("%show unseen")
	c.awaitShown(func(m message) bool { return m.Header.Type == "update_display_data" && m.parent.ID == r.id })
	c.execute("%cancel unseen").wantOK(t)
}

func TestHistoryIsKeptWithoutSecrets(t *testing.T) {
	_, at := startKernel(t, nil)
	c := connect(t, at)
	const secret = "SET 'fs.s3.secret-key' = 'hunter2'"
	c.execute(secret)
	c.execute("RESET 'fs.s3.secret-key'")
	c.finish(c.request(c.shell, "execute_request", map[string]any{"code": "%echo unkept", "store_history": false}))
	answer := c.ask(c.shell, "history_request", map[string]any{"hist_access_type": "range", "session": 0, "start": 1, "raw": true, "output": true})
	if got := fmt.Sprint(answer["history"]); got != "[[1 1 ["+secret+" <nil>]] [1 2 [RESET 'fs.s3.secret-key' <nil>]]]" {
		t.Errorf("%s", got)
	}
	if kept := historyFile(t, at); strings.Contains(kept, "hunter2") || !contains(kept, "******", "RESET") || strings.Contains(kept, "unkept") {
		t.Errorf("%s", kept)
	}
	if answer := c.ask(c.shell, "history_request", map[string]any{"hist_access_type": "else"}); answer["status"] != "error" {
		t.Errorf("%v", answer)
	}
}

func TestShutdownAnswersAndEnds(t *testing.T) {
	_, at := startKernel(t, nil)
	c := connect(t, at)
	if answer := c.ask(c.control, "shutdown_request", map[string]any{"restart": true}); answer["restart"] != true || answer["status"] != "ok" {
		t.Errorf("%v", answer)
	}
	c.awaitShown(func(m message) bool { return m.Header.Type == "shutdown_reply" })
	c.control.wantEnd()
}

func TestKernelEndsWithItsParent(t *testing.T) {
	parent := exec.Command("sleep", "600")
	if err := parent.Start(); err != nil {
		t.Fatal(err)
	}
	_, at := startKernel(t, func(c *kernel.Config) { c.Parent = parent.Process.Pid })
	c := connect(t, at)
	c.execute("%echo alive").wantOK(t)
	if err := parent.Process.Kill(); err != nil {
		t.Fatal(err)
	}
	_ = parent.Wait() // it was killed
	c.control.wantEnd()
}

func TestNoticesComeWithACell(t *testing.T) {
	k, at := startKernel(t, nil)
	c := connect(t, at)
	k.Notice("the JVM was lost\x1b")
	if r := c.execute("%echo x"); r.stderr != "the JVM was lost\uFFFD\n" {
		t.Errorf("%q", r.stderr)
	}
}
