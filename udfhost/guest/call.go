package guest

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/apache/arrow/go/v15/arrow"

	"riffle/udfhost/guest/abi"
)

// Function is one function of a program, as the host calls it.
type Function struct {
	Kind      uint32 // as package abi numbers them
	Index     int    // in the order of the program's call of runtime.Serve
	Name      string
	Arguments []arrow.DataType
	Result    arrow.DataType
	// Nullable says that a result may be NULL.
	Nullable bool
	// Async says how an asynchronous function is called; nil for others.
	Async *Async
	// Zone is the session's time zone, in which the function sees a
	// TIMESTAMP_LTZ.
	Zone string
	// Subtask of Subtasks is where the function is called, as its riffle.Context says.
	Subtask, Subtasks int
}

// Async says how the rows of an asynchronous function are computed: Concurrent of them at a time, at least 1. A row
// for which it returns an error is tried again up to Retries times, with a Delay before each. With its retries it gets
// Timeout, which its context says. The process ends if no row is done within Timeout and Options.RowTimeout together.
type Async struct {
	Concurrent, Retries int
	Timeout, Delay      time.Duration
}

// Invocation is a call of a function.
type Invocation struct {
	Function  Function
	Arguments []arrow.Array // the caller keeps its references
	// Tolerant says that the call continues after a row for which the function returns an error, panics, or
	// returns a value that its type cannot hold. The result of that row is NULL.
	Tolerant bool
}

// Outcome is what a call has returned.
type Outcome struct {
	Result   arrow.Array // the receiver releases it
	Failures Failures    // of a tolerant call
	Took     time.Duration
}

// CallAll makes calls for the same rows in their order. Each has as many results as there are rows. The rows go
// to the guest in one batch, with all calls or as many as is possible, or in several if the shared memory is too
// small for one. The user's function is called at most once for a row.
//
// An error that the user's code has caused is a *Failure. The process survives errors and panics. After
// other errors, and if ctx ends during the calls, the process has Ended. But if an asynchronous function is being
// called when ctx ends, the contexts of its rows are cancelled, and the process ends only if it ignores them. With an
// error, CallAll returns the outcomes of the calls before the one that has failed. If the process ends, tolerant calls
// fail, too.
func (p *Process) CallAll(ctx context.Context, invocations []Invocation, rows int) ([]Outcome, error) {
	calls := make([]*call, len(invocations))
	for i, in := range invocations {
		c, err := p.newCall(in, rows, calls[:i])
		if err != nil {
			return nil, fmt.Errorf("%s: %w", in.Function.Name, err)
		}
		defer c.result.release()
		calls[i] = c
	}
	done, err := p.computeAll(ctx, calls)
	outcomes := make([]Outcome, done)
	for i, c := range calls[:done] {
		outcomes[i] = Outcome{Result: c.result.array(), Took: c.took}
		if c.failures != nil {
			outcomes[i].Failures = *c.failures
		}
	}
	return outcomes, err
}

// Call is CallAll for one call.
func (p *Process) Call(ctx context.Context, f Function, args []arrow.Array, rows int) (arrow.Array, error) {
	outcomes, err := p.CallAll(ctx, []Invocation{{Function: f, Arguments: args}}, rows)
	if err != nil {
		return nil, err
	}
	return outcomes[0].Result, nil
}

// CallTolerant is CallAll for one tolerant call.
func (p *Process) CallTolerant(ctx context.Context, f Function, args []arrow.Array, rows int) (arrow.Array, Failures, error) {
	outcomes, err := p.CallAll(ctx, []Invocation{{Function: f, Arguments: args, Tolerant: true}}, rows)
	if err != nil {
		return nil, Failures{}, err
	}
	return outcomes[0].Result, outcomes[0].Failures, nil
}

