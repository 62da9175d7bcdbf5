package golang

import (
	"fmt"
	"log/slog"
	"slices"
	"strings"
	"testing"

	"github.com/apache/arrow/go/v15/arrow"
	"github.com/apache/arrow/go/v15/arrow/array"

	"riffle/udfhost/engine"
	"riffle/udfhost/guest"
	"riffle/udfhost/operation"
)

// SQL does not see the context of a function.
func TestContextSignatures(t *testing.T) {
	s := newStore(t, guest.Options{})
	p, _ := define(t, s, "cell[1]", `type Ctx = riffle.Context
func Zero(ctx *riffle.Context) int64 { return 1 }
func One(_ *riffle.Context, a *string) (int64, error) { return 1, nil }
func Alias(ctx *Ctx, a int64) int64 { return a }
//riffle:vectorized
func Many(ctx *riffle.Context, a []int64) []int64 { return a }
func Rows(ctx *riffle.Context, a string) (iter.Seq2[int64, string], error) { return nil, nil }
func Where(ctx *riffle.Context, a int64) int { return ctx.Subtask() }
func Whose(ctx *riffle.Context, a int64) int { f := ctx.Subtasks; return f() }
func Which(ctx *riffle.Context, a int64) string { ctx.Logger().Info("x"); ctx.Counter("a").Inc(a); return ctx.JobParameter("a", "b") }
func helper(ctx *riffle.Context, a int64) int { return Where(ctx, a) }
func Helped(ctx *riffle.Context, a int64) int { return helper(ctx, a) }`)
	want := []string{
		"Alias(BIGINT) → BIGINT", "Helped(BIGINT) → BIGINT, not deterministic: it calls helper, which calls Where, which calls riffle.Context.Subtask",
		"Many(BIGINT) → BIGINT, vectorized", "One(STRING) → BIGINT", "Rows(STRING) → TABLE(BIGINT, STRING)", "Where(BIGINT) → BIGINT, not deterministic: it calls riffle.Context.Subtask",
		"Which(BIGINT) → STRING", "Whose(BIGINT) → BIGINT, not deterministic: it calls riffle.Context.Subtasks", "Zero() → BIGINT",
	}
	var got []string
	for _, f := range p.Functions {
		got = append(got, f.Declaration())
	}
	if !slices.Equal(got, want) {
		t.Errorf("got  %s\nwant %s", strings.Join(got, "\n     "), strings.Join(want, "\n     "))
	}
}

// A context that is not the first parameter is refused at its place.
func TestRefusedContexts(t *testing.T) {
	s := newStore(t, guest.Options{})
	for text, want := range map[string]string{
		"func F(a int64,\n  ctx *riffle.Context) int64 { return a }":                     "cell[1]:2:3: parameter ctx of F: *riffle.Context must be the first parameter (use",
		"func F(ctx riffle.Context, a int64) int64 { return a }":                         "cell[1]:1:8: parameter ctx of F: riffle.Context is passed as a pointer: write *riffle.Context (use",
		"func F(ctx, again *riffle.Context, a int64) int64 { return a }":                 "cell[1]:1:13: parameter again of F: a function has one *riffle.Context",
		"func F(ctx []*riffle.Context, a int64) int64 { return a }":                      "cell[1]:1:8: parameter ctx of F: []*riffle.Context has no SQL type; a function gets one *riffle.Context, as its first parameter",
		"func F(ctx *riffle.Context, a map[string]riffle.Context) int64 { return 1 }":    "cell[1]:1:29: parameter a of F: map[string]riffle.Context has no SQL type; a function gets one",
		"func F(**riffle.Context) int64 { return 1 }":                                    "cell[1]:1:8: parameter arg1 of F: **riffle.Context has no SQL type",
		"func F(ctx *riffle.Context) *riffle.Context { return ctx }":                     "cell[1]:1:29: result of F: *riffle.Context cannot be returned: riffle passes it as a parameter",
		"type pair struct { C *riffle.Context }\nfunc F(p pair) int64 { return 1 }":      "parameter p of F: field C of pair: riffle.Context has no SQL type; a function gets one *riffle.Context, as its first parameter",
		"func F(ctx *riffle.Context, a ...int64) int64 { return 1 }":                     "F is variadic",
		"//riffle:vectorized\nfunc F(ctx *riffle.Context) []int64 { return nil }":        "F has no parameters; a vectorized function needs one",
		"//riffle:vectorized\nfunc F(a []int64, c *riffle.Context) []int64 { return a }": "cell[1]:2:19: parameter c of F: *riffle.Context must be the first parameter",
	} {
		if err := refuse(t, s, "cell[1]", text); !strings.Contains(err.Error(), want) {
			t.Errorf("%s\ngot  %v\nwant %s", text, err, want)
		}
	}
}

