//go:build unix

package runtime

import (
	"sync/atomic"
	"unsafe"

	"riffle/udfhost/guest/abi"
	"riffle/udfhost/guest/scope"
)

// Host plays the host's part for tests outside of the package.
type Host struct{ *host }

// NewHost returns a host with room bytes for the results of rows rows, and a board.
func NewHost(rows, room int, function func(*Call)) Host {
	h := newHost(rows, room, function)
	words := make([]uint64, abi.BoardSize/8)
	h.guest.scopes = &scopes{board: scope.NewBoard(unsafe.Slice((*byte)(unsafe.Pointer(&words[0])), abi.BoardSize))}
	h.guest.call.scopes = h.guest.scopes
	return Host{h}
}

// Answer calls the function.
func (h Host) Answer(a abi.Async, flags uint32) abi.Reply {
	h.request.Async, h.request.Flags = a, flags
	return h.guest.answer(h.request)
}

// Stop tells the call to end.
func (h Host) Stop() {
	atomic.StoreUint64((*uint64)(unsafe.Pointer(&h.guest.memory[abi.StopOffset])), h.request.Call)
}

// Texts reads the strings of a reply; NULL is "-".
func (h Host) Texts(reply abi.Reply) []string { return h.texts(reply) }

// Message returns the text of a failure.
func (h Host) Message(reply abi.Reply) string {
	return string(h.guest.memory[reply.Text : reply.Text+uint64(reply.MessageBytes)])
}
