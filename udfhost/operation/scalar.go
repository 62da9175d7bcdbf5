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

// scalar is the operator of scalar functions. Each column of its output has the value of one
// call, including nested calls, for the same row of the input, or says which rows are kept.
type scalar struct {
	output   *arrow.Schema
	columns  []*Call // nil for the column that says which rows are kept
	calls    *Calls
	skippers []Skipper
	results  []arrow.Array
}

func openScalar(ctx context.Context, message *flinkfn.UserDefinedFunctions, site *Site) (Operator, error) {
	if got, want := len(message.Udfs), site.Output.NumFields(); got != want {
		return nil, fmt.Errorf("%d functions for an output of %d columns", got, want)
	}
	site.readTask(message)
	s := &scalar{output: site.Output, calls: NewCalls(site), results: make([]arrow.Array, len(message.Udfs))}
	for i, udf := range message.Udfs {
		c, err := s.column(ctx, udf, site.Output.Field(i).Type)
		if err != nil {
			return nil, err
		}
		s.columns = append(s.columns, c)
	}
	for c := range s.calls.All() {
		if f, ok := c.Function().(Skipper); ok {
			s.skippers = append(s.skippers, f)
		}
	}
	return s, nil
}

// column compiles the call for a column of the output.
func (s *scalar) column(ctx context.Context, udf *flinkfn.UserDefinedFunction, typ arrow.DataType) (*Call, error) {
	p, err := payload.Parse(udf.GetPayload())
	if err != nil {
		return nil, err
	}
	switch p.Kind {
	case payload.Scalar:
		return s.calls.Compile(ctx, udf, typ)
	case payload.Kept:
		if typ.ID() != arrow.BOOL {
			return nil, fmt.Errorf("the column of kept rows is expected to have the type %v", typ)
		}
		s.calls.filtered = true
		return nil, nil
	}
	return nil, p.Kind.Unsupported()
}

func (s *scalar) Process(ctx context.Context, batch arrow.Record, out Output) error {
	defer func() {
		s.calls.Release()
		for i, r := range s.results {
			if r != nil {
				r.Release()
			}
			s.results[i] = nil
		}
	}()
	if err := s.calls.Run(ctx, batch); err != nil {
		return err
	}
	for i, c := range s.columns {
		if c == nil {
			continue
		}
		r, err := c.Eval(ctx, batch)
		if err != nil {
			return err
		}
		s.results[i] = r
		// Flink trusts a column that it planned as NOT NULL, and would read whatever is in the
		// buffer.
		if f := s.output.Field(i); !f.Nullable && r.NullN() > 0 {
			return fmt.Errorf("%s returned NULL for a result that was declared NOT NULL", c)
		}
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

// kept returns the rows of the batch that no function excludes.
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

// Finish implements Operator. Results are never held back.
func (s *scalar) Finish(context.Context, Output) error { return nil }
