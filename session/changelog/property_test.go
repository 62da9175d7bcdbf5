package changelog

import (
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"
)

// table is a result while its changelog is written.
type table struct {
	rows []change // kind is not used
	log  []change
}

func (t *table) add(kind Kind, c change) {
	c.kind = kind
	t.rows = append(t.rows, c)
	t.log = append(t.log, c)
}

func (t *table) take(kind Kind, i int) {
	c := t.rows[i]
	c.kind = kind
	t.rows = slices.Delete(t.rows, i, i+1)
	t.log = append(t.log, c)
}

func (t *table) values() []string {
	var out []string
	for _, c := range t.rows {
		out = append(out, c.value())
	}
	slices.Sort(out)
	return out
}

var (
	names   = rapid.SampledFrom([]string{"∅", "", "a", "b", "c", "aa"})
	numbers = rapid.Int64Range(-2, 2)
)

// drawLog draws a valid changelog. If unique is set, it has one row for each name.
func drawLog(t *rapid.T, unique bool) *table {
	var made table
	for range rapid.IntRange(0, 120).Draw(t, "changes") {
		c := change{name: names.Draw(t, "name"), n: numbers.Draw(t, "n")}
		had := -1
		if unique {
			had = slices.IndexFunc(made.rows, func(r change) bool { return r.name == c.name })
		} else if n := len(made.rows); n > 0 && rapid.Bool().Draw(t, "existing") {
			had = rapid.IntRange(0, n-1).Draw(t, "row")
		}
		switch {
		case had < 0:
			made.add(Insert, c)
		case rapid.Bool().Draw(t, "delete"):
			made.take(Delete, had)
		default:
			made.take(UpdateBefore, had)
			made.add(UpdateAfter, c)
		}
	}
	return &made
}

// shuffle assigns each change to a subtask and interleaves the subtasks. The order within a
// subtask is kept.
func shuffle(t *rapid.T, log []change, subtask func(change) int) []change {
	queues := make([][]change, 4)
	for _, c := range log {
		s := subtask(c)
		queues[s] = append(queues[s], c)
	}
	var out []change
	for len(out) < len(log) {
		s := rapid.IntRange(0, len(queues)-1).Draw(t, "subtask")
		n := min(rapid.IntRange(1, 5).Draw(t, "run"), len(queues[s]))
		out = append(out, queues[s][:n]...)
		queues[s] = queues[s][n:]
	}
	return out
}

func bySum(text string) int {
	var sum int
	for _, b := range []byte(text) {
		sum = sum*31 + int(b)
	}
	return (sum%4 + 4) % 4
}

// applyCut folds changes in batches of any size, with ends of frames here and there.
func applyCut(t *rapid.T, tb testing.TB, v *View, changes []change) {
	for len(changes) > 0 {
		n := rapid.IntRange(1, len(changes)).Draw(t, "batch")
		apply(tb, v, changes[:n])
		changes = changes[n:]
		if rapid.IntRange(0, 3).Draw(t, "frame") == 0 {
			v.EndFrame()
		}
		if rapid.IntRange(0, 3).Draw(t, "compact") == 0 {
			v.scratch = v.store.compact(v.rows, v.scratch)
		}
	}
}

// TestFoldsToBatchAnswer is the law of the package: however subtasks interleave, the view ends
// as the table from which the changelog was written.
func TestFoldsToBatchAnswer(t *testing.T) {
	tests := []struct {
		name   string
		config Config
		unique bool
		// split returns a change's subtask; nil splits without a rule.
		split func(change) int
	}{
		{"multiset, any split", Config{}, false, nil},
		{"multiset, split by row", Config{}, false, func(c change) int { return bySum(c.value()) }},
		{"key, any split", Config{Key: byName}, true, nil},
		{"key, split by row", Config{Key: byName}, true, func(c change) int { return bySum(c.value()) }},
		{"key, split by key", Config{Key: byName}, true, func(c change) int { return bySum(c.name) }},
		{"upsert, split by key", Config{Key: byName, Mode: Upsert}, true, func(c change) int { return bySum(c.name) }},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			rapid.Check(t, func(r *rapid.T) {
				made := drawLog(r, test.unique)
				log := made.log
				if test.config.Mode == Upsert {
					log = slices.DeleteFunc(slices.Clone(log), func(c change) bool { return c.kind == UpdateBefore })
				}
				split := test.split
				if split == nil {
					split = func(change) int { return rapid.IntRange(0, 3).Draw(r, "split") }
				}
				mem := checked(t)
				v := newView(t, mem, test.config)
				applyCut(r, t, v, shuffle(r, log, split))
				got := values(t, v)
				slices.Sort(got)
				if diff := cmp.Diff(made.values(), got); diff != "" {
					r.Fatalf("the view differs from the table (-want +got):\n%s", diff)
				}
				if s := v.Stats(); s.Debts != 0 || len(v.loose) != 0 || s.Hidden != 0 || s.Rows != len(got) {
					r.Fatalf("stats are %+v with %d rows and %d loose", s, len(got), len(v.loose))
				}
				v.Close()
				if mem.CurrentAlloc() != 0 {
					r.Fatalf("%d bytes are left after Close", mem.CurrentAlloc())
				}
			})
		})
	}
}

// TestLimitCounts: at a limit, shown rows are real ones and the hidden ones are counted.
func TestLimitCounts(t *testing.T) {
	for _, config := range []Config{{Key: byName}, {}} {
		rapid.Check(t, func(r *rapid.T) {
			config.Limit = rapid.IntRange(1, 4).Draw(r, "limit")
			made := drawLog(r, config.Key != nil)
			v := newView(t, checked(t), config)
			applyCut(r, t, v, shuffle(r, made.log, func(c change) int { return bySum(c.name) }))
			got, want := values(t, v), made.values()
			for _, value := range got {
				i := slices.Index(want, value)
				if i < 0 {
					r.Fatalf("the view shows %s, which is not in the result", value)
				}
				want = slices.Delete(want, i, i+1)
			}
			if s := v.Stats(); s.Rows > config.Limit || s.Hidden != int64(len(want)) {
				r.Fatalf("stats are %+v with limit %d and %d rows not shown", s, config.Limit, len(want))
			}
		})
	}
}

// TestRowsHoldStill: from one snapshot to the next, rows that stay keep their order and their IDs.
func TestRowsHoldStill(t *testing.T) {
	rapid.Check(t, func(r *rapid.T) {
		made := drawLog(r, true)
		v := newView(t, checked(t), Config{Key: byName})
		before := map[string]uint64{}
		log := made.log
		for len(log) > 0 {
			n := rapid.IntRange(1, len(log)).Draw(r, "batch")
			if log[n-1].kind == UpdateBefore {
				n++ // a frame that ends between −U and +U shows the row absent
			}
			deleted := map[string]bool{}
			for _, c := range log[:n] {
				deleted[c.name] = deleted[c.name] || c.kind == Delete
			}
			apply(t, v, log[:n])
			log = log[n:]
			s := v.Snapshot()
			v.EndFrame()
			after := map[string]uint64{}
			var last uint64
			for i := range s.Rows() {
				rec, row := s.At(i)
				name := nameOf(rec, row)
				after[name] = s.ID(i)
				if id, ok := before[name]; ok && !deleted[name] {
					if id != s.ID(i) {
						r.Fatalf("row %q changed its ID", name)
					}
					if id < last {
						r.Fatalf("row %q moved", name)
					}
					last = id
				}
			}
			before = after
			s.Release()
		}
	})
}
