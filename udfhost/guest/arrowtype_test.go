package guest

import (
	"testing"

	"github.com/apache/arrow/go/v15/arrow"
	"github.com/apache/arrow/go/v15/arrow/array"
	"github.com/apache/arrow/go/v15/arrow/memory"

	"riffle/udfhost/guest/abi"
	"riffle/udfhost/sqltype"
)

// A guest has a column for the types that have one according to the table of types, takes the
// others packed, and reads both back.
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
			if column := columnType(dt); (column != abi.Packed) != taken.Column {
				t.Errorf("%s goes to a guest as %v, and the table says column=%t", row.Text(p), column, taken.Column)
			}
			values := array.NewBuilder(memory.DefaultAllocator, dt)
			defer values.Release()
			values.AppendNull()
			if _, _, err := pack(values.NewArray()); err != nil {
				t.Errorf("%s within an array: %v", row.Text(p), err)
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
			b := array.NewBuilder(memory.DefaultAllocator, arrow.ListOf(row.Result(row.Returned)))
			defer b.Release()
			u := &unpacker{rest: []byte{1, 0}} // an array of one NULL
			unpackTo(b)(u)
			if u.err != nil || b.Len() != 1 {
				t.Errorf("ARRAY<%s> as a result: %v", row.Name, u.err)
			}
		}
	}
}
