package repl

import (
	"errors"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/apache/arrow/go/v15/arrow"
	"github.com/apache/arrow/go/v15/arrow/array"
	"github.com/apache/arrow/go/v15/arrow/memory"
	"github.com/charmbracelet/colorprofile"
	"github.com/google/go-cmp/cmp"

	"riffle/repl/theme"
	"riffle/session/changelog"
	"riffle/session/command"
	"riffle/session/query"
)

var update = flag.Bool("update", false, "write the golden files anew")

// recorded is a query as it was when its events were recorded.
type recorded struct {
	started query.Started
	rows    int64
	elapsed time.Duration
	table   *changelog.View
	recent  *changelog.Ring
	usage   query.Usage
}

func (r *recorded) ID() string             { return r.started.Query }
func (r *recorded) Started() query.Started { return r.started }
func (r *recorded) Rows() int64            { return r.rows }
func (r *recorded) Elapsed() time.Duration { return r.elapsed }

func (r *recorded) Table() (*changelog.Snapshot, bool) { return r.table.Snapshot(), true }
func (r *recorded) Stats() changelog.Stats             { return r.table.Stats() }
func (r *recorded) Changes() *changelog.Changes        { return r.recent.Changes() }
func (r *recorded) Usage() query.Usage                 { return r.usage }

// apply applies changes to the query's table.
func (r *recorded) apply(t *testing.T, changes ...change) {
	t.Helper()
	r.rows += int64(len(changes))
	rec := batch(r.started.Schema, changes...)
	defer rec.Release()
	if err := r.table.Apply(rec); err != nil {
		t.Fatal(err)
	}
	r.recent.Add(rec)
}

func schemaOf(names ...string) *arrow.Schema {
	fields := []arrow.Field{
		{Name: names[0], Type: arrow.BinaryTypes.String, Nullable: true},
		{Name: names[1], Type: arrow.PrimitiveTypes.Int64, Nullable: true},
		changelog.KindField(),
	}
	return arrow.NewSchema(fields, nil)
}

func counting() *recorded {
	return &recorded{started: query.Started{
		Query: "q3", Schema: schemaOf("grade", "n"),
		Kinds: []string{"+I", "-U", "+U", "-D"}, UpsertKeys: [][]int{{0}},
	}}
}

// change is a row: kind, text and number.
type change struct {
	kind changelog.Kind
	text string
	n    int64
}

func batch(schema *arrow.Schema, changes ...change) arrow.Record {
	b := array.NewRecordBuilder(memory.DefaultAllocator, schema)
	defer b.Release()
	for _, c := range changes {
		b.Field(0).(*array.StringBuilder).Append(c.text)
		b.Field(1).(*array.Int64Builder).Append(c.n)
		b.Field(2).(*array.Int8Builder).Append(int8(c.kind))
	}
	return b.NewRecord()
}

// stage is a live display on a terminal, and what it has shown so far.
type stage struct {
	t        *testing.T
	query    *recorded
	terminal *terminal
	display  *liveDisplay
	log      strings.Builder
}

func newStage(t *testing.T, q *recorded, width, height int) *stage {
	var err error
	if q.table, err = q.started.View(); err != nil {
		t.Fatal(err)
	}
	q.recent = changelog.NewRing(1000)
	v := newTerminal(t, width, height)
	scr := &screen{w: v, size: v.size}
	o := output{Options: Options{Format: "table"}, w: scr, width: width, theme: theme.Choice{}.On(colorprofile.ANSI256, true), footer: true, timing: true, location: time.UTC}
	d, err := newLiveDisplay(o, scr, q)
	if err != nil {
		t.Fatal(err)
	}
	fmt.Fprintln(scr, "riffle> SELECT …;")
	return &stage{t: t, query: q, terminal: v, display: d}
}

func (s *stage) rows(changes ...change) {
	s.t.Helper()
	s.query.apply(s.t, changes...)
	if err := s.display.progress(); err != nil {
		s.t.Fatal(err)
	}
}

