package operation_test

import (
	"context"
	"fmt"
	"log/slog"
	"slices"
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

var (
	bigint = arrow.PrimitiveTypes.Int64
	text   = arrow.BinaryTypes.String
)

// collected is an Output that keeps what is emitted.
type collected []arrow.Record

func (c *collected) Emit(batch arrow.Record) error {
	batch.Retain()
	*c = append(*c, batch)
	return nil
}

// Constructors of payloads.

func invoke(name string, inputs ...*flinkfn.Input) *flinkfn.UserDefinedFunction {
	return &flinkfn.UserDefinedFunction{Payload: payload.Payload{Kind: payload.Scalar, Function: name}.Bytes(), Inputs: inputs, IsPandasUdf: true}
}

func ofKind(kind payload.Kind, inputs ...*flinkfn.Input) *flinkfn.UserDefinedFunction {
	return &flinkfn.UserDefinedFunction{Payload: payload.Payload{Kind: kind, Function: "inc"}.Bytes(), Inputs: inputs, IsPandasUdf: true}
}

func kept(inputs ...*flinkfn.Input) *flinkfn.UserDefinedFunction {
	return &flinkfn.UserDefinedFunction{Payload: payload.Payload{Kind: payload.Kept}.Bytes(), Inputs: inputs, IsPandasUdf: true}
}

func col(i int32) *flinkfn.Input {
	return &flinkfn.Input{Input: &flinkfn.Input_InputOffset{InputOffset: i}}
}

func nested(name string, inputs ...*flinkfn.Input) *flinkfn.Input {
	return &flinkfn.Input{Input: &flinkfn.Input_Udf{Udf: invoke(name, inputs...)}}
}

func lit(pickle string) *flinkfn.Input {
	return &flinkfn.Input{Input: &flinkfn.Input_InputConstant{InputConstant: []byte("\x00\x80\x02" + pickle + ".")}}
}

func asRowInput(f *flinkfn.UserDefinedFunction) *flinkfn.UserDefinedFunction {
	f.TakesRowAsInput = true
	return f
}

var (
	inputSchema = arrow.NewSchema([]arrow.Field{
		{Name: "x", Type: bigint, Nullable: true}, {Name: "s", Type: text, Nullable: true}}, nil)
	inputRows = `[{"x":1,"s":"a"},{"x":null,"s":"é"},{"x":3,"s":null}]`
)

func recordOf(t *testing.T, schema *arrow.Schema, json string) arrow.Record {
	t.Helper()
	r, _, err := array.RecordFromJSON(memory.DefaultAllocator, schema, strings.NewReader(json))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(r.Release)
	return r
}

// evaluate runs one call over a batch twice, the second time half of it, and
// returns the values of the first.
func evaluate(t *testing.T, batch arrow.Record, f *flinkfn.UserDefinedFunction, result arrow.Field) (string, error) {
	t.Helper()
	message, err := proto.Marshal(&flinkfn.UserDefinedFunctions{Udfs: []*flinkfn.UserDefinedFunction{f}})
	if err != nil {
		t.Fatal(err)
	}
	operator, err := operation.Standard().Open(t.Context(), "flink:transform:scalar_function:v1", message, &operation.Site{
		Input:     batch.Schema(),
		Output:    arrow.NewSchema([]arrow.Field{result}, nil),
		Functions: enginetest.Functions(),
		Log:       slog.New(slog.DiscardHandler),
	})
	if err != nil {
		return "", err
	}
	var out collected
	half := batch.NewSlice(0, batch.NumRows()/2+1)
	defer half.Release()
	for _, b := range []arrow.Record{batch, half} {
		if err := operator.Process(t.Context(), b, &out); err != nil {
			return "", err
		}
	}
	if err := operator.Finish(t.Context(), &out); err != nil {
		return "", err
	}
	if len(out) != 2 || out[0].NumRows() != batch.NumRows() || out[1].NumRows() != half.NumRows() {
		t.Fatalf("results %v for batches of %d and %d rows", out, batch.NumRows(), half.NumRows())
	}
	return out[0].Column(0).String(), nil
}

func TestScalar(t *testing.T) {
	number, words := arrow.Field{Name: "r", Type: bigint, Nullable: true}, arrow.Field{Name: "r", Type: text, Nullable: true}
	pair := arrow.Field{Name: "r", Type: arrow.StructOf(inputSchema.Fields()...), Nullable: true}
	for _, c := range []struct {
		name   string
		call   *flinkfn.UserDefinedFunction
		result arrow.Field
		want   string
	}{
		{"column", invoke("inc", col(0)), number, "[2 (null) 4]"},
		{"nested", invoke("add", nested("inc", col(0)), nested("inc", nested("inc", col(0)))), number, "[5 (null) 9]"},
		{"string", invoke("upper", col(1)), words, `["A" "É" (null)]`},
		{"constant", invoke("add", col(0), lit("K\x0a")), number, "[11 (null) 13]"},
		{"only constants", invoke("add", lit("K\x02"), lit("K\x0a")), number, "[12 12 12]"},
		{"null constant", invoke("add", col(0), lit("N")), number, "[(null) (null) (null)]"},
		{"no argument", invoke("seven"), number, "[7 7 7]"},
		{"column as it is", invoke("same", col(1)), words, `["a" "é" (null)]`},
		{"row", asRowInput(invoke("same", col(0), col(1))), pair, `{[1 (null) 3] ["a" "é" (null)]}`},
		{"row of a call", asRowInput(invoke("same", &flinkfn.Input{Input: &flinkfn.Input_Udf{
			Udf: asRowInput(invoke("same", col(0), col(1)))}})), pair, `{[1 (null) 3] ["a" "é" (null)]}`},
	} {
		t.Run(c.name, func(t *testing.T) {
			got, err := evaluate(t, recordOf(t, inputSchema, inputRows), c.call, c.result)
			if err != nil || got != c.want {
				t.Errorf("got %s, %v; want %s", got, err, c.want)
			}
		})
	}
}

// TestScalarNoColumns: where all arguments are constants, a batch is a number
// of rows.
func TestScalarNoColumns(t *testing.T) {
	batch := array.NewRecord(arrow.NewSchema(nil, nil), nil, 3)
	got, err := evaluate(t, batch, invoke("inc", lit("K\x02")), arrow.Field{Name: "r", Type: bigint})
	if err != nil || got != "[3 3 3]" {
		t.Errorf("got %s, %v", got, err)
	}
}

func TestScalarRefuses(t *testing.T) {
	number := arrow.Field{Name: "r", Type: bigint, Nullable: true}
	deep := col(0)
	for range 201 {
		deep = nested("inc", deep)
	}
	for _, c := range []struct {
		name   string
		call   *flinkfn.UserDefinedFunction
		result arrow.Field
		want   string // in the error
	}{
		{"unknown kind", ofKind("moving", col(0)), number, `functions of kind "moving" are not supported`},
		{"unknown kind inside", invoke("inc", &flinkfn.Input{Input: &flinkfn.Input_Udf{Udf: ofKind("moving", col(0))}}), number, `functions of kind "moving" are not supported`},
		{"no payload of ours", &flinkfn.UserDefinedFunction{Payload: []byte("inc")}, number, "was not registered by this version of riffle"},
		{"unknown function", invoke("nothing", col(0)), number, "no function nothing"},
		{"column beyond", invoke("inc", col(2)), number, "column 2 of an input of 2"},
		{"column before", invoke("inc", col(-1)), number, "column -1"},
		{"no input", invoke("inc", &flinkfn.Input{}), number, "neither"},
		{"argument type", invoke("inc", col(1)), number, "argument 1 of inc is utf8, the function takes int64"},
		{"argument count", invoke("inc", col(0), col(0)), number, "inc takes 1 arguments, the call has 2"},
		{"constant type", invoke("inc", lit("X\x01\x00\x00\x00a")), number, `argument 1 of inc: constant "a" does not fit`},
		{"constant", invoke("inc", lit("?")), number, "pickle"},
		{"planned type", invoke("upper", col(1)), number, "upper returns utf8 where Flink expects int64"},
		{"too deep", invoke("inc", deep), number, "nested deeper"},
		{"error", invoke("fail", col(0)), number, "no luck"},
		{"missing rows", invoke("short", col(0)), number, "short returned 2 results for 3 rows"},
		{"returned type", invoke("wrong", col(0)), number, "wrong returned utf8 instead of int64"},
		{"inner missing rows", invoke("inc", nested("short", col(0))), number, "short returned 2 results"},
		{"NULL", invoke("nulls", col(0)), arrow.Field{Name: "r", Type: bigint}, "nulls returned NULL"},
		{"left out without a filter", invoke("inc", nested("skip", col(0))), number, "this plan cannot skip rows"},
	} {
		t.Run(c.name, func(t *testing.T) {
			got, err := evaluate(t, recordOf(t, inputSchema, inputRows), c.call, c.result)
			if err == nil || !strings.Contains(err.Error(), c.want) {
				t.Errorf("got %s, error %v; want %q", got, err, c.want)
			}
		})
	}
}

// TestScalarKept: the column that says which rows are kept takes every call into account, also
// one inside another and one that comes after it.
func TestScalarKept(t *testing.T) {
	batch := recordOf(t, inputSchema, inputRows)
	flag := arrow.Field{Name: "kept", Type: arrow.FixedWidthTypes.Boolean}
	number := arrow.Field{Name: "r", Type: bigint, Nullable: true}
	for name, c := range map[string]struct {
		call *flinkfn.UserDefinedFunction
		want string
	}{
		"all":    {invoke("inc", col(0)), "[true true true]"},
		"called": {invoke("skip", col(0)), "[true false true]"},
		"nested": {invoke("inc", nested("skip", col(0))), "[true false true]"},
	} {
		message, err := proto.Marshal(&flinkfn.UserDefinedFunctions{Udfs: []*flinkfn.UserDefinedFunction{kept(col(0)), c.call}})
		if err != nil {
			t.Fatal(err)
		}
		operator, err := operation.Standard().Open(t.Context(), "flink:transform:scalar_function:v1", message, &operation.Site{
			Input:     inputSchema,
			Output:    arrow.NewSchema([]arrow.Field{flag, number}, nil),
			Functions: enginetest.Functions(),
			Log:       slog.New(slog.DiscardHandler),
		})
		if err != nil {
			t.Fatal(err)
		}
		var out collected
		if err := operator.Process(t.Context(), batch, &out); err != nil {
			t.Fatal(err)
		}
		if got := out[0].Column(0).String(); got != c.want || out[0].NumRows() != 3 {
			t.Errorf("%s: kept %s, want %s", name, got, c.want)
		}
	}
}

// TestScalarSharesEqualCalls: a call that is written several times is made once
// a row, also inside others; one with another payload is another call.
func TestScalarSharesEqualCalls(t *testing.T) {
	rows := 0
	functions := enginetest.Functions()
	tick := enginetest.Int64s(1, func(v ...int64) int64 { rows++; return v[0]*100 + int64(rows) })
	functions["tick"], functions["tick#2"] = tick, tick
	message, err := proto.Marshal(&flinkfn.UserDefinedFunctions{Udfs: []*flinkfn.UserDefinedFunction{
		invoke("tick", col(0)), invoke("tick", col(0)), invoke("inc", nested("tick", col(0))), invoke("tick#2", col(0)),
	}})
	if err != nil {
		t.Fatal(err)
	}
	number := arrow.Field{Name: "r", Type: bigint, Nullable: true}
	operator, err := operation.Standard().Open(t.Context(), "flink:transform:scalar_function:v1", message, &operation.Site{
		Input: inputSchema, Output: arrow.NewSchema([]arrow.Field{number, number, number, number}, nil),
		Functions: functions, Log: slog.New(slog.DiscardHandler),
	})
	if err != nil {
		t.Fatal(err)
	}
	for batch, want := range []string{
		"[101 (null) 302] [101 (null) 302] [102 (null) 303] [103 (null) 304]",
		"[105 (null) 306] [105 (null) 306] [106 (null) 307] [107 (null) 308]",
	} {
		var out collected
		if err := operator.Process(t.Context(), recordOf(t, inputSchema, inputRows), &out); err != nil {
			t.Fatal(err)
		}
		var got []string
		for _, column := range out[0].Columns() {
			got = append(got, column.String())
		}
		if strings.Join(got, " ") != want {
			t.Errorf("batch %d: got %s, want %s", batch, got, want)
		}
	}
}

// together is an Instance that records which functions it has called together.
type together struct {
	enginetest.Closures
	steps []string
}

func (g *together) CallAll(ctx context.Context, calls []operation.Invocation, rows int) (results []arrow.Array, err error) {
	var names []string
	for _, c := range calls {
		names = append(names, fmt.Sprint(c.Function))
		r, err := c.Function.Call(ctx, c.Args, rows)
		if err != nil {
			return nil, err
		}
		results = append(results, r)
	}
	g.steps = append(g.steps, strings.Join(names, " "))
	return results, nil
}

// TestScalarCallsTogether: calls are made together as soon as their arguments are known, also where a ROW is
// made of their results, and equal calls once.
func TestScalarCallsTogether(t *testing.T) {
	number, word := arrow.Field{Name: "r", Type: bigint, Nullable: true}, arrow.Field{Name: "s", Type: text, Nullable: true}
	pair := arrow.Field{Name: "p", Type: arrow.StructOf(arrow.Field{Name: "f0", Type: bigint, Nullable: true}, inputSchema.Field(1)), Nullable: true}
	message, err := proto.Marshal(&flinkfn.UserDefinedFunctions{Udfs: []*flinkfn.UserDefinedFunction{
		invoke("add", nested("inc", nested("inc", col(0))), nested("seven")), invoke("inc", col(0)), invoke("upper", col(1)),
		asRowInput(invoke("same", nested("inc", col(0)), col(1))),
	}})
	if err != nil {
		t.Fatal(err)
	}
	functions := &together{Closures: enginetest.Functions()}
	operator, err := operation.Standard().Open(t.Context(), "riffle:transform:scalar_function:v1", message, &operation.Site{
		Input: inputSchema, Output: arrow.NewSchema([]arrow.Field{number, number, word, pair}, nil),
		Functions: functions, Log: slog.New(slog.DiscardHandler),
	})
	if err != nil {
		t.Fatal(err)
	}
	for range 2 {
		functions.steps = nil
		var out collected
		if err := operator.Process(t.Context(), recordOf(t, inputSchema, inputRows), &out); err != nil {
			t.Fatal(err)
		}
		if want := []string{"inc seven upper", "inc same", "add"}; !slices.Equal(functions.steps, want) {
			t.Errorf("steps %q, want %q", functions.steps, want)
		}
		var got []string
		for _, column := range out[0].Columns() {
			got = append(got, column.String())
		}
		if want := `[10 (null) 12] [2 (null) 4] ["A" "É" (null)] {[2 (null) 4] ["a" "é" (null)]}`; strings.Join(got, " ") != want {
			t.Errorf("got %s, want %s", strings.Join(got, " "), want)
		}
	}
}
