package coder

import (
	"fmt"
	"math/big"
	"strconv"
	"strings"

	"github.com/apache/arrow/go/v15/arrow"
	"github.com/apache/arrow/go/v15/arrow/decimal128"
)

// parseDecimal reads the text of a Java BigDecimal, which may have an exponent
// ("1E+3"), as a DECIMAL. A value that does not fit exactly is an error.
func parseDecimal(text string, dt *arrow.Decimal128Type) (decimal128.Num, error) {
	const longest = 128 // no DECIMAL needs more; keeps the arithmetic small
	bad := func(why string) (decimal128.Num, error) {
		return decimal128.Num{}, fmt.Errorf("decimal %.40q %s", text, why)
	}
	if len(text) > longest {
		return bad("is too long")
	}
	digits, exponent := text, 0
	if at := strings.IndexAny(text, "eE"); at >= 0 {
		e, err := strconv.Atoi(text[at+1:])
		if err != nil || e < -longest || e > longest {
			return bad("has a malformed exponent")
		}
		digits, exponent = text[:at], e
	}
	if whole, fraction, ok := strings.Cut(digits, "."); ok {
		digits, exponent = whole+fraction, exponent-len(fraction)
	}
	// big.Int would also accept underscores and, after a sign, another sign.
	if strings.Trim(strings.TrimLeft(digits, "+-"), "0123456789") != "" {
		return bad("is malformed")
	}
	v, ok := new(big.Int).SetString(digits, 10)
	if !ok {
		return bad("is malformed")
	}
	if shift := exponent + int(dt.Scale); shift >= 0 {
		v.Mul(v, powerOfTen(shift))
	} else if _, rest := v.QuoRem(v, powerOfTen(-shift), new(big.Int)); rest.Sign() != 0 {
		return bad(fmt.Sprintf("has more than %d fractional digits", dt.Scale))
	}
	if v.CmpAbs(powerOfTen(int(dt.Precision))) >= 0 {
		return bad(fmt.Sprintf("does not fit DECIMAL(%d, %d)", dt.Precision, dt.Scale))
	}
	return decimal128.FromBigInt(v), nil
}

// formatDecimal writes a DECIMAL in plain digits.
func formatDecimal(v decimal128.Num, scale int32) string {
	digits := v.BigInt().String()
	if scale == 0 {
		return digits
	}
	digits, negative := strings.CutPrefix(digits, "-")
	if missing := int(scale) + 1 - len(digits); missing > 0 {
		digits = strings.Repeat("0", missing) + digits
	}
	point := len(digits) - int(scale)
	digits = digits[:point] + "." + digits[point:]
	if negative {
		return "-" + digits
	}
	return digits
}

func powerOfTen(n int) *big.Int {
	return new(big.Int).Exp(big.NewInt(10), big.NewInt(int64(n)), nil)
}
