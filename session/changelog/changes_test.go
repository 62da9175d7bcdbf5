package changelog

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/apache/arrow/go/v15/arrow"
	"github.com/apache/arrow/go/v15/arrow/array"
	"github.com/apache/arrow/go/v15/arrow/memory"
)

// change is a row of a changelog of the columns name STRING, n BIGINT; name "∅" is NULL.
type change struct {
	kind Kind
	name string
	n    int64
}

func (c change) value() string { return fmt.Sprintf("%s %d", c.name, c.n) }

var testSchema = arrow.NewSchema([]arrow.Field{
	{Name: "name", Type: arrow.BinaryTypes.String, Nullable: true},
	{Name: "n", Type: arrow.PrimitiveTypes.Int64},
	KindField(),
}, nil)

// parse reads changes written as "+I a 1, -U a 1".
func parse(t *testing.T, text string) []change {
	t.Helper()
	var changes []change
	for part := range strings.SplitSeq(text, ",") {
		if strings.TrimSpace(part) == "" {
			continue
		}
		var kind string
		var c change
		if _, err := fmt.Sscan(part, &kind, &c.name, &c.n); err != nil {
			t.Fatalf("change %q: %v", part, err)
		}
		c.kind = Kind(slices.IndexFunc([]Kind{Insert, UpdateBefore, UpdateAfter, Delete}, func(k Kind) bool { return k.String() == kind }))
		changes = append(changes, c)
	}
	return changes
}

func record(mem memory.Allocator, changes []change) arrow.Record {
	b := array.NewRecordBuilder(mem, testSchema)
	defer b.Release()
	for _, c := range changes {
		if c.name == "∅" {
			b.Field(0).AppendNull()
		} else {
			b.Field(0).(*array.StringBuilder).Append(c.name)
		}
		b.Field(1).(*array.Int64Builder).Append(c.n)
		b.Field(2).(*array.Int8Builder).Append(int8(c.kind))
	}
	return b.NewRecord()
}

// checked returns an allocator that fails the test if anything is left at its end.
func checked(t testing.TB) *memory.CheckedAllocator {
	mem := memory.NewCheckedAllocator(memory.NewGoAllocator())
	t.Cleanup(func() { mem.AssertSize(t, 0) })
	return mem
}

func newView(t testing.TB, mem memory.Allocator, config Config) *View {
	t.Helper()
	v, err := New(mem, testSchema, config)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(v.Close)
	return v
}

func apply(t testing.TB, v *View, changes []change) {
	rec := record(v.mem, changes)
	defer rec.Release()
	if err := v.Apply(rec); err != nil {
		t.Fatal(err)
	}
}

// values reads the rows of a view as text, in order, and ends a frame.
func values(t testing.TB, v *View) []string {
	s := v.Snapshot()
	defer s.Release()
	defer v.EndFrame()
	rec, err := s.Record()
	if err != nil {
		t.Fatal(err)
	}
	defer rec.Release()
	return rowsOf(rec)
}

func rowsOf(rec arrow.Record) []string {
	var out []string
	for i := range int(rec.NumRows()) {
		c := change{name: nameOf(rec, i), n: rec.Column(1).(*array.Int64).Value(i)}
		out = append(out, c.value())
	}
	return out
}

func nameOf(rec arrow.Record, row int) string {
	names := rec.Column(0).(*array.String)
	if names.IsNull(row) {
		return "∅"
	}
	return names.Value(row)
}