func (s *stage) restart(reason string) {
	s.t.Helper()
	if err := s.query.table.Restart(); err != nil {
		s.t.Fatal(err)
	}
	s.query.rows = 0
	s.query.recent.Clear()
	if err := s.display.restarted(reason); err != nil {
		s.t.Fatal(err)
	}
}

func (s *stage) show(title string) {
	fmt.Fprintf(&s.log, "== %s\n%s", title, s.terminal)
}

func (s *stage) tick(title string, elapsed time.Duration) {
	s.t.Helper()
	s.query.elapsed = elapsed
	s.display.rest = time.Time{}
	if err := s.display.tick(); err != nil {
		s.t.Fatal(err)
	}
	s.show(title)
}

func (s *stage) end(title string, o outcome) {
	s.t.Helper()
	o.Rows, o.Elapsed = s.query.rows, s.query.elapsed
	if err := s.display.end(o); err != nil {
		s.t.Fatal(err)
	}
	s.show(title)
}

func (s *stage) golden(name string) {
	s.t.Helper()
	path := filepath.Join("testdata", name+".golden")
	if *update {
		if err := os.WriteFile(path, []byte(s.log.String()), 0o644); err != nil {
			s.t.Fatal(err)
		}
	}
	want, err := os.ReadFile(path)
	if err != nil {
		s.t.Fatal(err)
	}
	if diff := cmp.Diff(string(want), s.log.String()); diff != "" {
		s.t.Errorf("frames differ from %s (-want +got):\n%s", path, diff)
	}
}

func TestLiveTableHoldsStillAndStays(t *testing.T) {
	s := newStage(t, counting(), 60, 12)
	s.tick("before any row", 600*time.Millisecond)
	s.rows(change{changelog.Insert, "plain", 1}, change{changelog.Insert, "gold", 1}, change{changelog.Insert, "日本", 7})
	s.show("the first rows at once")
	s.rows(change{changelog.UpdateBefore, "plain", 1}, change{changelog.UpdateAfter, "plain", 12345})
	s.tick("an update stays in its place", 5100*time.Millisecond)
	s.rows(change{changelog.Delete, "gold", 1})
	s.tick("a row less", 6*time.Second)
	s.end("Ctrl-C", outcome{Ended: query.Ended{State: query.Cancelled}, Interrupted: true})
	s.golden("interrupted")
}

func TestLiveTableShowsItsEnd(t *testing.T) {
	q := counting()
	q.started.Bounded = true
	s := newStage(t, q, 50, 10)
	s.rows(change{changelog.Insert, "row 0", 0})
	s.tick("settled", time.Second)
	for i := int64(1); i < 9; i++ {
		s.rows(change{changelog.Insert, fmt.Sprintf("row %d", i), i})
	}
	s.tick("more rows than fit", 2*time.Second)
	s.end("finished: all of it", outcome{})
	s.golden("finished")
}

// A query's own order applies to rows as they arrive, from the first one on. A user's order
// overrides it.
func TestLiveTableIsSorted(t *testing.T) {
	q := counting()
	q.started.Order = []changelog.Key{{Column: 1, Descending: true}}
	s := newStage(t, q, 60, 9)
	s.rows(change{changelog.Insert, "plain", 1}, change{changelog.Insert, "gold", 5}, change{changelog.Insert, "日本", 7})
	s.tick("sorted", 600*time.Millisecond)
	s.rows(change{changelog.UpdateBefore, "plain", 1}, change{changelog.UpdateAfter, "plain", 9}, change{changelog.Insert, "tin", 0}, change{changelog.Insert, "iron", 2})
	s.tick("an update moves its row, and the first rows are shown", 5100*time.Millisecond)
	s.display.look.arrangement.Sort(0, false)
	s.tick("by grade, as the user wants it", 6*time.Second)
	s.display.look.arrangement.Sort(-1, false)
	s.tick("and back", 7*time.Second)
	s.end("finished", outcome{})
	s.golden("sorted")
}

