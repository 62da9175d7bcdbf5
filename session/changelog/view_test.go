package changelog

import (
	"strings"
	"testing"

	"github.com/apache/arrow/go/v15/arrow"
	"github.com/apache/arrow/go/v15/arrow/array"
	"github.com/google/go-cmp/cmp"
)

var (
	byName = []int{0}
	noKey  []int
)

// TestFold applies batches separated by "|" and frames by "#"; want has the rows of each frame.
func TestFold(t *testing.T) {
	tests := []struct {
		name   string
		config Config
		give   string
		want   string
	}{
		{"an update keeps its place", Config{Key: byName},
			"+I a 1, +I b 2, +I c 3, -U a 1, +U a 9", "a 9, b 2, c 3"},
		{"without a key too", Config{Key: noKey},
			"+I a 1, +I b 2, +I c 3, -U a 1, +U a 9", "a 9, b 2, c 3"},
		{"an update over two batches keeps its place", Config{Key: noKey},
			"+I a 1, +I b 2, -U a 1 | +U a 9", "a 9, b 2"},
		{"and over two frames", Config{Key: byName},
			"+I a 1, +I b 2, -U a 1 # +U a 9 # ", "b 2 # a 9, b 2 # a 9, b 2"},
		{"and without a key", Config{Key: noKey},
			"+I a 1, +I b 2, -U a 1 # +U a 9 # ", "b 2 # a 9, b 2 # a 9, b 2"},
		{"but not for ever", Config{Key: byName},
			"+I a 1, +I b 2, -U a 1 # # +U a 9", "b 2 # b 2 # b 2, a 9"},
		{"pairs in a batch take their own places", Config{Key: noKey},
			"+I a 1, +I b 2, -U b 2, +U b 3, -U a 1, +U a 2", "a 2, b 3"},
		{"an update without its −U", Config{Key: byName, Mode: Upsert},
			"+I a 1, +I b 2, +U a 5", "a 5, b 2"},
		{"a −U alone takes away", Config{Key: byName}, "+I a 1, +I b 2, -U a 1", "b 2"},
		{"a +U alone adds", Config{Key: byName}, "+U a 1", "a 1"},
		{"a deleted key that returns in its frame keeps its place", Config{Key: byName},
			"+I a 1, +I b 2, -D a 1, +I a 3", "a 3, b 2"},
		{"after its frame it is last", Config{Key: byName},
			"+I a 1, +I b 2, -D a 1 # +I a 3", "b 2 # b 2, a 3"},
		{"duplicates stay", Config{Key: noKey}, "+I a 1, +I a 1, +I a 1, -D a 1", "a 1, a 1"},
		{"an early −D is a debt", Config{Key: noKey}, "-D a 1, +I a 1, +I b 1", "b 1"},
		{"one debt pays one row", Config{Key: noKey}, "-D a 1 | +I a 1, +I a 1", "a 1"},
		{"NULL is no empty string and equals NULL", Config{Key: byName, Mode: Upsert},
			"+I ∅ 1, +I b 2, +U ∅ 3, -D b 0", "∅ 3"},
		{"a late −U spares the newer row", Config{Key: byName},
			"+I a 1 | +U a 2 | -U a 1", "a 2"},
		{"an older row shows again", Config{Key: byName},
			"+I a 1, -U a 1, +U a 3 | +U a 2 | -U a 2", "a 3"},
		{"an early −U of a key waits for its row", Config{Key: byName},
			"+I a 1 | -U a 2 | -U a 1 | +U a 2, +U a 3", "a 3"},
		{"rows with an order are seen in it, whatever comes", Config{Key: byName, Order: []Key{{Column: 1, Descending: true}}},
			"+I a 1, +I b 2, +I c 3 # -U b 2, +U b 7 # -D c 3, +I d 2, +I e 2", "c 3, b 2, a 1 # b 7, c 3, a 1 # b 7, d 2, e 2, a 1"},
		{"by several keys, NULLs where they are wanted", Config{Order: []Key{{Column: 1}, {Column: 0, NullsLast: true, Descending: true}}},
			"+I ∅ 1, +I a 1, +I z 0, +I B 1, +I aa 1", "z 0, aa 1, a 1, B 1, ∅ 1"},
		{"upsert deletes by key alone", Config{Key: byName, Mode: Upsert}, "+I a 1, -D a 0", ""},
		{"append keeps the last", Config{Mode: Append, Limit: 2}, "+I a 1, +I b 2 | +I c 3", "b 2, c 3"},
		{"append of more than the limit", Config{Mode: Append, Limit: 2}, "+I a 1, +I b 2, +I c 3", "b 2, c 3"},
		{"append between frames", Config{Mode: Append, Limit: 2},
			"+I a 1, +I b 2 # +I c 3 # +I d 4, +I e 5, +I f 6", "a 1, b 2 # b 2, c 3 # e 5, f 6"},
		{"append with changes folds by its key", Config{Mode: Append, Key: byName},
			"+I a 1, +I b 2 | +U a 5, +I c 3, -D b 2", "a 5, c 3"},
		{"a −U of it takes away what is there", Config{Mode: Append, Key: byName},
			"+I a 1, +I b 2 | -U a 1, +U a 5, -U b 9", "a 5, b 2"},
		{"append with changes and no key adds", Config{Mode: Append},
			"+I a 1 | +U a 5 | -D a 1, +I a 5", "a 5, a 5"},
		{"append that dropped rows takes their changes for new rows", Config{Mode: Append, Key: byName, Limit: 2, WideLimit: 9},
			"+I a 1, +I b 2, +I c 3 | +U a 5, +U c 4", "b 2, c 4, a 5"},
		{"append with changes in another frame", Config{Mode: Append, Key: byName},
			"+I a 1, +I b 2 # +U a 5 # -D b 0 #", "a 1, b 2 # a 5, b 2 # a 5 # a 5"},
		{"the limit admits no new key", Config{Key: byName, Limit: 2},
			"+I a 1, +I b 2, +I c 3, -U a 1, +U a 9", "a 9, b 2"},
		{"a place that a −U vacated is kept at the limit", Config{Key: noKey, Limit: 2},
			"+I a 1, +I b 2, -U a 1 | +I c 1 | +U a 2", "a 2, b 2"},
		{"room is used", Config{Key: byName, Limit: 1}, "+I a 1, +I b 2, -D a 1, -U b 2, +U b 3", "b 3"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			v := newView(t, checked(t), test.config)
			var got []string
			for frame := range strings.SplitSeq(test.give, "#") {
				for batch := range strings.SplitSeq(frame, "|") {
					apply(t, v, parse(t, batch))
				}
				got = append(got, strings.Join(values(t, v), ", "))
			}
			var want []string
			for frame := range strings.SplitSeq(test.want, "#") {
				want = append(want, strings.TrimSpace(frame))
			}
			if diff := cmp.Diff(want, got); diff != "" {
				t.Errorf("frames differ (-want +got):\n%s", diff)
			}
			if s := v.Stats(); s.Debts != 0 {
				t.Errorf("%d debts are left", s.Debts)
			}
		})
	}
}

