package render

import (
	"fmt"
	"math/bits"
	"strconv"
	"time"

	"github.com/apache/arrow/go/v15/arrow"
	"github.com/apache/arrow/go/v15/arrow/array"
)

// timeStyle is how date and time are combined.
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
		unit := dt.(*arrow.TimestampType).Unit
		at := func(arr arrow.Array, row int) (seconds, nanos int64) {
			return split(int64(arr.(*array.Timestamp).Value(row)), unit)
		}
		return timestampCell(at, t.digits(unit), t, loc, style)
	}
}

// timestampCell writes the time that at returns: seconds since 1970 and the nanoseconds that
// follow.
func timestampCell(at func(arrow.Array, int) (seconds, nanos int64), digits int, t flinkType, loc *time.Location, style timeStyle) Cell {
	if !t.local {
		loc = time.UTC
	}
	return func(dst []byte, arr arrow.Array, row int) []byte {
		seconds, nanos := at(arr, row)
		at := time.Unix(seconds, nanos).In(loc)
		if _, offset := at.Zone(); style.offset && offset%60 != 0 {
			at = at.UTC() // ISO 8601 has no seconds in an offset, local mean time has
		}
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

// nanosOf reads a timestamp of more than six digits: seconds with nine decimals, because 64
// bits of nanoseconds cover only 1677 to 2262.
func nanosOf(arr arrow.Array, row int) (seconds, nanos int64) {
	v := arr.(*array.Decimal128).Value(row)
	negative := v.Sign() < 0
	if negative {
		v = v.Negate()
	}
	whole, rest := bits.Div64(uint64(v.HighBits())%uint64(time.Second), v.LowBits(), uint64(time.Second))
	if !negative {
		return int64(whole), int64(rest)
	}
	if rest == 0 {
		return -int64(whole), 0
	}
	return -int64(whole) - 1, int64(time.Second) - int64(rest)
}

// appendMonths writes an INTERVAL YEAR TO MONTH as +1-02.
func appendMonths(dst []byte, arr arrow.Array, row int) []byte {
	months := int64(arr.(*array.MonthInterval).Value(row))
	dst, months = appendSign(dst, months)
	dst = append(strconv.AppendInt(dst, months/12, 10), '-')
	return appendPadded(dst, int(months%12), 2)
}

// durationCell writes an INTERVAL DAY TO SECOND as +3 04:05:06.789.
func durationCell(dt *arrow.DurationType) (Cell, error) {
	if dt.Unit != arrow.Millisecond {
		return nil, fmt.Errorf("the Arrow type %s has no text", dt)
	}
	return func(dst []byte, arr arrow.Array, row int) []byte {
		dst, millis := appendSign(dst, int64(arr.(*array.Duration).Value(row)))
		seconds, nanos := split(millis, dt.Unit)
		dst = append(strconv.AppendInt(dst, seconds/86400, 10), ' ')
		dst = appendClock(dst, int(seconds/3600%24), int(seconds/60%60), int(seconds%60))
		return appendFraction(dst, nanos, 3, true)
	}, nil
}

// appendSign writes the sign of an interval, which always has one, and returns its absolute
// value.
func appendSign(dst []byte, v int64) ([]byte, int64) {
	if v < 0 {
		return append(dst, '-'), -v
	}
	return append(dst, '+'), v
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
	if v < 0 { // not a time of day; shown as a number
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

// appendFraction writes the digits of a second's fraction. Without zeros, trailing zeros are
// dropped except in the first digit, as Flink writes a TIME.
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

// appendPadded writes a number that is not negative with at least width digits.
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

// Times describes how the values of a column represent times.
type Times struct {
	PerSecond float64 // units of the values per second; a DECIMAL counts whole units
	Local     bool    // TIMESTAMP_LTZ, which is shown in the session's time zone
	OfDay     bool    // TIME
}

// TimesOf returns how the values of a column represent times; false if they do not.
func TimesOf(field arrow.Field) (Times, bool) {
	t, err := typeOf(field)
	if err != nil {
		return Times{}, false
	}
	perSecond := func(unit arrow.TimeUnit) float64 { return float64(time.Second / unit.Multiplier()) }
	switch dt := field.Type.(type) {
	case *arrow.Date32Type:
		return Times{PerSecond: 1.0 / 86400}, true
	case *arrow.Time32Type:
		return Times{PerSecond: perSecond(dt.Unit), OfDay: true}, true
	case *arrow.Time64Type:
		return Times{PerSecond: perSecond(dt.Unit), OfDay: true}, true
	case *arrow.TimestampType:
		return Times{PerSecond: perSecond(dt.Unit), Local: t.local}, true
	case *arrow.Decimal128Type:
		return Times{PerSecond: 1, Local: t.local}, t.timestamp()
	}
	return Times{}, false
}
