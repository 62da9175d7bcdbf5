package guest

import (
	"errors"
	"strings"
	"testing"
	"unsafe"

	"github.com/apache/arrow/go/v15/arrow"
	"github.com/apache/arrow/go/v15/arrow/memory"

	"riffle/udfhost/guest/abi"
	"riffle/udfhost/sqltype"
)

// Where goodReply has its buffers.
const (
	offsetsAt  = abi.HeaderSize + 64
	dataAt     = offsetsAt + 16
	validityAt = dataAt + 8
)

// sharedBytes returns aligned memory as a guest may leave it behind.
func sharedBytes(reply []byte) []byte {
	words := make([]uint64, (abi.ReplyOffset+max(len(reply), 512))/8+1)
	bytes := unsafe.Slice((*byte)(unsafe.Pointer(&words[0])), len(words)*8)
	copy(bytes[abi.ReplyOffset:], reply)
	return bytes
}

// requestOf returns a request whose reply may be anywhere after the header.
func requestOf(memory []byte, rows uint64, flags uint32) abi.Request {
	return abi.Request{
		Version: abi.Version, Call: 1, Rows: rows, Flags: flags,
		Size: uint64(len(memory)), Output: abi.HeaderSize, Limit: uint64(len(memory)),
	}
}

// goodReply returns a reply of two strings, "ab" and "c", and NULL for the second if
// nullable.
func goodReply(nullable bool) []byte {
	bytes := make([]byte, 512)
	*(*abi.Reply)(unsafe.Pointer(&bytes[0])) = abi.Reply{
		Version: abi.Version, Status: abi.StatusDone, Columns: 1, Call: 1, Rows: 2,
	}
	column := abi.Column{Type: abi.String, Length: 2, Offsets: offsetsAt, Data: dataAt, DataLength: 3}
	if nullable {
		column.Flags, column.Validity = abi.FlagValidity, validityAt
	}
	at := func(offset int) unsafe.Pointer { return unsafe.Pointer(&bytes[offset-abi.ReplyOffset]) }
	*(*abi.Column)(at(abi.HeaderSize)) = column
	*(*[3]int32)(at(offsetsAt)) = [3]int32{0, 2, 3}
	copy(bytes[dataAt-abi.ReplyOffset:], "abc")
	bytes[validityAt-abi.ReplyOffset] = 1
	return bytes
}

// resultTypes are types of results, with those of the columns first.
var resultTypes = []arrow.DataType{
	arrow.FixedWidthTypes.Boolean, arrow.PrimitiveTypes.Int8, arrow.PrimitiveTypes.Int64, arrow.PrimitiveTypes.Float32,
	arrow.BinaryTypes.String, arrow.BinaryTypes.Binary,
	arrow.FixedWidthTypes.Date32, arrow.FixedWidthTypes.Time32ms, sqltype.WideTimestamp(),
	&arrow.Decimal128Type{Precision: 38, Scale: 18},
	arrow.ListOf(arrow.ListOf(arrow.BinaryTypes.String)),
	arrow.MapOf(arrow.BinaryTypes.String, arrow.PrimitiveTypes.Float64),
	arrow.StructOf(
		arrow.Field{Name: "a", Type: arrow.BinaryTypes.Binary, Nullable: true},
		arrow.Field{Name: "b", Type: arrow.ListOf(&arrow.Decimal128Type{Precision: 5, Scale: 2}), Nullable: true},
		arrow.Field{Name: "c", Type: sqltype.WideTimestamp(), Nullable: true},
	),
}

// answer builds a reply of columns with parts: the descriptors and then the buffers.
type answer struct {
	columns []abi.Column
	data    []byte
}

// column adds a descriptor for n values.
func (a *answer) column(typ abi.Type, n int) *abi.Column {
	a.columns = append(a.columns, abi.Column{Type: typ, Length: uint64(n)})
	return &a.columns[len(a.columns)-1]
}

// answerBuffers is where the buffers of an answer begin.
const answerBuffers = abi.HeaderSize + 8*abi.ColumnSize

