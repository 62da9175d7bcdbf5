package udfhost

import (
	"fmt"
	"sync"
	"unicode/utf8"

	fnpb "github.com/apache/beam/sdks/v2/go/pkg/beam/model/fnexecution_v1"
	"google.golang.org/grpc/mem"
	"google.golang.org/protobuf/encoding/protowire"
	"google.golang.org/protobuf/proto"
)

// elementsCodec is gRPC's codec of a data stream. Its messages are those of protobuf, but their data is not copied:
// what is sent refers to it, and what has arrived consists of the message's own bytes, which are not reused.
//
// The data of a message that is sent belongs to the codec, which gives it back to buffers.
type elementsCodec struct{ buffers *buffers }

// Numbers of the fields of fnpb.Elements and of its Data.
const (
	elementsData    protowire.Number = 1
	dataInstruction protowire.Number = 1
	dataTransform   protowire.Number = 2
	dataBytes       protowire.Number = 3
	dataIsLast      protowire.Number = 4
)

// Name implements encoding.CodecV2.
func (elementsCodec) Name() string { return "proto" }

// Marshal implements encoding.CodecV2.
func (c elementsCodec) Marshal(v any) (mem.BufferSlice, error) {
	elements, ok := v.(*fnpb.Elements)
	if !ok || len(elements.Timers) > 0 {
		return nil, fmt.Errorf("a message of the data stream is %T, or has timers", v)
	}
	var out mem.BufferSlice
	var head []byte // fields that have not been added to out
	for _, d := range elements.Data {
		fields := appendString(nil, dataInstruction, d.InstructionId)
		fields = appendString(fields, dataTransform, d.TransformId)
		if d.IsLast {
			fields = protowire.AppendTag(fields, dataIsLast, protowire.VarintType)
			fields = protowire.AppendVarint(fields, 1)
		}
		size := len(fields)
		if len(d.Data) > 0 {
			fields = protowire.AppendTag(fields, dataBytes, protowire.BytesType)
			fields = protowire.AppendVarint(fields, uint64(len(d.Data)))
			size = len(fields) + len(d.Data)
		}
		head = protowire.AppendTag(head, elementsData, protowire.BytesType)
		head = append(protowire.AppendVarint(head, uint64(size)), fields...)
		if len(d.Data) > 0 {
			out, head = append(out, mem.SliceBuffer(head), mem.NewBuffer(&d.Data, c.buffers)), nil
		}
	}
	return append(out, mem.SliceBuffer(head)), nil
}

func appendString(b []byte, field protowire.Number, s string) []byte {
	if s == "" {
		return b
	}
	return protowire.AppendString(protowire.AppendTag(b, field, protowire.BytesType), s)
}

// Unmarshal implements encoding.CodecV2.
func (elementsCodec) Unmarshal(data mem.BufferSlice, v any) error {
	elements, ok := v.(*fnpb.Elements)
	if !ok {
		return fmt.Errorf("a message of the data stream is received as %T", v)
	}
	message := data.Materialize()
	if parseElements(message, elements) {
		return nil
	}
	return proto.Unmarshal(message, elements) // which copies the data, or says what is wrong
}

// parseElements parses a message of data. It returns false for one that has other fields or is malformed.
func parseElements(b []byte, elements *fnpb.Elements) bool {
	elements.Reset()
	for len(b) > 0 {
		field, value, n := consumeBytes(b)
		if n < 0 || field != elementsData {
			return false
		}
		d := new(fnpb.Elements_Data)
		if !parseData(value, d) {
			return false
		}
		elements.Data, b = append(elements.Data, d), b[n:]
	}
	return true
}

func parseData(b []byte, d *fnpb.Elements_Data) bool {
	for len(b) > 0 {
		field, typ, n := protowire.ConsumeTag(b)
		if n < 0 {
			return false
		}
		if field == dataIsLast && typ == protowire.VarintType {
			last, size := protowire.ConsumeVarint(b[n:])
			if size < 0 {
				return false
			}
			d.IsLast, b = last != 0, b[n+size:]
			continue
		}
		field, value, n := consumeBytes(b)
		if n < 0 {
			return false
		}
		b = b[n:]
		switch {
		case field == dataBytes:
			d.Data = value[:len(value):len(value)]
		case field == dataInstruction && utf8.Valid(value):
			d.InstructionId = string(value)
		case field == dataTransform && utf8.Valid(value):
			d.TransformId = string(value)
		default:
			return false
		}
	}
	return true
}

// consumeBytes reads a field of bytes at the start of b, and returns its size with the tag; -1 for anything else.
func consumeBytes(b []byte) (field protowire.Number, value []byte, n int) {
	field, typ, tag := protowire.ConsumeTag(b)
	if tag < 0 || typ != protowire.BytesType {
		return 0, nil, -1
	}
	value, size := protowire.ConsumeBytes(b[tag:])
	if size < 0 {
		return 0, nil, -1
	}
	return field, value, tag + size
}

// buffers recycles the memory of messages that have been sent. It is a mem.BufferPool.
type buffers struct{ pool sync.Pool }

// Get implements mem.BufferPool.
func (b *buffers) Get(length int) *[]byte {
	if p, ok := b.pool.Get().(*[]byte); ok && cap(*p) >= length {
		*p = (*p)[:length]
		return p
	}
	made := make([]byte, length)
	return &made
}

// Put implements mem.BufferPool.
func (b *buffers) Put(p *[]byte) {
	if cap(*p) <= maxKept {
		b.pool.Put(p)
	}
}