// metricsOf returns the metrics of a function of a query as text.
func metricsOf(s *Store, query, function string) string {
	for _, u := range s.Engine().Usage(query) {
		if u.Function == function {
			var all []string
			for _, m := range u.Metrics {
				all = append(all, m.String())
			}
			return strings.Join(all, " ")
		}
	}
	return "none"
}

// taken returns what an instance reports to Flink.
func taken(in operation.Instance, functions ...string) string {
	var all []string
	for _, m := range in.(operation.Metered).Metrics(functions) {
		all = append(all, fmt.Sprintf("%s %s %d %d %d %d", m.Kind, m.Name, m.Sum, m.Count, m.Min, m.Max))
	}
	return strings.Join(all, ", ")
}

const counting = `func Count(ctx *riffle.Context, s string) (string, error) {
	ctx.Counter("calls").Inc(1)
	ctx.Counter("bytes").Inc(int64(len(s)))
	ctx.Meter("seen").Mark(2)
	ctx.Gauge("last").Set(int64(len(s)))
	ctx.Distribution("length").Update(int64(len(s)))
	if s == "die" { os.Exit(3) }
	if s == "" { return "", errors.New("empty") }
	return fmt.Sprint(ctx.Subtask(), "/", ctx.Subtasks(), " ", ctx.JobParameter("greeting", "none"), " ", ctx.JobParameter("other", "none")), nil
}
//riffle:vectorized
func Batch(ctx *riffle.Context, s []string) []int { ctx.Counter("calls").Inc(int64(len(s))); return make([]int, len(s)) }
func Rows(ctx *riffle.Context, n int64) iter.Seq[int64] {
	return func(yield func(int64) bool) { for i := range n { ctx.Counter("rows").Inc(1); if !yield(i) { return } } }
}
func Plain(s string) string { return s }`

// callCount calls Count of a program.
func callCount(t *testing.T, in operation.Instance, p *Program, words ...string) (arrow.Array, error) {
	t.Helper()
	f, err := in.Function(t.Context(), payloadOf(t, p, "Count", engine.Null), []arrow.DataType{arrow.BinaryTypes.String}, nil)
	if err != nil {
		t.Fatal(err)
	}
	f.(operation.OfTask).SetTask(operation.Task{Subtask: 2, Subtasks: 4, Parameters: map[string]string{"greeting": "good: morning", "": "x"}})
	return f.Call(t.Context(), []arrow.Array{texts(words...)}, len(words))
}

