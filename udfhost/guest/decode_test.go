package guest

import (
	"testing"
	"unsafe"

	"github.com/apache/arrow/go/v15/arrow/memory"

	"riffle/udfhost/guest/abi"
)

// sharedBytes is an aligned memory as a guest may leave it behind.
func sharedBytes(reply []byte) []byte {
	words := make([]uint64, (abi.ReplyOffset+max(len(reply), 512))/8+1)
	bytes := unsafe.Slice((*byte)(unsafe.Pointer(&words[0])), len(words)*8)
	copy(bytes[abi.ReplyOffset:], reply)
	return bytes
}

// requestOf is a request whose reply may be anywhere behind the header.
func requestOf(memory []byte, rows uint64, flags uint32) abi.Request {
	return abi.Request{
		Version: abi.Version, Call: 1, Rows: rows, Flags: flags,
		Size: uint64(len(memory)), Output: abi.HeaderSize,
	}
}

// goodReply is a reply of two strings, "ab" and "c", and NULL for the second if
// nullable.
func goodReply(nullable bool) []byte {
	bytes := make([]byte, 512)
	*(*abi.Reply)(unsafe.Pointer(&bytes[0])) = abi.Reply{
		Version: abi.Version, Status: abi.StatusDone, Columns: 1, Call: 1, Rows: 2,
	}
	column := abi.Column{Type: abi.String, Offsets: 384, Data: 400, DataLength: 3}
	if nullable {
		column.Flags, column.Validity = abi.FlagValidity, 408
	}
	at := func(offset int) unsafe.Pointer { return unsafe.Pointer(&bytes[offset-abi.ReplyOffset]) }
	*(*abi.Column)(at(abi.HeaderSize)) = column
	*(*[3]int32)(at(384)) = [3]int32{0, 2, 3}
	copy(bytes[400-abi.ReplyOffset:], "abc")
	bytes[408-abi.ReplyOffset] = 1
	return bytes
}

// A guest that leaves anything at all in the memory gets an error or a column
// that can be read from end to end.
func FuzzReply(f *testing.F) {
	f.Add(goodReply(false), uint64(2), uint8(abi.String), false, false)
	f.Add(goodReply(true), uint64(2), uint8(abi.String), true, true)
	f.Add(goodReply(true), uint64(2), uint8(abi.Int64), true, false)
	f.Fuzz(func(t *testing.T, bytes []byte, rows uint64, typ uint8, nullable, partial bool) {
		if typ == 0 || abi.Type(typ) > abi.Bytes || rows == 0 || rows > 1000 {
			return
		}
		allocator := memory.NewCheckedAllocator(memory.NewGoAllocator())
		defer allocator.AssertSize(t, 0)
		shared := sharedBytes(bytes)
		request := requestOf(shared, rows, 0)
		if partial {
			request.Flags = abi.FlagPartial
		}
		reply, err := readReply(shared, request)
		if err != nil {
			return
		}
		if _, err := readTexts(shared, request, reply); err != nil && reply.Status == abi.StatusDone {
			return
		}
		function := Function{Name: "F", Result: abi.Type(typ), Nullable: nullable}
		r := newResult(function, int(rows), allocator)
		defer r.release()
		if reply.Status != abi.StatusDone {
			return
		}
		bad, err := r.take(shared, request, reply)
		if err != nil || r.done < int(rows) {
			return
		}
		for _, row := range bad {
			r.setNull(row)
		}
		column := r.array()
		defer column.Release()
		for i := range column.Len() {
			_ = column.ValueStr(i)
		}
	})
}

func TestHostileReplies(t *testing.T) {
	reply := func(bytes []byte) *abi.Reply { return (*abi.Reply)(unsafe.Pointer(&bytes[0])) }
	column := func(bytes []byte) *abi.Column {
		return (*abi.Column)(unsafe.Pointer(&bytes[abi.HeaderSize-abi.ReplyOffset]))
	}
	offsets := func(bytes []byte) *[3]int32 { return (*[3]int32)(unsafe.Pointer(&bytes[384-abi.ReplyOffset])) }
	for name, spoil := range map[string]func([]byte){
		"":                       func([]byte) {},
		"version":                func(b []byte) { reply(b).Version = 2 },
		"call":                   func(b []byte) { reply(b).Call = 7 },
		"fewer rows":             func(b []byte) { reply(b).Rows = 1 },
		"more rows":              func(b []byte) { reply(b).Rows = 3 },
		"other rows":             func(b []byte) { reply(b).From = 1 },
		"columns":                func(b []byte) { reply(b).Columns = 2 },
		"type":                   func(b []byte) { column(b).Type = abi.Int64 },
		"validity":               func(b []byte) { column(b).Flags = abi.FlagValidity },
		"data in the input":      func(b []byte) { column(b).Data = 0 },
		"data unaligned":         func(b []byte) { column(b).Data++ },
		"data behind the end":    func(b []byte) { column(b).Data = 1 << 40 },
		"data too long":          func(b []byte) { column(b).DataLength = 1 << 20 },
		"data length overflows":  func(b []byte) { column(b).DataLength = 1<<63 + 3 },
		"offsets behind the end": func(b []byte) { column(b).Offsets = 640 },
		"first offset":           func(b []byte) { offsets(b)[0] = 1 },
		"negative offset":        func(b []byte) { offsets(b)[1] = -1 },
		"offsets in disorder":    func(b []byte) { offsets(b)[1] = 4 },
		"last offset":            func(b []byte) { offsets(b)[2] = 2 },
		"utf-8":                  func(b []byte) { b[400-abi.ReplyOffset+2] = 0xff },
	} {
		bytes := goodReply(false)
		spoil(bytes)
		shared := sharedBytes(bytes)
		request := requestOf(shared, 2, 0)
		got, err := readReply(shared, request)
		r := newResult(Function{Name: "F", Result: abi.String}, 2, memory.DefaultAllocator)
		var bad []int
		if err == nil {
			bad, err = r.take(shared, request, got)
		}
		if good := err == nil && len(bad) == 0; good != (name == "") {
			t.Errorf("%q: %v", name, err)
		}
		r.release()
	}
}
