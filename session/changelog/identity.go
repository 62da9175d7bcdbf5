package changelog

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"math"
	"slices"

	"github.com/apache/arrow/go/v15/arrow"
	"github.com/apache/arrow/go/v15/arrow/array"
)

// column distinguishes the cells of one Arrow array. Two cells of one type are equal if Flink
// considers their values equal, that is, if their binary rows are equal: NULL equals NULL and
// differs from an empty string, −0.0 differs from 0.0, and a NaN equals itself.
type column interface {
	// append writes the cell as bytes that are the same for equal cells and differ for others.
	// The encoding marks its own end, so a sequence of cells is unambiguous.
	append(dst []byte, row int) []byte
	// equal compares a cell with one of another column of the same type.
	equal(row int, other column, at int) bool
	// null reports whether a cell is NULL.
	null(row int) bool
	// compare orders this cell and another one, neither of which is NULL, as Flink does. Cells
	// that are equal in this order need not have the same value: see sort.go.
	compare(row int, other column, at int) int
}

const (
	absent  = 0 // NULL; nothing follows
	present = 1
)

// nullable looks up the NULLs of an array. It holds no array if the array has no NULLs.
type nullable struct{ array arrow.Array }

func nullsOf(arr arrow.Array) nullable {
	if arr.NullN() == 0 {
		return nullable{}
	}
	return nullable{arr}
}

func (n *nullable) null(row int) bool { return n.array != nil && n.array.IsNull(row) }

// either reports whether one of two cells is NULL, and whether both are.
func (n *nullable) either(row int, other *nullable, at int) (one, both bool) {
	a, b := n.null(row), other.null(at)
	return a || b, a && b
}

// bind returns the column of an array. It keeps the array's slices, so it must not outlive the
// array.
func bind(arr arrow.Array) (column, error) {
	nulls := nullsOf(arr)
	switch a := arr.(type) {
	case *array.Null:
		return void{}, nil
	case *array.Boolean:
		return &booleans{nulls, a}, nil
	case *array.Int8:
		return &fixed[int8]{nulls, a.Int8Values()}, nil
	case *array.Int16:
		return &fixed[int16]{nulls, a.Int16Values()}, nil
	case *array.Int32:
		return &fixed[int32]{nulls, a.Int32Values()}, nil
	case *array.Int64:
		return &fixed[int64]{nulls, a.Int64Values()}, nil
	case *array.Date32:
		return &fixed[arrow.Date32]{nulls, a.Date32Values()}, nil
	case *array.Time32:
		return &fixed[arrow.Time32]{nulls, a.Time32Values()}, nil
	case *array.Time64:
		return &fixed[arrow.Time64]{nulls, a.Time64Values()}, nil
	case *array.Timestamp:
		return &fixed[arrow.Timestamp]{nulls, a.TimestampValues()}, nil
	case *array.Duration:
		return &fixed[arrow.Duration]{nulls, a.DurationValues()}, nil
	case *array.MonthInterval:
		return &fixed[arrow.MonthInterval]{nulls, a.MonthIntervalValues()}, nil
	case *array.Float32:
		return &floats{nulls, a.Float32Values()}, nil
	case *array.Float64:
		return &doubles{nulls, a.Float64Values()}, nil
	case *array.Decimal128:
		return &decimals{nulls, a}, nil
	case *array.String:
		return &texts{nulls, a}, nil
	case *array.Binary:
		return &binaries{nulls, a}, nil
	case *array.FixedSizeBinary:
		return &binaries{nulls, a}, nil
	default:
		return bindNested(arr, nulls)
	}
}

func bindNested(arr arrow.Array, nulls nullable) (column, error) {
	switch a := arr.(type) {
	case *array.List:
		elements, err := bind(a.ListValues())
		return &lists{nulls, a, elements}, err
	case *array.Map:
		entries, err := bindFields(a.ListValues().(*array.Struct))
		return &maps{nullable: nulls, array: a, entries: entries}, err
	case *array.Struct:
		fields, err := bindFields(a)
		return &structs{nulls, fields}, err
	default:
		return nil, fmt.Errorf("rows of the Arrow type %s cannot be compared", arr.DataType())
	}
}

