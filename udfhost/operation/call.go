package operation

import (
	"context"
	"errors"
	"fmt"
	"iter"
	"maps"

	"github.com/apache/arrow/go/v15/arrow"
	"google.golang.org/protobuf/proto"

	"riffle/udfhost/flinkfn"
	"riffle/udfhost/payload"
)

// maxCallDepth limits the nesting of calls, and so the recursion of their evaluation. No
// statement that a person writes comes near it.
const maxCallDepth = 200

// Call is a function with its arguments.
type Call struct {
	calls    *Calls // that it is one of
	name     string // for messages
	function Function
	args     []Expression
	values   []arrow.Array // of args, during the evaluation
	result   arrow.DataType

	step   int          // the calls among its arguments have lower ones
	places int          // number of places that use the result
	kept   arrow.Array  // the result for a batch, if several places use it or Run has made it
	batch  arrow.Record // that batch, only for comparison, not to be read
}

// Calls are the calls of an operator. Two calls with the same payload and arguments are one call,
// which is made once for a batch. A function that is not deterministic needs separate calls, so the
// plan gives each of them a payload of its own.
type Calls struct {
	site     *Site
	all      map[string]*Call // by their serialized form
	steps    [][]*Call        // by their step
	filtered bool             // the plan filters out the rows that a Skipper excludes
}

// NewCalls returns an empty set of calls for the operator at a site. Arguments are columns of the
// site's Input. An operator whose rows arrive within a ROW passes a Site whose Input has the fields
// of that ROW.
func NewCalls(site *Site) *Calls { return &Calls{site: site, all: map[string]*Call{}} }

// Compile prepares a call for evaluation. result is the type that Flink expects.
func (cs *Calls) Compile(ctx context.Context, udf *flinkfn.UserDefinedFunction, result arrow.DataType) (*Call, error) {
	return cs.open(ctx, udf, result, 0)
}

// All returns the calls compiled so far, in no particular order, including nested ones.
func (cs *Calls) All() iter.Seq[*Call] { return maps.Values(cs.all) }

// Run makes all calls for a batch: those of a step together, as their arguments are then known. After it, Eval
// returns these results, until Release.
func (cs *Calls) Run(ctx context.Context, batch arrow.Record) error {
	for _, step := range cs.steps {
		if err := cs.run(ctx, step, batch); err != nil {
			return err
		}
	}
	return nil
}

func (cs *Calls) run(ctx context.Context, step []*Call, batch arrow.Record) error {
	invocations := make([]Invocation, len(step))
	for i, c := range step {
		c.release()
		defer c.releaseValues()
		if err := c.evaluate(ctx, batch); err != nil {
			return err
		}
		invocations[i] = Invocation{c.function, c.values}
	}
	rows := int(batch.NumRows())
	results, err := cs.callAll(ctx, invocations, rows)
	for i, r := range results {
		c := step[i]
		c.kept, c.batch = r, batch
		if err == nil {
			err = c.check(r, rows)
		}
	}
	return err
}

// callAll makes calls, and returns the results of those before one that fails.
func (cs *Calls) callAll(ctx context.Context, calls []Invocation, rows int) (results []arrow.Array, err error) {
	if t, ok := cs.site.Functions.(Together); ok {
		return t.CallAll(ctx, calls, rows)
	}
	for _, c := range calls {
		r, err := c.Function.Call(ctx, c.Args, rows)
		if err != nil {
			return results, err
		}
		results = append(results, r)
	}
	return results, nil
}

// Release releases the results that were kept for the last batch. An operator calls it after each
// batch.
func (cs *Calls) Release() {
	for _, c := range cs.all {
		c.release()
	}
}

// open compiles a call, unless an equal one was compiled. result is the type that Flink
// expects, or nil inside another call.
func (cs *Calls) open(ctx context.Context, udf *flinkfn.UserDefinedFunction, result arrow.DataType, depth int) (*Call, error) {
	if depth > maxCallDepth {
		return nil, fmt.Errorf("calls nested deeper than %d", maxCallDepth)
	}
	key, err := proto.MarshalOptions{Deterministic: true}.Marshal(udf)
	if err != nil {
		return nil, err
	}
	c := cs.all[string(key)]
	if c == nil {
		if c, err = cs.resolve(ctx, udf, result, depth); err != nil {
			return nil, err
		}
		cs.all[string(key)] = c
		if c.step == len(cs.steps) {
			cs.steps = append(cs.steps, nil)
		}
		cs.steps[c.step] = append(cs.steps[c.step], c)
	}
	c.places++
	return c, c.bind(result)
}

