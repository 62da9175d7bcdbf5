package coder

import (
	"encoding/binary"
	"errors"

	"github.com/apache/arrow/go/v15/arrow"
)

// Slots of the fields in the flatbuffers tables of Arrow's Message.fbs and
// Schema.fbs.
const (
	messageVersion = 0
	messageKind    = 1
	messageHeader  = 2
	messageBody    = 3 // its length
	messageSlots   = 5

	schemaFields    = 1
	schemaMetadata  = 2
	fieldDictionary = 4
	fieldChildren   = 5
	fieldMetadata   = 6

	recordLength      = 0
	recordNodes       = 1
	recordBuffers     = 2
	recordCompression = 3
	recordSlots       = 5
)

// Values of a message's version and kind.
const (
	metadataV5      = 4
	kindRecordBatch = 3
)

var errSchemaMessage = errors.New("malformed arrow schema, or one with other columns than the coder")

// checkSchemaMessage checks the lengths in a schema message before arrow/go allocates memory by
// them: at every depth there must be as many fields as in want, and no vector can be longer
// than the message. It does not check the types.
func checkSchemaMessage(metadata []byte, want *arrow.Schema) error {
	f := flatbuffer{buf: metadata}
	root := f.follow(0)
	schema := f.follow(f.field(root, messageHeader))
	types := make([]arrow.DataType, want.NumFields())
	for i, field := range want.Fields() {
		types[i] = field.Type
	}
	f.vector(f.field(schema, schemaMetadata), 4)
	f.checkFields(f.field(schema, schemaFields), types)
	if f.malformed {
		return errSchemaMessage
	}
	return nil
}

// checkFields checks a vector of fields that must have the given types. The types limit the
// recursion, whatever the message contains.
func (f *flatbuffer) checkFields(at int, types []arrow.DataType) {
	start, n := f.vector(at, 4)
	if n != len(types) {
		f.malformed = true
		return
	}
	for i, dt := range types {
		field := f.follow(start + 4*i)
		if f.field(field, fieldDictionary) != 0 {
			f.malformed = true // Flink does not send this
		}
		f.vector(f.field(field, fieldMetadata), 4)
		f.checkFields(f.field(field, fieldChildren), childTypes(dt))
		if f.malformed {
			return
		}
	}
}

// childTypes returns the types of the children of a nested type.
func childTypes(dt arrow.DataType) []arrow.DataType {
	switch dt := dt.(type) {
	case *arrow.ListType:
		return []arrow.DataType{dt.Elem()}
	case *arrow.MapType:
		return []arrow.DataType{dt.Elem()}
	case *arrow.StructType:
		types := make([]arrow.DataType, dt.NumFields())
		for i, f := range dt.Fields() {
			types[i] = f.Type
		}
		return types
	}
	return nil
}

// flatbuffer reads a flatbuffer and checks every bound. Positions are offsets into buf. 0 means
// that a field is absent, because no field can be at 0.
type flatbuffer struct {
	buf       []byte
	malformed bool // a position was out of bounds: results since mean nothing
}

// uint16 and uint32 read the number at a position.
func (f *flatbuffer) uint16(at int) int {
	if at < 0 || at > len(f.buf)-2 {
		f.malformed = true
		return 0
	}
	return int(binary.LittleEndian.Uint16(f.buf[at:]))
}

func (f *flatbuffer) uint32(at int) uint32 {
	if at < 0 || at > len(f.buf)-4 {
		f.malformed = true
		return 0
	}
	return binary.LittleEndian.Uint32(f.buf[at:])
}

// int64 reads the number at a position, which is 0 if it is absent.
func (f *flatbuffer) int64(at int) int64 {
	if at == 0 {
		return 0
	}
	if at < 0 || at > len(f.buf)-8 {
		f.malformed = true
		return 0
	}
	return int64(binary.LittleEndian.Uint64(f.buf[at:]))
}

// follow returns the target of the reference at a position.
func (f *flatbuffer) follow(at int) int { return at + int(f.uint32(at)) }

// field returns the position of a table's field.
func (f *flatbuffer) field(table, slot int) int {
	vtable := table - int(int32(f.uint32(table)))
	entry := 4 + 2*slot
	if entry >= f.uint16(vtable) { // as the flatbuffers library sees it, odd lengths too
		return 0
	}
	offset := f.uint16(vtable + entry)
	if offset == 0 {
		return 0
	}
	return table + offset
}

// vector returns the start and length of the vector that the field at a position refers to, whose elements have
// size bytes.
func (f *flatbuffer) vector(at, size int) (start, n int) {
	if at == 0 {
		return 0, 0
	}
	start = f.follow(at)
	n = int(f.uint32(start))
	start += 4
	if n > (len(f.buf)-start)/size {
		f.malformed = true
		return 0, 0
	}
	return start, n
}