// computeAll computes all rows of calls, when it is their turn. It returns how many of the calls are done.
func (p *Process) computeAll(ctx context.Context, calls []*call) (done int, err error) {
	if slices.ContainsFunc(calls, (*call).stoppable) {
		p.stoppable.begin()
		defer p.stoppable.end()
	}
	if err := p.takeTurn(ctx, calls[0].function.Name); err != nil {
		return 0, err
	}
	defer p.endTurn()
	for {
		for done < len(calls) && calls[done].from == calls[done].rows {
			done++
		}
		if done == len(calls) {
			p.output.answered()
			return done, nil
		}
		if err := p.callSome(ctx, p.together(calls[done:])); err != nil {
			for done < len(calls) && calls[done].from == calls[done].rows {
				done++
			}
			return done, err
		}
	}
}

// takeTurn waits until no other caller communicates with the guest. name is that of the function to call.
func (p *Process) takeTurn(ctx context.Context, name string) error {
	select {
	case <-ctx.Done():
		return fmt.Errorf("%s: %w", name, context.Cause(ctx))
	case <-p.ended:
		return fmt.Errorf("%s: %w", name, errEnded)
	case <-p.turn:
	}
	if p.Ended() {
		p.endTurn()
		return fmt.Errorf("%s: %w", name, errEnded)
	}
	return nil
}

func (p *Process) endTurn() { p.turn <- struct{}{} }

var errEnded = errors.New("its process has ended")

// call is a call in progress.
type call struct {
	function  Function
	arguments []*argument
	given     []arrow.Array // the arrays from which arguments are made
	rows      int
	from      int // the rows before it are done
	took      time.Duration
	result    *result   // nil for a table function
	failures  *Failures // failures of a tolerant call; otherwise nil
	options   *Options
}

// newCall prepares a call of a scalar function. It shares the arguments that it has in common with the calls before.
func (p *Process) newCall(in Invocation, rows int, before []*call) (*call, error) {
	if in.Function.Kind != abi.KindScalar { // whose results are one value for each row
		return nil, fmt.Errorf("functions of kind %d are not supported", in.Function.Kind)
	}
	c, err := p.prepare(in, rows, before)
	if err == nil {
		c.result = newResult(c.function, rows, p.options.Allocator)
	}
	return c, err
}

// prepare prepares a call of any kind.
func (p *Process) prepare(in Invocation, rows int, before []*call) (*call, error) {
	f := in.Function
	if len(in.Arguments) != len(f.Arguments) {
		return nil, fmt.Errorf("got %d arguments instead of %d", len(in.Arguments), len(f.Arguments))
	}
	if len(f.Zone) >= abi.ZoneSize {
		return nil, fmt.Errorf("the name of the time zone %.60q is too long", f.Zone)
	}
	if rows < 0 {
		return nil, fmt.Errorf("cannot compute %d rows", rows)
	}
	c := &call{function: f, given: in.Arguments, rows: rows, options: &p.options}
	if in.Tolerant {
		c.function.Nullable = true
		c.failures = &Failures{}
	}
	for i, array := range in.Arguments {
		a := shared(before, array, f.Arguments[i])
		if a == nil {
			var err error
			if a, err = newArgument(array, f.Arguments[i], rows); err != nil {
				return nil, fmt.Errorf("argument %d %w", i+1, err)
			}
		}
		c.arguments = append(c.arguments, a)
	}
	return c, nil
}

// shared returns an argument that was made from the same array, or nil.
func shared(calls []*call, array arrow.Array, parameter arrow.DataType) *argument {
	if !Accepts(parameter, array.DataType()) {
		return nil
	}
	for _, c := range calls {
		for i, a := range c.arguments {
			if c.given[i] == array {
				return a
			}
		}
	}
	return nil
}

// failureIn completes the failure f of a row of a request, or of all its rows.
func (c *call) failureIn(request abi.Request, row uint64, f Failure) *Failure {
	if row < request.Rows {
		return c.failure(int(row), f)
	}
	f.Function, f.Row, f.Batch = c.function.Name, -1, int(request.Rows)
	f.Message = c.options.explainDenial(f.Message)
	return &f
}

// failure completes the failure f of a row; row is counted from the rows that are done.
func (c *call) failure(row int, f Failure) *Failure {
	f.Function, f.Row = c.function.Name, c.from+row
	f.Message = c.options.explainDenial(f.Message)
	for _, arg := range c.given {
		f.Arguments = append(f.Arguments, valueText(arg, f.Row))
	}
	return &f
}