func (cs *Calls) resolve(ctx context.Context, udf *flinkfn.UserDefinedFunction, result arrow.DataType, depth int) (*Call, error) {
	p, err := payload.Parse(udf.GetPayload())
	if err != nil {
		return nil, err
	}
	if p.Kind != payload.Scalar { // a call has one value for each row
		return nil, p.Kind.Unsupported()
	}
	args, err := cs.arguments(ctx, udf, depth)
	if err != nil {
		return nil, err
	}
	given, step := make([]arrow.DataType, len(args)), 0
	for i, a := range args {
		given[i], step = a.Type(), max(step, stepAfter(a))
	}
	f, err := cs.site.Functions.Function(ctx, p, given, result)
	if err != nil {
		return nil, err
	}
	cs.site.calls(f, p.Function)
	return &Call{
		calls:    cs,
		name:     functionName(f, p),
		function: f,
		args:     args,
		values:   make([]arrow.Array, len(args)),
		result:   f.Result(),
		step:     step,
	}, nil
}

// stepAfter returns the first step in which an expression is known.
func stepAfter(e Expression) int {
	switch e := e.(type) {
	case *Call:
		return e.step + 1
	case *asRow:
		step := 0
		for _, f := range e.fields {
			step = max(step, stepAfter(f))
		}
		return step
	}
	return 0
}

// bind compares the function's types with those of the place where it is called.
func (c *Call) bind(result arrow.DataType) error {
	if result != nil && !sameType(c.result, result) {
		return fmt.Errorf("%s returns %v where Flink expects %v", c.name, c.result, result)
	}
	return bindArguments(c.name, c.args, c.function.Args())
}

func sameType(a, b arrow.DataType) bool { return a != nil && b != nil && arrow.TypeEqual(a, b) }

// functionName returns the name of a function in messages: its own if it has one, otherwise
// that of its payload.
func functionName(f Function, p payload.Payload) string {
	if s, ok := f.(fmt.Stringer); ok {
		return s.String()
	}
	return p.Function
}

// Function returns the function that is called.
func (c *Call) Function() Function { return c.function }

// String returns the name of the function for messages.
func (c *Call) String() string { return c.name }

// Type returns the type of the results.
func (c *Call) Type() arrow.DataType { return c.result }

// Eval evaluates the call for a batch. The caller releases the result.
func (c *Call) Eval(ctx context.Context, batch arrow.Record) (arrow.Array, error) {
	if c.kept != nil && c.batch == batch {
		c.kept.Retain()
		return c.kept, nil
	}
	c.release()
	result, err := c.make(ctx, batch)
	if err == nil && c.places > 1 {
		result.Retain()
		c.kept, c.batch = result, batch
	}
	return result, err
}

func (c *Call) release() {
	if c.kept != nil {
		c.kept.Release()
	}
	c.kept, c.batch = nil, nil
}

// make calls the function.
func (c *Call) make(ctx context.Context, batch arrow.Record) (arrow.Array, error) {
	defer c.releaseValues()
	if err := c.evaluate(ctx, batch); err != nil {
		return nil, err
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

// evaluate evaluates the arguments.
func (c *Call) evaluate(ctx context.Context, batch arrow.Record) error {
	for i, a := range c.args {
		v, err := a.Eval(ctx, batch)
		if err != nil {
			return err
		}
		c.values[i] = v
	}
	return nil
}

// errNotFiltered: the plan has no filter that leaves out the row. Either the plan was compiled
// before the session required that, and uses the functions as they are now, or operations of
// this kind cannot skip rows.
var errNotFiltered = errors.New("this plan cannot skip rows for which a function failed: SET 'riffle.functions.on-error' = 'null' or 'fail'")

// check compares an array of results with what Flink expects. Flink pairs results with rows by
// position and reads values by the planned type, so it would notice neither a missing row nor
// another type.
func (c *Call) check(result arrow.Array, rows int) error {
	if s, ok := c.function.(Skipper); ok && !c.calls.filtered && s.Skipped() != nil {
		return errNotFiltered
	}
	if result.Len() != rows {
		return fmt.Errorf("%s returned %d results for %d rows", c.name, result.Len(), rows)
	}
	if !sameType(result.DataType(), c.result) {
		return fmt.Errorf("%s returned %v instead of %v", c.name, result.DataType(), c.result)
	}
	return nil
}

func (c *Call) releaseValues() {
	for i, v := range c.values {
		if v != nil {
			v.Release()
		}
		c.values[i] = nil
	}
}
