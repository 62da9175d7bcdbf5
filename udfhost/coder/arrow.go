package coder

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"io"

	"github.com/apache/arrow/go/v15/arrow"
	"github.com/apache/arrow/go/v15/arrow/array"
	"github.com/apache/arrow/go/v15/arrow/ipc"
	"github.com/apache/arrow/go/v15/arrow/memory"

	"riffle/udfhost/flinkfn"
)

// Arrow is the coder of vectorized functions (CoderInfoDescriptor.ArrowType): an element is a complete IPC
// stream of one schema message and one record batch message, with no end marker after them.
type Arrow struct {
	schema *arrow.Schema
	flinks bool // Flink's own reader reads the results
}

// NewArrow returns the coder that a descriptor with an arrow_type describes.
func NewArrow(d *flinkfn.CoderInfoDescriptor) (Coder, error) {
	schema, err := Schema(d.GetArrowType().GetSchema())
	if err != nil {
		return nil, err
	}
	return &Arrow{schema: schema, flinks: true}, nil
}

// NewColumns returns the coder that a descriptor with an arrow_type describes for riffle's own operator in
// Flink. The elements are those of NewArrow, but every value of every type survives them: a TIME is a Time32 of
// milliseconds whatever its precision, and a timestamp has at least milliseconds; one of more than six digits is
// a [sqltype.WideTimestamp].
func NewColumns(d *flinkfn.CoderInfoDescriptor) (Coder, error) {
	schema, err := schemaOptions{wide: true, millis: true}.schema(d.GetArrowType().GetSchema())
	if err != nil {
		return nil, err
	}
	return &Arrow{schema: schema}, nil
}

// Schema implements Coder.
func (c *Arrow) Schema() *arrow.Schema { return c.schema }

// NewDecoder implements Coder.
func (c *Arrow) NewDecoder() Decoder { return &arrowDecoder{schema: c.schema} }

// NewEncoder implements Coder.
func (c *Arrow) NewEncoder() Encoder {
	e := &arrowEncoder{flinks: c.flinks}
	e.writer = ipc.NewWriter(&e.stream, ipc.WithSchema(c.schema))
	return e
}

// arrowDecoder reads all elements with one ipc.Reader, as if they were one stream. Flink
// repeats the schema in every element. As long as its bytes do not change, the reader only gets
// the batch.
type arrowDecoder struct {
	schema *arrow.Schema
	header []byte // schema message of the elements so far
	reader *ipc.Reader
	next   oneMessage
	mem    boundedAllocator
}

func (d *arrowDecoder) Decode(element []byte) (batch arrow.Record, err error) {
	// The flatbuffers accessors do not check indexes, so malformed metadata causes a panic.
	defer func() {
		if p := recover(); p != nil {
			batch, err = nil, fmt.Errorf("malformed arrow element: %v", p)
		}
	}()
	header, metadata, rest, err := splitElement(element)
	if err != nil {
		return nil, err
	}
	d.mem.limit = len(element)
	if d.reader == nil || !bytes.Equal(header, d.header) {
		if err := d.open(header); err != nil {
			return nil, err
		}
	}
	batch, err = d.read(metadata, rest)
	if err != nil {
		return nil, fmt.Errorf("malformed arrow element: %w", err)
	}
	return batch, nil
}

// Flush implements Decoder. Every element is a batch of its own.
func (d *arrowDecoder) Flush() arrow.Record { return nil }

// open starts a reader at a schema message. It compares the schema with that of the coder,
// which the functions expect.
func (d *arrowDecoder) open(header []byte) error {
	d.header = bytes.Clone(header)
	if err := checkSchemaMessage(d.header[8:], d.schema); err != nil {
		return err
	}
	d.next.set(d.header[8:], nil)
	reader, err := ipc.NewReaderFromMessageReader(&d.next, ipc.WithAllocator(&d.mem))
	if err != nil {
		return fmt.Errorf("malformed arrow schema: %w", err)
	}
	got := reader.Schema().Fields()
	for i, want := range d.schema.Fields() {
		if !arrow.TypeEqual(got[i].Type, want.Type) {
			return fmt.Errorf("column %s arrives as %s, but the coder specifies %s", want.Name, got[i].Type, want.Type)
		}
	}
	d.reader = reader
	return nil
}

