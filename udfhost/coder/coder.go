// Package coder implements Flink's wire formats for the rows that enter and leave a
// function operator, for a harness that works on Arrow record batches.
//
// A bundle's data is a sequence of elements, each after its length ([Elements]). A
// [Coder] knows the format of an element: for [Arrow] it is a whole IPC stream of one
// batch, for [Row] one row in Flink's binary format. A [Decoder] turns the elements
// into record batches, of one schema per operator. An [Encoder] turns batches into
// elements again. Between the two, all data is columns, whatever the wire format. The
// schema comes from the coder's descriptor ([Schema]).
//
// Constant arguments do not travel with the data. They are pickled literals in the
// operator's payload ([Constant]).
//
// The bytes come from another process. Every length is checked against the bytes that
// are available. A malformed element is an error. It never causes a panic, nor an
// allocation of more than a small multiple of its size.
package coder

import (
	"encoding/binary"
	"errors"
	"fmt"
	"iter"

	"github.com/apache/arrow/go/v15/arrow"
)

// A Coder is one wire format for the rows of one operator input or output.
type Coder interface {
	// Schema is the schema of the batches that its decoders return and its encoders take.
	Schema() *arrow.Schema
	// NewDecoder and NewEncoder return a decoder and an encoder for use by one goroutine.
	NewDecoder() Decoder
	NewEncoder() Encoder
}

// Kinded is a Coder that supports row kinds.
type Kinded interface {
	Coder
	// WithKinds returns a coder of the same rows whose schema has one more column, that of package
	// rowkind. Nested rows have it as well, as their last field. Nested rows are always written with
	// the kind of an insertion.
	WithKinds() (Coder, error)
}

// A Decoder turns the elements of a bundle into record batches. After an error it must not be used again.
type Decoder interface {
	// Decode decodes the next element. It returns a batch if the element completes one, and nil
	// otherwise. The caller releases the batch. The batch may refer to the element's bytes, so they
	// must not change as long as the batch, or an array of it, is in use.
	Decode(element []byte) (arrow.Record, error)
	// Flush returns the rows of the elements since the last batch as one more batch, which the caller
	// releases; nil if there are no rows.
	Flush() arrow.Record
}

// An Encoder turns record batches into elements.
type Encoder interface {
	// Encode appends the elements of a batch to out, each after its length, and returns out. The
	// caller keeps the batch.
	Encode(out []byte, batch arrow.Record) ([]byte, error)
}

// An Ender is an Encoder that can mark where the results of one row of the input end.
type Ender interface {
	Encoder
	// End appends the element that marks the end.
	End(out []byte) []byte
}

// Elements yields the elements in the data of one message of the data stream. Each is a uvarint length and
// that many bytes: the coder beam:coder:length_prefix:v1 around the values of a
// beam:coder:param_windowed_value:v1, which adds nothing to a value. An element is never split over two
// messages. A malformed length ends the sequence with an error.
func Elements(data []byte) iter.Seq2[[]byte, error] {
	return func(yield func([]byte, error) bool) {
		for len(data) > 0 {
			size, n := binary.Uvarint(data)
			if n <= 0 {
				yield(nil, errors.New("malformed element length in bundle data"))
				return
			}
			data = data[n:]
			if size > uint64(len(data)) {
				yield(nil, fmt.Errorf("element of %d bytes in bundle data that ends after %d", size, len(data)))
				return
			}
			if !yield(data[:size:size], nil) {
				return
			}
			data = data[size:]
		}
	}
}

// appendElement appends the length of an element, and the element.
func appendElement(out []byte, parts ...[]byte) []byte {
	size := 0
	for _, p := range parts {
		size += len(p)
	}
	out = binary.AppendUvarint(out, uint64(size))
	for _, p := range parts {
		out = append(out, p...)
	}
	return out
}