// put adds a buffer and returns its place.
func (a *answer) put(b string) uint64 {
	at := len(a.data)
	a.data = append(a.data, b...)
	a.data = append(a.data, make([]byte, abi.Align(len(a.data))-len(a.data))...)
	return uint64(answerBuffers + at)
}

// fixed adds a column of fixed width.
func (a *answer) fixed(typ abi.Type, n int, data, rest string) {
	c := a.column(typ, n)
	c.DataLength = uint64(len(data))
	c.Data = a.put(data)
	c.Rest = a.put(rest)
}

// spans adds a list or a column of texts.
func (a *answer) spans(typ abi.Type, data string, offsets ...byte) {
	var all []byte
	for _, offset := range offsets {
		all = append(all, offset, 0, 0, 0)
	}
	c := a.column(typ, len(offsets)-1)
	c.DataLength = uint64(len(data))
	c.Offsets, c.Data = a.put(string(all)), a.put(data)
}

// null adds a validity to the last column.
func (a *answer) null(bits string) {
	c := &a.columns[len(a.columns)-1]
	c.Flags, c.Validity = abi.FlagValidity, a.put(bits)
}

// reply returns the reply to a request for rows rows.
func (a *answer) reply(rows int) []byte {
	bytes := make([]byte, answerBuffers-abi.ReplyOffset+len(a.data))
	*(*abi.Reply)(unsafe.Pointer(&bytes[0])) = abi.Reply{
		Version: abi.Version, Status: abi.StatusDone, Columns: uint32(len(a.columns)), Call: 1, Rows: uint64(rows),
	}
	for i, c := range a.columns {
		*(*abi.Column)(unsafe.Pointer(&bytes[abi.HeaderSize-abi.ReplyOffset+i*abi.ColumnSize])) = c
	}
	copy(bytes[answerBuffers-abi.ReplyOffset:], a.data)
	return bytes
}

// The places in resultTypes.
const dates, clocks, timestamps, decimals, lists, dicts, rows = 6, 7, 8, 9, 10, 11, 12

// zeros are n bytes.
func zeros(n int) string { return strings.Repeat("\x00", n) }

// Columns with parts as a guest sends them: the rows [["ab"], []] and so on.
func listAnswer(text string) *answer {
	a := new(answer)
	a.spans(abi.List, "", 0, 1, 1)
	a.spans(abi.List, "", 0, 1)
	a.spans(abi.String, text, 0, byte(len(text)))
	return a
}

func dictAnswer() *answer {
	a := new(answer)
	a.spans(abi.List, "", 0, 1, 1)
	a.column(abi.Row, 1)
	a.spans(abi.String, "k", 0, 1)
	a.fixed(abi.Float64, 1, zeros(8), "")
	return a
}

func rowAnswer() *answer {
	a := new(answer)
	a.column(abi.Row, 2)
	a.spans(abi.Bytes, "ab", 0, 1, 2)
	a.null("\x01")
	a.spans(abi.List, "", 0, 0, 1)
	a.fixed(abi.Decimal, 1, "\x0a"+zeros(15), "\x02")
	a.fixed(abi.Timestamp, 2, zeros(16), zeros(8))
	return a
}

func fixedAnswer(typ abi.Type, n int, data, rest string) *answer {
	a := new(answer)
	a.fixed(typ, n, data, rest)
	return a
}

