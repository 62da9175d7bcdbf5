package runtime

import (
	"unsafe"

	"riffle/udfhost/guest/abi"
	"riffle/udfhost/guest/scope"
)

// scopes has the scopes of the functions. The board is mapped for the first of them.
type scopes struct{ board *scope.Board }

// Call is one call of a function for the rows of one batch: its arguments, its results, and its failures. The
// glue may use it only during that call.
type Call struct {
	memory  []byte // for the results
	input   []byte // that has the arguments: memory, or a copy
	request abi.Request
	columns []abi.Column // the arguments' descriptors, in the input
	reply   abi.Reply

	result   result
	rejected string // why a value of the current row cannot be passed on, or ""
	finished bool

	scopes *scopes // for functions with a context
	zone   string  // for which inZone was made
	inZone any

	from   int  // the row with which the glue begins
	failed Bits // failed rows of a tolerant call; nil until a row fails
	count  int  // of failed rows
	first  failure

	vector Vector
	table  *tableCall // nil for a scalar function
}

// begin sets c to the call that request describes, whose arguments are in input.
func (c *Call) begin(memory, input []byte, request abi.Request) {
	c.memory, c.input, c.request = memory, input, request
	c.columns = unsafe.Slice((*abi.Column)(unsafe.Pointer(&input[request.Arguments])), int(request.Columns))
	c.finished, c.rejected = false, ""
	c.from, c.failed, c.count = 0, nil, 0
	c.reply = replyTo(request, abi.StatusDone)
	c.result.reset()
	*c.Progress() = 0
	*c.word(abi.CurrentOffset) = request.Call
}

// replyTo begins the reply to request.
func replyTo(request abi.Request, status uint32) abi.Reply {
	return abi.Reply{
		Version: abi.Version, Kind: request.Kind, Status: status, Instance: request.Instance,
		Call: request.Call, Function: request.Function,
	}
}

// run computes the rows with f, and writes the result.
func (c *Call) run(f func(*Call)) {
	c.compute(f)
	if c.reply.Status == abi.StatusDone {
		c.hideFailures()
		c.write(0)
	}
}

// compute computes the rows with f.
func (c *Call) compute(f func(*Call)) {
	for !c.finished {
		c.attempt(f)
	}
}

// attempt calls f for the rows from c.from on. The recover is here and not in the loop over the
// rows, which it would slow down several times. After a panic that a tolerant call survives, f
// is called again for the remaining rows.
func (c *Call) attempt(f func(*Call)) {
	defer c.recovered()
	f(c)
	c.finished = true
}

// fetch writes the kept result again, from the row that request names on.
func (c *Call) fetch(memory []byte, request abi.Request) {
	c.memory, c.request = memory, request
	c.reply = replyTo(request, abi.StatusDone)
	c.write(int(request.From))
}

// Rows returns the number of rows to compute.
//
//go:noinline
func (c *Call) Rows() int { return int(c.request.Rows) }

// From returns the row with which the glue begins. The rows before it are done, and the one directly before it
// has failed: the glue sets its result to NULL.
func (c *Call) From() int { return c.from }

// Zone returns the name of the session's time zone.
func (c *Call) Zone() string {
	n := 0
	for n < len(c.request.Zone) && c.request.Zone[n] != 0 {
		n++
	}
	return string(c.request.Zone[:n])
}

// InZone returns what load makes of the name of the session's time zone. It is kept from call to call.
func (c *Call) InZone(load func(name string) any) any {
	if name := c.Zone(); c.inZone == nil || c.zone != name {
		c.zone, c.inZone = name, load(name)
	}
	return c.inZone
}

// length returns the number of values of argument i.
func (c *Call) length(i int) int { return int(c.columns[i].Length) }

// Progress returns the place to which the glue writes the row that it computes next. The host reads there
// whether a call makes progress, and a failure in which row it occurred.
//
//go:noinline
func (c *Call) Progress() *int {
	return (*int)(unsafe.Pointer(&c.memory[abi.ProgressOffset]))
}

// word returns a word of the shared memory.
func (c *Call) word(at int) *uint64 { return (*uint64)(unsafe.Pointer(&c.memory[at])) }

// Fail records the error that the user's function returned for the current row, and reports whether it ends the
// call. If not, the glue sets the row's result to NULL.
//
//go:noinline
func (c *Call) Fail(err error) (ends bool) {
	return c.fail(failure{abi.StatusFailed, *c.Progress(), err.Error(), place{}})
}

// Reject records that an argument or the result of the current row cannot be represented. The first message of a
// row counts.
//
//go:noinline
func (c *Call) Reject(message string) {
	if c.rejected == "" {
		c.rejected = message
	}
}

// Rejected reports whether there was a Reject for the current row, and whether it ends the call. If it does not,
// the glue sets the row's result to NULL.
func (c *Call) Rejected() (rejected, ends bool) {
	if c.rejected == "" {
		return false, false
	}
	message := c.rejected
	c.rejected = ""
	return true, c.fail(failure{abi.StatusFailed, *c.Progress(), message, place{}})
}

// Failed reports whether err is an error. The glue uses it because a user may
// have given the name nil to something else.
func Failed(err error) bool { return err != nil }

// IsSet reports whether a result is not nil; nil is NULL.
func IsSet[T any](result *T) bool { return result != nil }

// Valid returns the validity of argument i, nil if none of its values is NULL.
//
//go:noinline
func (c *Call) Valid(i int) Bits {
	if c.columns[i].Flags&abi.FlagValidity == 0 {
		return nil
	}
	return view[byte](c.input, c.columns[i].Validity, (c.length(i)+7)/8)
}

// Strict returns the validity of the rows in which none of the given arguments is NULL, or nil if that is true
// of all rows. A function is called only for these rows.
//
//go:noinline
func (c *Call) Strict(arguments ...int) Bits {
	var all Bits
	for _, i := range arguments {
		valid := c.Valid(i)
		switch {
		case valid == nil:
		case all == nil:
			all = append(all, valid...)
		default:
			for k := range all {
				all[k] &= valid[k]
			}
		}
	}
	return all
}

// Bits is a bitmap, least significant bit first.
type Bits []byte

// At returns bit i.
func (b Bits) At(i int) bool { return b[i>>3]&(1<<(i&7)) != 0 }

// Set sets bit i to 1.
func (b Bits) Set(i int) { b[i>>3] |= 1 << (i & 7) }

// IsNull reports whether row i is NULL according to valid. nil means that no row is.
func IsNull(valid Bits, i int) bool {
	return valid != nil && valid[i>>3]&(1<<(i&7)) == 0
}

// copyBits writes the n bits of src from bit from on to the start of dst.
func copyBits(dst, src Bits, from, n int) {
	if from%8 == 0 {
		copy(dst, src[from/8:(from+n+7)/8])
		return
	}
	clear(dst[:(n+7)/8])
	for i := range n {
		if src.At(from + i) {
			dst.Set(i)
		}
	}
}

// view returns the n values of T that lie at offset in memory.
func view[T any](memory []byte, offset uint64, n int) []T {
	if n == 0 {
		return nil
	}
	return unsafe.Slice((*T)(unsafe.Pointer(&memory[offset])), n)
}
