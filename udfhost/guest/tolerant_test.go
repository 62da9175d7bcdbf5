//go:build unix

package guest

import (
	"errors"
	"fmt"
	"testing"

	"github.com/apache/arrow/go/v15/arrow"
	"github.com/apache/arrow/go/v15/arrow/array"
	"github.com/apache/arrow/go/v15/arrow/bitutil"
	"github.com/apache/arrow/go/v15/arrow/memory"
)

// A tolerant call has a result for each row, NULL for those that fail, and each row is computed
// once.
func TestTolerant(t *testing.T) {
	p := start(t, Options{})
	words := texts("panic", "a", "error", "error", "b", "value", "bad", "c", "", "panic")
	for range 2 { // nothing is left over from one call to the next
		got, failures, err := p.CallTolerant(t.Context(), trouble, []arrow.Array{words}, words.Len())
		if err != nil {
			t.Fatal(err)
		}
		if want := `[(null) "a" (null) (null) "b" (null) (null) "c" "" (null)]`; got.String() != want {
			t.Errorf("got %v, want %s", got, want)
		}
		got.Release()
		if want := `panic: slice bounds out of range [:1] with length 0 at cell[5]:6 in Trouble("panic")`; failures.Count != 6 || failures.First.Error() != want {
			t.Errorf("%d failed, the first: %v", failures.Count, failures.First)
		}
		if want := []byte{0b01101101, 0b10}; string(failures.Rows) != string(want) {
			t.Errorf("marked %b", failures.Rows)
		}
	}
	got, failures, err := p.CallTolerant(t.Context(), trouble, []arrow.Array{texts("a", "b")}, 2)
	if err != nil || got.String() != `["a" "b"]` || got.NullN() != 0 || failures.Count != 0 || failures.Rows != nil {
		t.Errorf("without failures: %v, %+v, %v", got, failures, err)
	}
	if _, err = p.Call(t.Context(), trouble, []arrow.Array{texts("a", "error")}, 2); err == nil {
		t.Error("a call that is not tolerant went on")
	}
	// What ends the process cannot be tolerated.
	var failure *Failure
	if _, _, err = p.CallTolerant(t.Context(), trouble, []arrow.Array{texts("error", "exit")}, 2); !errors.As(err, &failure) || failure.Kind != Exited {
		t.Errorf("after an exit: %v", err)
	}
}

// Where arguments come in parts and results grow, the rows that fail are still
// the right ones.
func TestTolerantInParts(t *testing.T) {
	const rows, limit = 200, 2 << 20
	p := start(t, Options{SharedLimit: limit})
	words, times := array.NewStringBuilder(memory.DefaultAllocator), array.NewInt64Builder(memory.DefaultAllocator)
	for i := range rows {
		words.Append(fmt.Sprintf("%0*d", 50_000, i))
		times.Append(int64(3 - i%7)) // strings.Repeat panics below 0
	}
	got, failures, err := p.CallTolerant(t.Context(), repeat, []arrow.Array{words.NewArray(), times.NewArray()}, rows)
	if err != nil {
		t.Fatal(err)
	}
	defer got.Release()
	want := 0
	for i := range rows {
		fails := 3-i%7 < 0
		if fails {
			want++
		}
		if got.IsNull(i) != fails || bitutil.BitIsSet(failures.Rows, i) != fails {
			t.Fatalf("row %d: NULL is %v", i, got.IsNull(i))
		}
		if !fails && len(got.(*array.String).Value(i)) != (3-i%7)*50_000 {
			t.Fatalf("row %d has %d bytes", i, len(got.(*array.String).Value(i)))
		}
	}
	if failures.Count != want || failures.First.Row != 4 {
		t.Errorf("%d failed, the first in row %d; want %d", failures.Count, failures.First.Row, want)
	}
}

func TestArgumentsOfAFailure(t *testing.T) {
	blobs := array.NewBinaryBuilder(memory.DefaultAllocator, arrow.BinaryTypes.Binary)
	blobs.Append([]byte{0, 255})
	blobs.AppendNull()
	long := ""
	for range 100 {
		long += "ß"
	}
	for _, test := range []struct {
		column arrow.Array
		row    int
		want   string
	}{
		{ints(1, -2), 1, "-2"},
		{texts("a \"b\"\x1b[2J\n"), 0, `"a \"b\"\x1b[2J\n"`},
		{texts(long), 0, `"` + long[:2*maxValue] + `"… (200 bytes)`},
		{blobs.NewArray(), 0, "x'00ff'"},
	} {
		if got := valueText(test.column, test.row); got != test.want {
			t.Errorf("got %s, want %s", got, test.want)
		}
	}
}
