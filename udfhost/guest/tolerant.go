package guest

import (
	"context"
	"fmt"

	"github.com/apache/arrow/go/v15/arrow/bitutil"

	"riffle/udfhost/guest/abi"
)

// Failures are the rows of a tolerant call for which the function failed.
type Failures struct {
	Count int
	First *Failure // nil if Count is 0
	// Rows has a bit for each row, least significant first. The bits of failed rows are 1. It is nil
	// if Count is 0.
	Rows []byte
}

// mark allocates marks for rows rows.
func (f *Failures) mark(rows int) {
	if f.Rows == nil {
		f.Rows = make([]byte, (rows+7)/8)
	}
}

// add counts one row of a call of rows rows.
func (f *Failures) add(rows int, failure *Failure) {
	f.mark(rows)
	bitutil.SetBit(f.Rows, failure.Row)
	f.Count++
	f.keep(failure)
}

// keep keeps the failure that is the first by its row.
func (f *Failures) keep(failure *Failure) {
	if f.First == nil || failure.Row < f.First.Row {
		f.First = failure
	}
}

// takeFailures requests the rows that failed in the part of a tolerant call that reply
// completes, if any failed.
func (p *Process) takeFailures(ctx context.Context, c *call, request abi.Request, reply abi.Reply) error {
	if reply.Failed == 0 {
		return nil
	}
	marks := int(request.Rows+7) / 8
	if err := p.reserve(int(request.Output) + abi.Align(marks) + textRoom); err != nil {
		return fmt.Errorf("%s: %w", c.function.Name, err)
	}
	size := uint64(len(p.shared.bytes))
	request.Op, request.Next, request.Size, request.Limit = abi.OpFailures, 0, size, size
	answer, err := p.ask(ctx, []*call{c}, []abi.Request{request})
	if err != nil {
		return err
	}
	if answer.Status != abi.StatusFailures || answer.Failed != reply.Failed || answer.FailingRow > request.Rows {
		return p.protocolError(c, errProtocol("it does not tell which rows failed"))
	}
	theirs, err := span(p.shared.bytes, request, request.Output, marks)
	if err != nil {
		return p.protocolError(c, err)
	}
	first, err := readFailure(p.shared.bytes, request, answer, answer.Cause)
	if err != nil {
		return p.protocolError(c, err)
	}
	// It is copied before it is counted, because the guest may change it at any time.
	own := append([]byte(nil), theirs...)
	if n := bitutil.CountSetBits(own, 0, int(request.Rows)); uint64(n) != reply.Failed {
		return p.protocolError(c, errProtocol("%d rows failed, it marks %d", reply.Failed, n))
	}
	c.failures.mark(c.rows)
	for row := range int(request.Rows) {
		if bitutil.BitIsSet(own, row) {
			bitutil.SetBit(c.failures.Rows, c.from+row)
		}
	}
	c.failures.Count += int(reply.Failed)
	c.failures.keep(c.failureIn(request, answer.FailingRow, first))
	return nil
}
