package guest

import (
	"context"
	"errors"
	"fmt"
	"sort"
	"strings"
	"unsafe"

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
	// Zone is the session's time zone, in which the function sees a
	// TIMESTAMP_LTZ.
	Zone string
}

// Call computes f for rows rows and returns as many results, which the caller releases. The caller keeps
// its references to args. The rows go to the guest in one batch, or in several if the shared memory is
// too small for one. The user's function is called at most once for a row.
//
// An error that the user's code has caused is a *Failure. The process survives errors and panics. After
// other errors, and if ctx ends during the call, the process has Ended.
func (p *Process) Call(ctx context.Context, f Function, args []arrow.Array, rows int) (arrow.Array, error) {
	c, err := p.newCall(f, args, rows)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", f.Name, err)
	}
	defer c.result.release()
	if err := p.computeAll(ctx, &c); err != nil {
		return nil, err
	}
	return c.result.array(), nil
}

// CallTolerant is like Call but continues after a row for which f returns an error, panics, or returns a
// value that its type cannot hold: the result of that row is NULL. If the process ends, CallTolerant
// returns an error, too.
func (p *Process) CallTolerant(ctx context.Context, f Function, args []arrow.Array, rows int) (arrow.Array, Failures, error) {
	f.Nullable = true
	c, err := p.newCall(f, args, rows)
	if err != nil {
		return nil, Failures{}, fmt.Errorf("%s: %w", f.Name, err)
	}
	defer c.result.release()
	c.failures = &Failures{}
	if err := p.computeAll(ctx, &c); err != nil {
		return nil, Failures{}, err
	}
	return c.result.array(), *c.failures, nil
}

// computeAll computes all rows of a call, when it is the call's turn.
func (p *Process) computeAll(ctx context.Context, c *call) error {
	name := c.function.Name
	select {
	case <-ctx.Done():
		return fmt.Errorf("%s: %w", name, context.Cause(ctx))
	case <-p.ended:
		return fmt.Errorf("%s: %w", name, errEnded)
	case <-p.turn:
	}
	defer func() { p.turn <- struct{}{} }()
	if p.Ended() {
		return fmt.Errorf("%s: %w", name, errEnded)
	}
	p.output.calls(name)
	for c.from < c.rows {
		if err := p.callSome(ctx, c); err != nil {
			return err
		}
	}
	p.output.answered()
	return nil
}

var errEnded = errors.New("its process has ended")

// call is a Call in progress.
type call struct {
	function  Function
	arguments []argument
	given     []arrow.Array // the arrays from which arguments are made
	rows      int
	from      int // the rows before it are done
	result    *result
	failures  *Failures // failures of a tolerant call; otherwise nil
	jailed    bool
}

func (p *Process) newCall(f Function, args []arrow.Array, rows int) (call, error) {
	if f.Kind != abi.KindScalar { // whose arguments and results are one value each for a row
		return call{}, fmt.Errorf("functions of kind %d are not supported", f.Kind)
	}
	if len(args) != len(f.Arguments) {
		return call{}, fmt.Errorf("got %d arguments instead of %d", len(args), len(f.Arguments))
	}
	if len(f.Zone) >= abi.ZoneSize {
		return call{}, fmt.Errorf("the name of the time zone %.60q is too long", f.Zone)
	}
	if rows < 0 {
		return call{}, fmt.Errorf("cannot compute %d rows", rows)
	}
	c := call{function: f, given: args, rows: rows, jailed: !p.options.NoJail}
	for i, arg := range args {
		a, err := newArgument(arg, f.Arguments[i], rows)
		if err != nil {
			return call{}, fmt.Errorf("argument %d %w", i+1, err)
		}
		c.arguments = append(c.arguments, a)
	}
	c.result = newResult(f, rows, p.options.Allocator)
	return c, nil
}

// textRoom is the space that is reserved after the arguments for the texts of a failure.
const textRoom = 32 << 10

// inputSize returns the offset in the memory at which the arguments of the next n rows end.
func (c *call) inputSize(n int) int {
	size := abi.HeaderSize + len(c.arguments)*abi.ColumnSize
	for i := range c.arguments {
		size += c.arguments[i].size(c.from, n)
	}
	return size
}

// minimumSize returns the memory that n rows need at least: for their arguments, and for those
// results that have a fixed size.
func (c *call) minimumSize(n int) int {
	result := abi.ColumnSize + abi.Align((n+7)/8)
	switch width := abi.Width(c.result.typ); {
	case c.result.typ == abi.Bool:
		result += abi.Align((n + 7) / 8)
	case width != 0:
		result += abi.Align(n * width)
	}
	return c.inputSize(n) + max(result, textRoom)
}

