// Package frametest writes frames as Flink's tasks do, for tests of code that reads them. Like its
// Java counterpart, it is written from the protocol in the comment of package frame. It shares no
// constants with the reader.
package frametest

import (
	"encoding/binary"

	"riffle/session/flink/frame"
)

// Hello appends h as it is sent.
func Hello(b []byte, h frame.Hello) []byte {
	b = append(b, "RFL1"...)
	b = binary.BigEndian.AppendUint16(b, 1) // the version
	b = append(b, byte(h.Direction))
	for _, name := range []string{h.Token, h.Query} {
		b = binary.BigEndian.AppendUint16(b, uint16(len(name)))
		b = append(b, name...)
	}
	for _, n := range []int{h.Subtask, h.Parallelism, h.Attempt} {
		b = binary.BigEndian.AppendUint32(b, uint32(int32(n)))
	}
	return b
}

// Data appends payload as a data frame.
func Data(b, payload []byte) []byte {
	b = append(b, 1)
	b = binary.BigEndian.AppendUint32(b, uint32(len(payload)))
	return append(b, payload...)
}

// End appends an end frame.
func End(b []byte, rows int64) []byte {
	b = append(b, 2, 0, 0, 0, 8)
	return binary.BigEndian.AppendUint64(b, uint64(rows))
}
