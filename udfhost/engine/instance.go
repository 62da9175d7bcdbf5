package engine

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"time"

	"github.com/apache/arrow/go/v15/arrow"

	"riffle/udfhost/guest"
	"riffle/udfhost/guest/abi"
	"riffle/udfhost/operation"
	"riffle/udfhost/payload"
)

// instance is the engine's side of one worker: usually one process, and one more for each
// further program with functions that the worker's query was planned with.
type instance struct {
	engine   *Engine
	caller   operation.Caller
	account  *account  // of the caller's query
	reporter *reporter // nil if nobody reads reports
	// unreported are changes of metrics.
	unreported *changes

	mu     sync.Mutex
	guests map[string]*workerGuest // by hash
	closed bool
}

// workerGuest is the process of one program for one worker. If the process has ended, the next
// call replaces it.
type workerGuest struct {
	program    *Program
	caller     operation.Caller
	account    *account
	unreported *changes
	mu         sync.Mutex
	process    *Process
	closed     bool
}

// Function implements operation.Instance.
func (in *instance) Function(
	ctx context.Context, p payload.Payload, args []arrow.DataType, result arrow.DataType,
) (operation.Function, error) {
	if p.Kind != payload.Scalar {
		return nil, p.Kind.Unsupported()
	}
	f, err := in.resolve(ctx, p, args)
	if err == nil && result != nil && !arrow.TypeEqual(result, f.call.Result) {
		err = fmt.Errorf("%s: the plan expects its result to be %v", f.signature, result)
	}
	if err != nil {
		return nil, err
	}
	return f, nil
}

// resolve finds the function of a payload, for arguments of some types.
func (in *instance) resolve(ctx context.Context, p payload.Payload, args []arrow.DataType) (*function, error) {
	onError := Fail
	if p.OnError != "" {
		var err error
		if onError, err = ParseOnError(p.OnError); err != nil {
			return nil, fmt.Errorf("%s: how to handle failed rows: %w", p.Function, err)
		}
	}
	program := in.engine.Program(p.Program)
	if program == nil {
		return nil, fmt.Errorf("%s belongs to a program that this session has not built: define the function again and restart the query", p.Function)
	}
	i, s := program.find(p)
	if s == nil {
		return nil, fmt.Errorf("the program of %s has no %s function of that name", p.Function, p.Kind)
	}
	f, err := newFunction(s, i, args)
	if err != nil {
		return nil, err
	}
	f.engine, f.onError = in.engine, onError
	f.call.Zone, f.call.Async = in.caller.Zone, asyncOf(s, p.Async)
	f.guest, err = in.guest(ctx, program)
	return f, err
}

// DefaultAsync is how an asynchronous function is called if its payload does not say so, as without a query.
var DefaultAsync = payload.Async{Concurrent: 200, Timeout: guest.DefaultRowTimeout.Milliseconds(), Retries: 3, Delay: 100}

// asyncOf returns how a function is called concurrently; nil if it is not asynchronous.
func asyncOf(s *Function, a payload.Async) *guest.Async {
	if !s.Async {
		return nil
	}
	if a == (payload.Async{}) {
		a = DefaultAsync
	}
	return &guest.Async{
		Concurrent: a.Concurrent, Retries: a.Retries,
		Timeout: time.Duration(a.Timeout) * time.Millisecond, Delay: time.Duration(a.Delay) * time.Millisecond,
	}
}

// find finds a function of the program, and its index in the guest; nil if the program
// does not have it.
func (p *Program) find(of payload.Payload) (int, *Function) {
	for i := range p.Functions {
		if f := &p.Functions[i]; f.Name == of.Function && f.Kind == of.Kind {
			return i, f
		}
	}
	return 0, nil
}

// guest returns the worker's process of p, and starts it if necessary.
func (in *instance) guest(ctx context.Context, p *Program) (*workerGuest, error) {
	in.mu.Lock()
	defer in.mu.Unlock()
	if in.closed {
		return nil, errClosed
	}
	g := in.guests[p.Hash]
	if g == nil {
		g = &workerGuest{program: p, caller: in.caller, account: in.account, unreported: in.unreported}
		in.guests[p.Hash] = g
	}
	_, err := g.get(ctx, in.engine)
	return g, err
}

// get returns the process. It starts one if there is none or if it has ended.
func (g *workerGuest) get(ctx context.Context, e *Engine) (*Process, error) {
	g.mu.Lock()
	defer g.mu.Unlock()
	if g.closed {
		return nil, errClosed
	}
	if g.process != nil {
		if !g.process.Ended() {
			return g.process, nil
		}
		if err := g.process.Close(); err != nil {
			return nil, err
		}
		g.process = nil
	}
	process, err := e.acquire(ctx, g.program)
	if err != nil {
		return nil, err
	}
	process.serve(g.account, g.unreported, g.caller)
	g.process = process
	return process, nil
}