// What functions count is in their usage, and is reported once to the operator that calls them. It survives the process.
func TestContext(t *testing.T) {
	s := newStore(t, guest.Options{})
	p, _ := define(t, s, "cell[1]", counting)
	in := openFor(t, s, "q1", slog.New(slog.DiscardHandler))
	got, err := callCount(t, in, p, "ab", "", "abcd")
	if err != nil || got.String() != `["2/4 good: morning none" (null) "2/4 good: morning none"]` {
		t.Fatalf("%v, %v", got, err)
	}
	if got, want := metricsOf(s, "q1", "Count"), "calls=3 bytes=6 seen=6 last=4 length=6 (3 values, 0 to 4)"; got != want {
		t.Errorf("used %s, want %s", got, want)
	}
	if got := taken(in, "Other", "Batch"); got != "" {
		t.Errorf("another operator reports %s", got)
	}
	if got, want := taken(in, "Batch", "Count", "Count"), "counter calls 3 0 0 0, counter bytes 6 0 0 0, meter seen 6 0 0 0, gauge last 4 0 0 0, distribution length 6 3 0 4"; got != want {
		t.Errorf("reported %s, want %s", got, want)
	}
	if _, err := callCount(t, in, p, "die"); err == nil {
		t.Fatal("it lives on")
	}
	if _, err := callCount(t, in, p, "abcdef"); err != nil { // in another process
		t.Fatal(err)
	}
	if got, want := metricsOf(s, "q1", "Count"), "calls=5 bytes=15 seen=10 last=6 length=15 (5 values, 0 to 6)"; got != want {
		t.Errorf("after the end of the process, used %s, want %s", got, want)
	}
	if got, want := taken(in, "Count"), "counter calls 2 0 0 0, counter bytes 9 0 0 0, meter seen 4 0 0 0, gauge last 6 0 0 0, distribution length 9 2 0 6"; got != want {
		t.Errorf("reported %s, want %s", got, want)
	}
	if got := taken(in, "Count"); got != "" {
		t.Errorf("reported twice: %s", got)
	}
}

// Vectorized functions and table functions count, too, and two subtasks of a query add up.
func TestContextOfOtherKinds(t *testing.T) {
	s := newStore(t, guest.Options{})
	p, _ := define(t, s, "cell[1]", counting)
	for subtask := range 2 {
		in := openFor(t, s, "q1", slog.New(slog.DiscardHandler))
		if _, err := resolve(t, in, p, "Batch", texts("")).Call(t.Context(), []arrow.Array{texts("a", "b", "c")}, 3); err != nil {
			t.Fatal(err)
		}
		f, err := in.(operation.Tables).TableFunction(t.Context(), payloadOf(t, p, "Rows", engine.Fail), []arrow.DataType{arrow.PrimitiveTypes.Int64}, []arrow.DataType{arrow.PrimitiveTypes.Int64})
		if err != nil {
			t.Fatal(err)
		}
		results := 0
		err = f.CallTable(t.Context(), []arrow.Array{ints(10_000, 7)}, 2, func(rows *array.Int32, _ []arrow.Array) error { results += rows.Len(); return nil })
		if err != nil || results != 10_007 {
			t.Fatalf("%d results, %v", results, err)
		}
		if got := taken(in, "Batch", "Rows"); got != "counter calls 3 0 0 0, counter rows 10007 0 0 0" {
			t.Errorf("subtask %d reports %s", subtask, got)
		}
	}
	if got := metricsOf(s, "q1", "Batch") + " " + metricsOf(s, "q1", "Rows"); got != "calls=6 rows=20014" {
		t.Errorf("used %s", got)
	}
}

