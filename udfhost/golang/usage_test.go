package golang

import (
	"bytes"
	"fmt"
	"log/slog"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/apache/arrow/go/v15/arrow"

	"riffle/udfhost/engine"
	"riffle/udfhost/guest"
	"riffle/udfhost/operation"
)

// lines gathers what an account's observer hears.
type lines struct {
	mu  sync.Mutex
	all []string
}

func (l *lines) observer() engine.Observer {
	add := func(text string) {
		l.mu.Lock()
		defer l.mu.Unlock()
		l.all = append(l.all, text)
	}
	return engine.Observer{
		Printed: func(line engine.Line) { add(fmt.Sprintf("%s: %s", line.Function, line.Text)) },
		Failed:  func(u engine.Usage) { add(fmt.Sprintf("%s failed: %v", u.Function, u.First)) },
	}
}

func (l *lines) take() []string {
	l.mu.Lock()
	defer l.mu.Unlock()
	all := l.all
	l.all = nil
	return all
}

// openFor returns an instance of a query that ends with the test.
func openFor(t *testing.T, s *Store, query string, log *slog.Logger) operation.Instance {
	t.Helper()
	in, err := s.Engine().Open(t.Context(), operation.Caller{Worker: "1/1-1", Query: query, Log: log})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { in.Close() })
	return in
}

// What functions print goes to their query, including what their package variables print, and
// what was printed before there is an observer is not lost.
func TestPrinted(t *testing.T) {
	s := newStore(t, guest.Options{})
	p, _ := define(t, s, "cell[1]", `var ready = func() bool { fmt.Println("ready"); return true }()
func F(s string) string { fmt.Println(s); println(s + s); return s }
func G(s string) string { fmt.Print("G:", s, "\n\n"); return s }`)
	var log bytes.Buffer
	var first, second lines
	e := s.Engine()
	for query, l := range map[string]*lines{"q1": &first, "q2": &second} {
		in := openFor(t, s, query, slog.New(slog.NewTextHandler(&log, nil)))
		for _, name := range []string{"F", "G"} {
			f := resolve(t, in, p, name, texts(""))
			if _, err := f.Call(t.Context(), []arrow.Array{texts(query)}, 1); err != nil {
				t.Fatal(err)
			}
		}
		e.Follow(query, l.observer())
		if held := e.Flush(query); held != 0 {
			t.Errorf("%d lines were held back", held)
		}
		want := []string{": ready", "F: " + query, "F: " + query + query, "G: G:" + query, "G: "}
		if got := l.take(); !slices.Equal(got, want) {
			t.Errorf("%s printed %q", query, got)
		}
	}
	if !strings.Contains(log.String(), "msg=printed query=q2 function=F held=0 line=q2q2\n") {
		t.Errorf("the log has\n%s", log.String())
	}
}

// If too much is printed, or too fast, the first lines are shown and the others counted.
func TestPrintedTooMuch(t *testing.T) {
	s := newStore(t, guest.Options{})
	p, _ := define(t, s, "cell[1]", "func F(s string) string { for i := range 5000 { fmt.Println(i) }; return s }")
	in := openFor(t, s, "q1", slog.New(slog.DiscardHandler))
	var l lines
	e := s.Engine()
	e.Follow("q1", l.observer())
	if _, err := resolve(t, in, p, "F", texts("")).Call(t.Context(), []arrow.Array{texts("a")}, 1); err != nil {
		t.Fatal(err)
	}
	held := e.Flush("q1")
	got := l.take()
	if len(got) < 100 || len(got) > 200 || got[0] != "F: 0" || got[99] != "F: 99" {
		t.Errorf("%d lines shown", len(got))
	}
	if held < 4700 || held > 4900 {
		t.Errorf("%d held back", held)
	}
	if again := e.Flush("q1"); again != 0 {
		t.Errorf("%d are told twice", again)
	}
}

