package operation

import (
	"context"
	"errors"
	"fmt"

	"github.com/apache/arrow/go/v15/arrow"
	"github.com/apache/arrow/go/v15/arrow/array"
	"github.com/apache/arrow/go/v15/arrow/memory"

	"riffle/udfhost/coder"
	"riffle/udfhost/flinkfn"
)

// An Expression computes one array from a batch: a column, a constant or a
// call.
type Expression interface {
	// Type returns the type of the result; nil for a constant that has no type yet.
	Type() arrow.DataType
	// Eval returns an array with one value for each row, as a new reference.
	Eval(ctx context.Context, batch arrow.Record) (arrow.Array, error)
}

// column is a column of the input.
type column struct {
	index int
	field arrow.Field
}

func (c column) Type() arrow.DataType { return c.field.Type }

func (c column) Eval(_ context.Context, batch arrow.Record) (arrow.Array, error) {
	a := batch.Column(c.index)
	a.Retain()
	return a, nil
}

// asRow packs its arguments into one ROW value, for a function whose input is a row.
type asRow struct {
	fields    []Expression
	structure *arrow.StructType
}

func (r *asRow) Type() arrow.DataType { return r.structure }

func (r *asRow) Eval(ctx context.Context, batch arrow.Record) (arrow.Array, error) {
	children := make([]arrow.ArrayData, len(r.fields))
	for i, f := range r.fields {
		a, err := f.Eval(ctx, batch)
		if err != nil {
			return nil, err
		}
		defer a.Release()
		children[i] = a.Data()
	}
	data := array.NewData(r.structure, int(batch.NumRows()), nilBitmap(), children, 0, 0)
	defer data.Release()
	return array.MakeFromData(data), nil
}

// Arguments compiles the inputs of a function that is not a [Call], because its results are not
// one value for each row. types are the types that the function takes. A constant gets the type of
// its parameter. name is for messages.
func (cs *Calls) Arguments(ctx context.Context, name string, inputs []*flinkfn.Input, types []arrow.DataType) ([]Expression, error) {
	args := make([]Expression, len(inputs))
	for i, in := range inputs {
		e, err := cs.argument(ctx, in, 0)
		if err != nil {
			return nil, err
		}
		args[i] = e
	}
	return args, bindArguments(name, args, types)
}

// bindArguments compares arguments with the types that a function takes, and gives constants
// among them the types of their parameters.
func bindArguments(name string, args []Expression, types []arrow.DataType) error {
	if len(types) != len(args) {
		return fmt.Errorf("%s takes %d arguments, the call has %d", name, len(types), len(args))
	}
	for i, a := range args {
		if k, ok := a.(*constant); ok {
			if err := k.as(types[i]); err != nil {
				return fmt.Errorf("argument %d of %s: %w", i+1, name, err)
			}
			continue
		}
		if !sameType(a.Type(), types[i]) {
			return fmt.Errorf("argument %d of %s is %v, the function takes %v", i+1, name, a.Type(), types[i])
		}
	}
	return nil
}

// argument compiles an argument. depth counts the calls around it.
func (cs *Calls) argument(ctx context.Context, in *flinkfn.Input, depth int) (Expression, error) {
	switch in := in.GetInput().(type) {
	case *flinkfn.Input_InputOffset:
		i := int(in.InputOffset)
		if i < 0 || i >= cs.site.Input.NumFields() {
			return nil, fmt.Errorf("argument is column %d of an input of %d", i, cs.site.Input.NumFields())
		}
		return column{i, cs.site.Input.Field(i)}, nil
	case *flinkfn.Input_InputConstant:
		return parseConstant(in.InputConstant)
	case *flinkfn.Input_Udf:
		return cs.open(ctx, in.Udf, nil, depth+1)
	}
	return nil, errors.New("argument is neither a column nor a constant nor a call")
}

// arguments compiles the arguments of a call: one each. For a function that takes a row, all of
// them form one argument, unless they are a single call that returns the row.
func (cs *Calls) arguments(ctx context.Context, udf *flinkfn.UserDefinedFunction, depth int) ([]Expression, error) {
	args := make([]Expression, len(udf.GetInputs()))
	for i, in := range udf.GetInputs() {
		e, err := cs.argument(ctx, in, depth)
		if err != nil {
			return nil, err
		}
		args[i] = e
	}
	if !udf.GetTakesRowAsInput() {
		return args, nil
	}
	if len(args) == 1 {
		if c, ok := args[0].(*Call); ok {
			return []Expression{c}, nil
		}
	}
	return rowArgument(args)
}

func rowArgument(args []Expression) ([]Expression, error) {
	fields := make([]arrow.Field, len(args))
	for i, a := range args {
		switch a := a.(type) {
		case column:
			fields[i] = a.field
		case *constant: // no parameter gives it a type, so it keeps its own
			if err := a.as(nil); err != nil {
				return nil, err
			}
			fields[i] = arrow.Field{Name: fmt.Sprintf("f%d", i), Type: a.Type(), Nullable: true}
		default:
			fields[i] = arrow.Field{Name: fmt.Sprintf("f%d", i), Type: a.Type(), Nullable: true}
		}
	}
	return []Expression{&asRow{args, arrow.StructOf(fields...)}}, nil
}

// constant is a literal argument. Its array is created once, for the longest batch so far, and
// sliced for shorter ones.
type constant struct {
	value coder.Constant
	dt    arrow.DataType // nil until the parameter's type is known
	array arrow.Array
}

func parseConstant(b []byte) (*constant, error) {
	v, err := coder.ParseConstant(b)
	if err != nil {
		return nil, err
	}
	return &constant{value: v}, nil
}

func (k *constant) Type() arrow.DataType { return k.dt }

// as converts the constant to a type, or to the value's own type if the parameter takes any. It
// fails if the type cannot hold the value.
func (k *constant) as(dt arrow.DataType) error {
	if dt == nil {
		dt = k.value.Type()
	}
	k.dt = dt
	none, err := k.value.Array(dt, 0)
	k.array = none
	return err
}

func (k *constant) Eval(_ context.Context, batch arrow.Record) (arrow.Array, error) {
	rows := int(batch.NumRows())
	if k.array.Len() < rows {
		a, err := k.value.Array(k.dt, rows)
		if err != nil {
			return nil, err
		}
		k.array.Release()
		k.array = a
	}
	return array.NewSlice(k.array, 0, int64(rows)), nil
}

// nilBitmap returns the validity of an array without NULLs.
func nilBitmap() []*memory.Buffer { return []*memory.Buffer{nil} }
