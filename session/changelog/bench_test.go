package changelog

import (
	"fmt"
	"math/rand/v2"
	"testing"

	"github.com/apache/arrow/go/v15/arrow"
	"github.com/apache/arrow/go/v15/arrow/memory"
)

// BenchmarkFold measures folding at 100,000 keys in batches of 1,000 changes, −U and +U in pairs,
// with a snapshot each 100 batches. The figure of merit is events/s.
func BenchmarkFold(b *testing.B) {
	const keys, size = 100_000, 1000
	tests := []struct {
		name   string
		config Config
	}{
		{"retract by key", Config{Key: byName}},
		{"upsert by key", Config{Key: byName, Mode: Upsert}},
		{"multiset", Config{}},
		{"append", Config{Mode: Append, Limit: 10_000}},
	}
	for _, test := range tests {
		b.Run(test.name, func(b *testing.B) {
			first, rest := workload(test.config.Mode, keys, size)
			v := newView(b, memory.DefaultAllocator, test.config)
			for _, rec := range first {
				if err := v.Apply(rec); err != nil {
					b.Fatal(err)
				}
			}
			b.ReportAllocs()
			var events int64
			n := 0
			for b.Loop() {
				rec := rest[n%len(rest)]
				if err := v.Apply(rec); err != nil {
					b.Fatal(err)
				}
				events += rec.NumRows()
				if n++; n%100 == 0 {
					v.Snapshot().Release()
					v.EndFrame()
				}
			}
			b.ReportMetric(float64(events)/b.Elapsed().Seconds(), "events/s")
			b.ReportMetric(float64(v.store.compacts)/float64(n), "compactions/op")
			if got := v.Stats(); test.config.Mode != Append && (got.Rows != keys || got.Debts != 0) {
				b.Fatalf("stats are %+v", got)
			}
		})
	}
}

// workload returns the inserts of all keys, followed by updates that end where they began, so
// that they can be folded again and again.
func workload(mode Mode, keys, size int) (first, rest []arrow.Record) {
	random := rand.New(rand.NewPCG(1, 2))
	counts := make([]int64, keys)
	name := func(k int) string { return fmt.Sprintf("product-%06d", k) }
	cut := func(changes []change) (out []arrow.Record) {
		for lo := 0; lo < len(changes); lo += size {
			out = append(out, record(memory.DefaultAllocator, changes[lo:min(lo+size, len(changes))]))
		}
		return out
	}
	var inserts, updates []change
	for k := range keys {
		inserts = append(inserts, change{Insert, name(k), 0})
	}
	update := func(k int, to int64) {
		switch mode {
		case Retract:
			updates = append(updates, change{UpdateBefore, name(k), counts[k]}, change{UpdateAfter, name(k), to})
		case Upsert:
			updates = append(updates, change{UpdateAfter, name(k), to})
		case Append:
			updates = append(updates, change{Insert, name(k), to})
		}
		counts[k] = to
	}
	for range 400_000 {
		k := random.IntN(keys)
		update(k, counts[k]+1)
	}
	for k := range keys {
		if counts[k] != 0 {
			update(k, 0)
		}
	}
	return cut(inserts), cut(updates)
}

func BenchmarkSnapshot(b *testing.B) {
	v := newView(b, memory.DefaultAllocator, Config{Key: byName})
	first, _ := workload(Retract, 100_000, 1000)
	for _, rec := range first {
		if err := v.Apply(rec); err != nil {
			b.Fatal(err)
		}
	}
	for b.Loop() {
		v.Snapshot().Release()
	}
}
