//go:build unix

// Package runtime is the part of riffle that is linked into a guest, the executable
// built from a user's Go declarations. Serve answers the host's requests over shared
// memory in the layout of package abi. For each signature, riffle generates glue, in a package
// of its own. The glue reads the arguments through a Call, calls the user's function row by row,
// and writes the results through the same Call.
//
// This package is compiled on the user's machine, possibly into an empty build cache,
// before the first function runs. It therefore imports as little of the standard library
// as possible: no fmt, os or reflect. After the start its only system calls are read,
// write, mmap and munmap, and those that ask for the time and whether there is output.
//
// The functions that the glue calls once a batch are not inlined into it, nor are those
// that append to a result. This halves the time that it takes to compile a program. The
// functions that it calls for each row of fixed width are inlined.
package runtime

import (
	"syscall"
	"unsafe"

	"riffle/udfhost/guest/abi"
	"riffle/udfhost/guest/scope"
)

// Function is a function of the program, of one of the kinds in package abi.
type Function struct {
	kind uint32
	call func(*Call)
}

// Scalar returns a scalar function: call computes all rows of a batch.
//
//go:noinline
func Scalar(call func(*Call)) Function { return Function{abi.KindScalar, call} }

// Table returns a table function: call computes the results of all rows of a batch.
//
//go:noinline
func Table(call func(*Call)) Function { return Function{abi.KindTable, call} }

// Declared is a function of the user, and the glue that makes a Function of it.
type Declared struct {
	Glue     func(declared any) Function
	Declared any
}

// Glued returns the functions of a program.
func Glued(all []Declared) []Function {
	functions := make([]Function, len(all))
	for i, d := range all {
		functions[i] = d.Glue(d.Declared)
	}
	return functions
}

// Callable returns a function of the user as one of type F. The glue's types that stand for the user's have other names,
// but the same layout, so F is called in the same way.
func Callable[F any](declared any) F {
	// An interface that has a function consists of a pointer to its type, and the function.
	return *(*F)(unsafe.Pointer(&(*[2]unsafe.Pointer)(unsafe.Pointer(&declared))[1]))
}

// Serve answers the host's requests with functions, which are numbered in their order, until the host closes
// its end. It does not return.
func Serve(functions ...Function) {
	for _, fd := range []int{abi.SharedFD, abi.WakeFD, abi.AnswerFD} {
		syscall.CloseOnExec(fd)
	}
	g := &guest{functions: functions, scopes: new(scopes)}
	g.call.scopes = g.scopes
	g.mapMemory(abi.HeaderSize)
	g.mapMemory(int(g.request(0).Size))
	if g.request(0).Version != abi.Version {
		fatal("riffle: host and guest speak different versions")
	}
	if g.request(0).Flags&abi.FlagWatchHost != 0 {
		go watchHost()
	}
	*g.reply(0) = abi.Reply{Version: abi.Version, Status: abi.StatusReady, Columns: uint32(len(functions))}
	for {
		wake(abi.AnswerFD)
		if !await(abi.WakeFD) {
			syscall.Exit(0)
		}
		if size := int(g.request(0).Size); size != len(g.memory) {
			g.mapMemory(size)
		}
		g.answerAll()
	}
}

// answerAll replies to a chain of requests, up to one that the host has to act on, or to one after which there is
// output: what the host reads was printed by the call that is current then.
func (g *guest) answerAll() {
	for at := uint64(0); ; {
		request := *g.request(at)
		reply := g.answer(request)
		*g.reply(at) = reply
		if request.Next == 0 || reply.Status != abi.StatusDone || reply.Failed > 0 || printed() {
			return
		}
		at = request.Next
	}
}

// guest is the state of Serve.
type guest struct {
	functions []Function
	memory    []byte
	scopes    *scopes
	call      Call // the last OpCall of a scalar function, which keeps the result for OpFetch

	tables map[uint64]*tableCall // that are suspended, by Request.Call
	filled *tableCall            // which has returned the last batch, and keeps it for OpFetch
}

// request and reply return those of the frame at an offset.
func (g *guest) request(at uint64) *abi.Request {
	return (*abi.Request)(unsafe.Pointer(&g.memory[at]))
}

func (g *guest) reply(at uint64) *abi.Reply {
	return (*abi.Reply)(unsafe.Pointer(&g.memory[at+abi.ReplyOffset]))
}

