package udfhost

import (
	"context"
	"fmt"

	"github.com/apache/arrow/go/v15/arrow"
	"github.com/apache/arrow/go/v15/arrow/array"
	"github.com/apache/arrow/go/v15/arrow/memory"
	"google.golang.org/protobuf/proto"

	"riffle/udfhost/coder"
	"riffle/udfhost/flinkfn"
)

// maxCallDepth bounds the nesting of calls, and so the recursion of their
// evaluation. No statement that a person writes comes near it.
const maxCallDepth = 200

// call is a function with its arguments.
type call struct {
	name     string // for messages
	function Function
	args     []expression
	values   []arrow.Array // of args, while it is evaluated
	result   arrow.DataType

	places int         // where its result is used
	batch  arrow.Array // its result for the batch, where there are several
}

// calls are those of an operator. A call that is written twice, with the same
// payload and arguments, is one: it is made once for a batch. A plan that wants
// two, of a function that is not deterministic, gives them two payloads.
type calls struct {
	site *Site
	all  map[string]*call // by their serialised form
}

func newCalls(site *Site) *calls { return &calls{site, map[string]*call{}} }

// release drops the results that were kept for the batch.
func (cs *calls) release() {
	for _, c := range cs.all {
		if c.batch != nil {
			c.batch.Release()
			c.batch = nil
		}
	}
}

// open compiles a call, or finds it. result is the type that Flink expects, nil
// inside another call.
func (cs *calls) open(ctx context.Context, udf *flinkfn.UserDefinedFunction, result arrow.DataType, depth int) (*call, error) {
	if depth > maxCallDepth {
		return nil, fmt.Errorf("calls nested deeper than %d", maxCallDepth)
	}
	key, err := proto.MarshalOptions{Deterministic: true}.Marshal(udf)
	if err != nil {
		return nil, err
	}
	c := cs.all[string(key)]
	if c == nil {
		if c, err = cs.compile(ctx, udf, result, depth); err != nil {
			return nil, err
		}
		cs.all[string(key)] = c
	}
	c.places++
	return c, c.bind(result)
}

func (cs *calls) compile(ctx context.Context, udf *flinkfn.UserDefinedFunction, result arrow.DataType, depth int) (*call, error) {
	args, err := cs.openArguments(ctx, udf, depth)
	if err != nil {
		return nil, err
	}
	given := make([]arrow.DataType, len(args))
	for i, a := range args {
		given[i] = a.dataType()
	}
	f, err := cs.site.Functions.Function(ctx, udf.GetPayload(), given, result)
	if err != nil {
		return nil, err
	}
	return &call{
		name:     functionName(f, udf.GetPayload()),
		function: f,
		args:     args,
		values:   make([]arrow.Array, len(args)),
		result:   f.Result(),
	}, nil
}

// bind compares the function's types with those of the place where it is
// called, and gives the constants among its arguments theirs.
func (c *call) bind(result arrow.DataType) error {
	if result != nil && !sameType(c.result, result) {
		return fmt.Errorf("%s returns %v where Flink expects %v", c.name, c.result, result)
	}
	wanted := c.function.Args()
	if len(wanted) != len(c.args) {
		return fmt.Errorf("%s takes %d arguments, the call has %d", c.name, len(wanted), len(c.args))
	}
	for i, a := range c.args {
		if k, ok := a.(*constant); ok {
			if err := k.as(wanted[i]); err != nil {
				return fmt.Errorf("argument %d of %s: %w", i+1, c.name, err)
			}
			continue
		}
		if !sameType(a.dataType(), wanted[i]) {
			return fmt.Errorf("argument %d of %s is %v, the function takes %v", i+1, c.name, a.dataType(), wanted[i])
		}
	}
	return nil
}

func sameType(a, b arrow.DataType) bool { return a != nil && b != nil && arrow.TypeEqual(a, b) }

// functionName is how messages call a function: as itself if it has a name,
// else by its payload.
func functionName(f Function, payload []byte) string {
	if s, ok := f.(fmt.Stringer); ok {
		return s.String()
	}
	return fmt.Sprintf("function %.80q", payload)
}

func (c *call) dataType() arrow.DataType { return c.result }

func (c *call) eval(ctx context.Context, batch arrow.Record) (arrow.Array, error) {
	if c.batch != nil {
		c.batch.Retain()
		return c.batch, nil
	}
	result, err := c.make(ctx, batch)
	if err == nil && c.places > 1 {
		result.Retain()
		c.batch = result
	}
	return result, err
}

// make calls the function.
func (c *call) make(ctx context.Context, batch arrow.Record) (arrow.Array, error) {
	defer c.releaseValues()
	for i, a := range c.args {
		v, err := a.eval(ctx, batch)
		if err != nil {
			return nil, err
		}
		c.values[i] = v
	}
	rows := int(batch.NumRows())
	result, err := c.function.Call(ctx, c.values, rows)
	if err != nil {
		return nil, err
	}
	if err := c.check(result, rows); err != nil {
		result.Release()
		return nil, err
	}
	return result, nil
}

// check compares an array of results with what it must be. Flink pairs results
// with rows by position and reads values by the planned type: it would notice
// neither a missing row nor another type.
func (c *call) check(result arrow.Array, rows int) error {
	if result.Len() != rows {
		return fmt.Errorf("%s returned %d results for %d rows", c.name, result.Len(), rows)
	}
	if !sameType(result.DataType(), c.result) {
		return fmt.Errorf("%s returned %v where it said %v", c.name, result.DataType(), c.result)
	}
	return nil
}

func (c *call) releaseValues() {
	for i, v := range c.values {
		if v != nil {
			v.Release()
		}
		c.values[i] = nil
	}
}

// constant is a literal argument. Its array is made once, for the longest
// batch so far, and cut for shorter ones.
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

func (k *constant) dataType() arrow.DataType { return k.dt }

// as gives the constant a type, the value's own if the parameter takes any. It
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

func (k *constant) eval(_ context.Context, batch arrow.Record) (arrow.Array, error) {
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

// nilBitmap is the validity of an array without NULLs.
func nilBitmap() []*memory.Buffer { return []*memory.Buffer{nil} }