// A guest that leaves anything at all in the memory gets an error or a column
// that can be read from end to end.
func FuzzReply(f *testing.F) {
	f.Add(goodReply(false), uint64(2), uint8(4), false, false)
	f.Add(goodReply(true), uint64(2), uint8(4), true, true)
	f.Add(goodReply(true), uint64(2), uint8(2), true, false)
	f.Add(fixedAnswer(abi.Int32, 1, zeros(4), "").reply(1), uint64(1), uint8(dates), false, false)
	f.Add(fixedAnswer(abi.Int64, 2, zeros(16), "").reply(2), uint64(2), uint8(clocks), false, false)
	f.Add(fixedAnswer(abi.Timestamp, 2, zeros(16), zeros(8)).reply(2), uint64(2), uint8(timestamps), false, true)
	f.Add(fixedAnswer(abi.Decimal, 1, "\x0a"+zeros(15), "\x02").reply(1), uint64(1), uint8(decimals), false, false)
	f.Add(listAnswer("ab").reply(2), uint64(2), uint8(lists), false, false)
	f.Add(dictAnswer().reply(2), uint64(2), uint8(dicts), false, false)
	f.Add(rowAnswer().reply(2), uint64(2), uint8(rows), true, false)
	f.Fuzz(func(t *testing.T, bytes []byte, rows uint64, typ uint8, nullable, partial bool) {
		if int(typ) >= len(resultTypes) || rows == 0 || rows > 1000 {
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
		function := Function{Name: "F", Result: resultTypes[typ], Nullable: nullable}
		r := newResult(function, int(rows), allocator)
		defer r.release()
		if reply.Status != abi.StatusDone {
			return
		}
		bad, err := r.take(shared, request, reply)
		if err != nil || r.column.done < int(rows) {
			return
		}
		for _, b := range bad {
			r.setNull(b.row)
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
	offsets := func(bytes []byte) *[3]int32 { return (*[3]int32)(unsafe.Pointer(&bytes[offsetsAt-abi.ReplyOffset])) }
	for name, spoil := range map[string]func([]byte){
		"":                       func([]byte) {},
		"version":                func(b []byte) { reply(b).Version = abi.Version + 1 },
		"call":                   func(b []byte) { reply(b).Call = 7 },
		"fewer rows":             func(b []byte) { reply(b).Rows = 1 },
		"more rows":              func(b []byte) { reply(b).Rows = 3 },
		"other rows":             func(b []byte) { reply(b).From = 1 },
		"columns":                func(b []byte) { reply(b).Columns = 2 },
		"type":                   func(b []byte) { column(b).Type = abi.Bytes },
		"values":                 func(b []byte) { column(b).Length = 3 },
		"validity":               func(b []byte) { column(b).Flags = abi.FlagValidity },
		"data in the input":      func(b []byte) { column(b).Data = 0 },
		"data unaligned":         func(b []byte) { column(b).Data++ },
		"data behind the end":    func(b []byte) { column(b).Data = 1 << 40 },
		"data too long":          func(b []byte) { column(b).DataLength = 1 << 20 },
		"data length overflows":  func(b []byte) { column(b).DataLength = 1<<63 + 3 },
		"offsets behind the end": func(b []byte) { column(b).Offsets = 1 << 20 },
		"first offset":           func(b []byte) { offsets(b)[0] = 1 },
		"negative offset":        func(b []byte) { offsets(b)[1] = -1 },
		"offsets in disorder":    func(b []byte) { offsets(b)[1] = 4 },
		"last offset":            func(b []byte) { offsets(b)[2] = 2 },
		"utf-8":                  func(b []byte) { b[dataAt-abi.ReplyOffset+2] = 0xff },
	} {
		bytes := goodReply(false)
		spoil(bytes)
		shared := sharedBytes(bytes)
		request := requestOf(shared, 2, 0)
		got, err := readReply(shared, request)
		r := newResult(Function{Name: "F", Result: arrow.BinaryTypes.String}, 2, memory.DefaultAllocator)
		var bad []badValue
		if err == nil {
			bad, err = r.take(shared, request, got)
		}
		if good := err == nil && len(bad) == 0; good != (name == "") {
			t.Errorf("%q: %v", name, err)
		}
		r.release()
	}
}

// A malformed column with parts ends the guest. A wrong value is the fault of its function, and of the row in
// which it is.
func TestHostileParts(t *testing.T) {
	ten := "\x0a" + zeros(15)
	for name, test := range map[string]struct {
		typ   int
		reply *answer
		spoil func(*answer)
		blame int // the row whose function is at fault; -1: the guest is
		want  string
	}{
		"day":                 {dates, fixedAnswer(abi.Int32, 2, "\xff\xff\xff\x7f"+zeros(4), ""), nil, -1, "from 1970"},
		"negative time":       {clocks, fixedAnswer(abi.Int64, 2, zeros(8)+strings.Repeat("\xff", 8), ""), nil, -1, "time of day is -1 ns"},
		"nanoseconds of TIME": {clocks, fixedAnswer(abi.Int64, 2, zeros(8)+"\x01"+zeros(7), ""), nil, 1, "00:00:00.000000001 has more digits than Flink's TIME"},
		"nanoseconds":         {timestamps, fixedAnswer(abi.Timestamp, 2, zeros(16), zeros(7)+"\x7f"), nil, -1, "a millisecond has"},
		"negative nanosecond": {timestamps, fixedAnswer(abi.Timestamp, 2, zeros(16), "\xff\xff\xff\xff"+zeros(4)), nil, -1, "a millisecond has -1"},
		"year":                {timestamps, fixedAnswer(abi.Timestamp, 2, zeros(15)+"\x7f", zeros(8)), nil, -1, "from 1970"},
		"no nanoseconds":      {timestamps, fixedAnswer(abi.Timestamp, 2, zeros(16), ""), func(a *answer) { a.columns[0].Rest = 0 }, -1, "lies at 0"},
		"scale":               {decimals, fixedAnswer(abi.Decimal, 2, ten+ten, "\x02\x7f"), nil, -1, "the scale 127"},
		"digits":              {decimals, fixedAnswer(abi.Decimal, 2, ten+"\x0b"+ten[1:], "\x13\x13"), nil, 1, "0.0000000000000000011 has more than the 18 digits after the decimal point"},
		"overflow":            {decimals, fixedAnswer(abi.Decimal, 2, zeros(15)+"\x40"+ten, "\x00\x00"), nil, 0, "does not fit DECIMAL(38, 18)"},
		"no scales":           {decimals, fixedAnswer(abi.Decimal, 2, ten+ten, ""), func(a *answer) { a.columns[0].Rest = 1 << 40 }, -1, "buffer of 2 bytes"},
		"text":                {lists, listAnswer("\xff"), nil, 0, "not valid UTF-8"},
		"elements":            {lists, listAnswer("ab"), func(a *answer) { a.columns[1].Length = 2 }, -1, "has 2 values of type"},
		"parts":               {lists, listAnswer("ab"), func(a *answer) { a.columns = a.columns[:2] }, -1, "2 columns and parts instead of 3"},
		"list":                {lists, listAnswer("ab"), func(a *answer) { a.columns[1].Offsets = a.put("\x00\x00\x00\x00\xff\xff\xff\xff") }, -1, "not in order"},
		"endless list":        {lists, listAnswer("ab"), func(a *answer) { a.columns[1].Offsets = a.put("\x00\x00\x00\x00\xff\xff\xff\x7f") }, -1, "has 1 values of type"},
		"NULL key":            {dicts, dictAnswer(), func(a *answer) { a.columns[2].Flags, a.columns[2].Validity = abi.FlagValidity, a.put("\x00") }, -1, "cannot be NULL"},
		"NULL entry":          {dicts, dictAnswer(), func(a *answer) { a.columns[1].Flags, a.columns[1].Validity = abi.FlagValidity, a.put("\x00") }, -1, "cannot be NULL"},
		"validity":            {rows, rowAnswer(), func(a *answer) { a.columns[1].Validity = 1 << 50 }, -1, "buffer of 1 bytes"},
		"decimal of an array": {rows, rowAnswer(), func(a *answer) { a.columns[3].Rest = a.put("\x04") }, 1, "2 digits after the decimal point of DECIMAL(5, 2)"},
	} {
		if test.spoil != nil {
			test.spoil(test.reply)
		}
		shared := sharedBytes(test.reply.reply(2))
		request := requestOf(shared, 2, 0)
		reply, err := readReply(shared, request)
		if err != nil {
			t.Fatal(err)
		}
		r := newResult(Function{Name: "F", Result: resultTypes[test.typ]}, 2, memory.DefaultAllocator)
		bad, err := r.take(shared, request, reply)
		row := -1
		if len(bad) > 0 {
			row, err = bad[0].row, errors.New(bad[0].message)
		}
		if err == nil || !strings.Contains(err.Error(), test.want) || row != test.blame {
			t.Errorf("%s: row %d: %v", name, row, err)
		}
		r.release()
	}
}
