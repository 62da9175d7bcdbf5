package guest

import (
	"context"
	"fmt"
	"slices"
	"sort"
	"strings"
	"time"
	"unsafe"

	"riffle/udfhost/guest/abi"
)

// textRoom is the space that is reserved for the texts of a failure.
const textRoom = 32 << 10

// maxNeeds is how often the results that a process reserves room for because earlier ones did not fit are contained
// in the memory. Others are so large that another request for them does not matter.
const maxNeeds = 8

// group are calls for the same rows that the guest makes one after the other, without the host in between. All
// of them begin at the same row.
type group struct {
	calls     []*call
	arguments []*argument // of all calls, each once
}

func newGroup(calls []*call) group {
	g := group{calls: calls}
	for _, c := range calls {
		for _, a := range c.arguments {
			if !slices.Contains(g.arguments, a) {
				g.arguments = append(g.arguments, a)
			}
		}
	}
	return g
}

// together returns the next calls to make: as many as there is room for.
func (p *Process) together(calls []*call) group {
	if i := slices.IndexFunc(calls, (*call).stoppable); i >= 0 {
		calls = calls[:max(i, 1)] // an asynchronous function is called alone
	}
	for n := len(calls); n > 1 && locatesOutput && calls[0].from == 0; n-- {
		if g := newGroup(calls[:n]); g.preferredSize(p, calls[0].rows) <= p.options.SharedLimit {
			return g
		}
	}
	return newGroup(calls[:1])
}

// current returns which of requests the guest is answering, or has answered last.
func (p *Process) current(requests []abi.Request) int {
	call := p.position().call
	return max(0, slices.IndexFunc(requests, func(r abi.Request) bool { return r.Call == call }))
}

// frameAt returns the offset of a request's frame in the memory.
func frameAt(i int) int {
	if i == 0 {
		return 0
	}
	return abi.HeaderSize + (i-1)*abi.FrameSize
}

// descriptorsAt returns the offset of the descriptors of the arguments.
func (g group) descriptorsAt() int { return abi.HeaderSize + (len(g.calls)-1)*abi.FrameSize }

// inputSize returns the offset in the memory at which the arguments of the next n rows end.
func (g group) inputSize(n int) int {
	size := g.descriptorsAt()
	for _, c := range g.calls {
		size += c.descriptors() * abi.ColumnSize
	}
	for _, a := range g.arguments {
		size += a.size(g.calls[0].from, n)
	}
	return size
}

// minimumSize returns the memory that n rows need at least: for their arguments, and for those
// results that have a fixed size.
func (g group) minimumSize(n int) int {
	size := g.inputSize(n)
	for _, c := range g.calls {
		size += c.minimumOutput(n)
	}
	return size
}

// preferredSize returns the memory in which the results fit too in most cases.
func (g group) preferredSize(p *Process, n int) int {
	size := g.inputSize(n)
	for _, c := range g.calls {
		size += p.preferredOutput(c, n)
	}
	return size
}

// descriptors returns the number of descriptors of the call's arguments.
func (c *call) descriptors() (n int) {
	for _, a := range c.arguments {
		n += a.descriptors()
	}
	return n
}

// minimumOutput returns the memory that n results need at least.
func (c *call) minimumOutput(n int) int { return max(c.result.size(n), textRoom) }

// preferredOutput returns the memory that n results need in most cases. Results of variable width are assumed to
// be as long as all the arguments, or as earlier ones of the function that did not fit.
func (p *Process) preferredOutput(c *call, n int) int {
	size := c.minimumOutput(n)
	if c.result.column.variable() {
		one := group{calls: []*call{c}, arguments: c.arguments}
		size += abi.Align(max(one.inputSize(n)+n*4, p.needs[c.function.Index]))
	}
	return size
}

