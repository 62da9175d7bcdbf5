//go:build unix

package runtime

import (
	"slices"
	"strconv"
	"strings"
	"testing"

	"riffle/udfhost/guest/abi"
)

// counting is a table function: row i has results numbers, and ended counts the iterators that have ended.
func counting(results int, ended *int) func(*Call) {
	return func(c *Call) {
		out := c.TableResult(1, TypeString)
		count := func(yield func(string) bool) {
			defer func() { *ended++ }()
			for i := range results {
				if !yield(strconv.Itoa(i)) {
					return
				}
			}
		}
		for i := c.From(); i < c.Rows(); i++ {
			if c.Row(i) {
				return
			}
			for text := range count {
				out[0].SetString(text)
				if c.Yield() {
					return
				}
			}
		}
	}
}

// newTableHost is newHost for a table function.
func newTableHost(rows, room int, function func(*Call)) *host {
	h := newHost(rows, room, nil)
	h.guest.functions = []Function{Table(function)}
	h.request.Kind = abi.KindTable
	return h
}

// results reads the results of a reply: "row text".
func (h *host) results(reply abi.Reply) (all []string) {
	columns := view[abi.Column](h.guest.memory, h.request.Output, 3)
	n := int(reply.Rows)
	rows := view[int32](h.guest.memory, columns[1].Data, n)
	offsets := view[int32](h.guest.memory, columns[2].Offsets, n+1)
	data := view[byte](h.guest.memory, columns[2].Data, int(columns[2].DataLength))
	for i := range n {
		all = append(all, strconv.Itoa(int(rows[i]))+" "+string(data[offsets[i]:offsets[i+1]]))
	}
	return all
}

// The iterator goes on with each request, and a batch that does not fit is fetched in parts.
func TestSuspendedIterator(t *testing.T) {
	const each = 3 * abi.BatchResults / 2
	for _, room := range []int{1 << 20, 20_000} {
		ended := 0
		h := newTableHost(3, room, counting(each, &ended))
		var got []string
		reply := h.guest.answer(h.request)
		for requests, taken := 0, 0; ; requests++ {
			switch reply.Status {
			case abi.StatusDone, abi.StatusMore:
				got = append(got, h.results(reply)...)
				taken += int(reply.Rows)
			case abi.StatusGrow:
			default:
				t.Fatalf("status %d", reply.Status)
			}
			if reply.Status == abi.StatusDone && reply.Left == 0 {
				break
			}
			h.request.Op, h.request.From, h.request.Flags = abi.OpFetch, uint64(taken), abi.FlagPartial
			if reply.Status == abi.StatusMore && reply.Left == 0 {
				h.request.Op, h.request.From, taken = abi.OpMore, 0, 0
			}
			if reply = h.guest.answer(h.request); requests > 1000 {
				t.Fatal("no end")
			}
		}
		if len(got) != 3*each || ended != 3 || got[0] != "0 0" || got[each] != "1 0" || got[3*each-1] != "2 "+strconv.Itoa(each-1) {
			t.Errorf("room %d: %d results, %d iterators have ended", room, len(got), ended)
		}
		if len(h.guest.tables) != 0 {
			t.Error("the guest keeps a call that is complete")
		}
	}
}

// A suspended call ends with a request of the host, and a running one when the host says so in the memory.
func TestIteratorIsStopped(t *testing.T) {
	ended := 0
	h := newTableHost(2, 1<<20, counting(1<<40, &ended))
	if reply := h.guest.answer(h.request); reply.Status != abi.StatusMore || reply.Rows == 0 || ended != 0 {
		t.Fatalf("reply %+v", reply)
	}
	h.request.Op = abi.OpStop
	if reply := h.guest.answer(h.request); reply.Status != abi.StatusDone || ended != 1 {
		t.Errorf("reply %+v, %d iterators have ended", reply, ended)
	}
	for _, op := range []uint32{abi.OpMore, abi.OpStop} {
		h.request.Op = op
		if reply := h.guest.answer(h.request); reply.Status != abi.StatusRefused {
			t.Errorf("after the end: %+v", reply)
		}
	}
	h.request.Op, h.request.Call = abi.OpCall, 2
	view[uint64](h.guest.memory, abi.StopOffset, 1)[0] = 2
	if reply := h.guest.answer(h.request); reply.Status != abi.StatusDone || reply.Rows > 1 || ended != 1 && ended != 2 {
		t.Errorf("reply %+v, %d iterators have ended", reply, ended)
	}
}

// A panic leaves nothing of the result that has been begun.
func TestPanicInAResult(t *testing.T) {
	h := newTableHost(3, 64<<10, func(c *Call) {
		out := c.TableResult(2, TypeInt64, TypeString)
		for i := c.From(); i < c.Rows(); i++ {
			c.Row(i)
			for k := range 3 {
				out[0].SetInt(k)
				if i == 1 && k == 1 {
					panic("in a result")
				}
				out[1].SetString(strings.Repeat("x", k))
				c.Yield()
			}
		}
	})
	for flags, want := range map[uint32][]int32{
		abi.FlagTolerant:                  {0, 0, 0, 1, 2, 2, 2},
		abi.FlagTolerant | abi.FlagMarked: {0, 0, 0, 1, ^1, 2, 2, 2},
	} {
		h.request.Flags = flags
		reply := h.guest.answer(h.request)
		columns := view[abi.Column](h.guest.memory, h.request.Output, 4)
		rows := view[int32](h.guest.memory, columns[1].Data, int(reply.Rows))
		if reply.Status != abi.StatusDone || reply.Failed != 1 || !slices.Equal(rows, want) || columns[3].Length != uint64(len(want)) {
			t.Errorf("flags %d: rows %v, %+v", flags, rows, reply)
		}
	}
}
