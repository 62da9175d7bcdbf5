package coder

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"slices"

	"github.com/apache/arrow/go/v15/arrow"
	"github.com/apache/arrow/go/v15/arrow/array"
	"github.com/apache/arrow/go/v15/arrow/bitutil"
	"github.com/apache/arrow/go/v15/arrow/ipc"
	flatbuffers "github.com/google/flatbuffers/go"
)

// arrowEncoder writes an element for each batch: the same schema message every time, and a record batch message.
// It copies each value once, to its place in the output.
type arrowEncoder struct {
	schema  *arrow.Schema
	flinks  bool   // see Arrow
	header  []byte // schema message
	builder *flatbuffers.Builder

	// Of the batch at hand:
	nodes   []fieldNode
	buffers []bodyBuffer
}

// fieldNode is the number of a column's values, and how many of them are NULL.
type fieldNode struct{ values, nulls int }

// bodyBuffer is a buffer of a batch's body, from the bytes of an array.
type bodyBuffer struct {
	kind  bufferKind
	bytes []byte
	first int // of bits, the first bit in bytes; of offsets, the first offset
	count int // of bits
}

type bufferKind int

const (
	asItIs  bufferKind = iota
	bits               // count bits from the first on
	offsets            // 32-bit offsets, which begin at 0 in the body
)

func newArrowEncoder(schema *arrow.Schema, flinks bool) *arrowEncoder {
	return &arrowEncoder{schema: schema, flinks: flinks, builder: flatbuffers.NewBuilder(0)}
}

// Encode implements Encoder.
func (e *arrowEncoder) Encode(out []byte, batch arrow.Record) ([]byte, error) {
	if e.flinks {
		if err := checkTimestamps(batch); err != nil {
			return out, err
		}
	}
	if e.header == nil {
		var err error
		if e.header, err = schemaMessage(e.schema); err != nil {
			return out, err
		}
	}
	e.nodes, e.buffers = e.nodes[:0], e.buffers[:0]
	defer func() { clear(e.buffers) }() // it must not keep the batch's memory
	for _, column := range batch.Columns() {
		if err := e.column(column.Data(), column.Data().Offset(), column.Len()); err != nil {
			return out, fmt.Errorf("encode result batch: %w", err)
		}
	}
	body := 0
	for _, b := range e.buffers {
		body += padded(b.size())
	}
	metadata := e.metadata(batch.NumRows(), body)
	size := len(e.header) + messagePrefix + len(metadata) + body
	out = slices.Grow(out, binary.MaxVarintLen64+size)
	out = binary.AppendUvarint(out, uint64(size))
	out = append(out, e.header...)
	out = binary.LittleEndian.AppendUint32(out, continuation)
	out = binary.LittleEndian.AppendUint32(out, uint32(len(metadata)))
	out = append(out, metadata...)
	for _, b := range e.buffers {
		out = b.appendTo(out)
	}
	return out, nil
}

// schemaMessage returns the message that begins an IPC stream.
func schemaMessage(schema *arrow.Schema) ([]byte, error) {
	var stream bytes.Buffer
	if err := ipc.NewWriter(&stream, ipc.WithSchema(schema)).Close(); err != nil { // writes no batch
		return nil, err
	}
	metadata, _, err := splitMessage(stream.Bytes())
	return stream.Bytes()[:messagePrefix+len(metadata)], err
}

// column adds the nodes and buffers of n values, from one on, which is counted without the array's own offset.
func (e *arrowEncoder) column(d arrow.ArrayData, from, n int) error {
	dt := d.DataType()
	if dt.ID() == arrow.NULL {
		e.nodes = append(e.nodes, fieldNode{n, n})
		return nil
	}
	nulls := nullsIn(d, from, n)
	e.nodes = append(e.nodes, fieldNode{n, nulls})
	if nulls > 0 {
		e.bits(d.Buffers()[0].Bytes(), from, n)
	} else {
		e.buffers = append(e.buffers, bodyBuffer{})
	}
	switch dt := dt.(type) {
	case *arrow.StringType, *arrow.BinaryType:
		first, last := e.offsets(d, from, n)
		e.buffers = append(e.buffers, bodyBuffer{bytes: bufferOf(d, 2)[first:last]})
	case *arrow.ListType, *arrow.MapType:
		first, last := e.offsets(d, from, n)
		child := d.Children()[0]
		return e.column(child, child.Offset()+first, last-first)
	case *arrow.StructType:
		for _, child := range d.Children() {
			if err := e.column(child, child.Offset()+from, n); err != nil {
				return err
			}
		}
	case *arrow.BooleanType:
		e.bits(bufferOf(d, 1), from, n)
	case arrow.FixedWidthDataType:
		width := dt.BitWidth() / 8
		e.buffers = append(e.buffers, bodyBuffer{bytes: bufferOf(d, 1)[from*width : (from+n)*width]})
	default:
		return fmt.Errorf("unexpected type %s", dt)
	}
	return nil
}

