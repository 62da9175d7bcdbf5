package coder

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"

	"github.com/apache/arrow/go/v15/arrow"

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
func (c *Arrow) NewEncoder() Encoder { return newArrowEncoder(c.schema, c.flinks) }

// arrowDecoder reads each element by itself. The schema, which every element repeats, is only read again if its
// bytes have changed.
type arrowDecoder struct {
	schema *arrow.Schema
	header []byte // schema message of the elements so far
}

// Decode implements Decoder.
func (d *arrowDecoder) Decode(element []byte) (arrow.Record, error) {
	header, metadata, rest, err := splitElement(element)
	if err != nil {
		return nil, err
	}
	if !bytes.Equal(header, d.header) {
		if err := d.check(header[messagePrefix:]); err != nil {
			return nil, err
		}
		d.header = bytes.Clone(header)
	}
	batch, err := readBatch(d.schema, metadata, rest)
	switch {
	case errors.Is(err, errNullKey):
		return nil, errNullKey
	case err != nil:
		return nil, fmt.Errorf("malformed arrow element: %w", err)
	}
	return batch, nil
}

// Flush implements Decoder. Every element is a batch of its own.
func (d *arrowDecoder) Flush() arrow.Record { return nil }

// check compares the schema in a schema message with that of the coder, which the functions expect.
func (d *arrowDecoder) check(metadata []byte) error {
	if err := checkSchemaMessage(metadata, d.schema); err != nil {
		return err
	}
	got, err := parseSchema(metadata)
	if err != nil {
		return err
	}
	for i, want := range d.schema.Fields() {
		if got := got.Field(i).Type; !arrow.TypeEqual(got, want.Type) {
			return fmt.Errorf("column %s arrives as %s, but the coder specifies %s", want.Name, got, want.Type)
		}
	}
	return nil
}

// splitElement cuts an element into its schema message, including its prefix, the record batch's metadata, and
// the rest.
func splitElement(element []byte) (header, metadata, rest []byte, err error) {
	schema, rest, err := splitMessage(element)
	if err != nil {
		return nil, nil, nil, err
	}
	header = element[:messagePrefix+len(schema)]
	metadata, rest, err = splitMessage(rest)
	return header, metadata, rest, err
}

// An encapsulated IPC message begins with the continuation marker and the metadata's size in little-endian.
const (
	messagePrefix = 8
	continuation  = 0xffffffff
)

// splitMessage cuts the metadata of an encapsulated IPC message from b.
func splitMessage(b []byte) (metadata, rest []byte, err error) {
	if len(b) < messagePrefix || binary.LittleEndian.Uint32(b) != continuation {
		return nil, nil, errors.New("malformed arrow element: no message where one must begin")
	}
	size := binary.LittleEndian.Uint32(b[4:])
	// A flatbuffer has at least its root offset and a table.
	if size < 8 || uint64(size) > uint64(len(b)-messagePrefix) {
		return nil, nil, fmt.Errorf("malformed arrow element: message of %d bytes where %d are left", size, len(b)-messagePrefix)
	}
	return b[messagePrefix : messagePrefix+size], b[messagePrefix+size:], nil
}
