package coder

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"math"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"
)

// decimalText is the text of a decimal.Decimal in a pickle.
type decimalText string

// Placeholders on the unpickling stack for things that are not values.
type (
	decimalClass struct{} // the global decimal.Decimal
	mark         struct{}
	tuple        []any
)

// unpickle reads the pickles that Flink makes of literals with Pyrolite: one None, bool, int,
// float, str or decimal.Decimal in protocol 2. The result is nil, bool, int64, float64, string
// or decimalText. Everything else is an error; in particular, no class except decimal.Decimal
// is ever looked up.
func unpickle(b []byte) (any, error) {
	u := unpickler{buf: b}
	for {
		done, err := u.step()
		if err != nil {
			return nil, fmt.Errorf("malformed pickle: %w", err)
		}
		if done {
			break
		}
	}
	if len(u.stack) != 1 || len(u.buf) != 0 {
		return nil, errors.New("malformed pickle: it holds more than one value")
	}
	switch v := u.stack[0].(type) {
	case decimalClass, mark, tuple:
		return nil, fmt.Errorf("malformed pickle: it holds a %T", v)
	default:
		return v, nil
	}
}

type unpickler struct {
	buf   []byte
	stack []any
}

func (u *unpickler) push(v any) { u.stack = append(u.stack, v) }

func (u *unpickler) pop() any {
	if len(u.stack) == 0 {
		return nil
	}
	v := u.stack[len(u.stack)-1]
	u.stack = u.stack[:len(u.stack)-1]
	return v
}

// take returns the next n bytes.
func (u *unpickler) take(n int) ([]byte, error) {
	if n < 0 || n > len(u.buf) {
		return nil, errors.New("it ends within a value")
	}
	b := u.buf[:n]
	u.buf = u.buf[n:]
	return b, nil
}

// line returns the text up to the next newline, which it consumes.
func (u *unpickler) line() (string, error) {
	text, rest, ok := bytes.Cut(u.buf, []byte{'\n'})
	if !ok {
		return "", errors.New("it ends within a line")
	}
	u.buf = rest
	return string(text), nil
}

// Opcodes of the pickle protocol.
const (
	opProto        = 0x80
	opStop         = '.'
	opNone         = 'N'
	opTrue         = 0x88
	opFalse        = 0x89
	opBinInt1      = 'K'
	opBinInt2      = 'M'
	opBinInt       = 'J'
	opInt          = 'I'
	opBinFloat     = 'G'
	opBinUnicode   = 'X'
	opGlobal       = 'c'
	opMark         = '('
	opTuple        = 't'
	opTuple1       = 0x85
	opReduce       = 'R'
	opBinPut       = 'q'
	opLongBinPut   = 'r'
	pickleProtocol = 2
)

// step executes one opcode. done reports whether it was the last.
func (u *unpickler) step() (done bool, err error) {
	op, err := u.take(1)
	if err != nil {
		return false, err
	}
	switch op[0] {
	case opStop:
		return true, nil
	case opProto:
		v, err := u.take(1)
		if err == nil && v[0] != pickleProtocol {
			err = fmt.Errorf("protocol %d", v[0])
		}
		return false, err
	case opBinPut: // memo entries are never fetched, because there is only one value
		_, err := u.take(1)
		return false, err
	case opLongBinPut:
		_, err := u.take(4)
		return false, err
	case opMark:
		u.push(mark{})
		return false, nil
	case opTuple, opTuple1:
		return false, u.tuple(op[0] == opTuple1)
	case opReduce:
		return false, u.reduce()
	}
	v, err := u.value(op[0])
	u.push(v)
	return false, err
}

// value reads the data after the opcode of a value.
func (u *unpickler) value(op byte) (any, error) {
	sizes := map[byte]int{opBinInt1: 1, opBinInt2: 2, opBinInt: 4, opBinFloat: 8, opBinUnicode: 4}
	b, err := u.take(sizes[op])
	if err != nil {
		return nil, err
	}
	switch op {
	case opNone:
		return nil, nil
	case opTrue:
		return true, nil
	case opFalse:
		return false, nil
	case opBinInt1:
		return int64(b[0]), nil
	case opBinInt2:
		return int64(binary.LittleEndian.Uint16(b)), nil
	case opBinInt:
		return int64(int32(binary.LittleEndian.Uint32(b))), nil
	case opInt:
		return u.integerLine()
	case opBinFloat:
		return math.Float64frombits(binary.BigEndian.Uint64(b)), nil
	case opBinUnicode:
		text, err := u.take(int(int32(binary.LittleEndian.Uint32(b))))
		if err == nil && !utf8.Valid(text) {
			err = errors.New("string is not UTF-8")
		}
		return string(text), err
	case opGlobal:
		return u.global()
	}
	return nil, fmt.Errorf("opcode %#x", op)
}

// integerLine reads an integer too large for opBinInt, in decimal.
func (u *unpickler) integerLine() (any, error) {
	text, err := u.line()
	if err != nil {
		return nil, err
	}
	// "00" and "01" are the booleans of protocol 1.
	if strings.HasPrefix(text, "0") {
		return nil, fmt.Errorf("integer %q", text)
	}
	return strconv.ParseInt(text, 10, 64)
}

func (u *unpickler) global() (any, error) {
	module, err := u.line()
	if err != nil {
		return nil, err
	}
	name, err := u.line()
	if err != nil {
		return nil, err
	}
	if module != "decimal" || name != "Decimal" {
		return nil, fmt.Errorf("class %q", module+"."+name)
	}
	return decimalClass{}, nil
}

// tuple replaces the values since the last mark, or the one on top, by a tuple.
func (u *unpickler) tuple(one bool) error {
	if one {
		u.push(tuple{u.pop()})
		return nil
	}
	for i := len(u.stack) - 1; i >= 0; i-- {
		if _, ok := u.stack[i].(mark); ok {
			t := slices.Clone(tuple(u.stack[i+1:]))
			u.stack = append(u.stack[:i], t)
			return nil
		}
	}
	return errors.New("tuple without its mark")
}

// reduce applies decimal.Decimal to its one argument.
func (u *unpickler) reduce() error {
	arguments, _ := u.pop().(tuple)
	_, ok := u.pop().(decimalClass)
	if !ok || len(arguments) != 1 {
		return errors.New("call of something other than decimal.Decimal with one argument")
	}
	text, ok := arguments[0].(string)
	if !ok {
		return fmt.Errorf("decimal.Decimal of a %T", arguments[0])
	}
	u.push(decimalText(text))
	return nil
}