// callSome computes as many of the remaining rows as fit into the memory.
func (p *Process) callSome(ctx context.Context, g group) error {
	limit := p.options.SharedLimit
	first := g.calls[0]
	n := first.rows - first.from
	if g.preferredSize(p, n) > limit {
		n = max(1, sort.Search(n, func(n int) bool { return g.preferredSize(p, n+1) > limit }))
	}
	if g.minimumSize(n) > limit {
		return fmt.Errorf("%s: row %d has %d bytes of arguments, more than the %d that a guest's memory may have",
			first.function.Name, first.from+1, g.inputSize(1), limit)
	}
	if err := p.reserve(min(g.preferredSize(p, n), limit)); err != nil {
		return fmt.Errorf("%s: %w", first.function.Name, err)
	}
	requests := p.write(g, n)
	reply, last, err := p.askAll(ctx, g, requests)
	if err != nil {
		return err
	}
	for i, c := range g.calls[:last+1] {
		if i > 0 {
			if reply, err = p.reply(g.calls, requests, i); err != nil {
				return err
			}
		}
		if i < last && (reply.Status != abi.StatusDone || reply.Failed > 0) {
			return p.protocolError(c, errProtocol("it goes on after a call with status %d", reply.Status))
		}
		if err := p.collect(ctx, c, requests[i], reply); err != nil {
			return err
		}
	}
	return nil
}

// askAll sends the requests of a group. It returns the reply to the first, and which was answered last.
func (p *Process) askAll(ctx context.Context, g group, requests []abi.Request) (first abi.Reply, last int, err error) {
	name := g.calls[0].function.Name
	if len(requests) == 1 {
		p.output.calls(name)
		first, err = p.ask(ctx, g.calls, requests)
		return first, 0, err
	}
	p.output.callsAll(name, func() string { return g.calls[p.current(requests)].function.Name })
	first, err = p.ask(ctx, g.calls, requests)
	last = p.current(requests)
	p.output.called(g.calls[last].function.Name)
	return first, last, err
}

// write writes the arguments of the next n rows, and the requests for them, into the memory.
func (p *Process) write(g group, n int) []abi.Request {
	memory := p.shared.bytes
	descriptors, at := g.descriptorsAt(), g.descriptorsAt()
	for _, c := range g.calls {
		at += c.descriptors() * abi.ColumnSize
	}
	for _, a := range g.arguments {
		at = a.write(memory, at, g.calls[0].from, n)
	}
	requests := make([]abi.Request, len(g.calls))
	for i, c := range g.calls {
		p.calls++
		r := abi.Request{
			Version: abi.Version, Kind: c.function.Kind, Op: abi.OpCall,
			Call: p.calls, Function: uint32(c.function.Index), Rows: uint64(n),
			Columns: uint32(c.descriptors()), Arguments: uint64(descriptors),
			Size: uint64(len(memory)), Output: uint64(at), Limit: uint64(len(memory)),
			Subtask: uint32(c.function.Subtask), Subtasks: uint32(c.function.Subtasks),
		}
		if c.failures != nil {
			r.Flags = abi.FlagTolerant
		}
		copy(r.Zone[:], c.function.Zone)
		if a := c.function.Async; a != nil {
			r.Async = abi.Async{
				Concurrent: uint32(a.Concurrent), Retries: uint32(a.Retries),
				Timeout: uint64(a.Timeout.Microseconds()), Delay: uint64(a.Delay.Microseconds()),
			}
		}
		for _, a := range c.arguments {
			for _, column := range a.columns {
				*(*abi.Column)(unsafe.Pointer(&memory[descriptors])) = column
				descriptors += abi.ColumnSize
			}
		}
		if i+1 < len(g.calls) {
			at += p.preferredOutput(c, n)
			r.Limit, r.Next = uint64(at), uint64(frameAt(i+1))
		}
		*requestAt(memory, frameAt(i)) = r
		requests[i] = r
	}
	return requests
}

// collect takes the results in a reply, and requests the remaining ones.
func (p *Process) collect(ctx context.Context, c *call, request abi.Request, reply abi.Reply) error {
	request.Next = 0
	c.took += time.Duration(reply.Microseconds) * time.Microsecond
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
			if err := p.growFor(c, &request, reply, int(request.From)); err != nil {
				return err
			}
		default:
			return p.failed(c, request, reply)
		}
		var err error
		request.Op, request.From = abi.OpFetch, done
		if reply, err = p.ask(ctx, []*call{c}, []abi.Request{request}); err != nil {
			return err
		}
	}
}