// The payload decides what happens to rows that fail, and all of them are counted.
func TestOnError(t *testing.T) {
	s := newStore(t, guest.Options{})
	p, _ := define(t, s, "cell[1]", `func F(s string) (string, error) { if s == "bad" { return "", errors.New("no") }; return s[1:], nil }`)
	in := openFor(t, s, "q1", slog.New(slog.DiscardHandler))
	var l lines
	e := s.Engine()
	e.Follow("q1", l.observer())
	words := texts("ok", "bad", "", "yes")
	for o, want := range map[engine.OnError]string{engine.Null: `["k" (null) (null) "es"]`, engine.Skip: `["k" (null) (null) "es"]`} {
		f, err := in.Function(t.Context(), payloadOf(t, p, "F", o), []arrow.DataType{words.DataType()}, nil)
		if err != nil {
			t.Fatal(err)
		}
		got, err := f.Call(t.Context(), []arrow.Array{words}, words.Len())
		if err != nil || got.String() != want {
			t.Errorf("%s: got %v, %v", o, got, err)
		}
		if skipped := f.(operation.Skipper).Skipped(); (o == engine.Skip) != (string(skipped) == "\x06") || o == engine.Null && skipped != nil {
			t.Errorf("%s: left out %b", o, skipped)
		}
	}
	if got := l.take(); !slices.Equal(got, []string{`F failed: F("bad"): no`}) {
		t.Errorf("heard %q", got)
	}
	if _, err := resolve(t, in, p, "F", words).Call(t.Context(), []arrow.Array{words}, words.Len()); err == nil || err.Error() != `F("bad"): no` {
		t.Errorf("where failures fail the query: %v", err)
	}
	usage := e.Usage("q1")
	if len(usage) != 1 || usage[0].Rows != 12 || usage[0].Batches != 3 || usage[0].Failed != 5 || usage[0].Time <= 0 || usage[0].Subtasks != 1 {
		t.Errorf("used %+v", usage)
	}
	e.Forget("q1")
	if usage := e.Usage("q1"); len(usage) != 0 {
		t.Errorf("after Forget: %+v", usage)
	}
}

// A process that ends fails the query, also with Null and Skip. No row is reported as NULL or as skipped.
func TestEndedProcessIsNoFailedRow(t *testing.T) {
	s := newStore(t, guest.Options{})
	p, _ := define(t, s, "cell[1]", "func End(x int64) int64 { os.Exit(3); return x }")
	for _, test := range []struct {
		onError engine.OnError
		failed  int64
	}{{engine.Fail, 1}, {engine.Null, 0}, {engine.Skip, 0}} {
		in := openFor(t, s, string(test.onError), slog.New(slog.DiscardHandler))
		f, err := in.Function(t.Context(), payloadOf(t, p, "End", test.onError), []arrow.DataType{arrow.PrimitiveTypes.Int64}, nil)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := f.Call(t.Context(), []arrow.Array{ints(7)}, 1); err == nil || !strings.Contains(err.Error(), "exit status 3") {
			t.Errorf("%s: %v", test.onError, err)
		}
		if usage := s.Engine().Usage(string(test.onError)); len(usage) != 1 || usage[0].Failed != test.failed {
			t.Errorf("%s: used %+v", test.onError, usage)
		}
	}
}

