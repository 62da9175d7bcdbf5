package engine

import (
	"context"
	"fmt"
	"time"

	"github.com/apache/arrow/go/v15/arrow"
	"github.com/apache/arrow/go/v15/arrow/array"

	"riffle/udfhost/guest"
	"riffle/udfhost/operation"
	"riffle/udfhost/payload"
)

// tableFunction is a table function of a worker's process, in one place of a query.
type tableFunction struct{ *function }

// TableFunction implements operation.Tables.
func (in *instance) TableFunction(ctx context.Context, p payload.Payload, args, results []arrow.DataType) (operation.TableFunction, error) {
	if p.Kind != payload.Table {
		return nil, p.Kind.Unsupported()
	}
	f, err := in.resolve(ctx, p, args)
	if err != nil {
		return nil, err
	}
	columns := f.call.Result.(*arrow.StructType).Fields()
	if len(columns) != len(results) {
		return nil, fmt.Errorf("%s: the plan expects %d columns", f.signature, len(results))
	}
	for i, c := range columns {
		if !arrow.TypeEqual(c.Type, results[i]) {
			return nil, fmt.Errorf("%s: the plan expects column %s to be %v", f.signature, c.Name, results[i])
		}
	}
	return tableFunction{f}, nil
}

// CallTable implements operation.TableFunction.
func (f tableFunction) CallTable(
	ctx context.Context, args []arrow.Array, rows int, emit func(rows *array.Int32, columns []arrow.Array) error,
) error {
	process, err := f.guest.get(ctx, f.engine)
	if err != nil {
		return err
	}
	if err := process.tell(f.function); err != nil {
		return err
	}
	begun, waited := time.Now(), time.Duration(0)
	call := guest.Invocation{Function: f.call, Arguments: args, Tolerant: f.onError != Fail}
	outcome, err := process.CallTable(ctx, call, rows, f.onError == Skip, func(r guest.TableResults) error {
		emitted := time.Now()
		defer func() { waited += time.Since(emitted) }()
		return emit(r.Rows, r.Columns)
	})
	f.guest.account.called(f.function, rows, time.Since(begun)-waited, outcome.Failures, err)
	return err
}
