package guest

import (
	"fmt"
	"math/big"
	"time"
	"unicode/utf8"
	"unsafe"

	"github.com/apache/arrow/go/v15/arrow"
	"github.com/apache/arrow/go/v15/arrow/decimal128"

	"riffle/udfhost/guest/abi"
)

// badValue is a result that is not a value of its type. The function is at fault, not the guest.
type badValue struct {
	row     int // in its reply
	message string
}

// maxColumn is the maximum length with Arrow's 32-bit offsets.
const maxColumn = 1<<31 - 1

const (
	invalidText = "its result is not valid UTF-8, as a STRING must be; return []byte for BYTES"
	invalidPart = "a string in its result is not valid UTF-8, as a STRING must be; use []byte for BYTES"
)

// invalid returns the rows whose text is not UTF-8.
func invalid(data []byte, offsets []int32, top bool) (bad []badValue) {
	if allValid(data, offsets) {
		return nil
	}
	message := invalidPart
	if top {
		message = invalidText
	}
	for i := range len(offsets) - 1 {
		if !utf8.Valid(data[offsets[i]:offsets[i+1]]) {
			bad = append(bad, badValue{i, message})
		}
	}
	return bad
}

// allValid checks all rows at once: if the whole text is valid and no row begins inside a
// character, each row is valid.
func allValid(data []byte, offsets []int32) bool {
	if !utf8.Valid(data) {
		return false
	}
	for _, offset := range offsets {
		if int(offset) < len(data) && !utf8.RuneStart(data[offset]) {
			return false
		}
	}
	return true
}

// takeFixed appends values of fixed width, converted to their Arrow type if a guest has another form.
func (c *resultColumn) takeFixed(from *replied, column abi.Column, rows int) (bad []badValue, err error) {
	values, err := from.span(column.Data, rows*abi.Width(c.typ))
	if err != nil {
		return nil, err
	}
	if c.dt.ID() == arrow.TIME32 {
		return c.takeTimes(c.grow(rows*4), values)
	}
	ours := c.grow(len(values))
	copy(ours, values)
	switch {
	case c.dt.ID() == arrow.DATE32:
		for _, days := range int32s(ours) {
			if err := inRange(int64(days) * secondsOfDay); err != nil {
				return nil, err
			}
		}
	case c.typ == abi.Timestamp:
		return nil, c.takeNanos(from, column, rows, asInt64s(ours))
	case c.typ == abi.Decimal:
		return c.takeScales(from, column, rows, ours)
	}
	return nil, nil
}

// grow makes the data some bytes longer and returns these.
func (c *resultColumn) grow(by int) []byte {
	before := c.data.Len()
	c.data.Resize(before + by)
	return c.data.Bytes()[before:]
}

// asInt64s returns b, which is aligned, as int64 values.
func asInt64s(b []byte) []int64 {
	return unsafe.Slice((*int64)(unsafe.Pointer(unsafe.SliceData(b))), len(b)/8)
}

const secondsOfDay = 24 * 60 * 60

// The first and the last second that SQL has.
var (
	firstSecond = time.Date(1, 1, 1, 0, 0, 0, 0, time.UTC).Unix()
	lastSecond  = time.Date(9999, 12, 31, 23, 59, 59, 0, time.UTC).Unix()
)

// inRange checks seconds since 1970. riffle's own guest code does not exceed the range.
func inRange(seconds int64) error {
	if seconds < firstSecond || seconds > lastSecond {
		return errProtocol("a time lies %d seconds from 1970", seconds)
	}
	return nil
}

// takeTimes converts nanoseconds of the day to the unit of TIME.
func (c *resultColumn) takeTimes(ours, theirs []byte) (bad []badValue, err error) {
	unit := int64(c.dt.(*arrow.Time32Type).Unit.Multiplier())
	units := int32s(ours)
	for i, nanos := range asInt64s(theirs) {
		if nanos < 0 || nanos >= secondsOfDay*int64(time.Second) {
			return nil, errProtocol("a time of day is %d ns", nanos)
		}
		if nanos%unit != 0 {
			at := time.Unix(0, nanos).UTC().Format("15:04:05.999999999")
			bad = append(bad, badValue{i, fmt.Sprintf("its result %s has more digits than Flink's TIME, which stores milliseconds: truncate it", at)})
		}
		units[i] = int32(nanos / unit)
	}
	return bad, nil
}

// takeNanos appends the nanoseconds of timestamps, and checks both numbers.
func (c *resultColumn) takeNanos(from *replied, column abi.Column, rows int, millis []int64) error {
	theirs, err := from.span(column.Rest, rows*4)
	if err != nil {
		return err
	}
	before := c.rest.Len()
	c.rest.Resize(before + rows*4)
	ours := c.rest.Bytes()[before:]
	copy(ours, theirs)
	first, last := firstSecond*1000, lastSecond*1000+999
	for i, nanos := range int32s(ours) {
		if uint32(nanos) >= 1e6 {
			return errProtocol("a millisecond has %d ns", nanos)
		}
		if millis[i] < first || millis[i] > last {
			return inRange(millis[i] / 1000)
		}
	}
	return nil
}

// takeScales converts decimals exactly to the scale of the type, where theirs differs.
func (c *resultColumn) takeScales(from *replied, column abi.Column, rows int, ours []byte) (bad []badValue, err error) {
	theirs, err := from.span(column.Rest, rows)
	if err != nil {
		return nil, err
	}
	dt := c.dt.(*arrow.Decimal128Type)
	limit := decimal128.GetScaleMultiplier(int(dt.Precision))
	values := arrow.Decimal128Traits.CastFromBytes(ours)
	for i := range rows {
		scale := int32(theirs[i])
		if scale > 38 {
			return nil, errProtocol("a decimal has the scale %d", scale)
		}
		if scale == dt.Scale && values[i].Less(limit) && limit.Negate().Less(values[i]) {
			continue
		}
		converted, message := rescaled(values[i], scale, dt)
		if message != "" {
			bad = append(bad, badValue{i, message})
		}
		values[i] = converted
	}
	return bad, nil
}

// rescaled returns a decimal in the scale of a type, or the reason why the type does not have it.
func rescaled(given decimal128.Num, scale int32, dt *arrow.Decimal128Type) (converted decimal128.Num, message string) {
	v, rest := given.BigInt(), new(big.Int)
	shift := new(big.Int).Exp(big.NewInt(10), big.NewInt(int64(max(scale-dt.Scale, dt.Scale-scale))), nil)
	if scale > dt.Scale {
		v.QuoRem(v, shift, rest)
	} else {
		v.Mul(v, shift)
	}
	limit := new(big.Int).Exp(big.NewInt(10), big.NewInt(int64(dt.Precision)), nil)
	switch {
	case rest.Sign() != 0:
		return converted, fmt.Sprintf("its result %s has more than the %d digits after the decimal point of DECIMAL(%d, %d): use Round(%d)",
			given.ToString(scale), dt.Scale, dt.Precision, dt.Scale, dt.Scale)
	case v.CmpAbs(limit) >= 0:
		return converted, fmt.Sprintf("its result %s does not fit DECIMAL(%d, %d)", given.ToString(scale), dt.Precision, dt.Scale)
	}
	return decimal128.FromBigInt(v), ""
}
