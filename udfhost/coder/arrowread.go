package coder

import (
	"encoding/binary"
	"errors"
	"fmt"

	"github.com/apache/arrow/go/v15/arrow"
	"github.com/apache/arrow/go/v15/arrow/array"
	"github.com/apache/arrow/go/v15/arrow/ipc"
	"github.com/apache/arrow/go/v15/arrow/memory"
)

// maxRows is the number of rows that a batch may have in addition to those for which it has a bit. NULLs without
// a type, and rows of no columns, take no bytes.
const maxRows = 1 << 20

// errNullKey: Flink has such maps, Arrow and Go do not.
var errNullKey = errors.New("an argument is a MAP with a NULL key, which a Go map cannot have: filter these rows out, or write the keys with COALESCE")

// parseSchema parses a schema message whose lengths have been checked.
func parseSchema(metadata []byte) (schema *arrow.Schema, err error) {
	defer func() {
		if p := recover(); p != nil { // the flatbuffers accessors do not check indexes
			schema, err = nil, fmt.Errorf("malformed arrow schema: %v", p)
		}
	}()
	reader, err := ipc.NewReaderFromMessageReader(&oneMessage{metadata})
	if err != nil {
		return nil, fmt.Errorf("malformed arrow schema: %w", err)
	}
	return reader.Schema(), nil
}

// oneMessage is an ipc.MessageReader of one message without a body.
type oneMessage struct{ metadata []byte }

func (m *oneMessage) Message() (*ipc.Message, error) {
	return ipc.NewMessage(memory.NewBufferBytes(m.metadata), memory.NewBufferBytes(nil)), nil
}

func (*oneMessage) Retain()  {}
func (*oneMessage) Release() {}

// readBatch reads a record batch message: its metadata, and the bytes that begin with its body. The batch refers
// to these bytes. No value of it is outside of them.
func readBatch(schema *arrow.Schema, metadata, rest []byte) (arrow.Record, error) {
	r := batchReader{flatbuffer: flatbuffer{buf: metadata}}
	rows := r.message(rest)
	columns := make([]arrow.Array, 0, schema.NumFields())
	defer func() {
		for _, c := range columns {
			c.Release()
		}
	}()
	for i := range schema.NumFields() {
		field := schema.Field(i)
		data := r.column(field.Type)
		if r.err == nil && data.Len() != rows {
			r.fail("%d values in %d rows", data.Len(), rows)
		}
		if r.err == nil {
			r.err = validateData(data)
		}
		if r.err != nil {
			return nil, fmt.Errorf("column %s: %w", field.Name, r.err)
		}
		columns = append(columns, array.MakeFromData(data))
		data.Release()
	}
	if r.nodes.left > 0 || r.buffers.left > 0 {
		r.fail("%d nodes and %d buffers belong to no column", r.nodes.left, r.buffers.left)
	}
	if r.err != nil {
		return nil, r.err
	}
	return array.NewRecord(schema, columns, int64(rows)), nil
}

// batchReader reads the nodes and buffers of a record batch message in their order. It keeps its first error,
// after which it returns empty columns.
type batchReader struct {
	flatbuffer
	body           []byte
	nodes, buffers structs
	err            error
}

// structs are those elements of a vector of pairs of int64 that have not been read.
type structs struct{ at, left int }

const pairSize = 16

func (r *batchReader) fail(format string, args ...any) {
	if r.err == nil {
		r.err = fmt.Errorf(format, args...)
	}
}

// message reads the message's metadata and returns the number of its rows.
func (r *batchReader) message(rest []byte) (rows int) {
	root := r.follow(0)
	kind, header, length := r.field(root, messageKind), r.field(root, messageHeader), r.int64(r.field(root, messageBody))
	if r.malformed || kind >= len(r.buf) || kind == 0 || r.buf[kind] != kindRecordBatch || header == 0 {
		r.fail("no record batch")
		return 0
	}
	if length < 0 || length > int64(len(rest)) {
		r.fail("body of %d bytes where %d are left", length, len(rest))
		return 0
	}
	r.body = rest[:length:length]
	batch := r.follow(header)
	count := r.int64(r.field(batch, recordLength))
	r.nodes.at, r.nodes.left = r.vector(r.field(batch, recordNodes), pairSize)
	r.buffers.at, r.buffers.left = r.vector(r.field(batch, recordBuffers), pairSize)
	switch compression := r.field(batch, recordCompression); {
	case r.malformed:
		r.fail("malformed metadata")
	case compression != 0:
		r.fail("compressed batch")
	case !r.plausible(count):
		r.fail("%d rows in %d bytes", count, length)
	}
	return int(count)
}

// plausible reports whether the body has room for so many values.
func (r *batchReader) plausible(values int64) bool {
	return values >= 0 && values <= maxRows+8*int64(len(r.body))
}

// pair reads the next element of a vector.
func (r *batchReader) pair(of *structs) (first, second int64) {
	if r.err == nil && of.left == 0 {
		r.fail("columns are missing")
	}
	if r.err != nil {
		return 0, 0
	}
	b := r.buf[of.at : of.at+pairSize]
	of.at += pairSize
	of.left--
	return int64(binary.LittleEndian.Uint64(b)), int64(binary.LittleEndian.Uint64(b[8:]))
}

// node reads how many values a column has, and how many of them are NULL.
func (r *batchReader) node() (values, nulls int) {
	v, n := r.pair(&r.nodes)
	if !r.plausible(v) || n < 0 || n > v {
		r.fail("%d values and %d nulls in %d bytes", v, n, len(r.body))
		return 0, 0
	}
	return int(v), int(n)
}

// buffer reads where a buffer is, and returns it.
func (r *batchReader) buffer() *memory.Buffer {
	at, size := r.pair(&r.buffers)
	if at < 0 || size < 0 || at > int64(len(r.body)) || size > int64(len(r.body))-at {
		r.fail("buffer of %d bytes at %d in a body of %d", size, at, len(r.body))
		return nil
	}
	return memory.NewBufferBytes(r.body[at : at+size : at+size])
}

// column reads a column and what it contains, depth first. Only the places of its buffers are checked.
func (r *batchReader) column(dt arrow.DataType) *array.Data {
	values, nulls := r.node()
	if dt.ID() == arrow.NULL {
		return array.NewData(dt, values, []*memory.Buffer{nil}, nil, values, 0)
	}
	buffers := append(make([]*memory.Buffer, 0, 3), r.buffer())
	if nulls == 0 {
		buffers[0] = nil
	}
	var children []arrow.ArrayData
	switch dt := dt.(type) {
	case *arrow.StringType, *arrow.BinaryType:
		buffers = append(buffers, r.buffer(), r.buffer())
	case *arrow.StructType:
		for i := range dt.NumFields() {
			children = append(children, r.column(dt.Field(i).Type))
		}
	case *arrow.ListType:
		buffers = append(buffers, r.buffer())
		children = append(children, r.column(dt.Elem()))
	case *arrow.MapType:
		buffers = append(buffers, r.buffer())
		entries := r.column(dt.Elem())
		if r.err == nil && (entries.NullN() > 0 || entries.Children()[0].NullN() > 0) {
			r.err = errNullKey
		}
		children = append(children, entries)
	default:
		buffers = append(buffers, r.buffer())
	}
	data := array.NewData(dt, values, buffers, children, nulls, 0)
	for _, c := range children {
		c.Release()
	}
	return data
}
