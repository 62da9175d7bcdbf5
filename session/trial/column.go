package trial

import (
	"cmp"
	"fmt"
	"math/big"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/apache/arrow/go/v15/arrow"
	"github.com/apache/arrow/go/v15/arrow/array"
	"github.com/apache/arrow/go/v15/arrow/decimal128"
	"github.com/apache/arrow/go/v15/arrow/memory"

	"riffle/udfhost/guest/riffle"
	"riffle/udfhost/sqltype"
)

// conversion converts constants to values of a type.
type conversion struct {
	what string         // what they are, for messages: "argument 1 of Grade"
	zone *time.Location // of TIMESTAMP_LTZ
}

// forms are the forms of the constants of each type.
var forms = map[string]form{
	"BOOLEAN": aTruth, "TINYINT": aNumber, "SMALLINT": aNumber, "INT": aNumber, "BIGINT": aNumber, "FLOAT": aNumber,
	"DOUBLE": aNumber, "DECIMAL": aNumber, "STRING": aText, "BYTES": aBlob, "DATE": aDate, "TIME": aTime,
	"TIMESTAMP": aTimestamp, "TIMESTAMP_LTZ": anInstant, "ARRAY": anArray, "MAP": aMap, "ROW": aRow,
}

// examples show how constants of each form are written.
var examples = map[form]string{
	aTruth: "TRUE", aNumber: "1.5", aText: "'text'", aBlob: "X'00ff'", aDate: "DATE '2024-02-29'",
	aTime: "TIME '15:04:05.123'", aTimestamp: "TIMESTAMP '2024-02-29 15:04:05'",
	anInstant: "TIMESTAMP_LTZ '2024-02-29 15:04:05', a time in the session's time zone",
	anArray:   "ARRAY['a', 'b']", aMap: "MAP['a', 1, 'b', 2]", aRow: "ROW('a', 1)",
}

// example returns a constant of a type.
func example(t sqlType) string {
	switch t.name {
	case "TINYINT", "SMALLINT", "INT", "BIGINT":
		return "1"
	}
	return examples[forms[t.name]]
}

// wrong returns the error for a constant that is not a value of its type.
func (c conversion) wrong(e *expression, format string, values ...any) error {
	return &Error{Span: e.span, Message: c.what + ": " + fmt.Sprintf(format, values...)}
}

// column returns a constant as a column of one value of the type.
func (c conversion) column(e *expression, t sqlType, dt arrow.DataType) (arrow.Array, error) {
	b := array.NewBuilder(memory.DefaultAllocator, dt)
	defer b.Release()
	if err := c.append(b, e, t); err != nil {
		return nil, err
	}
	return b.NewArray(), nil
}

func (c conversion) append(b array.Builder, e *expression, t sqlType) error {
	if e.form == aNull {
		b.AppendNull()
		return nil
	}
	switch want := forms[t.name]; {
	case want == "":
		return c.wrong(e, "constants of the type %s cannot be written", t.text)
	case e.form == aCall:
		return &Error{Span: e.span, Message: c.what + " contains a call", Hint: "a call can only be a whole argument"}
	case want != e.form:
		return &Error{Span: e.span, Message: fmt.Sprintf("%s is %s, not %s", c.what, e.form, t.text), Hint: "write " + example(t)}
	}
	switch b := b.(type) {
	case *array.BooleanBuilder:
		b.Append(e.value == "TRUE")
	case *array.StringBuilder:
		if !utf8.ValidString(e.value) {
			return c.wrong(e, "the text is not valid UTF-8")
		}
		b.Append(e.value)
	case *array.BinaryBuilder:
		b.Append([]byte(e.value))
	case *array.Date32Builder, *array.Time32Builder:
		return c.appendTime(b, e)
	case *array.ListBuilder:
		b.Append(true)
		return c.appendParts(b.ValueBuilder(), e.parts, t.parts[0])
	case *array.MapBuilder:
		return c.appendMap(b, e, t)
	case *array.StructBuilder:
		if sqltype.IsWideTimestamp(b.Type()) {
			return c.appendTimestamp(b, e)
		}
		return c.appendRow(b, e, t)
	default:
		return c.appendNumber(b, e, t)
	}
	return nil
}

func (c conversion) appendParts(b array.Builder, parts []*expression, t sqlType) error {
	for _, part := range parts {
		if err := c.append(b, part, t); err != nil {
			return err
		}
	}
	return nil
}

