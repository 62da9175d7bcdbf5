package guest

import (
	"fmt"
	"slices"
	"unsafe"

	"riffle/udfhost/guest/abi"
)

// errProtocol returns the error for a guest that violates package abi.
func errProtocol(format string, args ...any) error {
	return fmt.Errorf("the guest broke the protocol: "+format, args...)
}

func errOffsets() error { return errProtocol("the offsets of its results are not in order") }

// readReply copies the reply out of a frame and checks that it answers request. Offsets in it are
// not checked yet.
func readReply(frame []byte, request abi.Request) (abi.Reply, error) {
	reply := *(*abi.Reply)(unsafe.Pointer(&frame[abi.ReplyOffset]))
	switch {
	case reply.Version != abi.Version:
		return reply, errProtocol("its version is %d instead of %d", reply.Version, abi.Version)
	case reply.Kind != request.Kind || reply.Instance != request.Instance ||
		reply.Call != request.Call || reply.Function != request.Function:
		return reply, errProtocol("it answers another call")
	case reply.Status == abi.StatusRefused:
		return reply, errProtocol("it has no function %d of kind %d", request.Function, request.Kind)
	case request.Kind == abi.KindTable && (reply.Status == abi.StatusDone || reply.Status == abi.StatusMore):
		return reply, checkBatch(reply, request)
	case reply.Status == abi.StatusMore:
		return reply, errProtocol("it suspends a call of a function of kind %d", request.Kind)
	case reply.Status == abi.StatusDone && (reply.From != request.From ||
		reply.Rows == 0 || reply.Rows > request.Rows-request.From ||
		reply.Rows != request.Rows-request.From && request.Flags&abi.FlagPartial == 0):
		return reply, errProtocol("it has %d rows from %d on for %d", reply.Rows, reply.From, request.Rows)
	case reply.Status == abi.StatusGrow && (request.Limit-request.Output >= reply.Need || reply.RowNeed > reply.Need ||
		request.Flags&abi.FlagPartial != 0 && request.Limit-request.Output >= reply.RowNeed):
		return reply, errProtocol("it has no room for %d bytes in %d", reply.Need, request.Limit-request.Output)
	case (reply.Status == abi.StatusFailed || reply.Status == abi.StatusPanic || reply.Status == abi.StatusTooLarge || reply.Status == abi.StatusGrow) &&
		(reply.FailingRow > request.Rows || reply.FailingRow == request.Rows && request.Kind == abi.KindTable):
		return reply, errProtocol("it failed in row %d of %d", reply.FailingRow, request.Rows)
	case reply.Failed > request.Rows || reply.Failed > 0 && request.Flags&abi.FlagTolerant == 0:
		return reply, errProtocol("it failed in %d rows of %d", reply.Failed, request.Rows)
	}
	return reply, nil
}

// checkBatch checks the numbers in a reply with results of a table function.
func checkBatch(reply abi.Reply, request abi.Request) error {
	first := uint64(0)
	if request.Op == abi.OpFetch {
		first = request.From
	}
	switch {
	case reply.From != first || reply.Rows > abi.BatchResults || reply.Left > abi.BatchResults ||
		reply.From+reply.Rows+reply.Left > abi.BatchResults:
		return errProtocol("it has %d results from %d on, and %d more", reply.Rows, reply.From, reply.Left)
	case reply.Left > 0 && (reply.Rows == 0 || request.Flags&abi.FlagPartial == 0):
		return errProtocol("it has %d of %d results", reply.Rows, reply.Rows+reply.Left)
	case reply.Status == abi.StatusMore && (reply.Rows == 0 || request.Op == abi.OpStop):
		return errProtocol("it suspends a call without results")
	case reply.Failed > request.Rows || reply.Failed > 0 && request.Flags&abi.FlagTolerant == 0:
		return errProtocol("it failed in %d rows of %d", reply.Failed, request.Rows)
	}
	return nil
}

// readColumns copies the descriptors of a reply, of which there should be n.
func readColumns(memory []byte, request abi.Request, reply abi.Reply, n int) ([]abi.Column, error) {
	if int(reply.Columns) != n {
		return nil, errProtocol("it has %d columns and parts instead of %d", reply.Columns, n)
	}
	place, err := span(memory, request, request.Output, n*abi.ColumnSize)
	if err != nil {
		return nil, err
	}
	return slices.Clone(unsafe.Slice((*abi.Column)(unsafe.Pointer(&place[0])), n)), nil
}

// span returns the part of the memory that is a buffer according to the guest.
func span(memory []byte, request abi.Request, at uint64, length int) ([]byte, error) {
	size := uint64(len(memory))
	if at%abi.Alignment != 0 || at < request.Output || at > size || length < 0 || uint64(length) > size-at {
		return nil, errProtocol("a buffer of %d bytes lies at %d", length, at)
	}
	return memory[at : at+uint64(length)], nil
}