// answer executes request and returns the reply, whose columns and texts are then in the
// memory.
func (g *guest) answer(request abi.Request) abi.Reply {
	if request.Version != abi.Version || int(request.Function) >= len(g.functions) ||
		request.Kind != g.functions[request.Function].kind {
		return replyTo(request, abi.StatusRefused)
	}
	switch request.Kind {
	case abi.KindScalar:
		return g.scalar(request)
	case abi.KindTable:
		return g.table(request)
	}
	return replyTo(request, abi.StatusRefused)
}

// scalar answers a request for a scalar function.
func (g *guest) scalar(request abi.Request) abi.Reply {
	switch {
	case request.Op == abi.OpCall:
		begun := now()
		g.call.begin(g.memory, g.memory, request)
		g.call.run(g.functions[request.Function].call)
		g.call.reply.Microseconds = uint64(max(0, now()-begun))
	case request.Op == abi.OpFetch && request.Call == g.call.request.Call:
		g.call.fetch(g.memory, request)
	case request.Op == abi.OpFailures && request.Call == g.call.request.Call && g.call.count > 0:
		g.call.failures(g.memory, request)
	default:
		return replyTo(request, abi.StatusRefused)
	}
	return g.call.reply
}

// table answers a request for a table function.
func (g *guest) table(request abi.Request) abi.Reply {
	t := g.tables[request.Call]
	switch {
	case request.Op == abi.OpCall:
		t = newTableCall(g.memory, request, g.scopes, g.functions[request.Function].call)
		return g.fill(t, request)
	case request.Op == abi.OpMore && t != nil:
		return g.fill(t, request)
	case request.Op == abi.OpStop && t != nil:
		delete(g.tables, request.Call)
		t.resume(g.memory, request)
		t.stop()
		return replyTo(request, abi.StatusDone)
	case g.filled == nil || request.Call != g.filled.call.request.Call:
	case request.Op == abi.OpFetch:
		g.filled.fetch(g.memory, request)
		return g.filled.call.reply
	case request.Op == abi.OpFailures && g.filled.call.count > 0:
		g.filled.call.failures(g.memory, request)
		return g.filled.call.reply
	}
	return replyTo(request, abi.StatusRefused)
}

// fill computes the next batch of results. The guest keeps the call until it is complete, and the batch until the
// next one of any call.
func (g *guest) fill(t *tableCall, request abi.Request) abi.Reply {
	if g.tables == nil {
		g.tables = map[uint64]*tableCall{}
	}
	g.filled = t
	reply := t.fill(g.memory, request)
	if t.status == abi.StatusMore {
		g.tables[request.Call] = t
	} else {
		delete(g.tables, request.Call)
	}
	return reply
}

// Scope returns what the function that is called knows about its job, and counts.
//
//go:noinline
func (c *Call) Scope() *scope.Scope { return c.scopes.of(&c.request) }

// of returns the scope of the function that a request calls.
func (s *scopes) of(request *abi.Request) *scope.Scope {
	if s.board == nil {
		memory, err := syscall.Mmap(abi.SharedFD, 0, abi.BoardSize, syscall.PROT_READ|syscall.PROT_WRITE, syscall.MAP_SHARED)
		if err != nil {
			fatal("riffle: cannot map the board of the shared memory")
		}
		s.board = scope.NewBoard(memory)
	}
	return s.board.Scope(request.Function, request.Subtask, request.Subtasks)
}

// mapMemory maps the first size bytes of the shared memory. No value of the user's points into
// an earlier mapping, because strings and bytes are copied out.
func (g *guest) mapMemory(size int) {
	memory, err := syscall.Mmap(abi.SharedFD, abi.BoardSize, size, syscall.PROT_READ|syscall.PROT_WRITE, syscall.MAP_SHARED)
	if err != nil {
		fatal("riffle: cannot map the shared memory")
	}
	if g.memory != nil {
		syscall.Munmap(g.memory) // fails only for memory that is not mapped
	}
	g.memory = memory
}

// wake tells the host that there is something new in the memory.
func wake(fd int) {
	for {
		if _, err := syscall.Write(fd, []byte{0}); err != syscall.EINTR {
			return // await notices a host that has ended
		}
	}
}

// await waits for a byte and reports false at the end of the file.
func await(fd int) bool {
	var one [1]byte
	for {
		n, err := syscall.Read(fd, one[:])
		if err != syscall.EINTR {
			return n == 1
		}
	}
}

// watchHost ends the guest with the host.
func watchHost() {
	for await(abi.LifeFD) {
	}
	syscall.Exit(0)
}

func fatal(message string) {
	syscall.Write(2, []byte(message+"\n")) // an error cannot be reported to anyone
	syscall.Exit(2)
}