// Changes are printed in the order of arrival, and a message says that they are not sorted.
func TestChangesAreNotSorted(t *testing.T) {
	q := counting()
	q.started.Order = []changelog.Key{{Column: 1, Descending: true}}
	var out strings.Builder
	var said []string
	o := output{Options: Options{Format: "csv", Changelog: true}, w: &out, notice: func(text string) { said = append(said, text) }}
	d, err := newRowsDisplay(o, q, func(string) error { return nil })
	if err != nil {
		t.Fatal(err)
	}
	rec := batch(q.started.Schema, change{changelog.Insert, "plain", 1}, change{changelog.Insert, "gold", 5})
	defer rec.Release()
	if err := errors.Join(d.rows(rec), d.rows(rec), d.end(outcome{})); err != nil {
		t.Fatal(err)
	}
	if want := "op,grade,n\n+I,plain,1\n+I,gold,5\n+I,plain,1\n+I,gold,5\n"; out.String() != want {
		t.Errorf("%q", out.String())
	}
	if len(said) != 1 || !strings.Contains(said[0], "not in the order of ORDER BY") {
		t.Errorf("said %q", said)
	}
}

func TestShortQueryIsNotPaintedFirst(t *testing.T) {
	q := counting()
	q.started.Bounded = true
	s := newStage(t, q, 50, 10)
	s.rows(change{changelog.Insert, "one", 1})
	s.tick("after a quarter of a second nothing", 250*time.Millisecond)
	s.end("finished", outcome{})
	s.golden("short")
}

func TestFrameSurvivesResizing(t *testing.T) {
	s := newStage(t, counting(), 60, 20)
	s.rows(change{changelog.Insert, "a text that is wide enough to be cut", 1}, change{changelog.Insert, "b", 2})
	s.show("wide")
	s.terminal.resize(30, 20)
	s.tick("narrow", time.Second)
	s.terminal.resize(80, 8)
	s.tick("wide and low", 2*time.Second)
	s.terminal.resize(80, 4)
	s.tick("too low for a row", 3*time.Second)
	s.golden("resized")
}

func TestRestartEmptiesTheTable(t *testing.T) {
	s := newStage(t, counting(), 60, 12)
	s.rows(change{changelog.Insert, "old", 1})
	s.restart("the job was restarted")
	s.rows(change{changelog.Insert, "new", 2})
	s.tick("only what came since", time.Second)
	s.end("failed", outcome{Ended: query.Ended{State: query.Failed, Err: errors.New("no")}})
	s.golden("restarted")
}

func TestDataCannotDriveTheTerminal(t *testing.T) {
	s := newStage(t, counting(), 60, 12)
	// The terminal of the test fails at any sequence that is not the screen's.
	s.rows(change{changelog.Insert, "\x1b[2J\x1b]0;title\a\r\n\u009b31m\u202e", 1})
	s.tick("escaped", time.Second)
	s.golden("escaped")
}

// The output of functions appears above the table, which stays intact, and controls the
// terminal no more than data does.
func TestPrintedAboveTheTable(t *testing.T) {
	s := newStage(t, counting(), 60, 14)
	s.rows(change{changelog.Insert, "plain", 1})
	above := func(text string) { fmt.Fprintln(s.display.w, text) }
	for _, p := range []query.Printed{
		{Query: "q3", Function: "Grade", Text: "seen \x1b[2J\a 7"},
		{Query: "q3", Function: "Grade", Text: strings.Repeat("wider than the terminal ", 3)},
		{Query: "q3", Function: "Grade", Text: "enough", Last: true},
		{Query: "q3", Text: "", Suppressed: 12345},
	} {
		tell(s.display, above, command.EventText(command.Shell, "q3", p))
	}
	s.show("printed")
	s.rows(change{changelog.UpdateBefore, "plain", 1}, change{changelog.UpdateAfter, "plain", 2})
	s.tick("and the table goes on", time.Second)
	s.golden("printed")
}
