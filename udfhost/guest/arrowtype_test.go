package guest

import (
	"testing"

	"github.com/apache/arrow/go/v15/arrow"
	"github.com/apache/arrow/go/v15/arrow/array"
	"github.com/apache/arrow/go/v15/arrow/memory"

	"riffle/udfhost/guest/abi"
	"riffle/udfhost/sqltype"
)

// A guest has a column for each type that functions can have according to the table of types, also
// within an array, and takes it back as a result.
func TestColumnsAreThoseOfTheTable(t *testing.T) {
	rows := map[string]sqltype.Type{}
	for _, row := range sqltype.All() {
		rows[row.Root] = row
	}
	for _, row := range rows {
		taken := row
		if row.TakenAs != "" {
			taken = rows[row.TakenAs]
		}
		if len(taken.Go) == 0 || taken.Takes == sqltype.Parts {
			continue
		}
		for _, p := range []sqltype.Params{{Length: 2, Precision: 1}, {Length: 7, Precision: 3, Scale: 1}, {Length: 1, Precision: 6}, {Length: 1, Precision: 9}} {
			dt, err := row.Arrow(p)
			if err != nil {
				t.Fatal(err)
			}
			values := array.NewListBuilder(memory.DefaultAllocator, dt)
			defer values.Release()
			values.Append(true)
			values.ValueBuilder().AppendNull()
			if a, err := newArgument(values.NewArray(), arrow.ListOf(dt), 1); err != nil || a.typ != abi.List || len(a.parts) != 1 {
				t.Errorf("ARRAY<%s> as an argument: %v", row.Text(p), err)
			}
			for _, other := range rows {
				if len(other.Go) == 0 || other.Takes == sqltype.Parts {
					continue
				}
				if accepts := Accepts(other.Result(other.Returned), dt); accepts != (other.Root == taken.Root || isTimestamp(dt) && other.Class == sqltype.Timestamp) {
					t.Errorf("a parameter of %s takes %s: %t", other.Name, row.Text(p), accepts)
				}
			}
		}
		if len(row.Go) > 0 { // a result
			r := newResult(Function{Result: arrow.ListOf(row.Result(row.Returned))}, 1, memory.DefaultAllocator)
			if n := r.column.descriptors(); n != 2 {
				t.Errorf("ARRAY<%s> as a result has %d descriptors", row.Name, n)
			}
			r.release()
		}
	}
}
