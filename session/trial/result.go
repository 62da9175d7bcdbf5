package trial

import (
	"fmt"
	"slices"
	"strconv"

	"github.com/apache/arrow/go/v15/arrow"
	"github.com/apache/arrow/go/v15/arrow/array"

	"riffle/udfhost/guest"
)

// result returns the result of an inner call, of an SQL type, as an argument: unchanged, or as a number of the
// parameter's wider type. Queries widen the same types: see ArgumentTypes.java.
func (c conversion) result(e *expression, results arrow.Array, sql string, to Type) (arrow.Array, error) {
	from, want := readType(sql), readType(to.SQL)
	if sameTypes(from, want) && guest.Accepts(to.Arrow, results.DataType()) {
		results.Retain()
		return results, nil
	}
	if !slices.Contains(wider[from.name], want.name) {
		return nil, &Error{Span: e.span, Message: fmt.Sprintf("%s is %s, not %s", c.what, sql, to.SQL), Hint: "a query needs a CAST here"}
	}
	number := *e
	if number.form = aNull; results.IsValid(0) {
		number.form, number.value = aNumber, numberOf(results)
	}
	dt, err := c.fitted(&number, want, to.Arrow)
	if err != nil {
		return nil, err
	}
	return c.column(&number, want, dt)
}

// wider are the types to which numbers are widened, by their type.
var wider = map[string][]string{
	"TINYINT":  {"SMALLINT", "INT", "BIGINT", "FLOAT", "DOUBLE", "DECIMAL"},
	"SMALLINT": {"INT", "BIGINT", "FLOAT", "DOUBLE", "DECIMAL"},
	"INT":      {"BIGINT", "FLOAT", "DOUBLE", "DECIMAL"},
	"BIGINT":   {"FLOAT", "DOUBLE", "DECIMAL"},
	"FLOAT":    {"DOUBLE"},
	"DECIMAL":  {"FLOAT", "DOUBLE"},
}

// sameTypes reports whether two types differ at most in their parameters and the names of fields.
func sameTypes(a, b sqlType) bool {
	return a.name == b.name && slices.EqualFunc(a.parts, b.parts, sameTypes)
}

// numberOf returns the first value of a column of numbers as text.
func numberOf(column arrow.Array) string {
	switch column := column.(type) {
	case *array.Float32:
		return strconv.FormatFloat(float64(column.Value(0)), 'g', -1, 64)
	case *array.Decimal128:
		return column.Value(0).ToString(column.DataType().(*arrow.Decimal128Type).Scale)
	}
	return column.ValueStr(0) // of integers
}