func TestStats(t *testing.T) {
	tests := []struct {
		name   string
		config Config
		give   string
		want   Stats
	}{
		{"append", Config{Mode: Append, Limit: 2}, "+I a 1, +I b 1, +I c 1", Stats{Rows: 2, Updates: 3, Hidden: 1}},
		{"hidden rows come and go", Config{Key: byName, Limit: 1}, "+I a 1, +I b 1, +I c 1, -U c 1, +U c 2, -D b 1", Stats{Rows: 1, Updates: 6, Hidden: 1}},
		{"multiset", Config{Limit: 1}, "+I a 1, +I a 1, +I a 1, -D a 1", Stats{Rows: 0, Updates: 4, Hidden: 2}},
		{"a deleted key that the full view did not take back", Config{Key: byName, Limit: 1},
			"+I a 1, -D a 1, +I b 1, +I a 2, -D a 2", Stats{Rows: 1, Updates: 5, Hidden: 0}},
		{"an upsert key that is not shown is deleted", Config{Key: byName, Mode: Upsert, Limit: 1},
			"+I a 1, +I b 1, -D b 0", Stats{Rows: 1, Updates: 3, Hidden: 0}},
		{"debts", Config{}, "-D a 1, -D a 1, +I a 1", Stats{Updates: 3, Debts: 1}},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			v := newView(t, checked(t), test.config)
			apply(t, v, parse(t, test.give))
			got := v.Stats()
			got.Batches, got.Bytes = 0, 0
			if got != test.want {
				t.Errorf("stats are %+v, want %+v", got, test.want)
			}
		})
	}
}