// nullsIn counts the NULLs among n values.
func nullsIn(d arrow.ArrayData, from, n int) int {
	validity := bufferOf(d, 0)
	switch {
	case d.NullN() == 0 || validity == nil:
		return 0
	case d.NullN() > 0 && from == d.Offset() && n == d.Len():
		return d.NullN()
	}
	return n - bitutil.CountSetBits(validity, from, n)
}

// bits adds n bits of a bitmap.
func (e *arrowEncoder) bits(bitmap []byte, from, n int) {
	e.buffers = append(e.buffers, bodyBuffer{kind: bits, bytes: bitmap, first: from, count: n})
}

// offsets adds the offsets of n values, and returns the first and the last of them.
func (e *arrowEncoder) offsets(d arrow.ArrayData, from, n int) (first, last int) {
	if n == 0 { // such an array may have no offsets
		e.buffers = append(e.buffers, bodyBuffer{bytes: make([]byte, 4)})
		return 0, 0
	}
	all := bufferOf(d, 1)[4*from : 4*(from+n+1)]
	first, last = int(binary.LittleEndian.Uint32(all)), int(binary.LittleEndian.Uint32(all[4*n:]))
	e.buffers = append(e.buffers, bodyBuffer{kind: offsets, bytes: all, first: first})
	return first, last
}

// size returns the bytes of the buffer without the padding after it.
func (b *bodyBuffer) size() int {
	if b.kind == bits {
		return int(bitutil.BytesForBits(int64(b.count)))
	}
	return len(b.bytes)
}

// padded rounds a size up: buffers begin at multiples of eight.
func padded(size int) int { return (size + 7) &^ 7 }

// appendTo appends the buffer, and the padding after it, to out, which has the capacity for it.
func (b *bodyBuffer) appendTo(out []byte) []byte {
	start, end := len(out), len(out)+b.size()
	switch {
	case b.kind == bits:
		out = out[:end]
		clear(out[start:])
		bitutil.CopyBitmap(b.bytes, b.first, b.count, out[start:], 0)
	case b.kind == offsets && b.first != 0:
		for at := 0; at < len(b.bytes); at += 4 {
			out = binary.LittleEndian.AppendUint32(out, binary.LittleEndian.Uint32(b.bytes[at:])-uint32(b.first))
		}
	default:
		out = append(out, b.bytes...)
	}
	return append(out, make([]byte, padded(end-start)-(end-start))...)
}

// metadata returns the metadata of the record batch message. It is valid until the next call.
func (e *arrowEncoder) metadata(rows int64, body int) []byte {
	b := e.builder
	b.Reset()
	// A flatbuffer is written from its end.
	b.StartVector(pairSize, len(e.buffers), 8)
	at := body
	for _, buffer := range slices.Backward(e.buffers) {
		at -= padded(buffer.size())
		prependPair(b, at, buffer.size())
	}
	buffers := b.EndVector(len(e.buffers))
	b.StartVector(pairSize, len(e.nodes), 8)
	for _, node := range slices.Backward(e.nodes) {
		prependPair(b, node.values, node.nulls)
	}
	nodes := b.EndVector(len(e.nodes))

	b.StartObject(recordSlots)
	b.PrependInt64Slot(recordLength, rows, 0)
	b.PrependUOffsetTSlot(recordNodes, nodes, 0)
	b.PrependUOffsetTSlot(recordBuffers, buffers, 0)
	batch := b.EndObject()

	b.StartObject(messageSlots)
	b.PrependInt64Slot(messageBody, int64(body), 0)
	b.PrependUOffsetTSlot(messageHeader, batch, 0)
	b.PrependByteSlot(messageKind, kindRecordBatch, 0)
	b.PrependInt16Slot(messageVersion, metadataV5, 0)
	b.Finish(b.EndObject())
	return b.FinishedBytes()
}

func prependPair(b *flatbuffers.Builder, first, second int) {
	b.Prep(8, pairSize)
	b.PrependInt64(int64(second))
	b.PrependInt64(int64(first))
}

// checkTimestamps rejects timestamps that Flink 2.3 cannot read from Arrow: those before 1970
// that are not whole milliseconds. Its reader uses the remainder of a division as nanoseconds,
// which is negative then, and fails without naming the value.
func checkTimestamps(batch arrow.Record) error {
	for i, column := range batch.Columns() {
		a, ok := column.(*array.Timestamp)
		if !ok {
			continue
		}
		perMilli := arrow.Timestamp(1)
		switch a.DataType().(*arrow.TimestampType).Unit {
		case arrow.Microsecond:
			perMilli = 1e3
		case arrow.Nanosecond:
			perMilli = 1e6
		}
		for row, v := range a.TimestampValues() {
			if v < 0 && v%perMilli != 0 && a.IsValid(row) {
				return fmt.Errorf("result %s: flink cannot read the timestamp %s from arrow: before 1970 it must be whole milliseconds",
					batch.ColumnName(i), a.ValueStr(row))
			}
		}
	}
	return nil
}
