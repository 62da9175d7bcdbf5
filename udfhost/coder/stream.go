package coder

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"io"

	"github.com/apache/arrow/go/v15/arrow"
	"github.com/apache/arrow/go/v15/arrow/ipc"
)

// StreamReader reads an Arrow IPC stream without trusting the lengths in it. It allocates memory only for what
// has arrived, and no value of a batch is outside its buffers. arrow/go's own reader allocates according to any
// number in a message.
type StreamReader struct {
	r      io.Reader
	reader *ipc.Reader
	next   oneMessage
	mem    boundedAllocator
}

const (
	maxMetadata = 256 << 20 // of a message, in bytes
	maxBody     = 1 << 31
	maxRows     = 1 << 20 // of a batch: NULLs without a type take no bytes
	// readChunk is the size that is allocated before any of the data has arrived.
	readChunk = 1 << 20
)

// NewStreamReader reads a stream's schema.
func NewStreamReader(r io.Reader) (s *StreamReader, err error) {
	defer func() {
		if p := recover(); p != nil { // the flatbuffers accessors index without looking
			s, err = nil, fmt.Errorf("malformed arrow schema: %v", p)
		}
	}()
	s = &StreamReader{r: r}
	metadata, body, err := s.message()
	if err != nil {
		return nil, unexpectedEOF(err)
	}
	if err := checkLengths(metadata); err != nil {
		return nil, err
	}
	s.next.set(metadata, body)
	s.reader, err = ipc.NewReaderFromMessageReader(&s.next, ipc.WithAllocator(&s.mem))
	if err != nil {
		return nil, fmt.Errorf("malformed arrow schema: %w", err)
	}
	for _, field := range s.reader.Schema().Fields() {
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
		return nil
	}
	return fmt.Errorf("unexpected type %s", dt)
}

// Schema returns the columns of all batches.
func (s *StreamReader) Schema() *arrow.Schema { return s.reader.Schema() }

// Next returns the next record batch, which the caller owns. At the stream's end, with or without an end
// marker, the error is io.EOF.
func (s *StreamReader) Next() (batch arrow.Record, err error) {
	defer func() {
		if p := recover(); p != nil {
			batch, err = nil, fmt.Errorf("malformed arrow batch: %v", p)
		}
	}()
	metadata, body, err := s.message()
	if err != nil {
		return nil, err
	}
	s.mem.limit = len(body)
	s.next.set(metadata, body)
	if !s.reader.Next() {
		return nil, fmt.Errorf("malformed arrow batch: %w", errors.Join(errors.New("no record batch"), s.reader.Err()))
	}
	if rows := s.reader.Record().NumRows(); rows > maxRows {
		return nil, fmt.Errorf("malformed arrow batch: %d rows", rows)
	}
	if err := validate(s.reader.Record()); err != nil {
		return nil, fmt.Errorf("malformed arrow batch: %w", err)
	}
	s.reader.Record().Retain() // the reader releases its own reference at its next read
	return s.reader.Record(), nil
}

// Release releases the reader's reference to the last batch.
func (s *StreamReader) Release() { s.reader.Release() }

// message reads an encapsulated message.
func (s *StreamReader) message() (metadata, body []byte, err error) {
	var prefix [8]byte
	if _, err := io.ReadFull(s.r, prefix[:]); err != nil {
		return nil, nil, err
	}
	const continuation = 0xffffffff
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
	length := s.next.set(metadata, nil)
	if length < 0 || length > maxBody {
		return nil, nil, fmt.Errorf("malformed arrow stream: message with a body of %d bytes", length)
	}
	body, err = readBytes(s.r, length)
	return metadata, body, unexpectedEOF(err)
}

// readBytes reads n bytes, and allocates memory for them as they arrive.
func readBytes(r io.Reader, n int64) ([]byte, error) {
	if n <= readChunk {
		b := make([]byte, n)
		_, err := io.ReadFull(r, b)
		return b, err
	}
	var b bytes.Buffer
	b.Grow(readChunk)
	_, err := io.CopyN(&b, r, n)
	return b.Bytes(), err
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
	f.vector(f.field(schema, schemaMetadata))
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
	start, n := f.vector(at)
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
		f.vector(f.field(field, fieldMetadata))
		f.checkAnyFields(f.field(field, fieldChildren), depth-1, left)
	}
}
