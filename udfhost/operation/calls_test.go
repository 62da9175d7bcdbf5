package operation_test

import (
	"log/slog"
	"strings"
	"testing"

	"github.com/apache/arrow/go/v15/arrow"

	"riffle/udfhost/enginetest"
	"riffle/udfhost/flinkfn"
	"riffle/udfhost/operation"
)

// arguments compiles the arguments of an operation of another kind than scalar functions.
func arguments(t *testing.T, inputs ...*flinkfn.Input) []operation.Expression {
	t.Helper()
	types := make([]arrow.DataType, len(inputs))
	for i := range types {
		types[i] = bigint
	}
	calls := operation.NewCalls(&operation.Site{Input: inputSchema, Functions: enginetest.Functions(), Log: slog.New(slog.DiscardHandler)})
	args, err := calls.Arguments(t.Context(), "moving", inputs, types)
	if err != nil {
		t.Fatal(err)
	}
	return args
}

// A call that is used twice is made once for a batch, and again for the next one, whether or
// not the operator has released the kept result.
func TestCallsAreMadeForEachBatch(t *testing.T) {
	args := arguments(t, nested("inc", col(0)), nested("inc", col(0)))
	batch := recordOf(t, inputSchema, inputRows)
	tail := batch.NewSlice(2, 3)
	defer tail.Release()
	for _, c := range []struct {
		batch arrow.Record
		want  string
	}{{batch, "[2 (null) 4]"}, {tail, "[4]"}, {batch, "[2 (null) 4]"}} {
		for i, a := range args {
			values, err := a.Eval(t.Context(), c.batch)
			if err != nil || values.String() != c.want {
				t.Errorf("argument %d is %v, %v; want %s", i, values, err, c.want)
			}
			if err == nil {
				values.Release()
			}
		}
	}
}

// An operation of another kind cannot leave out a row for which a function among its arguments
// has failed.
func TestRowsThatCannotBeLeftOut(t *testing.T) {
	args := arguments(t, nested("skip", col(0)))
	values, err := args[0].Eval(t.Context(), recordOf(t, inputSchema, inputRows))
	if err == nil || !strings.Contains(err.Error(), "this plan cannot skip rows") {
		t.Errorf("got %v, %v", values, err)
	}
}
