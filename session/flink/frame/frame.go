// Package frame implements riffle's row protocol: how rows travel between a Flink task
// and riffle over one TCP connection. The Java side is riffle.job.rows.FrameChannel.
//
// A connection belongs to one attempt of one subtask. The task connects and sends a hello.
// Frames follow, in the direction that the hello names. All numbers are big-endian:
//
//	hello   magic u32 "RFL1" | version u16 | direction u8
//	        token u16 length + bytes | query u16 length + bytes
//	        subtask i32 | parallelism i32 | attempt i32
//	frame   kind u8 | length u32 | payload
//	  1 data  a piece of an Arrow IPC stream: schema, then record batches;
//	          the boundaries of the pieces have no meaning
//	  2 end   rows u64, the number of all rows sent: this subtask is complete and
//	          closes the connection
//
// A connection that closes without an end frame was cut. Arrow's own readers take that
// for a clean end of the stream. This is why frames exist.
package frame

import (
	"encoding/binary"
	"errors"
	"fmt"
	"io"
)

const (
	magic   = 0x52464C31 // "RFL1"
	version = 1

	// maxName limits token and query name, in bytes.
	maxName = 1 << 10
	// maxPayload limits one frame, in bytes. The sender's frames have 256 KiB.
	maxPayload = 64 << 20

	headerSize = 5
)

// Direction says who sends rows.
type Direction uint8

// RowsToClient is the direction of a query's result: the task sends, riffle receives. (Rows from riffle
// into Flink will be direction 2, with the same frames.)
const RowsToClient Direction = 1

const (
	kindData = 1
	kindEnd  = 2
)

// ErrCut is the error of a connection that closed before its end frame.
var ErrCut = errors.New("the connection was cut before its end frame")

// Hello is the first message on a connection.
type Hello struct {
	Direction   Direction
	Token       string // proves that the task was started by this session
	Query       string // the session's name of the query, e.g. q3
	Subtask     int    // 0 ≤ Subtask < Parallelism
	Parallelism int
	Attempt     int // counts the restarts of the subtask, from 0
}

// ReadHello reads and checks a hello.
func ReadHello(r io.Reader) (Hello, error) {
	var head [7]byte
	if _, err := io.ReadFull(r, head[:]); err != nil {
		return Hello{}, fmt.Errorf("read hello: %w", err)
	}
	if m := binary.BigEndian.Uint32(head[:]); m != magic {
		return Hello{}, fmt.Errorf("not a row connection: it begins with %#08x", m)
	}
	if v := binary.BigEndian.Uint16(head[4:]); v != version {
		return Hello{}, fmt.Errorf("row protocol version %d, this riffle speaks %d", v, version)
	}
	h := Hello{Direction: Direction(head[6])}
	if h.Direction != RowsToClient {
		return Hello{}, fmt.Errorf("row protocol direction %d is unknown", h.Direction)
	}
	var err error
	if h.Token, err = readName(r); err != nil {
		return Hello{}, fmt.Errorf("read token: %w", err)
	}
	if h.Query, err = readName(r); err != nil {
		return Hello{}, fmt.Errorf("read query name: %w", err)
	}
	var task [12]byte
	if _, err := io.ReadFull(r, task[:]); err != nil {
		return Hello{}, fmt.Errorf("read hello: %w", err)
	}
	h.Subtask = int(int32(binary.BigEndian.Uint32(task[0:])))
	h.Parallelism = int(int32(binary.BigEndian.Uint32(task[4:])))
	h.Attempt = int(int32(binary.BigEndian.Uint32(task[8:])))
	if h.Subtask < 0 || h.Subtask >= h.Parallelism || h.Attempt < 0 {
		return Hello{}, fmt.Errorf("invalid hello: subtask %d of %d, attempt %d", h.Subtask, h.Parallelism, h.Attempt)
	}
	return h, nil
}

func readName(r io.Reader) (string, error) {
	var length [2]byte
	if _, err := io.ReadFull(r, length[:]); err != nil {
		return "", err
	}
	n := binary.BigEndian.Uint16(length[:])
	if n > maxName {
		return "", fmt.Errorf("%d bytes is too long", n)
	}
	name := make([]byte, n)
	_, err := io.ReadFull(r, name)
	return string(name), err
}

// Reader returns the bytes of the data frames as one stream. At the end frame it returns io.EOF, and Rows
// is known. If the connection ends earlier, it returns [ErrCut].
type Reader struct {
	r    io.Reader
	left int // unread bytes of the current data frame
	rows int64
	err  error // sticky
}

// NewReader returns a Reader of the frames in r, from which the hello was already read.
func NewReader(r io.Reader) *Reader { return &Reader{r: r, rows: -1} }

// Rows returns the row count of the end frame. ok is false until that frame was read.
func (r *Reader) Rows() (rows int64, ok bool) { return r.rows, r.rows >= 0 }

func (r *Reader) Read(p []byte) (int, error) {
	for r.left == 0 {
		if r.err != nil {
			return 0, r.err
		}
		r.err = r.next()
	}
	n, err := r.r.Read(p[:min(len(p), r.left)])
	r.left -= n
	if err != nil && r.left > 0 {
		r.left, r.err = 0, cut(err)
		return n, r.err
	}
	return n, nil
}

// next reads frame headers up to a data frame with bytes in it.
func (r *Reader) next() error {
	var head [headerSize]byte
	if _, err := io.ReadFull(r.r, head[:]); err != nil {
		return cut(err)
	}
	length := binary.BigEndian.Uint32(head[1:])
	if length > maxPayload {
		return fmt.Errorf("row frame of %d bytes is too long", length)
	}
	switch head[0] {
	case kindData:
		r.left = int(length)
		return nil
	case kindEnd:
		var count [8]byte
		if length != uint32(len(count)) {
			return fmt.Errorf("end frame of %d bytes", length)
		}
		if _, err := io.ReadFull(r.r, count[:]); err != nil {
			return cut(err)
		}
		rows := int64(binary.BigEndian.Uint64(count[:]))
		if rows < 0 {
			return fmt.Errorf("end frame counts %d rows", rows)
		}
		if n, _ := io.ReadFull(r.r, count[:1]); n > 0 {
			return errors.New("bytes follow the end frame")
		}
		r.rows = rows
		return io.EOF
	}
	return fmt.Errorf("row frame of unknown kind %d", head[0])
}

func cut(err error) error {
	if errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) {
		return ErrCut
	}
	return fmt.Errorf("%w: %w", ErrCut, err)
}
