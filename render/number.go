package render

import (
	"math"
	"strconv"

	"github.com/apache/arrow/go/v15/arrow"
	"github.com/apache/arrow/go/v15/arrow/array"
	"github.com/apache/arrow/go/v15/arrow/decimal128"
)

func appendInteger(dst []byte, arr arrow.Array, row int) []byte {
	return strconv.AppendInt(dst, integerOf(arr, row), 10)
}

func integerOf(arr arrow.Array, row int) int64 {
	switch a := arr.(type) {
	case *array.Int8:
		return int64(a.Value(row))
	case *array.Int16:
		return int64(a.Value(row))
	case *array.Int32:
		return int64(a.Value(row))
	default:
		return arr.(*array.Int64).Value(row)
	}
}

// appendJavaFloat writes a DOUBLE (64 bits) or FLOAT (32) as Java's Double.toString and
// Float.toString do: plain from 1e-3 to below 1e7, otherwise as d.dddE±x, always with a digit
// after the point.
func appendJavaFloat(dst []byte, v float64, bits int) []byte {
	switch {
	case math.IsNaN(v):
		return append(dst, "NaN"...)
	case math.IsInf(v, 1):
		return append(dst, "Infinity"...)
	case math.IsInf(v, -1):
		return append(dst, "-Infinity"...)
	}
	if math.Signbit(v) {
		dst = append(dst, '-')
		v = -v
	}
	if v == 0 {
		return append(dst, "0.0"...)
	}
	var scratch [32]byte
	digits, exponent := javaDigits(scratch[:0], v, bits)
	if v >= 1e-3 && v < 1e7 {
		return appendPlain(dst, digits, exponent)
	}
	dst = append(dst, digits[0], '.')
	dst = appendOrZero(dst, digits[1:])
	return strconv.AppendInt(append(dst, 'E'), int64(exponent), 10)
}

// javaDigits returns the digits d.ddd and the exponent of a positive number: the fewest digits
// that distinguish it from its neighbors. If one digit would be enough, Java uses the two
// nearest, as in 4.9E-324.
func javaDigits(scratch []byte, v float64, bits int) ([]byte, int) {
	text := strconv.AppendFloat(scratch, v, 'e', -1, bits)
	if text[1] != '.' {
		two := strconv.FormatFloat(v, 'e', 1, bits)
		if back, err := strconv.ParseFloat(two, bits); err == nil && back == v {
			text = append(text[:0], two...)
		}
	}
	end := len(text) - 1
	for text[end] != 'e' {
		end--
	}
	exponent, _ := strconv.Atoi(string(text[end+1:])) // AppendFloat wrote it
	digits := append(text[:1], text[min(2, end):end]...)
	for len(digits) > 1 && digits[len(digits)-1] == '0' {
		digits = digits[:len(digits)-1]
	}
	return digits, exponent
}

// appendPlain writes the digits d.ddd with the exponent as a plain number.
func appendPlain(dst, digits []byte, exponent int) []byte {
	if exponent < 0 {
		dst = append(dst, "0."...)
		for range -exponent - 1 {
			dst = append(dst, '0')
		}
		return append(dst, digits...)
	}
	for i := range exponent + 1 {
		if i < len(digits) {
			dst = append(dst, digits[i])
		} else {
			dst = append(dst, '0')
		}
	}
	dst = append(dst, '.')
	return appendOrZero(dst, digits[min(exponent+1, len(digits)):])
}

func appendOrZero(dst, digits []byte) []byte {
	if len(digits) == 0 {
		return append(dst, '0')
	}
	return append(dst, digits...)
}

// decimalCell writes decimals with all the digits of their scale.
func decimalCell(scale int32) Cell {
	return func(dst []byte, arr arrow.Array, row int) []byte {
		return appendDecimal(dst, arr.(*array.Decimal128).Value(row), int(scale))
	}
}

func appendDecimal(dst []byte, v decimal128.Num, scale int) []byte {
	if v.Sign() < 0 {
		dst = append(dst, '-')
		v = v.Negate()
	}
	var scratch [48]byte
	digits := scratch[:0]
	if v.HighBits() == 0 {
		digits = strconv.AppendUint(digits, v.LowBits(), 10)
	} else {
		digits = v.BigInt().Append(digits, 10)
	}
	for range -scale { // a negative scale counts zeros that are not stored
		digits = append(digits, '0')
	}
	whole := len(digits) - max(scale, 0)
	if whole <= 0 {
		dst = append(dst, '0')
	} else {
		dst = append(dst, digits[:whole]...)
	}
	if scale <= 0 {
		return dst
	}
	dst = append(dst, '.')
	for range -whole {
		dst = append(dst, '0')
	}
	return append(dst, digits[max(whole, 0):]...)
}