// Functions that are called together are counted each by itself, also if one fails, and if they belong to
// different programs.
func TestUsageOfCallsTogether(t *testing.T) {
	s := newStore(t, guest.Options{})
	first, _ := define(t, s, "cell[1]", `func Slow(x int64) int64 { for range 1_000_000 { x ^= x << 1 | 1 }; return x } // takes a measurable time
func Quick(x int64) int64 { return x + 1 }
func Bad(x int64) (int64, error) { if x > 5 { return 0, errors.New("too much") }; return x, nil }`)
	in := openFor(t, s, "q1", slog.New(slog.DiscardHandler))
	small, large := ints(make([]int64, 2000)...), ints(7)
	call := func(p *Program, name string, o engine.OnError, arg arrow.Array) operation.Invocation {
		f, err := in.Function(t.Context(), payloadOf(t, p, name, o), []arrow.DataType{arg.DataType()}, nil)
		if err != nil {
			t.Fatal(err)
		}
		return operation.Invocation{Function: f, Args: []arrow.Array{arg}}
	}
	all := func(rows int, calls ...operation.Invocation) error {
		results, err := in.(operation.Together).CallAll(t.Context(), calls, rows)
		for _, r := range results {
			r.Release()
		}
		return err
	}
	if err := all(2000, call(first, "Quick", engine.Fail, small), call(first, "Bad", engine.Fail, small)); err != nil {
		t.Fatal(err)
	}
	second, _ := define(t, s, "cell[2]", "func Other(x int64) int64 { return x }")
	skipped := call(first, "Bad", engine.Skip, large)
	if err := all(1, call(first, "Quick", engine.Fail, large), call(second, "Other", engine.Fail, large), skipped, call(first, "Slow", engine.Fail, large)); err != nil {
		t.Fatal(err)
	}
	if got := skipped.Function.(operation.Skipper).Skipped(); string(got) != "\x01" {
		t.Errorf("skipped %b", got)
	}
	if err := all(1, call(first, "Quick", engine.Fail, large), call(first, "Bad", engine.Fail, large), call(first, "Slow", engine.Fail, large)); err == nil {
		t.Error("a failure was not reported")
	}
	usage := map[string]engine.Usage{}
	for _, u := range s.Engine().Usage("q1") {
		usage[u.Function] = u
	}
	for name, want := range map[string]engine.Usage{
		"Quick": {Rows: 2002, Batches: 3}, "Bad": {Rows: 2002, Batches: 3, Failed: 2}, "Other": {Rows: 1, Batches: 1}, "Slow": {Rows: 1, Batches: 1},
	} {
		got := usage[name]
		if got.Rows != want.Rows || got.Batches != want.Batches || got.Failed != want.Failed || got.Time <= 0 {
			t.Errorf("%s: %+v, want %+v", name, got, want)
		}
	}
}

// A worker on a cluster reports everything that its functions have done and printed, each time with a higher number. The
// oldest lines make room for later ones.
func TestReports(t *testing.T) {
	s := newStore(t, guest.Options{})
	p, _ := define(t, s, "cell[1]", `func F(s string) (string, error) {
	fmt.Println(s)
	if s == "bad" { return "", errors.New("no") }
	if s == "long" { for i := range 99 { fmt.Println(i, strings.Repeat("x", 1000)) } }
	return s, nil
}`)
	quiet := openFor(t, s, "q0", slog.New(slog.DiscardHandler)).(operation.Reporter)
	if r := quiet.Report(); r != nil {
		t.Errorf("a worker that nobody reads reports %s", r)
	}
	s.Engine().EnableReports()
	in := openFor(t, s, "q1", slog.New(slog.DiscardHandler)).(operation.Reporter)
	if r := in.Report(); r != nil {
		t.Errorf("without a call, it reports %s", r)
	}
	f, err := in.Function(t.Context(), payloadOf(t, p, "F", engine.Null), []arrow.DataType{arrow.BinaryTypes.String}, nil)
	if err != nil {
		t.Fatal(err)
	}
	report := func(words ...string) engine.Report {
		t.Helper()
		if _, err := f.Call(t.Context(), []arrow.Array{texts(words...)}, len(words)); err != nil {
			t.Fatal(err)
		}
		r, err := engine.ParseReport(string(in.Report()))
		if err != nil {
			t.Fatal(err)
		}
		return r
	}
	first := report("good", "bad")
	u := first.Functions[0]
	if first.Number != 1 || u.Function != "F" || u.Rows != 2 || u.Failed != 1 || u.OnError != engine.Null || u.First.Error() != `F("bad"): no` {
		t.Errorf("%+v, first %v", first, u.First)
	}
	if len(first.Lines) != 2 || first.Lines[1].Number != 2 || first.Lines[1].Text != "bad" || first.Lines[1].Function != "F" {
		t.Errorf("lines %+v", first.Lines)
	}
	second := report("long")
	last := second.Lines[len(second.Lines)-1]
	if second.Number != 2 || second.Worker != first.Worker || second.Functions[0].Rows != 3 {
		t.Errorf("the second report is number %d of %s after %s: %+v", second.Number, second.Worker, first.Worker, second.Functions)
	}
	if n := len(second.Lines); n < 10 || n > 40 || last.Number+second.Suppressed != 102 {
		t.Errorf("%d lines, the last is %d, and %d after it are suppressed", n, last.Number, second.Suppressed)
	}
}
