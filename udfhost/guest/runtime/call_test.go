//go:build unix

package runtime

import (
	"errors"
	"strings"
	"testing"
	"unsafe"

	"riffle/udfhost/guest/abi"
)

// host plays the host's part in a memory of its own.
type host struct {
	guest   guest
	request abi.Request
}

// newHost returns a host with room bytes for the results of rows rows.
func newHost(rows, room int, function func(*Call)) *host {
	words := make([]uint64, (abi.HeaderSize+room)/8)
	memory := unsafe.Slice((*byte)(unsafe.Pointer(&words[0])), len(words)*8)
	return &host{
		guest: guest{memory: memory, functions: []Function{Scalar(function)}},
		request: abi.Request{
			Version: abi.Version, Call: 1, Rows: uint64(rows), Size: uint64(len(memory)), Output: abi.HeaderSize, Limit: uint64(len(memory)),
		},
	}
}

// texts reads the strings of a reply; NULL is "-".
func (h *host) texts(reply abi.Reply) []string {
	column := view[abi.Column](h.guest.memory, h.request.Output, 1)[0]
	n := int(reply.Rows)
	offsets := view[int32](h.guest.memory, column.Offsets, n+1)
	data := view[byte](h.guest.memory, column.Data, int(column.DataLength))
	var valid Bits
	if column.Flags&abi.FlagValidity != 0 {
		valid = view[byte](h.guest.memory, column.Validity, (n+7)/8)
	}
	var all []string
	for i := range n {
		if IsNull(valid, i) {
			all = append(all, "-")
		} else {
			all = append(all, string(data[offsets[i]:offsets[i+1]]))
		}
	}
	return all
}

// words returns a function whose row i is i bytes long, and NULL for every third.
func words(calls *int) func(*Call) {
	return func(c *Call) {
		*calls++
		out, set := c.Result(TypeString), c.NullableResult()
		for i := range c.Rows() {
			*c.Progress() = i
			if i%3 == 2 {
				out.NullAt(i)
				continue
			}
			set.Set(i)
			out[0].SetString(strings.Repeat("x", i))
		}
	}
}

// However little room there is, all results come, in their order, from one call
// of the function.
func TestResultsInParts(t *testing.T) {
	const rows = 100
	for _, room := range []int{280, 1000, 3000, 10_000} {
		calls := 0
		h := newHost(rows, room, words(&calls))
		reply := h.guest.answer(h.request)
		var got []string
		for len(got) < rows {
			if reply.Status == abi.StatusDone {
				got = append(got, h.texts(reply)...)
			} else if reply.Status != abi.StatusGrow || reply.Need <= uint64(room) || reply.RowNeed > reply.Need {
				t.Fatalf("room %d: reply %+v", room, reply)
			}
			h.request.Op, h.request.From, h.request.Flags = abi.OpFetch, uint64(len(got)), abi.FlagPartial
			if len(got) < rows {
				reply = h.guest.answer(h.request)
			}
		}
		for i, text := range got {
			if want := strings.Repeat("x", i); text != want && !(i%3 == 2 && text == "-") {
				t.Fatalf("room %d: row %d is %q", room, i, text)
			}
		}
		if calls != 1 || len(got) != rows {
			t.Errorf("room %d: %d calls, %d rows", room, calls, len(got))
		}
	}
}

func TestNoRoomForARow(t *testing.T) {
	h := newHost(1, 2000, func(c *Call) {
		out := c.Result(TypeString)
		out[0].SetString(strings.Repeat("x", 3000))
	})
	for range 2 {
		reply := h.guest.answer(h.request)
		if reply.Status != abi.StatusGrow || reply.RowNeed != reply.Need || reply.Need < 3000 {
			t.Errorf("reply %+v", reply)
		}
		h.request.Op, h.request.Flags = abi.OpFetch, abi.FlagPartial
	}
}

func TestFailures(t *testing.T) {
	type odd struct{}
	for _, test := range []struct {
		function func(*Call)
		status   uint32
		message  string
	}{
		{func(c *Call) { c.Fail(errors.New("no")) }, abi.StatusFailed, "no"},
		{func(*Call) { panic("text") }, abi.StatusPanic, "text"},
		{func(*Call) { panic(errors.New("error")) }, abi.StatusPanic, "error"},
		{func(*Call) { panic(-1 << 63) }, abi.StatusPanic, "-9223372036854775808"},
		{func(*Call) { panic(odd{}) }, abi.StatusPanic, "a value of type runtime.odd"},
		{func(*Call) { panic(1.5) }, abi.StatusPanic, "a value of type float64"},
		{func(*Call) { none()["a"] = 1 }, abi.StatusPanic, "assignment to entry in nil map"},
		{func(*Call) { panic(error(nil)) }, abi.StatusPanic, "panic called with nil argument"},
		{func(*Call) { panic(badError{}) }, abi.StatusPanic, "a value of type runtime.badError"},
		{func(*Call) { panic(strings.Repeat("x", 2*maxText)) }, abi.StatusPanic, strings.Repeat("x", maxText-3) + "…"},
		{func(*Call) { panic(tooLarge{}) }, abi.StatusTooLarge, ""},
	} {
		h := newHost(5, 64<<10, func(c *Call) { *c.Progress() = 3; test.function(c) })
		reply := h.guest.answer(h.request)
		message := string(view[byte](h.guest.memory, reply.Text, int(reply.MessageBytes)))
		if reply.Status != test.status || message != test.message || reply.FailingRow != 3 {
			t.Errorf("got status %d, row %d, %.100q; want %d, %.100q", reply.Status, reply.FailingRow, message, test.status, test.message)
		}
	}
}

func none() map[string]int { return nil }

type badError struct{}

func (badError) Error() string { panic("again") }

func TestRefusedRequests(t *testing.T) {
	for name, spoil := range map[string]func(*abi.Request){
		"version":  func(r *abi.Request) { r.Version++ },
		"kind":     func(r *abi.Request) { r.Kind = 1 },
		"op":       func(r *abi.Request) { r.Op = 9 },
		"function": func(r *abi.Request) { r.Function = 1 },
		"fetch":    func(r *abi.Request) { r.Op, r.Call = abi.OpFetch, 5 },
	} {
		calls := 0
		h := newHost(1, 2000, words(&calls))
		spoil(&h.request)
		if reply := h.guest.answer(h.request); reply.Status != abi.StatusRefused || calls != 0 {
			t.Errorf("%s: reply %+v after %d calls", name, reply, calls)
		}
	}
}

func TestCopyBits(t *testing.T) {
	src := Bits{0b10110101, 0b01100011, 0b00111010}
	for from := range 17 {
		for n := 1; from+n <= 24; n++ {
			dst := Bits{0xff, 0xff, 0xff}
			copyBits(dst, src, from, n)
			for i := range n {
				if dst.At(i) != src.At(from+i) {
					t.Fatalf("from %d, %d bits: bit %d", from, n, i)
				}
			}
		}
	}
}