func TestRefused(t *testing.T) {
	mem := checked(t)
	wrongKind := array.NewRecord(arrow.NewSchema(testSchema.Fields()[:2], nil), nil, 0)
	defer wrongKind.Release()
	tests := []struct {
		name   string
		config Config
		give   []change
		want   string
	}{
		{"an unknown kind", Config{}, []change{{Insert, "a", 1}, {Kind(7), "a", 1}}, "unknown row kind 7"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			v := newView(t, mem, test.config)
			rec := record(mem, test.give)
			defer rec.Release()
			if err := v.Apply(rec); err == nil || !strings.Contains(err.Error(), test.want) {
				t.Errorf("error is %v, want one with %q", err, test.want)
			}
			if got := v.Stats(); got != (Stats{}) {
				t.Errorf("the refused batch left %+v", got)
			}
		})
	}
	v := newView(t, mem, Config{})
	if err := v.Apply(wrongKind); err == nil {
		t.Error("a batch without row kinds is taken")
	}
	v.Close()
	rec := record(mem, nil)
	defer rec.Release()
	if err := v.Apply(rec); err == nil {
		t.Error("a closed view takes a batch")
	}
}

func TestNewRefuses(t *testing.T) {
	union := arrow.NewSchema([]arrow.Field{{Name: "u", Type: arrow.BinaryTypes.LargeString}, KindField()}, nil)
	tests := []struct {
		name   string
		schema *arrow.Schema
		config Config
	}{
		{"no kind", arrow.NewSchema(testSchema.Fields()[:2], nil), Config{}},
		{"type", union, Config{}},
		{"key", testSchema, Config{Key: []int{2}}},
		{"negative key", testSchema, Config{Key: []int{-1}}},
		{"upsert without key", testSchema, Config{Mode: Upsert}},
		{"limit", testSchema, Config{Limit: -1}},
		{"mode", testSchema, Config{Mode: 9}},
	}
	for _, test := range tests {
		if _, err := New(checked(t), test.schema, test.config); err == nil {
			t.Errorf("%s: New takes it", test.name)
		}
	}
}

// TestFlatMemory updates few rows often: memory must depend on the rows, not on the updates.
func TestFlatMemory(t *testing.T) {
	const keys, rounds = 1000, 400
	for _, config := range []Config{{Key: byName}, {Key: byName, Mode: Upsert}, {}} {
		mem := checked(t)
		v := newView(t, mem, config)
		names := make([]string, keys)
		for i := range names {
			names[i] = strings.Repeat("k", 200) + string(rune('a'+i%26)) + string(rune('0'+i/26))
		}
		var peak int
		for round := range int64(rounds) {
			var changes []change
			// A batch changes a third of the keys, so each batch leaves some rows unchanged.
			for i := int(round % 3); i < keys; i += 3 {
				if round >= 3 && config.Mode == Retract {
					changes = append(changes, change{UpdateBefore, names[i], round - 3})
				}
				changes = append(changes, change{UpdateAfter, names[i], round})
			}
			apply(t, v, changes)
			if round > 10 {
				peak = max(peak, mem.CurrentAlloc())
			}
		}
		if got := v.Stats(); got.Rows != keys || got.Batches > 32 {
			t.Errorf("%+v: stats are %+v", config, got)
		}
		if peak > 8<<20 {
			t.Errorf("%+v: %d bytes for %d rows of about 220 bytes", config, peak, keys)
		}
	}
}

