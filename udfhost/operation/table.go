package operation

import (
	"context"
	"fmt"

	"github.com/apache/arrow/go/v15/arrow"
	"github.com/apache/arrow/go/v15/arrow/array"
	"github.com/apache/arrow/go/v15/arrow/memory"

	"riffle/udfhost/flinkfn"
	"riffle/udfhost/payload"
)

// Tables is an Instance with table functions.
type Tables interface {
	Instance

	// TableFunction is Function for a table function. results are the types of its columns that Flink's coder
	// requires.
	TableFunction(ctx context.Context, p payload.Payload, args, results []arrow.DataType) (TableFunction, error)
}

// TableFunction is one resolved table function at one place of one operator. The rules of [Function] apply.
type TableFunction interface {
	// Args returns the types of the arrays that CallTable expects.
	Args() []arrow.DataType

	// CallTable calls the function for each row of a batch. emit receives results as they come, in batches of
	// bounded size: the row of each, and an array for each column. All results of a row come before those of the
	// next one. A row for which the function failed, and which is to be left out of a left join too, has ^row for
	// its last result, whose columns are NULL. The arrays are valid during the call of emit. If emit returns an
	// error, the function is told to stop, and CallTable returns that error.
	CallTable(ctx context.Context, args []arrow.Array, rows int, emit func(rows *array.Int32, columns []arrow.Array) error) error
}

// table is the operator of a table function. Its output has the row of each result in the batch of arguments, and
// the columns of the result. A batch without results ends those of a batch of arguments.
type table struct {
	output   *arrow.Schema
	calls    *Calls
	name     string
	args     []Expression
	function TableFunction
	end      arrow.Record // without results
}

func openTable(ctx context.Context, message *flinkfn.UserDefinedFunctions, site *Site) (Operator, error) {
	if len(message.Udfs) != 1 {
		return nil, fmt.Errorf("%d table functions for one operator", len(message.Udfs))
	}
	if site.Output.NumFields() < 2 || site.Output.Field(0).Type.ID() != arrow.INT32 {
		return nil, fmt.Errorf("the results of a table function are expected as %v", site.Output)
	}
	p, err := payload.Parse(message.Udfs[0].GetPayload())
	if err != nil {
		return nil, err
	}
	tables, ok := site.Functions.(Tables)
	if p.Kind != payload.Table || !ok {
		return nil, p.Kind.Unsupported()
	}
	site.readTask(message)
	t := &table{output: site.Output, calls: NewCalls(site), name: p.Function}
	var given, results []arrow.DataType
	for _, in := range message.Udfs[0].GetInputs() {
		e, err := t.calls.argument(ctx, in, 0)
		if err != nil {
			return nil, err
		}
		t.args, given = append(t.args, e), append(given, e.Type())
	}
	for _, f := range site.Output.Fields()[1:] {
		results = append(results, f.Type)
	}
	if t.function, err = tables.TableFunction(ctx, p, given, results); err != nil {
		return nil, err
	}
	site.calls(t.function, p.Function)
	end := array.NewRecordBuilder(memory.DefaultAllocator, t.output)
	defer end.Release()
	t.end = end.NewRecord() // kept until the operator is collected
	return t, bindArguments(t.name, t.args, t.function.Args())
}

// Process implements Operator.
func (t *table) Process(ctx context.Context, batch arrow.Record, out Output) error {
	defer t.calls.Release()
	args := make([]arrow.Array, 0, len(t.args))
	defer func() {
		for _, a := range args {
			a.Release()
		}
	}()
	for _, e := range t.args {
		a, err := e.Eval(ctx, batch)
		if err != nil {
			return err
		}
		args = append(args, a)
	}
	emit := func(rows *array.Int32, columns []arrow.Array) error { return t.emit(out, rows, columns) }
	if err := t.function.CallTable(ctx, args, int(batch.NumRows()), emit); err != nil {
		return err
	}
	return out.Emit(t.end)
}

func (t *table) emit(out Output, rows *array.Int32, columns []arrow.Array) error {
	if got, want := len(columns), t.output.NumFields()-1; got != want {
		return fmt.Errorf("%s returned %d columns instead of %d", t.name, got, want)
	}
	for _, c := range columns {
		if c.Len() != rows.Len() {
			return fmt.Errorf("%s returned columns of %d and %d rows", t.name, rows.Len(), c.Len())
		}
	}
	if rows.Len() == 0 {
		return nil // it would end the results
	}
	results := array.NewRecord(t.output, append([]arrow.Array{rows}, columns...), int64(rows.Len()))
	defer results.Release()
	return out.Emit(results)
}

// Finish implements Operator. Results are never held back.
func (t *table) Finish(context.Context, Output) error { return nil }
