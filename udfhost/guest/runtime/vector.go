package runtime

import "riffle/udfhost/guest/abi"

// Vector has the rows for which a vectorized function is called, all of them in one call. The glue adds them in
// their order, calls the function, and then looks for each row of the batch.
type Vector struct {
	call *Call
	rows []int
	next int // index in rows of the first that Index has not found
}

// Vector returns the rows of the call: none yet. After a panic of the function there will be none, and open is
// false: the results of all rows are NULL.
//
//go:noinline
func (c *Call) Vector() (v *Vector, open bool) {
	v = &c.vector
	*v = Vector{call: c, rows: v.rows[:0]}
	return v, c.from == 0
}

// Slice returns an empty slice for n values.
func Slice[T any](n int) []T { return make([]T, 0, n) }

// Append appends a value to a slice.
func Append[T any](to []T, v T) []T { return append(to, v) }

// Length returns the length of a slice.
func Length[T any](values []T) int { return len(values) }

// Add adds a row.
func (v *Vector) Add(row int) { v.rows = append(v.rows, row) }

// Call begins the function's call, and reports whether there is a row for it. From now on, a failure is that of
// all rows.
//
//go:noinline
func (v *Vector) Call() bool {
	if len(v.rows) == 0 {
		return false
	}
	*v.call.Progress() = v.call.Rows()
	return true
}

// Nulls returns which of the rows are NULL in an argument with some validity, or nil if none is.
//
//go:noinline
func (v *Vector) Nulls(valid Bits) []bool {
	if valid == nil {
		return nil
	}
	nulls := make([]bool, len(v.rows))
	for i, row := range v.rows {
		nulls[i] = !valid.At(row)
	}
	return nulls
}

// Returned ends the function's call, which has returned so many results. It reports whether that ends the batch. If
// not, and the call has failed, the results of all rows are NULL.
//
//go:noinline
func (v *Vector) Returned(results int) (ends bool) {
	if results == len(v.rows) {
		return false
	}
	return v.fail("its result has length " + decimal(results) + " instead of " + decimal(len(v.rows)))
}

// ReturnedError is Returned for a function that can return an error.
//
//go:noinline
func (v *Vector) ReturnedError(results int, err error) (ends bool) {
	if err == nil {
		return v.Returned(results)
	}
	return v.fail(err.Error())
}

func (v *Vector) fail(message string) (ends bool) {
	ends = v.call.fail(failure{abi.StatusFailed, v.call.Rows(), message, place{}})
	v.rows = v.rows[:0]
	return ends
}

// Index returns the index of a row among those for which the function was called. found is false if it was not
// called for the row, or has failed. The glue asks for each row in turn.
func (v *Vector) Index(row int) (i int, found bool) {
	if v.next == len(v.rows) || v.rows[v.next] != row {
		return 0, false
	}
	v.next++
	return v.next - 1, true
}