// Close implements operation.Instance.
func (in *instance) Close() error {
	in.mu.Lock()
	defer in.mu.Unlock()
	in.closed = true
	var err error
	for _, g := range in.guests {
		err = errors.Join(err, g.close())
	}
	return err
}

func (g *workerGuest) close() error {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.closed = true
	if g.process == nil {
		return nil
	}
	return g.process.Close()
}

// function is a function of a worker's process, in one place of a query.
type function struct {
	guest   *workerGuest
	engine  *Engine
	call    guest.Function
	args    []arrow.DataType
	onError OnError
	context bool // it gets a riffle.Context
	task    operation.Task
	failed  []byte // rows of the last call
	// signature is for messages.
	signature string
}

// kinds are the kinds of functions, as a guest numbers them.
var kinds = map[payload.Kind]uint32{payload.Scalar: abi.KindScalar, payload.Table: abi.KindTable}

// newFunction checks that a place of a query has the types of s.
func newFunction(s *Function, index int, args []arrow.DataType) (*function, error) {
	if len(args) != len(s.Parameters) {
		return nil, fmt.Errorf("%s takes %d arguments, not %d", s.Signature, len(s.Parameters), len(args))
	}
	f := &function{signature: s.Signature, context: s.Context, call: guest.Function{Kind: kinds[s.Kind], Index: index, Name: s.Name, Result: s.Result, Nullable: s.Nullable}}
	for i, arg := range args {
		param := s.Parameters[i]
		if arg == nil {
			arg = param.Type
		}
		if !guest.Accepts(param.Type, arg) {
			return nil, fmt.Errorf("%s: argument %d is %v; write CAST(… AS %s)", s.Signature, i+1, arg, param.SQLType)
		}
		f.args = append(f.args, arg)
		f.call.Arguments = append(f.call.Arguments, param.Type)
	}
	return f, nil
}

// Args implements operation.Function.
func (f *function) Args() []arrow.DataType { return f.args }

// Result implements operation.Function.
func (f *function) Result() arrow.DataType { return f.call.Result }

// Call implements operation.Function.
func (f *function) Call(ctx context.Context, args []arrow.Array, rows int) (arrow.Array, error) {
	results, err := f.guest.callAll(ctx, f.engine, []operation.Invocation{{Function: f, Args: args}}, rows)
	if err != nil {
		return nil, err
	}
	return results[0], nil
}

// CallAll implements operation.Together.
func (in *instance) CallAll(ctx context.Context, calls []operation.Invocation, rows int) ([]arrow.Array, error) {
	results := make([]arrow.Array, 0, len(calls))
	for len(calls) > 0 {
		g, n := guestOf(calls[0]), 1
		for n < len(calls) && guestOf(calls[n]) == g {
			n++
		}
		some, err := g.callAll(ctx, in.engine, calls[:n], rows)
		if err != nil {
			for _, r := range results {
				r.Release()
			}
			return nil, err
		}
		results, calls = append(results, some...), calls[n:]
	}
	return results, nil
}

func guestOf(call operation.Invocation) *workerGuest { return call.Function.(*function).guest }

// callAll makes calls of functions of the guest, and counts them.
func (g *workerGuest) callAll(ctx context.Context, e *Engine, calls []operation.Invocation, rows int) ([]arrow.Array, error) {
	process, err := g.get(ctx, e)
	if err != nil {
		return nil, err
	}
	invocations := make([]guest.Invocation, len(calls))
	for i, c := range calls {
		f := c.Function.(*function)
		if err := process.tell(f); err != nil {
			return nil, err
		}
		invocations[i] = guest.Invocation{Function: f.call, Arguments: c.Args, Tolerant: f.onError != Fail}
	}
	begun := time.Now()
	outcomes, err := process.CallAll(ctx, invocations, rows)
	g.count(calls, outcomes, rows, time.Since(begun), err)
	results := make([]arrow.Array, len(outcomes))
	for i, o := range outcomes {
		results[i] = o.Result
		if err != nil {
			o.Result.Release()
		}
	}
	return results, err
}

// count counts calls, of which the one after the outcomes has failed if err is set. The time that the functions
// have not taken is that of all calls.
func (g *workerGuest) count(calls []operation.Invocation, outcomes []guest.Outcome, rows int, took time.Duration, err error) {
	made := outcomes
	if err != nil {
		made = append(made, guest.Outcome{})
	}
	shared := took
	for _, o := range made {
		shared -= o.Took
	}
	shared = max(0, shared) / time.Duration(len(made))
	for i, o := range made {
		f := calls[i].Function.(*function)
		f.failed = o.Failures.Rows
		var failed error
		if i == len(outcomes) {
			failed = err
		}
		g.account.called(f, rows, o.Took+shared, o.Failures, failed)
	}
}

// Skipped implements operation.Skipper.
func (f *function) Skipped() []byte {
	if f.onError != Skip {
		return nil
	}
	return f.failed
}
