// Package coder holds Flink's wire formats for the rows that go into and come
// out of a function operator, seen from the side of a harness that works on
// Arrow record batches.
//
// A bundle's data is a sequence of elements, each behind its length
// ([Elements]). What an element is, a [Coder] knows: for [Arrow] it is a whole
// IPC stream of one batch, for [Row] one row in Flink's binary format. A
// [Decoder] turns the elements into record batches, of one schema per
// operator, and an [Encoder] turns batches into elements again, so that
// everything between them is columns whatever the wire format was. The schema
// is the one in the coder's descriptor ([Schema]).
//
// Constant arguments travel beside the data, in the operator's payload, as
// pickled literals ([Constant]).
//
// The bytes come from another process: every length is checked against what is
// there, and a malformed element is an error, never a panic nor an allocation
// beyond a small multiple of its size.
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
	// Schema is that of the batches which its decoders return and its encoders
	// take.
	Schema() *arrow.Schema
	// NewDecoder and NewEncoder return a decoder and an encoder for the use of
	// one goroutine.
	NewDecoder() Decoder
	NewEncoder() Encoder
}

// Kinded is a Coder that can have the kinds of rows too.
type Kinded interface {
	Coder
	// WithKinds is a coder of the same rows whose schema has one more column, that of
	// package rowkind. The rows inside of a row have it as well, as their last field; where
	// they are written, their kind is that of an insertion.
	WithKinds() (Coder, error)
}

// A Decoder turns the elements of a bundle into record batches. After an error
// it is in no state to go on.
type Decoder interface {
	// Decode takes the next element, which it does not keep. It returns a batch
	// when that completes one, else nil. The caller releases the batch.
	Decode(element []byte) (arrow.Record, error)
	// Flush returns the rows of the elements since the last batch as one more
	// batch, which the caller releases; nil if there are none.
	Flush() arrow.Record
}

// An Encoder turns record batches into elements.
type Encoder interface {
	// Encode appends the elements of a batch, each behind its length, to out
	// and returns that. The batch stays the caller's.
	Encode(out []byte, batch arrow.Record) ([]byte, error)
}

// An Ender is an Encoder that can write where the results of one row of the input end.
type Ender interface {
	Encoder
	// End appends the element that says so.
	End(out []byte) []byte
}

// Elements yields the elements in the data of one message of the data stream:
// each is a uvarint length and that many bytes (the coder
// beam:coder:length_prefix:v1 around the values of a
// beam:coder:param_windowed_value:v1, which adds nothing to a value). An
// element is never split over two messages. A malformed length ends the
// sequence with an error.
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

// appendElement appends an element behind its length.
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