// bindFields binds a struct's fields, which Field aligns with the struct's own rows.
func bindFields(arr *array.Struct) (cells, error) {
	fields := make(cells, arr.NumField())
	for i := range fields {
		var err error
		if fields[i], err = bind(arr.Field(i)); err != nil {
			return nil, err
		}
	}
	return fields, nil
}

// bindRecord binds all columns of a batch.
func bindRecord(rec arrow.Record) (cells, error) {
	columns := make(cells, rec.NumCols())
	for i := range columns {
		var err error
		if columns[i], err = bind(rec.Column(i)); err != nil {
			return nil, fmt.Errorf("column %s: %w", rec.ColumnName(i), err)
		}
	}
	return columns, nil
}

// cells are columns side by side: a whole row, a key, a struct's fields, a map's entry.
type cells []column

func (c cells) append(dst []byte, row int) []byte {
	for _, column := range c {
		dst = column.append(dst, row)
	}
	return dst
}

func (c cells) equal(row int, other cells, at int) bool {
	for i, column := range c {
		if !column.equal(row, other[i], at) {
			return false
		}
	}
	return true
}

// choose picks the key's columns.
func (c cells) choose(key []int) cells {
	chosen := make(cells, len(key))
	for i, k := range key {
		chosen[i] = c[k]
	}
	return chosen
}

type void struct{}

func (void) append(dst []byte, _ int) []byte { return append(dst, absent) }

func (void) equal(int, column, int) bool { return true }

func (void) null(int) bool { return true }

type booleans struct {
	nullable
	array *array.Boolean
}

func (c *booleans) append(dst []byte, row int) []byte {
	switch {
	case c.null(row):
		return append(dst, absent)
	case c.array.Value(row):
		return append(dst, present, 1)
	default:
		return append(dst, present, 0)
	}
}

func (c *booleans) equal(row int, other column, at int) bool {
	o := other.(*booleans)
	if one, both := c.either(row, &o.nullable, at); one {
		return both
	}
	return c.array.Value(row) == o.array.Value(at)
}

// fixed is the column of integers of any width, and of values that Arrow counts in integers:
// days, ticks.
type fixed[T ~int8 | ~int16 | ~int32 | ~int64] struct {
	nullable
	values []T
}

func (c *fixed[T]) append(dst []byte, row int) []byte {
	if c.null(row) {
		return append(dst, absent)
	}
	return binary.LittleEndian.AppendUint64(append(dst, present), uint64(c.values[row]))
}

func (c *fixed[T]) equal(row int, other column, at int) bool {
	o := other.(*fixed[T])
	if one, both := c.either(row, &o.nullable, at); one {
		return both
	}
	return c.values[row] == o.values[at]
}

type floats struct {
	nullable
	values []float32
}

func (c *floats) append(dst []byte, row int) []byte {
	if c.null(row) {
		return append(dst, absent)
	}
	return binary.LittleEndian.AppendUint32(append(dst, present), math.Float32bits(c.values[row]))
}

func (c *floats) equal(row int, other column, at int) bool {
	o := other.(*floats)
	if one, both := c.either(row, &o.nullable, at); one {
		return both
	}
	return math.Float32bits(c.values[row]) == math.Float32bits(o.values[at])
}

type doubles struct {
	nullable
	values []float64
}

func (c *doubles) append(dst []byte, row int) []byte {
	if c.null(row) {
		return append(dst, absent)
	}
	return binary.LittleEndian.AppendUint64(append(dst, present), math.Float64bits(c.values[row]))
}

func (c *doubles) equal(row int, other column, at int) bool {
	o := other.(*doubles)
	if one, both := c.either(row, &o.nullable, at); one {
		return both
	}
	return math.Float64bits(c.values[row]) == math.Float64bits(o.values[at])
}

type decimals struct {
	nullable
	array *array.Decimal128
}

func (c *decimals) append(dst []byte, row int) []byte {
	if c.null(row) {
		return append(dst, absent)
	}
	v := c.array.Value(row)
	dst = binary.LittleEndian.AppendUint64(append(dst, present), uint64(v.HighBits()))
	return binary.LittleEndian.AppendUint64(dst, v.LowBits())
}