// preferredSize returns the memory in which the results fit too in most cases: results of
// variable width are assumed to be as long as all the arguments.
func (c *call) preferredSize(n int) int {
	size := c.minimumSize(n)
	if c.result.variable() {
		size += c.inputSize(n) + n*4
	}
	return size
}

// callSome computes as many of the remaining rows as fit into the memory.
func (p *Process) callSome(ctx context.Context, c *call) error {
	limit := p.options.SharedLimit
	n := c.rows - c.from
	if c.preferredSize(n) > limit {
		n = max(1, sort.Search(n, func(n int) bool { return c.preferredSize(n+1) > limit }))
	}
	if c.minimumSize(n) > limit {
		return fmt.Errorf("%s: row %d has %d bytes of arguments, more than the %d that a guest's memory may have",
			c.function.Name, c.from+1, c.inputSize(1), limit)
	}
	if err := p.reserve(min(c.preferredSize(n), limit)); err != nil {
		return fmt.Errorf("%s: %w", c.function.Name, err)
	}
	p.calls++
	request := abi.Request{
		Version: abi.Version, Kind: c.function.Kind, Op: abi.OpCall,
		Call: p.calls, Function: uint32(c.function.Index), Rows: uint64(n),
	}
	if c.failures != nil {
		request.Flags = abi.FlagTolerant
	}
	c.write(p.shared.bytes, &request)
	reply, err := p.ask(ctx, request, *c)
	if err != nil {
		return err
	}
	return p.collect(ctx, c, request, reply)
}

// collect takes the results in a reply, and requests the remaining ones.
func (p *Process) collect(ctx context.Context, c *call, request abi.Request, reply abi.Reply) error {
	for done := uint64(0); ; {
		switch reply.Status {
		case abi.StatusDone:
			if err := p.takeResult(c, request, reply); err != nil {
				return err
			}
			if done += reply.Rows; done == request.Rows {
				if err := p.takeFailures(ctx, c, request, reply); err != nil {
					return err
				}
				c.from += int(done)
				return nil
			}
		case abi.StatusGrow:
			if err := p.growFor(c, &request, reply); err != nil {
				return err
			}
		default:
			return p.failed(c, request, reply)
		}
		var err error
		request.Op, request.From = abi.OpFetch, done
		if reply, err = p.ask(ctx, request, *c); err != nil {
			return err
		}
	}
}

// growFor enlarges the memory for the results that reply announces. If they exceed the maximum,
// it is enlarged to that, and the results are sent in parts.
func (p *Process) growFor(c *call, request *abi.Request, reply abi.Reply) error {
	limit := uint64(p.options.SharedLimit)
	room := limit - request.Output
	if reply.RowNeed > room {
		return c.failure(int(request.From), Failure{
			Kind:    BadValue,
			Message: fmt.Sprintf("its result has %d bytes, more than the %d that a guest's memory has room for", reply.RowNeed, room),
		})
	}
	if reply.Need > room {
		request.Flags |= abi.FlagPartial
	}
	if err := p.reserve(int(request.Output + min(reply.Need, room))); err != nil {
		return fmt.Errorf("%s: %w", c.function.Name, err)
	}
	request.Size = uint64(len(p.shared.bytes))
	return nil
}

// reserve makes the memory at least size bytes long.
func (p *Process) reserve(size int) error {
	have := len(p.shared.bytes)
	if size <= have {
		return nil
	}
	const page = 64 << 10
	size = max(size, min(2*have, p.options.SharedLimit))
	return p.shared.grow((size + page - 1) / page * page)
}

// write writes the arguments of request.Rows rows into memory and completes request.
func (c *call) write(memory []byte, request *abi.Request) {
	at := abi.HeaderSize + len(c.arguments)*abi.ColumnSize
	for i := range c.arguments {
		var column abi.Column
		column, at = c.arguments[i].write(memory, at, c.from, int(request.Rows))
		*(*abi.Column)(unsafe.Pointer(&memory[abi.HeaderSize+i*abi.ColumnSize])) = column
	}
	request.Columns = uint32(len(c.arguments))
	request.Size, request.Output = uint64(len(memory)), uint64(at)
	copy(request.Zone[:], c.function.Zone)
}