// appendMap appends a map with its keys in the order in which results have them.
func (c conversion) appendMap(b *array.MapBuilder, e *expression, t sqlType) error {
	entries := slices.Collect(slices.Chunk(e.parts, 2))
	for _, entry := range entries {
		if entry[0].form == aNull {
			return c.wrong(entry[0], "a key of a MAP cannot be NULL")
		}
	}
	less := func(x, y []*expression) int {
		if x[0].form == aNumber && y[0].form == aNumber {
			i, _ := strconv.ParseInt(x[0].value, 10, 64) // append reports what is not an integer
			j, _ := strconv.ParseInt(y[0].value, 10, 64)
			return cmp.Compare(i, j)
		}
		return strings.Compare(x[0].value, y[0].value)
	}
	slices.SortStableFunc(entries, less)
	b.Append(true)
	for i, entry := range entries {
		if i > 0 && less(entries[i-1], entry) == 0 {
			return c.wrong(entry[0], "the MAP has the key %s twice", entry[0].text)
		}
		if err := c.append(b.KeyBuilder(), entry[0], t.parts[0]); err != nil {
			return err
		}
		if err := c.append(b.ItemBuilder(), entry[1], t.parts[1]); err != nil {
			return err
		}
	}
	return nil
}

func (c conversion) appendRow(b *array.StructBuilder, e *expression, t sqlType) error {
	if len(e.parts) != len(t.parts) {
		return c.wrong(e, "the ROW has %d fields, and %s has %d", len(e.parts), t.text, len(t.parts))
	}
	b.Append(true)
	for i, part := range e.parts {
		if err := c.append(b.FieldBuilder(i), part, t.parts[i]); err != nil {
			return err
		}
	}
	return nil
}

// appendNumber appends a number, if the type has exactly this number or is a floating-point type.
func (c conversion) appendNumber(b array.Builder, e *expression, t sqlType) error {
	switch b := b.(type) {
	case *array.Int8Builder:
		i, err := c.integer(e, t, 8)
		b.Append(int8(i))
		return err
	case *array.Int16Builder:
		i, err := c.integer(e, t, 16)
		b.Append(int16(i))
		return err
	case *array.Int32Builder:
		i, err := c.integer(e, t, 32)
		b.Append(int32(i))
		return err
	case *array.Int64Builder:
		i, err := c.integer(e, t, 64)
		b.Append(i)
		return err
	case *array.Float32Builder:
		f, err := c.float(e, t, 32)
		b.Append(float32(f))
		return err
	case *array.Float64Builder:
		f, err := c.float(e, t, 64)
		b.Append(f)
		return err
	case *array.Decimal128Builder:
		d, err := c.decimal(e, t, b.Type().(*arrow.Decimal128Type))
		b.Append(d)
		return err
	}
	return c.wrong(e, "constants of the type %s cannot be written", t.text)
}

func (c conversion) integer(e *expression, t sqlType, bits int) (int64, error) {
	if strings.ContainsAny(e.value, ".eE") {
		return 0, c.wrong(e, "%s is not an integer, as the type %s needs", e.text, t.text)
	}
	i, err := strconv.ParseInt(e.value, 10, bits)
	if err != nil {
		return 0, c.wrong(e, "%s does not fit %s, which ends at %d", e.text, t.text, int64(1)<<(bits-1)-1)
	}
	return i, nil
}

func (c conversion) float(e *expression, t sqlType, bits int) (float64, error) {
	f, err := strconv.ParseFloat(e.value, bits)
	if err != nil {
		return 0, c.wrong(e, "%s does not fit %s", e.text, t.text)
	}
	return f, nil
}

// decimal returns a number in the scale of a type.
func (c conversion) decimal(e *expression, t sqlType, dt *arrow.Decimal128Type) (decimal128.Num, error) {
	d, err := c.parseDecimal(e, t)
	if err != nil {
		return decimal128.Num{}, err
	}
	digits, rest := d.Unscaled(), new(big.Int)
	shift := int64(dt.Scale) - int64(d.Scale())
	factor := new(big.Int).Exp(big.NewInt(10), big.NewInt(max(shift, -shift)), nil)
	if shift < 0 {
		digits.QuoRem(digits, factor, rest)
	} else {
		digits.Mul(digits, factor)
	}
	limit := new(big.Int).Exp(big.NewInt(10), big.NewInt(int64(dt.Precision)), nil)
	switch {
	case rest.Sign() != 0:
		return decimal128.Num{}, c.wrong(e, "%s has more digits after the point than %s", e.text, t.text)
	case digits.CmpAbs(limit) >= 0:
		return decimal128.Num{}, c.wrong(e, "%s does not fit %s", e.text, t.text)
	}
	return decimal128.FromBigInt(digits), nil
}

