package golang

import (
	"bytes"
	"errors"
	"fmt"
	"log/slog"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/apache/arrow/go/v15/arrow"

	"riffle/udfhost/guest"
	"riffle/udfhost/operation"
)

// lines gathers what an account's observer hears.
type lines struct {
	mu  sync.Mutex
	all []string
}

func (l *lines) observer() Observer {
	add := func(text string) {
		l.mu.Lock()
		defer l.mu.Unlock()
		l.all = append(l.all, text)
	}
	return Observer{
		Printed: func(line Line) { add(fmt.Sprintf("%s: %s", line.Function, line.Text)) },
		Failed:  func(u Usage) { add(fmt.Sprintf("%s failed: %v", u.Function, u.First)) },
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

// The last line that is shown says that it is the last.
func TestPrintedLast(t *testing.T) {
	a := newAccount("q1")
	a.shown = lineBudget{burst: 10, total: 3}
	var last []bool
	a.follow(Observer{Printed: func(l Line) { last = append(last, l.Last) }})
	for range 5 {
		a.printed(operation.Caller{Log: slog.New(slog.DiscardHandler)}, "F", "line")
	}
	if !slices.Equal(last, []bool{false, false, true}) || a.suppressed != 2 {
		t.Errorf("shown %v, %d held back", last, a.suppressed)
	}
}

func TestLineBudget(t *testing.T) {
	a := lineBudget{burst: 3, perSecond: 2, total: 6}
	now := time.Unix(100, 0)
	for i, test := range []struct {
		after time.Duration
		want  bool
	}{
		{0, true},
		{0, true},
		{0, true},
		{0, false},
		{500 * time.Millisecond, true},
		{0, false},
		{time.Hour, true}, // three are left, and one in all
		{0, true},
		{0, false},
	} {
		now = now.Add(test.after)
		if got := a.allow(now); got != test.want {
			t.Errorf("line %d passes: %v", i, got)
		}
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
	for o, want := range map[OnError]string{Null: `["k" (null) (null) "es"]`, Skip: `["k" (null) (null) "es"]`} {
		f, err := in.Function(t.Context(), payloadOf(t, p, "F", o), []arrow.DataType{words.DataType()}, nil)
		if err != nil {
			t.Fatal(err)
		}
		got, err := f.Call(t.Context(), []arrow.Array{words}, words.Len())
		if err != nil || got.String() != want {
			t.Errorf("%s: got %v, %v", o, got, err)
		}
		if skipped := f.(operation.Skipper).Skipped(); (o == Skip) != (string(skipped) == "\x06") || o == Null && skipped != nil {
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
	late, err := e.Open(t.Context(), operation.Caller{Query: "q1", Log: slog.New(slog.DiscardHandler)})
	if err != nil {
		t.Fatal(err)
	}
	defer late.Close()
	if e.findAccount("q1") != nil {
		t.Error("a worker that comes late keeps a query for good")
	}
}

// A process that ends fails the query, also with Null and Skip. No row is reported as NULL or as skipped.
func TestEndedProcessIsNoFailedRow(t *testing.T) {
	s := newStore(t, guest.Options{})
	p, _ := define(t, s, "cell[1]", "func End(x int64) int64 { os.Exit(3); return x }")
	for _, test := range []struct {
		onError OnError
		failed  int64
	}{{Fail, 1}, {Null, 0}, {Skip, 0}} {
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
	call := func(p *Program, name string, o OnError, arg arrow.Array) operation.Invocation {
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
	if err := all(2000, call(first, "Quick", Fail, small), call(first, "Bad", Fail, small)); err != nil {
		t.Fatal(err)
	}
	second, _ := define(t, s, "cell[2]", "func Other(x int64) int64 { return x }")
	skipped := call(first, "Bad", Skip, large)
	if err := all(1, call(first, "Quick", Fail, large), call(second, "Other", Fail, large), skipped, call(first, "Slow", Fail, large)); err != nil {
		t.Fatal(err)
	}
	if got := skipped.Function.(operation.Skipper).Skipped(); string(got) != "\x01" {
		t.Errorf("skipped %b", got)
	}
	if err := all(1, call(first, "Quick", Fail, large), call(first, "Bad", Fail, large), call(first, "Slow", Fail, large)); err == nil {
		t.Error("a failure was not reported")
	}
	usage := map[string]Usage{}
	for _, u := range s.Engine().Usage("q1") {
		usage[u.Function] = u
	}
	for name, want := range map[string]Usage{
		"Quick": {Rows: 2002, Batches: 3}, "Bad": {Rows: 2002, Batches: 3, Failed: 2}, "Other": {Rows: 1, Batches: 1}, "Slow": {Rows: 1, Batches: 1},
	} {
		got := usage[name]
		if got.Rows != want.Rows || got.Batches != want.Batches || got.Failed != want.Failed || got.Time <= 0 {
			t.Errorf("%s: %+v, want %+v", name, got, want)
		}
	}
}

// The time of calls that are made together is what each function has taken, and its share of the rest.
func TestTimeOfCallsTogether(t *testing.T) {
	g := &workerGuest{account: newAccount("q1")}
	var calls []operation.Invocation
	for _, name := range []string{"Quick", "Slow", "Bad"} {
		calls = append(calls, operation.Invocation{Function: &function{call: guest.Function{Name: name}, onError: Fail}})
	}
	g.count(calls[:2], []guest.Outcome{{Took: 10}, {Took: 50}}, 1, 100, nil)
	g.count(calls, []guest.Outcome{{Took: 100}, {Took: 200}}, 1, 360, errors.New("no"))
	g.count(calls[:1], []guest.Outcome{{Took: 1000}}, 1, 900, nil) // by another clock
	for _, u := range g.account.usage() {
		if want := map[string]time.Duration{"Quick": 30 + 120 + 1000, "Slow": 70 + 220, "Bad": 20}[u.Function]; u.Time != want {
			t.Errorf("%s took %d, want %d", u.Function, u.Time, want)
		}
	}
}
