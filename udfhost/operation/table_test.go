package operation_test

import (
	"context"
	"fmt"
	"log/slog"
	"strings"
	"testing"

	"github.com/apache/arrow/go/v15/arrow"
	"github.com/apache/arrow/go/v15/arrow/array"
	"github.com/apache/arrow/go/v15/arrow/memory"
	"google.golang.org/protobuf/proto"

	"riffle/udfhost/enginetest"
	"riffle/udfhost/flinkfn"
	"riffle/udfhost/operation"
	"riffle/udfhost/payload"
)

// tables are closures with table functions: "twice" returns each number two times, one batch for each row, and others
// return what they must not.
type tables struct{ enginetest.Closures }

func (t tables) TableFunction(_ context.Context, p payload.Payload, _, results []arrow.DataType) (operation.TableFunction, error) {
	if len(results) != 1 || results[0].ID() != arrow.INT64 {
		return nil, fmt.Errorf("%s returns a number", p.Function)
	}
	return tableFunction(p.Function), nil
}

type tableFunction string

func (tableFunction) Args() []arrow.DataType { return []arrow.DataType{bigint} }

func (f tableFunction) CallTable(_ context.Context, args []arrow.Array, rows int, emit func(*array.Int32, []arrow.Array) error) error {
	for row := range rows {
		of := array.NewInt32Builder(memory.DefaultAllocator)
		of.AppendValues([]int32{int32(row), int32(row)}, nil)
		numbers := array.NewInt64Builder(memory.DefaultAllocator)
		n := args[0].(*array.Int64).Value(row)
		columns := []arrow.Array{nil}
		switch f {
		case "columns":
			columns = append(columns, args[0])
		case "lengths":
			numbers.Append(n)
		case "nothing":
			of.Release()
			of = array.NewInt32Builder(memory.DefaultAllocator)
		default:
			numbers.AppendValues([]int64{n, n}, nil)
		}
		columns[0] = numbers.NewArray()
		if err := emit(of.NewInt32Array(), columns); err != nil {
			return err
		}
	}
	return nil
}

// expand opens the operator of a table function and runs a batch through it.
func expand(t *testing.T, functions operation.Instance, output *arrow.Schema, udfs ...*flinkfn.UserDefinedFunction) (string, error) {
	t.Helper()
	message, err := proto.Marshal(&flinkfn.UserDefinedFunctions{Udfs: udfs})
	if err != nil {
		t.Fatal(err)
	}
	operator, err := operation.Standard().Open(t.Context(), "riffle:transform:table_function:v1", message, &operation.Site{
		Input: inputSchema, Output: output, Functions: functions, Log: slog.New(slog.DiscardHandler),
	})
	if err != nil {
		return "", err
	}
	var out collected
	if err := operator.Process(t.Context(), recordOf(t, inputSchema, `[{"x":5},{"x":7}]`), &out); err != nil {
		return "", err
	}
	var all []string
	for _, r := range out {
		all = append(all, fmt.Sprint(r.Column(0), r.Column(1)))
	}
	return strings.Join(all, ", "), operator.Finish(t.Context(), &out)
}

// tableOf calls a table function.
func tableOf(name string, inputs ...*flinkfn.Input) *flinkfn.UserDefinedFunction {
	return &flinkfn.UserDefinedFunction{Payload: payload.Payload{Kind: payload.Table, Function: name}.Bytes(), Inputs: inputs}
}

func TestTable(t *testing.T) {
	rows := arrow.Field{Name: "row", Type: arrow.PrimitiveTypes.Int32}
	output := arrow.NewSchema([]arrow.Field{rows, {Name: "n", Type: bigint, Nullable: true}}, nil)
	functions := tables{enginetest.Functions()}
	for _, c := range []struct {
		call *flinkfn.UserDefinedFunction
		want string
	}{
		{tableOf("twice", col(0)), "[0 0] [5 5], [1 1] [7 7], [] []"},
		{tableOf("twice", lit("K\x02")), "[0 0] [2 2], [1 1] [2 2], [] []"},
		{tableOf("twice", nested("inc", col(0))), "[0 0] [6 6], [1 1] [8 8], [] []"},
		{tableOf("nothing", col(0)), "[] []"},
	} {
		if got, err := expand(t, functions, output, c.call); err != nil || got != c.want {
			t.Errorf("got %q, %v; want %q", got, err, c.want)
		}
	}
	texts := arrow.NewSchema([]arrow.Field{rows, {Name: "s", Type: text}}, nil)
	for _, c := range []struct {
		functions operation.Instance
		output    *arrow.Schema
		udfs      []*flinkfn.UserDefinedFunction
		want      string
	}{
		{functions, output, nil, "0 table functions for one operator"},
		{functions, arrow.NewSchema([]arrow.Field{{Name: "n", Type: bigint}}, nil), []*flinkfn.UserDefinedFunction{tableOf("twice", col(0))}, "are expected as"},
		{functions, output, []*flinkfn.UserDefinedFunction{invoke("inc", col(0))}, `functions of kind "scalar" are not supported`},
		{enginetest.Functions(), output, []*flinkfn.UserDefinedFunction{tableOf("twice", col(0))}, `functions of kind "table" are not supported`},
		{functions, texts, []*flinkfn.UserDefinedFunction{tableOf("twice", col(0))}, "twice returns a number"},
		{functions, output, []*flinkfn.UserDefinedFunction{tableOf("twice", col(1))}, "argument 1 of twice is utf8, the function takes int64"},
		{functions, output, []*flinkfn.UserDefinedFunction{tableOf("twice", col(9))}, "column 9 of an input of 2"},
		{functions, output, []*flinkfn.UserDefinedFunction{tableOf("twice", nested("fail", col(0)))}, "no luck"},
		{functions, output, []*flinkfn.UserDefinedFunction{tableOf("columns", col(0))}, "columns returned 2 columns instead of 1"},
		{functions, output, []*flinkfn.UserDefinedFunction{tableOf("lengths", col(0))}, "lengths returned columns of 2 and 1 rows"},
	} {
		if got, err := expand(t, c.functions, c.output, c.udfs...); err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("got %q, %v; want %q", got, err, c.want)
		}
	}
}
