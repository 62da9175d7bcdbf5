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
	case reply.Status == abi.StatusDone && (reply.From != request.From ||
		reply.Rows == 0 || reply.Rows > request.Rows-request.From ||
		reply.Rows != request.Rows-request.From && request.Flags&abi.FlagPartial == 0):
		return reply, errProtocol("it has %d rows from %d on for %d", reply.Rows, reply.From, request.Rows)
	case reply.Status == abi.StatusGrow && (request.Limit-request.Output >= reply.Need || reply.RowNeed > reply.Need ||
		request.Flags&abi.FlagPartial != 0 && request.Limit-request.Output >= reply.RowNeed):
		return reply, errProtocol("it has no room for %d bytes in %d", reply.Need, request.Limit-request.Output)
	case (reply.Status == abi.StatusFailed || reply.Status == abi.StatusPanic || reply.Status == abi.StatusTooLarge) &&
		reply.FailingRow > request.Rows:
		return reply, errProtocol("it failed in row %d of %d", reply.FailingRow, request.Rows)
	case reply.Failed > request.Rows || reply.Failed > 0 && request.Flags&abi.FlagTolerant == 0:
		return reply, errProtocol("it failed in %d rows of %d", reply.Failed, request.Rows)
	}
	return reply, nil
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