// growFor enlarges the memory for the results that reply announces. If they exceed the maximum,
// it is enlarged to that, and the results are sent in parts. row is that of the first result.
func (p *Process) growFor(c *call, request *abi.Request, reply abi.Reply, row int) error {
	limit := uint64(p.options.SharedLimit)
	room := limit - request.Output
	if reply.RowNeed > room {
		return c.failure(row, Failure{
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
	request.Limit = request.Size
	if reply.Need <= limit/maxNeeds {
		p.needs[c.function.Index] = max(p.needs[c.function.Index], int(reply.Need))
	}
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

// ask sends requests, which are parts of calls, and waits for the reply to the first of them.
func (p *Process) ask(ctx context.Context, calls []*call, requests []abi.Request) (abi.Reply, error) {
	if c := calls[0]; c.stoppable() { // which is alone
		reply, err := p.askStoppable(ctx, c, requests[0])
		if err == nil && ctx.Err() != nil {
			err = fmt.Errorf("%s: %w", c.function.Name, context.Cause(ctx))
		}
		return reply, err
	}
	defer context.AfterFunc(ctx, p.kill)()
	*requestAt(p.shared.bytes, 0) = requests[0]
	// If the guest has ended, await notices the end of its answers.
	_, _ = p.wake.Write([]byte{0})
	return p.await(ctx, calls, requests)
}

// await waits until the guest has answered requests, and returns the reply to the first of them. If the guest
// ends instead, the error has the reason.
func (p *Process) await(ctx context.Context, calls []*call, requests []abi.Request) (abi.Reply, error) {
	p.watch.start(p.position, p.limit(calls[0]), p.dumpAndKill)
	var one [1]byte
	_, err := p.answer.Read(one[:])
	p.watch.stop()
	if err != nil {
		p.kill() // it may have closed its end and live on
		<-p.ended
		return abi.Reply{}, p.endError(ctx, calls, requests)
	}
	return p.reply(calls, requests, 0)
}

// limit returns how long the guest may make no progress in a call; 0: no limit.
func (p *Process) limit(c *call) time.Duration {
	if a := c.function.Async; a != nil && p.options.RowTimeout > 0 {
		return a.Timeout + p.options.RowTimeout
	}
	return p.options.RowTimeout
}

// reply returns the reply to one of the requests that the guest has answered.
func (p *Process) reply(calls []*call, requests []abi.Request, i int) (abi.Reply, error) {
	reply, err := readReply(p.shared.bytes[frameAt(i):], requests[i])
	if err != nil {
		return abi.Reply{}, p.protocolError(calls[i], err)
	}
	return reply, nil
}

// takeResult takes the results of a reply. A row whose result is not a value of its type fails.
func (p *Process) takeResult(c *call, request abi.Request, reply abi.Reply) error {
	bad, err := c.result.take(p.shared.bytes, request, reply)
	if err != nil {
		return p.protocolError(c, err)
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
func (p *Process) protocolError(c *call, err error) error {
	p.kill()
	return fmt.Errorf("%s: %w", c.function.Name, err)
}

// failed returns the error of a call that failed according to the guest.
func (p *Process) failed(c *call, request abi.Request, reply abi.Reply) error {
	switch reply.Status {
	case abi.StatusTooLarge:
		return c.failureIn(request, reply.FailingRow, Failure{
			Kind:    BadValue,
			Message: "the results of one batch are longer than 2 GiB; use smaller batches (SET 'python.fn-execution.arrow.batch.size')",
		})
	case abi.StatusFailed, abi.StatusPanic:
		failure, err := readFailure(p.shared.bytes, request, reply, reply.Status)
		if err != nil {
			return p.protocolError(c, err)
		}
		return c.failureIn(request, reply.FailingRow, failure)
	}
	return p.protocolError(c, errProtocol("it answers a call with status %d", reply.Status))
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