// TestTinyBatches adds each row in its own batch: the batches must be merged.
func TestTinyBatches(t *testing.T) {
	v := newView(t, checked(t), Config{Key: []int{0, 1}})
	const rows = 5000
	for i := range int64(rows) {
		apply(t, v, []change{{Insert, "a", i}})
	}
	if got := v.Stats(); got.Rows != rows || got.Batches > 200 {
		t.Errorf("stats are %+v, want %d rows in few batches", got, rows)
	}
	got := values(t, v)
	for i, value := range got {
		if want := (change{name: "a", n: int64(i)}).value(); value != want {
			t.Fatalf("row %d is %s, want %s", i, value, want)
		}
	}
}

// TestGapsWithoutFrames deletes as many rows as it adds, and never draws.
func TestGapsWithoutFrames(t *testing.T) {
	v := newView(t, checked(t), Config{})
	for i := range int64(200) {
		var changes []change
		for j := range int64(100) {
			changes = append(changes, change{Insert, "a", i*100 + j})
		}
		for j := range int64(100) {
			changes = append(changes, change{[]Kind{Delete, UpdateBefore}[j%2], "a", i*100 + j})
		}
		apply(t, v, changes)
	}
	if len(v.order) > 4096 || len(v.rows) > 4096 || len(v.index) != 0 {
		t.Errorf("an empty view keeps %d places, %d rows, %d identities", len(v.order), len(v.rows), len(v.index))
	}
	if got := v.Stats(); got.Rows != 0 || got.Batches != 0 {
		t.Errorf("stats are %+v, want none held", got)
	}
}

// A restarted view folds as it did at first, and gives no place the same id twice.
func TestRestart(t *testing.T) {
	v := newView(t, checked(t), Config{Mode: Append, Limit: 2, WideLimit: 9})
	apply(t, v, parse(t, "+I a 1, +I b 2, -D a 1"))
	if !v.Stats().Widened {
		t.Fatal("the view is not widened")
	}
	before := v.Snapshot()
	defer before.Release()
	if err := v.Restart(); err != nil {
		t.Fatal(err)
	}
	if s := v.Stats(); s != (Stats{}) {
		t.Errorf("a view that begins again has %+v", s)
	}
	apply(t, v, parse(t, "+I c 1, +I c 1, +I d 2"))
	after := v.Snapshot()
	defer after.Release()
	if s := after.Stats(); s.Widened || s.Rows != 2 || s.Hidden != 1 {
		t.Errorf("it folds to %+v", s)
	}
	if after.ID(0) <= before.ID(0) {
		t.Errorf("place %d has the name of one before the restart, %d", after.ID(0), before.ID(0))
	}
}

// An append view that starts to fold says so, and keeps its figures.
func TestWidened(t *testing.T) {
	v := newView(t, checked(t), Config{Mode: Append, Limit: 2, WideLimit: 3})
	apply(t, v, parse(t, "+I a 1, +I b 2, +I c 3"))
	if s := v.Stats(); s.Widened || s.Hidden != 1 || s.Updates != 3 {
		t.Errorf("before: %+v", s)
	}
	apply(t, v, parse(t, "+U b 4, -D a 1"))
	if s := v.Stats(); !s.Widened || s.Hidden != 0 || s.Updates != 5 || s.Rows != 3 || s.Debts != 0 {
		t.Errorf("after: %+v", s)
	}
}
