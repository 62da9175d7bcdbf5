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
	column := abi.Column{Type: abi.String, Offsets: offsetsAt, Data: dataAt, DataLength: 3}
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

// goodPacked returns a reply of one packed value.
func goodPacked(value []byte) []byte {
	bytes := goodReply(false)
	(*abi.Reply)(unsafe.Pointer(&bytes[0])).Rows = 1
	column := (*abi.Column)(unsafe.Pointer(&bytes[abi.HeaderSize-abi.ReplyOffset]))
	column.Type, column.DataLength = abi.Packed, uint64(len(value))
	*(*[2]int32)(unsafe.Pointer(&bytes[offsetsAt-abi.ReplyOffset])) = [2]int32{0, int32(len(value))}
	copy(bytes[dataAt-abi.ReplyOffset:], value)
	return bytes
}

// A guest that leaves anything at all in the memory gets an error or a column
// that can be read from end to end.
func FuzzReply(f *testing.F) {
	f.Add(goodReply(false), uint64(2), uint8(4), false, false)
	f.Add(goodReply(true), uint64(2), uint8(4), true, true)
	f.Add(goodReply(true), uint64(2), uint8(2), true, false)
	for value, typ := range map[string]uint8{
		"\x01\x00\x00\x00": 6, "\x80\x96\x98\x00\x00\x00\x00\x00": 7, "\x01\x00\x00\x00\x00\x00\x00\x00\x07\x00\x00\x00": 8,
		"\x02\x7b\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00": 9, "\x02\x00\x01\x01\x01\x01a": 10,
		"\x01\x01k\x00": 11, "\x01\x02ab\x01\x00\x00": 12,
	} {
		f.Add(goodPacked([]byte(value)), uint64(1), typ, false, false)
	}
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
		if err != nil || r.done < int(rows) {
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
		"type":                   func(b []byte) { column(b).Type = abi.Packed },
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

// A malformed packed value ends the guest. A wrong value is the fault of its function.
func TestHostilePackedValues(t *testing.T) {
	const date, clock, timestamp, decimal, list, dict, row = 6, 7, 8, 9, 10, 11, 12
	ten := "\x0a" + strings.Repeat("\x00", 15)
	for name, test := range map[string]struct {
		typ   int
		value string
		blame bool // the function's
		want  string
	}{
		"short":               {date, "\x01", false, "ends before its end"},
		"long":                {date, "\x01\x00\x00\x00\x00", false, "1 bytes left over"},
		"year":                {date, "\xff\xff\xff\x7f", false, "from 1970"},
		"negative time":       {clock, strings.Repeat("\xff", 8), false, "time of day is -1 ns"},
		"nanoseconds of TIME": {clock, "\x01" + strings.Repeat("\x00", 7), true, "00:00:00.000000001 has more digits than Flink's TIME"},
		"nanoseconds":         {timestamp, strings.Repeat("\x00", 11) + "\x7f", false, "a second has"},
		"scale":               {decimal, "\x7f" + ten, false, "the scale 127"},
		"digits":              {decimal, "\x13" + "\x0b" + ten[1:], true, "0.0000000000000000011 has more than the 18 digits after the decimal point"},
		"overflow":            {decimal, "\x00" + strings.Repeat("\x00", 15) + "\x40", true, "does not fit DECIMAL(38, 18)"},
		"length":              {list, "\xff\xff\xff\xff\x0f", false, "ends before its end"},
		"endless length":      {list, strings.Repeat("\xff", 20), false, "ends before its end"},
		"text":                {list, "\x01\x01\x01\x01\x01\xff", true, "not valid UTF-8"},
		"map without values":  {dict, "\x01\x01k", false, "ends before its end"},
		"row of two":          {row, "\x00\x00", false, "ends before its end"},
	} {
		shared := sharedBytes(goodPacked([]byte(test.value)))
		request := requestOf(shared, 1, 0)
		reply, err := readReply(shared, request)
		if err != nil {
			t.Fatal(err)
		}
		r := newResult(Function{Name: "F", Result: resultTypes[test.typ]}, 1, memory.DefaultAllocator)
		bad, err := r.take(shared, request, reply)
		if len(bad) > 0 {
			err = errors.New(bad[0].message)
		}
		if err == nil || !strings.Contains(err.Error(), test.want) || (len(bad) > 0) != test.blame {
			t.Errorf("%s: %v", name, err)
		}
		r.release()
	}
}
