package udfhost

import (
	"context"
	"errors"
	"fmt"

	"github.com/apache/arrow/go/v15/arrow"
	"github.com/apache/arrow/go/v15/arrow/array"
	"github.com/apache/arrow/go/v15/arrow/memory"

	"riffle/udfhost/flinkfn"
)

// scalar is the operator of scalar functions: each column of the output is the
// value of one call, nested calls included, for the same row of the input, or
// tells which rows are kept.
type scalar struct {
	output   *arrow.Schema
	columns  []*call // nil where the column tells which rows are kept
	calls    *calls
	filtered bool // there is such a column
	skippers []Skipper
	results  []arrow.Array
}

func openScalar(ctx context.Context, payload *flinkfn.UserDefinedFunctions, site *Site) (Operator, error) {
	if got, want := len(payload.Udfs), site.Output.NumFields(); got != want {
		return nil, fmt.Errorf("%d functions for an output of %d columns", got, want)
	}
	s := &scalar{output: site.Output, calls: newCalls(site), results: make([]arrow.Array, len(payload.Udfs))}
	for i, udf := range payload.Udfs {
		typ := site.Output.Field(i).Type
		if string(udf.GetPayload()) == KeptPayload {
			if typ.ID() != arrow.BOOL {
				return nil, fmt.Errorf("%s is expected to return %v", KeptPayload, typ)
			}
			s.columns = append(s.columns, nil)
			s.filtered = true
			continue
		}
		c, err := s.calls.open(ctx, udf, typ, 0)
		if err != nil {
			return nil, err
		}
		s.columns = append(s.columns, c)
	}
	for _, c := range s.calls.all {
		if f, ok := c.function.(Skipper); ok {
			s.skippers = append(s.skippers, f)
		}
	}
	return s, nil
}

func (s *scalar) Process(ctx context.Context, batch arrow.Record, out Output) error {
	defer func() {
		s.calls.release()
		for i, r := range s.results {
			if r != nil {
				r.Release()
			}
			s.results[i] = nil
		}
	}()
	for i, c := range s.columns {
		if c == nil {
			continue
		}
		r, err := c.eval(ctx, batch)
		if err != nil {
			return err
		}
		s.results[i] = r
		// Flink trusts a column that it planned as NOT NULL: it would read
		// whatever lies in the buffer.
		if f := s.output.Field(i); !f.Nullable && r.NullN() > 0 {
			return fmt.Errorf("%s returned NULL for a result that was declared NOT NULL", c.name)
		}
	}
	if err := s.checkFilter(); err != nil {
		return err
	}
	for i, c := range s.columns {
		if c == nil {
			s.results[i] = s.kept(int(batch.NumRows()))
		}
	}
	results := array.NewRecord(s.output, s.results, batch.NumRows())
	defer results.Release()
	return out.Emit(results)
}

// checkFilter fails where a row is to be left out and the plan has nothing to do
// that: one that was compiled before the session wanted it, and names functions
// as they are now.
func (s *scalar) checkFilter() error {
	for _, f := range s.skippers {
		if !s.filtered && f.Skipped() != nil {
			return errors.New("a row for which a function failed cannot be left out of this plan: it was compiled without that; SET 'riffle.functions.on-error' = 'null' or 'fail'")
		}
	}
	return nil
}

// kept tells which rows of the batch no function wants left out.
func (s *scalar) kept(rows int) arrow.Array {
	bits := make([]byte, (rows+7)/8)
	for i := range bits {
		bits[i] = 0xff
		for _, f := range s.skippers {
			if skipped := f.Skipped(); skipped != nil {
				bits[i] &^= skipped[i]
			}
		}
	}
	data := array.NewData(arrow.FixedWidthTypes.Boolean, rows, []*memory.Buffer{nil, memory.NewBufferBytes(bits)}, nil, 0, 0)
	defer data.Release()
	return array.MakeFromData(data)
}

// Finish implements Operator: no result is ever held back.
func (s *scalar) Finish(context.Context, Output) error { return nil }

// An expression computes one array from a batch: a column, a constant or a
// call.
type expression interface {
	// dataType is the type of the result; nil for a constant without one yet.
	dataType() arrow.DataType
	// eval returns a new reference to an array with one value for each row.
	eval(ctx context.Context, batch arrow.Record) (arrow.Array, error)
}

// column is a column of the input.
type column struct {
	index int
	field arrow.Field
}

func (c column) dataType() arrow.DataType { return c.field.Type }

func (c column) eval(_ context.Context, batch arrow.Record) (arrow.Array, error) {
	a := batch.Column(c.index)
	a.Retain()
	return a, nil
}

// asRow packs its arguments into one ROW value, for a function that takes its
// input as a row.
type asRow struct {
	fields    []expression
	structure *arrow.StructType
}

func (r *asRow) dataType() arrow.DataType { return r.structure }

func (r *asRow) eval(ctx context.Context, batch arrow.Record) (arrow.Array, error) {
	children := make([]arrow.ArrayData, len(r.fields))
	for i, f := range r.fields {
		a, err := f.eval(ctx, batch)
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

// openExpression compiles an argument. depth counts the calls around it.
func (cs *calls) openExpression(ctx context.Context, in *flinkfn.Input, depth int) (expression, error) {
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

// openArguments compiles the arguments of a call: one each, or for a function
// that takes a row all of them as one, unless that is a call which returns it.
func (cs *calls) openArguments(ctx context.Context, udf *flinkfn.UserDefinedFunction, depth int) ([]expression, error) {
	args := make([]expression, len(udf.GetInputs()))
	for i, in := range udf.GetInputs() {
		e, err := cs.openExpression(ctx, in, depth)
		if err != nil {
			return nil, err
		}
		args[i] = e
	}
	if !udf.GetTakesRowAsInput() {
		return args, nil
	}
	if len(args) == 1 {
		if c, ok := args[0].(*call); ok {
			return []expression{c}, nil
		}
	}
	return rowArgument(args)
}

func rowArgument(args []expression) ([]expression, error) {
	fields := make([]arrow.Field, len(args))
	for i, a := range args {
		switch a := a.(type) {
		case column:
			fields[i] = a.field
		case *constant: // no parameter will give it a type: it keeps its own
			if err := a.as(nil); err != nil {
				return nil, err
			}
			fields[i] = arrow.Field{Name: fmt.Sprintf("f%d", i), Type: a.dataType(), Nullable: true}
		default:
			fields[i] = arrow.Field{Name: fmt.Sprintf("f%d", i), Type: a.dataType(), Nullable: true}
		}
	}
	return []expression{&asRow{args, arrow.StructOf(fields...)}}, nil
}