// A function that uses too many names is warned once, and a wrong name fails the row at its line.
func TestMetricNames(t *testing.T) {
	s := newStore(t, guest.Options{})
	p, _ := define(t, s, "cell[1]", `func F(ctx *riffle.Context, s string) string {
	for i := range 300 { ctx.Counter(fmt.Sprint("m", i)).Inc(1) }
	for i := range 300 { ctx.Counter(fmt.Sprint("m", i)).Inc(1) }
	return s
}
func G(ctx *riffle.Context, s string) string {
	ctx.Counter(s).Inc(1)
	return s
}
func H(ctx *riffle.Context, s string) string {
	ctx.Gauge("x").Set(1)
	ctx.Logger().With("a", 1).WithGroup("g").Warn("look", "time", s)
	ctx.Logger().Debug("no")
	ctx.Counter("x").Inc(1)
	return s
}`)
	in := openFor(t, s, "q1", slog.New(slog.DiscardHandler))
	var l lines
	s.Engine().Follow("q1", l.observer())
	for range 2 {
		if _, err := resolve(t, in, p, "F", texts("")).Call(t.Context(), []arrow.Array{texts("a")}, 1); err != nil {
			t.Fatal(err)
		}
	}
	s.Engine().Flush("q1")
	if got, want := l.take(), []string{`F: level=WARN msg="a function can have 100 metrics: this one and all further ones are not reported" metric=m100`}; !slices.Equal(got, want) {
		t.Errorf("printed %q", got)
	}
	if got := metricsOf(s, "q1", "F"); strings.Count(got, "=4") != 100 {
		t.Errorf("used %s", got)
	}
	for name, want := range map[string]string{
		"":                      `panic: a metric cannot have the name "": a name has up to 80 letters, digits, and the characters _ - . at cell[1]:7 in G("")`,
		"a b":                   `panic: a metric cannot have the name "a b"`,
		"ä":                     `panic: a metric cannot have the name "ä"`,
		strings.Repeat("x", 81): `panic: a metric cannot have the name "xxx`,
	} {
		if _, err := resolve(t, in, p, "G", texts("")).Call(t.Context(), []arrow.Array{texts(name)}, 1); err == nil || !strings.HasPrefix(err.Error(), want) {
			t.Errorf("%q: %v", name, err)
		}
	}
	_, err := resolve(t, in, p, "H", texts("")).Call(t.Context(), []arrow.Array{texts("b")}, 1)
	if err == nil || err.Error() != `panic: the metric x is a gauge, not a counter at cell[1]:14 in H("b")` {
		t.Errorf("another kind: %v", err)
	}
	s.Engine().Flush("q1")
	if got, want := l.take(), []string{`H: level=WARN msg=look a=1 g.time=b`}; !slices.Equal(got, want) {
		t.Errorf("printed %q", got)
	}
}

// Job parameters that are too large are an error of the call.
func TestLargeJobParameters(t *testing.T) {
	s := newStore(t, guest.Options{})
	p, _ := define(t, s, "cell[1]", `func F(ctx *riffle.Context, s string) int { return len(ctx.JobParameter(s, "")) }
func Plain(s string) int { return len(s) }`)
	for size, want := range map[int]string{
		60_000: "", 70_000: "F: the job parameters (pipeline.global-job-parameters) have 70016 bytes, and a function can get 65472",
	} {
		in := openFor(t, s, "", slog.New(slog.DiscardHandler))
		for _, name := range []string{"F", "Plain"} {
			f := resolve(t, in, p, name, texts(""))
			f.(operation.OfTask).SetTask(operation.Task{Parameters: map[string]string{"a": strings.Repeat("x", size)}})
			got, err := f.Call(t.Context(), []arrow.Array{texts("a")}, 1)
			if name == "F" && want != "" {
				if err == nil || err.Error() != want {
					t.Errorf("%d bytes: %v", size, err)
				}
			} else if err != nil || name == "F" && got.String() != fmt.Sprintf("[%d]", size) {
				t.Errorf("%s with %d bytes: %v, %v", name, size, got, err)
			}
		}
	}
}

// A program without contexts has no board.
func TestProgramsWithoutContexts(t *testing.T) {
	s := newStore(t, guest.Options{})
	p, _ := define(t, s, "cell[1]", "func F(s string) string { return s }")
	in := openFor(t, s, "q1", slog.New(slog.DiscardHandler))
	if _, err := resolve(t, in, p, "F", texts("")).Call(t.Context(), []arrow.Array{texts("a")}, 1); err != nil {
		t.Fatal(err)
	}
	if got := taken(in, "F"); got != "" || metricsOf(s, "q1", "F") != "" {
		t.Errorf("reported %q", got)
	}
}
