package browse

import (
	"testing"

	"github.com/apache/arrow/go/v15/arrow"

	"riffle/render"
	"riffle/udfhost/sqltype"
)

// Columns are sorted by their values, compared with numbers and drawn as times according to the
// table of types, in each form in which the sink sends them.
func TestColumnsOfEveryType(t *testing.T) {
	for _, row := range sqltype.All() {
		if row.Absent != "" || row.Class == sqltype.Nested {
			continue
		}
		for _, p := range []sqltype.Params{{Length: 1, Precision: 1}, {Length: 1, Precision: 3}, {Length: 1, Precision: 6}, {Length: 1, Precision: 9}} {
			dt, err := row.Sent(p)
			if err != nil {
				t.Fatal(err)
			}
			field := arrow.Field{Name: "c", Type: dt, Metadata: arrow.NewMetadata([]string{sqltype.MetadataKey}, []string{row.Text(p)})}
			if render.RightAligned(field) != (row.Class == sqltype.Number) || render.Whole(field) != row.Class.Whole() {
				t.Errorf("%s: aligned to the right %t, whole %t", row.Text(p), render.RightAligned(field), render.Whole(field))
			}
			// FALSE and TRUE are in order as texts.
			if byValue := keyOf(dt) != nil; byValue != (row.Class.Whole() && row.Class != sqltype.Truth) {
				t.Errorf("%s is sorted by value: %t", row.Text(p), byValue)
			}
			if _, isNumber, err := number(field, "1"); err != nil || isNumber != (row.Class == sqltype.Number) {
				t.Errorf("%s is compared as a number: %t, %v", row.Text(p), isNumber, err)
			}
			_, times := render.TimesOf(field)
			if times != (row.Class == sqltype.Date || row.Class == sqltype.Clock || row.Class == sqltype.Timestamp) {
				t.Errorf("%s is drawn as a time: %t", row.Text(p), times)
			}
			if _, err := render.CellOf(field, nil); err != nil {
				t.Errorf("%s has no text: %v", row.Text(p), err)
			}
		}
	}
}