func (c conversion) parseDecimal(e *expression, t sqlType) (riffle.Decimal, error) {
	if strings.ContainsAny(e.value, "eE") {
		return riffle.Decimal{}, c.wrong(e, "%s is a DOUBLE, not %s: write it without an exponent", e.text, t.text)
	}
	d, err := riffle.ParseDecimal(e.value)
	if err != nil {
		return d, c.wrong(e, "%v", err)
	}
	return d, nil
}

// appendTime appends a DATE or a TIME.
func (c conversion) appendTime(b array.Builder, e *expression) error {
	switch b := b.(type) {
	case *array.Date32Builder:
		d, err := riffle.ParseDate(e.value)
		if err != nil {
			return c.wrong(e, "%v", err)
		}
		b.Append(arrow.Date32(d.DaysSince(riffle.Date{Year: 1970, Month: time.January, Day: 1})))
	case *array.Time32Builder:
		t, err := riffle.ParseTime(e.value)
		if err != nil {
			return c.wrong(e, "%v", err)
		}
		since := t.SinceMidnight()
		if since%time.Millisecond != 0 {
			return c.wrong(e, "Flink's TIME has milliseconds, and %s has more digits", e.text)
		}
		b.Append(arrow.Time32(since.Milliseconds()))
	}
	return nil
}

// appendTimestamp appends a TIMESTAMP, or a TIMESTAMP_LTZ, which is read in the session's time zone.
func (c conversion) appendTimestamp(b *array.StructBuilder, e *expression) error {
	d, err := riffle.ParseDateTime(e.value)
	if err != nil {
		return c.wrong(e, "%v", err)
	}
	if d.Date.Year < 1 {
		return c.wrong(e, "SQL has the years 1 to 9999")
	}
	zone := time.UTC
	if e.form == anInstant {
		zone = c.zone
	}
	at := d.In(zone)
	b.Append(true)
	b.FieldBuilder(0).(*array.Int64Builder).Append(at.UnixMilli())
	b.FieldBuilder(1).(*array.Int32Builder).Append(int32(at.Nanosecond() % 1e6))
	return nil
}

// fitted returns the type of a column for a constant: that of the parameter, with as many digits after the point of
// each DECIMAL as the constant has, which the function sees.
func (c conversion) fitted(e *expression, t sqlType, dt arrow.DataType) (arrow.DataType, error) {
	return c.fit([]*expression{e}, t, dt)
}

func (c conversion) fit(all []*expression, t sqlType, dt arrow.DataType) (arrow.DataType, error) {
	switch dt := dt.(type) {
	case *arrow.Decimal128Type:
		scale := int32(0)
		for _, e := range all {
			if e.form != aNumber {
				continue
			}
			d, err := c.parseDecimal(e, t)
			if err != nil {
				return nil, err
			}
			scale = max(scale, int32(d.Scale()))
		}
		return &arrow.Decimal128Type{Precision: sqltype.MaxPrecision, Scale: scale}, nil
	case *arrow.MapType:
		key, err := c.fit(every(all, aMap, 0, 2), t.parts[0], dt.KeyType())
		if err != nil {
			return nil, err
		}
		item, err := c.fit(every(all, aMap, 1, 2), t.parts[1], dt.ItemType())
		if err != nil {
			return nil, err
		}
		m := arrow.MapOf(key, item)
		m.SetItemNullable(true)
		return m, nil
	case *arrow.ListType:
		element, err := c.fit(every(all, anArray, 0, 1), t.parts[0], dt.Elem())
		if err != nil {
			return nil, err
		}
		field := dt.ElemField()
		field.Type = element
		return arrow.ListOfField(field), nil
	case *arrow.StructType:
		if sqltype.IsWideTimestamp(dt) {
			return dt, nil
		}
		fields := slices.Clone(dt.Fields())
		for i := range fields {
			var err error
			if fields[i].Type, err = c.fit(every(all, aRow, i, len(fields)), t.parts[i], fields[i].Type); err != nil {
				return nil, err
			}
		}
		return arrow.StructOf(fields...), nil
	}
	return dt, nil
}

// every returns the parts of expressions of a form: those with an index, counted in groups of some.
func every(all []*expression, f form, index, group int) []*expression {
	var parts []*expression
	for _, e := range all {
		for i, part := range e.parts {
			if e.form == f && i%group == index {
				parts = append(parts, part)
			}
		}
	}
	return parts
}
