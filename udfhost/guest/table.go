package guest

import (
	"context"
	"fmt"
	"sort"
	"time"

	"github.com/apache/arrow/go/v15/arrow/bitutil"

	"riffle/udfhost/guest/abi"
)

// tableRoom is the space for a batch of results that is reserved at first. It is enough for most batches of
// abi.BatchBytes.
const tableRoom = 2 << 20

// tableCall is a call of a table function in progress.
type tableCall struct {
	*call
	process *Process
	marked  bool
	take    func(TableResults) error

	request   abi.Request // the last one
	suspended bool        // in the guest
	last      int         // the row of the last result that was checked
	failed    int         // a row with a value that its type cannot hold, whose further results are dropped; or -1
}

// CallTable calls a table function for each row. Function.Result is a struct of the columns of its results. take
// receives the results, in batches of at most abi.BatchResults, while the function goes on. The batch is valid
// during the call of take. Between the batches other calls of the process are made. marked marks the rows that fail
// in a tolerant call.
//
// If take returns an error, or ctx ends, the user's iterator is told to stop. The errors of CallAll apply. A row that
// fails in a tolerant call keeps the results that it had before.
func (p *Process) CallTable(ctx context.Context, in Invocation, rows int, marked bool, take func(TableResults) error) (Outcome, error) {
	c, err := p.prepare(in, rows, nil)
	if err != nil {
		return Outcome{}, fmt.Errorf("%s: %w", in.Function.Name, err)
	}
	p.stoppable.begin()
	defer p.stoppable.end()
	t := &tableCall{call: c, process: p, marked: marked && in.Tolerant, take: take, failed: -1}
	for err == nil && c.from < c.rows {
		err = t.part(ctx)
	}
	outcome := Outcome{Took: c.took}
	if c.failures != nil {
		outcome.Failures = *c.failures
		if rows := c.failures.Rows; rows != nil { // a row can have a wrong value first, and then an error
			outcome.Failures.Count = bitutil.CountSetBits(rows, 0, c.rows)
		}
	}
	return outcome, err
}

// part makes the call for as many of the remaining rows as fit into the memory.
func (t *tableCall) part(ctx context.Context) error {
	defer t.stop()
	g, room := newGroup([]*call{t.call}), min(tableRoom, t.process.options.SharedLimit/2)
	limit := t.process.options.SharedLimit - room
	n := t.rows - t.from
	t.last = 0
	if g.inputSize(n) > limit {
		n = max(1, sort.Search(n, func(n int) bool { return g.inputSize(n+1) > limit }))
	}
	if size := g.inputSize(n); size > limit {
		return fmt.Errorf("%s: row %d has %d bytes of arguments, more than the %d that a guest's memory may have",
			t.function.Name, t.from+1, size, limit)
	}
	begin := func() error {
		if err := t.process.reserve(g.inputSize(n) + room); err != nil {
			return err
		}
		t.request = t.process.write(g, n)[0]
		if t.marked {
			t.request.Flags |= abi.FlagMarked
		}
		return nil
	}
	more := func() error {
		t.request.Op, t.request.From, t.request.Flags = abi.OpMore, 0, t.request.Flags&^abi.FlagPartial
		t.request.Output = abi.HeaderSize
		return nil
	}
	for next := begin; ; next = more {
		batches, err := t.fill(ctx, next)
		for _, b := range batches {
			if err == nil {
				err = t.pass(b)
			}
			b.release()
		}
		if err != nil {
			return err
		}
		if !t.suspended {
			t.from += n
			return nil
		}
	}
}

// fill requests the next batch of results, which begin prepares. Large results make several columns of it.
func (t *tableCall) fill(ctx context.Context, begin func() error) (batches []*tableBatch, err error) {
	p, name := t.process, t.function.Name
	if err := p.takeTurn(ctx, name); err != nil {
		return nil, err
	}
	defer p.endTurn()
	if err := begin(); err != nil {
		return nil, fmt.Errorf("%s: %w", name, err)
	}
	t.request.Size = uint64(len(p.shared.bytes))
	t.request.Limit = t.request.Size
	p.output.calls(name)
	reply, err := t.ask(ctx)
	if err == nil {
		t.took += time.Duration(reply.Microseconds) * time.Microsecond
		batches, err = t.collect(ctx, reply)
	}
	if err == nil {
		p.output.answered()
	}
	return batches, err
}

// collect takes the results of a batch that a reply announces, and requests the remaining ones.
func (t *tableCall) collect(ctx context.Context, reply abi.Reply) (batches []*tableBatch, err error) {
	p := t.process
	for taken := uint64(0); ; {
		switch reply.Status {
		case abi.StatusDone, abi.StatusMore:
			b, err := t.read(reply)
			if b != nil {
				batches = append(batches, b)
			}
			if err != nil {
				return batches, p.protocolError(t.call, err)
			}
			if taken += reply.Rows; reply.Left > 0 {
				break
			}
			if !t.suspended {
				return batches, p.takeFailures(ctx, t.call, t.request, reply)
			}
			return batches, nil
		case abi.StatusGrow:
			if err := p.growFor(t.call, &t.request, reply, int(reply.FailingRow)); err != nil {
				return batches, err
			}
		default:
			return batches, p.failed(t.call, t.request, reply)
		}
		t.request.Op, t.request.From = abi.OpFetch, taken
		if reply, err = t.ask(ctx); err != nil {
			return batches, err
		}
	}
}

// ask sends the request. If ctx ends, or has ended, the guest is told to end the call, and killed if it does not.
func (t *tableCall) ask(ctx context.Context) (abi.Reply, error) {
	reply, err := t.process.askStoppable(ctx, t.call, t.request)
	t.suspended = err == nil && (reply.Status == abi.StatusMore || reply.Status == abi.StatusGrow && reply.Cause == abi.StatusMore)
	if err == nil && ctx.Err() != nil {
		err = fmt.Errorf("%s: %w", t.function.Name, context.Cause(ctx))
	}
	return reply, err
}

// stop ends a suspended call, so that the deferred calls of the user's iterator are made.
func (t *tableCall) stop() {
	if !t.suspended {
		return
	}
	if t.process.takeTurn(context.Background(), t.function.Name) != nil {
		return // the process has ended
	}
	defer t.process.endTurn()
	t.request.Op, t.request.Output = abi.OpStop, abi.HeaderSize
	t.request.Size = uint64(len(t.process.shared.bytes)) // other calls may have enlarged it
	t.request.Limit = t.request.Size
	over, end := context.WithCancel(context.Background())
	end()
	_, _ = t.ask(over) // CallTable returns the error that has led here
}
