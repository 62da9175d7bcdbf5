package render

import (
	"time"

	"github.com/apache/arrow/go/v15/arrow"
	"github.com/apache/arrow/go/v15/arrow/array"
)

// timeStyle is how date and time are put together.
type timeStyle struct {
	between byte // date and time of a TIMESTAMP
	offset  bool // a TIMESTAMP_LTZ ends with its offset from UTC
	zeros   bool // a TIME keeps its trailing zeros
}

var (
	sqlTimes = timeStyle{between: ' '}
	isoTimes = timeStyle{between: 'T', offset: true, zeros: true}
)

// temporalCell writes DATE, TIME, TIMESTAMP and TIMESTAMP_LTZ.
func temporalCell(dt arrow.DataType, t flinkType, loc *time.Location, style timeStyle) Cell {
	switch dt := dt.(type) {
	case *arrow.Date32Type:
		return func(dst []byte, arr arrow.Array, row int) []byte {
			return appendDate(dst, time.Unix(int64(arr.(*array.Date32).Value(row))*86400, 0).UTC())
		}
	case *arrow.Time32Type:
		digits := t.digits(dt.Unit)
		return func(dst []byte, arr arrow.Array, row int) []byte {
			return appendTime(dst, int64(arr.(*array.Time32).Value(row)), dt.Unit, digits, style)
		}
	case *arrow.Time64Type:
		digits := t.digits(dt.Unit)
		return func(dst []byte, arr arrow.Array, row int) []byte {
			return appendTime(dst, int64(arr.(*array.Time64).Value(row)), dt.Unit, digits, style)
		}
	default:
		return timestampCell(dt.(*arrow.TimestampType), t, loc, style)
	}
}

func timestampCell(dt *arrow.TimestampType, t flinkType, loc *time.Location, style timeStyle) Cell {
	digits := t.digits(dt.Unit)
	if !t.local {
		loc = time.UTC
	}
	return func(dst []byte, arr arrow.Array, row int) []byte {
		seconds, nanos := split(int64(arr.(*array.Timestamp).Value(row)), dt.Unit)
		at := time.Unix(seconds, nanos).In(loc)
		dst = append(appendDate(dst, at), style.between)
		hour, minute, second := at.Clock()
		dst = appendClock(dst, hour, minute, second)
		dst = appendFraction(dst, nanos, digits, true)
		if t.local && style.offset {
			dst = at.AppendFormat(dst, "Z07:00")
		}
		return dst
	}
}

// split divides a count of units into whole seconds and the nanoseconds that follow them.
func split(v int64, unit arrow.TimeUnit) (seconds, nanos int64) {
	perSecond := int64(time.Second / unit.Multiplier())
	seconds, rest := v/perSecond, v%perSecond
	if rest < 0 {
		seconds, rest = seconds-1, rest+perSecond
	}
	return seconds, rest * int64(unit.Multiplier())
}

func appendDate(dst []byte, at time.Time) []byte {
	year, month, day := at.Date()
	if year < 0 {
		dst = append(dst, '-')
		year = -year
	}
	dst = append(appendPadded(dst, year, 4), '-')
	dst = append(appendPadded(dst, int(month), 2), '-')
	return appendPadded(dst, day, 2)
}

func appendTime(dst []byte, v int64, unit arrow.TimeUnit, digits int, style timeStyle) []byte {
	if v < 0 { // no time of day; shown as what it is
		dst = append(dst, '-')
		v = -v
	}
	seconds, nanos := split(v, unit)
	dst = appendClock(dst, int(seconds/3600), int(seconds/60%60), int(seconds%60))
	return appendFraction(dst, nanos, digits, style.zeros)
}

func appendClock(dst []byte, hour, minute, second int) []byte {
	dst = append(appendPadded(dst, hour, 2), ':')
	dst = append(appendPadded(dst, minute, 2), ':')
	return appendPadded(dst, second, 2)
}

// appendFraction writes the digits of a second's fraction. Without zeros, those at the end are
// dropped but for the first digit, which is how Flink writes a TIME.
func appendFraction(dst []byte, nanos int64, digits int, zeros bool) []byte {
	if digits == 0 {
		return dst
	}
	var nine [9]byte
	text := appendPadded(nine[:0], int(nanos), 9)[:digits]
	for !zeros && len(text) > 1 && text[len(text)-1] == '0' {
		text = text[:len(text)-1]
	}
	return append(append(dst, '.'), text...)
}

// appendPadded writes a number that is not negative with at least so many digits.
func appendPadded(dst []byte, v, width int) []byte {
	var scratch [20]byte
	at := len(scratch)
	for v > 0 || width > 0 {
		at--
		scratch[at] = byte('0' + v%10)
		v /= 10
		width--
	}
	return append(dst, scratch[at:]...)
}