func (c *decimals) equal(row int, other column, at int) bool {
	o := other.(*decimals)
	if one, both := c.either(row, &o.nullable, at); one {
		return both
	}
	return c.array.Value(row) == o.array.Value(at)
}

type texts struct {
	nullable
	array *array.String
}

func (c *texts) append(dst []byte, row int) []byte {
	if c.null(row) {
		return append(dst, absent)
	}
	v := c.array.Value(row)
	return append(binary.AppendUvarint(append(dst, present), uint64(len(v))), v...)
}

func (c *texts) equal(row int, other column, at int) bool {
	o := other.(*texts)
	if one, both := c.either(row, &o.nullable, at); one {
		return both
	}
	return c.array.Value(row) == o.array.Value(at)
}

type binaries struct {
	nullable
	array interface{ Value(int) []byte }
}

func (c *binaries) append(dst []byte, row int) []byte {
	if c.null(row) {
		return append(dst, absent)
	}
	v := c.array.Value(row)
	return append(binary.AppendUvarint(append(dst, present), uint64(len(v))), v...)
}

func (c *binaries) equal(row int, other column, at int) bool {
	o := other.(*binaries)
	if one, both := c.either(row, &o.nullable, at); one {
		return both
	}
	return bytes.Equal(c.array.Value(row), o.array.Value(at))
}

type lists struct {
	nullable
	array    *array.List
	elements column
}

func (c *lists) append(dst []byte, row int) []byte {
	if c.null(row) {
		return append(dst, absent)
	}
	from, to := c.array.ValueOffsets(row)
	dst = binary.AppendUvarint(append(dst, present), uint64(to-from))
	for i := from; i < to; i++ {
		dst = c.elements.append(dst, int(i))
	}
	return dst
}

func (c *lists) equal(row int, other column, at int) bool {
	o := other.(*lists)
	if one, both := c.either(row, &o.nullable, at); one {
		return both
	}
	from, to := c.array.ValueOffsets(row)
	start, end := o.array.ValueOffsets(at)
	if to-from != end-start {
		return false
	}
	for i := range to - from {
		if !c.elements.equal(int(from+i), o.elements, int(start+i)) {
			return false
		}
	}
	return true
}

type structs struct {
	nullable
	fields cells
}

func (c *structs) append(dst []byte, row int) []byte {
	if c.null(row) {
		return append(dst, absent)
	}
	return c.fields.append(append(dst, present), row)
}

func (c *structs) equal(row int, other column, at int) bool {
	o := other.(*structs)
	if one, both := c.either(row, &o.nullable, at); one {
		return both
	}
	return c.fields.equal(row, o.fields, at)
}

// maps sorts the entries of maps by their bytes, because a map's entries have no order of their
// own: the −U of a row may have them in another order than its +I.
type maps struct {
	nullable
	array   *array.Map
	entries cells

	// Scratch: where each entry begins and ends, the entries in order, two maps to compare.
	ends        [][2]int
	sorted      []byte
	left, right []byte
}

func (c *maps) append(dst []byte, row int) []byte {
	if c.null(row) {
		return append(dst, absent)
	}
	from, to := c.array.ValueOffsets(row)
	dst = binary.AppendUvarint(append(dst, present), uint64(to-from))
	begin := len(dst)
	ends, sorted := c.ends[:0], c.sorted[:0]
	for i := from; i < to; i++ {
		start := len(dst)
		dst = c.entries.append(dst, int(i))
		ends = append(ends, [2]int{start, len(dst)})
	}
	slices.SortFunc(ends, func(a, b [2]int) int { return bytes.Compare(dst[a[0]:a[1]], dst[b[0]:b[1]]) })
	for _, e := range ends {
		sorted = append(sorted, dst[e[0]:e[1]]...)
	}
	copy(dst[begin:], sorted)
	c.ends, c.sorted = ends, sorted
	return dst
}

func (c *maps) equal(row int, other column, at int) bool {
	c.left = c.append(c.left[:0], row)
	c.right = other.append(c.right[:0], at)
	return bytes.Equal(c.left, c.right)
}
