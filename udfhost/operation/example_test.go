package operation_test

import (
	"context"
	"fmt"
	"log/slog"
	"strings"

	"github.com/apache/arrow/go/v15/arrow"
	"github.com/apache/arrow/go/v15/arrow/array"
	"github.com/apache/arrow/go/v15/arrow/memory"
	"google.golang.org/protobuf/proto"

	"riffle/udfhost/enginetest"
	"riffle/udfhost/flinkfn"
	"riffle/udfhost/operation"
)

// repeat is an operator that emits each row as often as its argument says.
type repeat struct {
	times operation.Expression
}

func openRepeat(ctx context.Context, message *flinkfn.UserDefinedFunctions, site *operation.Site) (operation.Operator, error) {
	args, err := operation.NewCalls(site).Arguments(ctx, "repeat", message.Udfs[0].Inputs, []arrow.DataType{arrow.PrimitiveTypes.Int64})
	if err != nil {
		return nil, err
	}
	return repeat{args[0]}, nil
}

func (r repeat) Process(ctx context.Context, batch arrow.Record, out operation.Output) error {
	times, err := r.times.Eval(ctx, batch)
	if err != nil {
		return err
	}
	defer times.Release()
	for row := range batch.NumRows() {
		one := batch.NewSlice(row, row+1)
		defer one.Release()
		for range times.(*array.Int64).Value(int(row)) {
			if err := out.(operation.RowOutput).EmitFor(int(row), one); err != nil {
				return err
			}
		}
	}
	return nil
}

func (r repeat) Finish(context.Context, operation.Output) error { return nil }

// Close makes it an io.Closer: it is called when the worker ends, or after an error.
func (r repeat) Close() error {
	fmt.Println("closed")
	return nil
}

// printed is an Output that prints.
type printed struct{}

func (printed) Emit(arrow.Record) error { return nil }

func (printed) EmitFor(row int, batch arrow.Record) error {
	fmt.Printf("row %d: %v\n", row, batch.Column(0))
	return nil
}

// A kind of operation is registered under the URN of its transforms, with the information about
// its rows that it needs. A host with this registry feeds its operators from Flink. Here one is
// fed by hand.
func ExampleRegister() {
	registry := operation.Standard()
	operation.Register(registry, "example:transform:repeat:v1", openRepeat, operation.EndMarks)

	payload, _ := proto.Marshal(&flinkfn.UserDefinedFunctions{Udfs: []*flinkfn.UserDefinedFunction{{
		Inputs: []*flinkfn.Input{{Input: &flinkfn.Input_InputOffset{InputOffset: 0}}},
	}}})
	schema := arrow.NewSchema([]arrow.Field{{Name: "n", Type: arrow.PrimitiveTypes.Int64}}, nil)
	operator, err := registry.Open(context.Background(), "example:transform:repeat:v1", payload, &operation.Site{
		Input: schema, Output: schema, Functions: enginetest.Functions(), Log: slog.New(slog.DiscardHandler),
	})
	if err != nil {
		fmt.Println(err)
		return
	}
	batch, _, _ := array.RecordFromJSON(memory.DefaultAllocator, schema, strings.NewReader(`[{"n":2},{"n":0},{"n":1}]`))
	defer batch.Release()
	if err := operator.Process(context.Background(), batch, printed{}); err != nil {
		fmt.Println(err)
	}
	operator.(repeat).Close()
	// Output:
	// row 0: [2]
	// row 0: [2]
	// row 2: [1]
	// closed
}