func (d *arrowDecoder) read(metadata, rest []byte) (arrow.Record, error) {
	if size := d.next.set(metadata, rest); size < 0 || size > int64(len(rest)) {
		return nil, fmt.Errorf("body of %d bytes where %d are left", size, len(rest))
	}
	if !d.reader.Next() {
		return nil, errors.Join(errors.New("no record batch"), d.reader.Err())
	}
	batch := d.reader.Record()
	if err := validate(batch); err != nil {
		return nil, err
	}
	batch.Retain() // the reader releases its own reference at its next read
	return batch, nil
}

// splitElement cuts an element into its schema message, including the eight bytes of prefix,
// the record batch's metadata, and the rest.
func splitElement(element []byte) (header, metadata, rest []byte, err error) {
	schema, rest, err := splitMessage(element)
	if err != nil {
		return nil, nil, nil, err
	}
	header = element[:8+len(schema)]
	metadata, rest, err = splitMessage(rest)
	return header, metadata, rest, err
}

// splitMessage cuts the metadata of an encapsulated IPC message from b: the
// continuation marker, the metadata's size in little-endian, the metadata.
func splitMessage(b []byte) (metadata, rest []byte, err error) {
	const continuation = 0xffffffff
	if len(b) < 8 || binary.LittleEndian.Uint32(b) != continuation {
		return nil, nil, errors.New("malformed arrow element: no message where one must begin")
	}
	size := binary.LittleEndian.Uint32(b[4:])
	// A flatbuffer has at least its root offset and a table.
	if size < 8 || uint64(size) > uint64(len(b)-8) {
		return nil, nil, fmt.Errorf("malformed arrow element: message of %d bytes where %d are left", size, len(b)-8)
	}
	return b[8 : 8+size], b[8+size:], nil
}

// oneMessage is an ipc.MessageReader that returns the message it is given.
type oneMessage struct{ message *ipc.Message }

// set sets the message that is read next, made of metadata and body, and returns the body
// length that the metadata states.
func (m *oneMessage) set(metadata, body []byte) int64 {
	m.message = ipc.NewMessage(memory.NewBufferBytes(metadata), memory.NewBufferBytes(body))
	return m.message.BodyLen()
}

func (m *oneMessage) Message() (*ipc.Message, error) {
	if m.message == nil {
		return nil, io.EOF
	}
	message := m.message
	m.message = nil
	return message, nil
}

func (*oneMessage) Retain()  {}
func (*oneMessage) Release() {}

// boundedAllocator rejects buffers that no valid element needs. The sizes in a batch's metadata
// come from the sender, and no buffer in the batch can be larger than the element that contains
// it.
type boundedAllocator struct {
	memory.GoAllocator
	limit int
}

func (a *boundedAllocator) Allocate(size int) []byte {
	a.check(size)
	return a.GoAllocator.Allocate(size)
}

func (a *boundedAllocator) Reallocate(size int, b []byte) []byte {
	a.check(size)
	return a.GoAllocator.Reallocate(size, b)
}

func (a *boundedAllocator) check(size int) {
	const rounding = 64 // memory.Buffer rounds capacities up
	if size < 0 || size > a.limit+rounding {
		panic(fmt.Errorf("buffer of %d bytes in an element of %d", size, a.limit)) // ipc.Reader returns it as an error
	}
}

// arrowEncoder writes all batches with one ipc.Writer. The writer emits its schema once, before
// the first batch. That message is kept and repeated before every later batch.
type arrowEncoder struct {
	flinks bool // see Arrow
	writer *ipc.Writer
	stream bytes.Buffer // the output of the writer for one batch
	header []byte       // schema message
}

func (e *arrowEncoder) Encode(out []byte, batch arrow.Record) ([]byte, error) {
	if e.flinks {
		if err := checkTimestamps(batch); err != nil {
			return out, err
		}
	}
	e.stream.Reset()
	if err := e.writer.Write(batch); err != nil {
		return out, fmt.Errorf("encode result batch: %w", err)
	}
	if e.header != nil {
		return appendElement(out, e.header, e.stream.Bytes()), nil
	}
	metadata, _, err := splitMessage(e.stream.Bytes())
	if err != nil {
		return out, err
	}
	e.header = bytes.Clone(e.stream.Bytes()[:8+len(metadata)])
	return appendElement(out, e.stream.Bytes()), nil
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