// ask sends a request and waits for its reply.
func (p *Process) ask(ctx context.Context, request abi.Request, c call) (abi.Reply, error) {
	defer context.AfterFunc(ctx, p.kill)()
	*requestIn(p.shared.bytes) = request
	// If the guest has ended, await notices the end of its answers.
	_, _ = p.wake.Write([]byte{0})
	return p.await(ctx, request, c)
}

// await waits for the guest's reply to request, which is part of c. If the guest ends instead,
// the error has the reason.
func (p *Process) await(ctx context.Context, request abi.Request, c call) (abi.Reply, error) {
	progress := (*uint64)(unsafe.Pointer(&p.shared.bytes[abi.ProgressOffset]))
	p.watch.start(progress, p.options.RowTimeout, p.dumpAndKill)
	var one [1]byte
	_, err := p.answer.Read(one[:])
	p.watch.stop()
	if err != nil {
		p.kill() // it may have closed its end and live on
		<-p.ended
		return abi.Reply{}, p.endError(ctx, request, c)
	}
	reply, err := readReply(p.shared.bytes, request)
	if err != nil {
		return abi.Reply{}, p.protocolError(c, err)
	}
	return reply, nil
}

// takeResult takes the results of a reply. A row whose result is not a value of its type fails.
func (p *Process) takeResult(c *call, request abi.Request, reply abi.Reply) error {
	bad, err := c.result.take(p.shared.bytes, request, reply)
	if err != nil {
		return p.protocolError(*c, err)
	}
	for _, b := range bad {
		failure := c.failure(int(request.From)+b.row, Failure{Kind: BadValue, Message: b.message})
		if c.failures == nil {
			return failure
		}
		c.result.setNull(failure.Row)
		c.failures.add(c.rows, failure)
	}
	return nil
}

// protocolError ends a guest that violated the protocol.
func (p *Process) protocolError(c call, err error) error {
	p.kill()
	return fmt.Errorf("%s: %w", c.function.Name, err)
}

// failed returns the error of a call that failed according to the guest.
func (p *Process) failed(c *call, request abi.Request, reply abi.Reply) error {
	switch reply.Status {
	case abi.StatusTooLarge:
		return c.failure(int(reply.FailingRow), Failure{
			Kind:    BadValue,
			Message: "the results of one batch are longer than 2 GiB; use smaller batches (SET 'python.fn-execution.arrow.batch.size')",
		})
	case abi.StatusFailed, abi.StatusPanic:
		failure, err := readFailure(p.shared.bytes, request, reply, reply.Status)
		if err != nil {
			return p.protocolError(*c, err)
		}
		return c.failure(int(reply.FailingRow), failure)
	}
	return p.protocolError(*c, errProtocol("it answers a call with status %d", reply.Status))
}

// readFailure reads the failure of a row from a reply.
func readFailure(memory []byte, request abi.Request, reply abi.Reply, cause uint32) (Failure, error) {
	texts, err := readTexts(memory, request, reply)
	if err != nil {
		return Failure{}, err
	}
	if cause != abi.StatusPanic {
		return Failure{Kind: Returned, Message: texts.message}, nil
	}
	return Failure{
		Kind: Panicked, Message: texts.message,
		Place: Place{File: texts.file, Line: int(reply.Line), Function: texts.function},
	}, nil
}

// failure completes the failure f of a row; row is counted from the rows that are done.
func (c *call) failure(row int, f Failure) *Failure {
	f.Function, f.Row = c.function.Name, c.from+row
	if c.jailed {
		f.Message = explainDenial(f.Message)
	}
	for _, arg := range c.given {
		f.Arguments = append(f.Arguments, valueText(arg, f.Row))
	}
	return &f
}

// readTexts copies the texts of a failure. Invalid UTF-8 in them is replaced.
func readTexts(memory []byte, request abi.Request, reply abi.Reply) (texts struct{ message, file, function string }, err error) {
	length := uint64(reply.MessageBytes) + uint64(reply.FileBytes) + uint64(reply.FunctionBytes)
	if reply.Text < request.Output || reply.Text > uint64(len(memory)) || length > uint64(len(memory))-reply.Text {
		return texts, errProtocol("its texts lie outside of its memory")
	}
	all := string(memory[reply.Text : reply.Text+length])
	cut := func(n uint32) string {
		text := all[:n]
		all = all[n:]
		return strings.ToValidUTF8(text, "\uFFFD")
	}
	texts.message, texts.file, texts.function = cut(reply.MessageBytes), cut(reply.FileBytes), cut(reply.FunctionBytes)
	return texts, nil
}
