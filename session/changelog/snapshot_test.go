package changelog

import (
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestSnapshotStays(t *testing.T) {
	mem := checked(t)
	v := newView(t, mem, Config{Key: byName})
	apply(t, v, parse(t, "+I a 1, +I b 2, +I c 3"))
	s := v.Snapshot()
	s.Retain()
	s.Release()
	apply(t, v, parse(t, "-D a 1, -U b 2, +U b 7"))
	v.scratch = v.store.compact(v.rows, v.scratch)
	v.Close()
	middle, err := s.Slice(1, 3)
	if err != nil {
		t.Fatal(err)
	}
	s.Release()
	defer middle.Release()
	if diff := cmp.Diff([]string{"b 2", "c 3"}, rowsOf(middle)); diff != "" {
		t.Errorf("the snapshot changed (-want +got):\n%s", diff)
	}
	if middle.NumCols() != 2 {
		t.Errorf("the slice has %d columns, want the data columns", middle.NumCols())
	}
}

// TestLookingChangesNothing: the place of a row that is being updated waits for the row,
// however many snapshots are taken in the meantime.
func TestLookingChangesNothing(t *testing.T) {
	v := newView(t, checked(t), Config{Key: byName})
	apply(t, v, parse(t, "+I a 1, +I b 1, +I c 1"))
	apply(t, v, parse(t, "-U a 1"))
	for range 3 {
		s := v.Snapshot()
		if s.Rows() != 2 {
			t.Errorf("between −U and +U there are %d rows", s.Rows())
		}
		s.Release()
	}
	apply(t, v, parse(t, "+U a 2"))
	if diff := cmp.Diff([]string{"a 2", "b 1", "c 1"}, values(t, v)); diff != "" {
		t.Errorf("the row has moved (-want +got):\n%s", diff)
	}
}

func TestSliceBounds(t *testing.T) {
	v := newView(t, checked(t), Config{})
	apply(t, v, parse(t, "+I a 1"))
	s := v.Snapshot()
	defer s.Release()
	for _, bounds := range [][2]int{{-1, 0}, {0, 2}, {1, 0}} {
		if _, err := s.Slice(bounds[0], bounds[1]); err == nil {
			t.Errorf("rows %v of 1 are given", bounds)
		}
	}
	empty, err := s.Slice(1, 1)
	if err != nil || empty.NumRows() != 0 {
		t.Errorf("no rows: %v, %v", empty, err)
	}
	empty.Release()
}

// TestSnapshotElsewhere reads snapshots on other goroutines while the view changes; for -race.
func TestSnapshotElsewhere(t *testing.T) {
	v := newView(t, checked(t), Config{Key: []int{1}})
	var drawers sync.WaitGroup
	for round := range int64(50) {
		var changes []change
		for i := range int64(200) {
			if round > 0 {
				changes = append(changes, change{UpdateBefore, strings.Repeat("x", int(round-1)), i})
			}
			changes = append(changes, change{UpdateAfter, strings.Repeat("x", int(round)), i})
		}
		apply(t, v, changes)
		v.scratch = v.store.compact(v.rows, v.scratch)
		s := v.Snapshot()
		v.EndFrame()
		drawers.Go(func() {
			defer s.Release()
			rec, err := s.Record()
			if err != nil {
				t.Error(err)
				return
			}
			defer rec.Release()
			for i := range int(rec.NumRows()) {
				if name := nameOf(rec, i); len(name) != int(round) {
					t.Errorf("the snapshot of round %d has %q in row %d", round, name, i)
				}
			}
		})
	}
	drawers.Wait()
}

func TestKindNames(t *testing.T) {
	var got []string
	for k := Insert; k <= Delete; k++ {
		got = append(got, k.String())
	}
	if want := []string{"+I", "-U", "+U", "-D"}; !slices.Equal(got, want) {
		t.Errorf("kinds are %v, want %v", got, want)
	}
	if got := Kind(9).String(); got != "Kind(9)" {
		t.Errorf("an unknown kind is %s", got)
	}
}

func TestKindsIsAView(t *testing.T) {
	rec := record(checked(t), parse(t, "+I a 1, -U a 1, +U a 2, -D a 2"))
	defer rec.Release()
	part := rec.NewSlice(1, 4)
	defer part.Release()
	kinds, err := Kinds(part)
	if err != nil || !slices.Equal(kinds, []Kind{UpdateBefore, UpdateAfter, Delete}) {
		t.Fatalf("kinds are %v, %v", kinds, err)
	}
	if n := testing.AllocsPerRun(10, func() { kinds, err = Kinds(part) }); n > 0 {
		t.Errorf("Kinds allocates %v times", n)
	}
}
