package changelog

import (
	"bytes"
	"cmp"
	"math"
	"slices"
	"strings"

	"github.com/apache/arrow/go/v15/arrow"
)

// Key is a column by which the rows of a Snapshot are sorted.
type Key struct {
	Column     int // among the data columns
	Descending bool
	NullsLast  bool // in both directions
}

// FirstColumns returns the first n columns of a schema; all for 0.
func FirstColumns(schema *arrow.Schema, n int) *arrow.Schema {
	if n == 0 || n == schema.NumFields() {
		return schema
	}
	meta := schema.Metadata()
	return arrow.NewSchema(schema.Fields()[:n], &meta)
}

// inOrder returns the rows in display order. Rows that are equal in this order stay in the
// order of their places.
func (s *Snapshot) inOrder() []place {
	if len(s.order) > 0 {
		s.sorted.Do(s.sort)
	}
	return s.rows
}

func (s *Snapshot) sort() {
	// The view's columns have scratch memory that only its goroutine may use, so bind new ones.
	keys := make([]cells, len(s.batches))
	for i, rec := range s.batches {
		if rec == nil {
			continue
		}
		for _, key := range s.order {
			bound, _ := bind(rec.Column(key.Column)) // the view has bound it before
			keys[i] = append(keys[i], bound)
		}
	}
	slices.SortStableFunc(s.rows, func(a, b place) int {
		left, right := keys[a.at.batch], keys[b.at.batch]
		for i, key := range s.order {
			if c := key.compare(left[i], int(a.at.index), right[i], int(b.at.index)); c != 0 {
				return c
			}
		}
		return 0
	})
}

func (k Key) compare(left column, row int, right column, at int) int {
	leftNull, rightNull := left.null(row), right.null(at)
	switch {
	case leftNull && rightNull:
		return 0
	case leftNull != rightNull:
		return compareNulls(leftNull, k.NullsLast)
	case k.Descending:
		return -left.compare(row, right, at)
	}
	return left.compare(row, right, at)
}

// compareNulls compares two cells, one of which is NULL.
func compareNulls(left, last bool) int {
	if left == last {
		return 1
	}
	return -1
}

// compareNested compares two cells within an ARRAY or a ROW, where NULL comes first, whatever
// the key specifies.
func compareNested(left column, row int, right column, at int) int {
	return Key{}.compare(left, row, right, at)
}

func (void) compare(int, column, int) int { return 0 }

func (c *booleans) compare(row int, other column, at int) int {
	a, b := c.array.Value(row), other.(*booleans).array.Value(at)
	switch {
	case a == b:
		return 0
	case a:
		return 1
	}
	return -1
}

func (c *fixed[T]) compare(row int, other column, at int) int {
	return cmp.Compare(c.values[row], other.(*fixed[T]).values[at])
}

func (c *floats) compare(row int, other column, at int) int {
	return compareFloats(float64(c.values[row]), float64(other.(*floats).values[at]))
}

func (c *doubles) compare(row int, other column, at int) int {
	return compareFloats(c.values[row], other.(*doubles).values[at])
}

// compareFloats treats −0.0 as 0.0 and sorts NaN last: Flink compares with < and >, which
// define no position for NaN, and its own sorted batches have NaN there.
func compareFloats(a, b float64) int {
	switch aNaN, bNaN := math.IsNaN(a), math.IsNaN(b); {
	case aNaN && bNaN:
		return 0
	case aNaN:
		return 1
	case bNaN:
		return -1
	}
	return cmp.Compare(a, b)
}

func (c *decimals) compare(row int, other column, at int) int {
	return c.array.Value(row).Cmp(other.(*decimals).array.Value(at))
}

// compare compares the bytes of texts, as Flink does, which is the order of code points.
func (c *texts) compare(row int, other column, at int) int {
	return strings.Compare(c.array.Value(row), other.(*texts).array.Value(at))
}

func (c *binaries) compare(row int, other column, at int) int {
	return bytes.Compare(c.array.Value(row), other.(*binaries).array.Value(at))
}

// compare compares element by element. If one list is a prefix of the other, the shorter one
// comes first.
func (c *lists) compare(row int, other column, at int) int {
	o := other.(*lists)
	from, to := c.array.ValueOffsets(row)
	start, end := o.array.ValueOffsets(at)
	for i := range min(to-from, end-start) {
		if order := compareNested(c.elements, int(from+i), o.elements, int(start+i)); order != 0 {
			return order
		}
	}
	return cmp.Compare(to-from, end-start)
}

func (c *structs) compare(row int, other column, at int) int {
	o := other.(*structs)
	for i, field := range c.fields {
		if order := compareNested(field, row, o.fields[i], at); order != 0 {
			return order
		}
	}
	return 0
}

// compare defines an order of maps. Flink does not sort by maps.
func (c *maps) compare(row int, other column, at int) int {
	c.left = c.append(c.left[:0], row)
	c.right = other.append(c.right[:0], at)
	return bytes.Compare(c.left, c.right)
}
