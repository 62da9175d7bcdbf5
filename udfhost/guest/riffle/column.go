package riffle

// Column has the values of an argument, or the results, of a vectorized function: one for each row that it is
// called for. The zero value is a column without values.
type Column[T any] struct {
	// Values are the values. That of a NULL is not defined; in an argument it is the zero value.
	Values []T
	nulls  []bool // nil: no value is NULL
}

// NewColumn returns a column of n values, all of them the zero value and not NULL.
func NewColumn[T any](n int) Column[T] { return Column[T]{Values: make([]T, n)} }

// ColumnOf returns a column of values. Value i is NULL if nulls[i] is true. If nulls is nil, no value is NULL.
// The column keeps both slices. It panics if they have different lengths.
func ColumnOf[T any](values []T, nulls []bool) Column[T] {
	if nulls != nil && len(nulls) != len(values) {
		panic("riffle.ColumnOf: values and nulls have different lengths")
	}
	return Column[T]{values, nulls}
}

// Len returns the number of values.
func (c Column[T]) Len() int { return len(c.Values) }

// IsNull reports whether value i is NULL.
func (c Column[T]) IsNull(i int) bool { return i < len(c.nulls) && c.nulls[i] }

// HasNulls reports whether a value is NULL.
func (c Column[T]) HasNulls() bool {
	for _, null := range c.nulls {
		if null {
			return true
		}
	}
	return false
}

// SetNull makes value i NULL.
func (c *Column[T]) SetNull(i int) {
	_ = c.Values[i] // an index out of range panics before the column changes
	if missing := len(c.Values) - len(c.nulls); missing > 0 {
		c.nulls = append(c.nulls, make([]bool, missing)...)
	}
	c.nulls[i] = true
}
