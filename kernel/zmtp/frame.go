package zmtp

import (
	"bufio"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
)

// The bits of a frame's first byte.
const (
	flagMore    = 1
	flagLong    = 2
	flagCommand = 4
	flagsKnown  = flagMore | flagLong | flagCommand
)

const (
	shortest = 255      // the most that a frame with one byte of length holds
	readStep = 64 << 10 // memory taken at a time for a body that is being read
	maxParts = 256      // of a message; Jupyter's have seven and its buffers
)

var errTooLarge = errors.New("larger than allowed")

// frame is the unit of transfer: a part of a message, or a command.
type frame struct {
	more    bool
	command bool
	body    []byte
}

// readFrame reads a frame whose body has at most limit bytes.
func readFrame(r *bufio.Reader, limit int) (frame, error) {
	flags, err := r.ReadByte()
	if err != nil {
		return frame{}, err
	}
	if flags&^flagsKnown != 0 || flags&flagCommand != 0 && flags&flagMore != 0 {
		return frame{}, fmt.Errorf("a frame has the flags %#x", flags)
	}
	var length uint64
	if flags&flagLong != 0 {
		var long [8]byte
		if _, err := io.ReadFull(r, long[:]); err != nil {
			return frame{}, noEOF(err)
		}
		length = binary.BigEndian.Uint64(long[:])
	} else {
		short, err := r.ReadByte()
		if err != nil {
			return frame{}, noEOF(err)
		}
		length = uint64(short)
	}
	if length > uint64(limit) {
		return frame{}, fmt.Errorf("a frame of %d bytes: %w", length, errTooLarge)
	}
	body, err := readBody(r, int(length))
	return frame{more: flags&flagMore != 0, command: flags&flagCommand != 0, body: body}, err
}

// readBody allocates memory as bytes arrive, so a length alone costs nothing.
func readBody(r io.Reader, length int) ([]byte, error) {
	body := make([]byte, 0, min(length, readStep))
	for len(body) < length {
		have := len(body)
		step := min(length-have, max(have, readStep))
		body = append(body, make([]byte, step)...)
		if _, err := io.ReadFull(r, body[have:]); err != nil {
			return nil, noEOF(err)
		}
	}
	return body, nil
}

// noEOF returns the error of a stream that ends in the middle of a frame or message.
func noEOF(err error) error {
	if errors.Is(err, io.EOF) {
		return io.ErrUnexpectedEOF
	}
	return err
}

// appendFrame appends a frame in its wire format.
func appendFrame(dst []byte, f frame) []byte {
	var flags byte
	if f.more {
		flags |= flagMore
	}
	if f.command {
		flags |= flagCommand
	}
	if len(f.body) > shortest {
		dst = binary.BigEndian.AppendUint64(append(dst, flags|flagLong), uint64(len(f.body)))
	} else {
		dst = append(dst, flags, byte(len(f.body)))
	}
	return append(dst, f.body...)
}

// appendMessage appends the frames of a message.
func appendMessage(dst []byte, parts [][]byte) []byte {
	for i, part := range parts {
		dst = appendFrame(dst, frame{more: i < len(parts)-1, body: part})
	}
	return dst
}

// appendCommand appends a command: its name and its data.
func appendCommand(dst []byte, name string, data []byte) []byte {
	body := append([]byte{byte(len(name))}, name...)
	return appendFrame(dst, frame{command: true, body: append(body, data...)})
}

// command splits the body of a command.
func command(body []byte) (name string, data []byte, err error) {
	if len(body) == 0 || len(body) < 1+int(body[0]) {
		return "", nil, errors.New("a command without a name")
	}
	end := 1 + int(body[0])
	return string(body[1:end]), body[end:], nil
}
