package coder

import (
	"encoding/binary"
	"errors"
	"fmt"
	"io"

	"github.com/apache/arrow/go/v15/arrow"
)

// StreamReader reads an Arrow IPC stream without trusting the lengths in it. It allocates memory only for what
// has arrived, and no value of a batch is outside its buffers. arrow/go's own reader allocates according to any
// number in a message.
type StreamReader struct {
	r      io.Reader
	schema *arrow.Schema
}

const (
	maxMetadata = 256 << 20 // of a message, in bytes
	maxBody     = 1 << 31
	// readChunk is the size that is allocated before any of the data has arrived.
	readChunk = 1 << 20
)

// NewStreamReader reads a stream's schema.
func NewStreamReader(r io.Reader) (*StreamReader, error) {
	s := &StreamReader{r: r}
	metadata, _, err := s.message()
	if err != nil {
		return nil, unexpectedEOF(err)
	}
	if err := checkLengths(metadata); err != nil {
		return nil, err
	}
	if s.schema, err = parseSchema(metadata); err != nil {
		return nil, err
	}
	for _, field := range s.schema.Fields() {
		if err := checkType(field.Type); err != nil {
			return nil, fmt.Errorf("malformed arrow schema: column %s: %w", field.Name, err)
		}
	}
	return s, nil
}

// checkType rejects types that nobody sends, and whose batches [validate] cannot check.
func checkType(dt arrow.DataType) error {
	switch dt := dt.(type) {
	case *arrow.NullType, *arrow.StringType, *arrow.BinaryType:
		return nil
	case *arrow.ListType:
		return checkType(dt.Elem())
	case *arrow.MapType:
		return checkType(dt.Elem())
	case *arrow.StructType:
		for _, field := range dt.Fields() {
			if err := checkType(field.Type); err != nil {
				return err
			}
		}
		return nil
	case *arrow.DictionaryType, arrow.ExtensionType: // although dictionaries are of fixed width
	case arrow.FixedWidthDataType:
		if dt.BitWidth() > 0 {
			return nil
		}
	}
	return fmt.Errorf("unexpected type %s", dt)
}

// Schema returns the columns of all batches.
func (s *StreamReader) Schema() *arrow.Schema { return s.schema }

// Next returns the next record batch, which the caller owns. At the stream's end, with or without an end
// marker, the error is io.EOF.
func (s *StreamReader) Next() (arrow.Record, error) {
	metadata, body, err := s.message()
	if err != nil {
		return nil, err
	}
	batch, err := readBatch(s.schema, metadata, body)
	if err != nil {
		return nil, fmt.Errorf("malformed arrow batch: %w", err)
	}
	return batch, nil
}

// message reads an encapsulated message.
func (s *StreamReader) message() (metadata, body []byte, err error) {
	var prefix [messagePrefix]byte
	if _, err := io.ReadFull(s.r, prefix[:]); err != nil {
		return nil, nil, err
	}
	size := binary.LittleEndian.Uint32(prefix[4:])
	switch {
	case binary.LittleEndian.Uint32(prefix[:]) != continuation:
		return nil, nil, errors.New("malformed arrow stream: no message where one must begin")
	case size == 0:
		return nil, nil, io.EOF
	case size < 8 || size > maxMetadata:
		return nil, nil, fmt.Errorf("malformed arrow stream: message of %d bytes", size)
	}
	if metadata, err = readBytes(s.r, int64(size)); err != nil {
		return nil, nil, unexpectedEOF(err)
	}
	f := flatbuffer{buf: metadata}
	length := f.int64(f.field(f.follow(0), messageBody))
	if f.malformed || length < 0 || length > maxBody {
		return nil, nil, fmt.Errorf("malformed arrow stream: message with a body of %d bytes", length)
	}
	body, err = readBytes(s.r, length)
	return metadata, body, unexpectedEOF(err)
}

// readBytes reads n bytes. It allocates memory for them as they arrive, and in the end no more than that, because a
// batch keeps its bytes.
func readBytes(r io.Reader, n int64) ([]byte, error) {
	b := make([]byte, min(n, readChunk))
	for read := 0; ; {
		if _, err := io.ReadFull(r, b[read:]); err != nil {
			return nil, err
		}
		if read = len(b); int64(read) == n {
			return b, nil
		}
		b = append(make([]byte, 0, min(n, 4*int64(read))), b...)
		b = b[:cap(b)]
	}
}

// unexpectedEOF converts an error inside a message, where the input must not end.
func unexpectedEOF(err error) error {
	if err == io.EOF {
		return io.ErrUnexpectedEOF
	}
	return err
}

// checkLengths checks the lengths in a schema message of any columns before
// arrow/go allocates by them.
func checkLengths(metadata []byte) error {
	f := flatbuffer{buf: metadata}
	root := f.follow(0)
	schema := f.follow(f.field(root, messageHeader))
	f.vector(f.field(schema, schemaMetadata), 4)
	left := len(metadata) / 8 // no field takes less
	f.checkAnyFields(f.field(schema, schemaFields), maxDepth, &left)
	if f.malformed {
		return errSchemaMessage
	}
	return nil
}

// maxDepth is the maximum nesting of types.
const maxDepth = 128

// checkAnyFields checks a vector of fields. left is the number of fields that may still be
// checked: a message may refer to a field from many places.
func (f *flatbuffer) checkAnyFields(at, depth int, left *int) {
	start, n := f.vector(at, 4)
	for i := range n {
		if *left--; *left < 0 || depth == 0 {
			f.malformed = true
		}
		if f.malformed {
			return
		}
		field := f.follow(start + 4*i)
		if f.field(field, fieldDictionary) != 0 {
			f.malformed = true // Flink does not send this
		}
		f.vector(f.field(field, fieldMetadata), 4)
		f.checkAnyFields(f.field(field, fieldChildren), depth-1, left)
	}
}
