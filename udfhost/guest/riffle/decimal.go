package riffle

import (
	"cmp"
	"errors"
	"fmt"
	"math/big"
	"strconv"
	"strings"
)

// MaxDigits is the maximum number of digits of a Decimal, and of its digits after the point.
const MaxDigits = 38

// Decimal is a decimal number of at most 38 digits: SQL's DECIMAL. It consists of its digits, an
// integer, and its scale, the number of digits after the point: 1.50 has the scale 2. Equal numbers
// may have different scales, so compare them with Equal and Cmp and not with ==. The zero value is 0.
//
// Only Round and Quo round. A result of more than 38 digits panics, which is an error of the query.
type Decimal struct {
	high  int64 // two's complement of the digits
	low   uint64
	scale uint8
}

// NewDecimal returns unscaled / 10^scale: NewDecimal(150, 2) is 1.50. It panics if scale is not from
// 0 to 38.
func NewDecimal(unscaled int64, scale int) Decimal {
	return must(DecimalOf(big.NewInt(unscaled), scale))
}

// DecimalOf returns unscaled / 10^scale. It returns an error if that has more than 38 digits, or if
// scale is not from 0 to 38.
func DecimalOf(unscaled *big.Int, scale int) (Decimal, error) {
	if scale < 0 || scale > MaxDigits {
		return Decimal{}, fmt.Errorf("a decimal has a scale from 0 to %d, not %d", MaxDigits, scale)
	}
	if unscaled.CmpAbs(power(MaxDigits)) >= 0 {
		return Decimal{}, errDigits
	}
	bits := new(big.Int).Set(unscaled)
	if bits.Sign() < 0 {
		bits.Add(bits, modulus)
	}
	d := Decimal{low: new(big.Int).And(bits, lowBits).Uint64(), scale: uint8(scale)}
	d.high = int64(bits.Rsh(bits, 64).Uint64())
	return d, nil
}

var (
	errDigits = fmt.Errorf("the decimal has more than %d digits", MaxDigits)
	modulus   = new(big.Int).Lsh(big.NewInt(1), 128)
	lowBits   = new(big.Int).SetUint64(1<<64 - 1)
)

// FromBits returns the Decimal of an unscaled value in two's complement.
func FromBits(high int64, low uint64, scale int) Decimal { return Decimal{high, low, uint8(scale)} }

// Bits returns the unscaled value in two's complement, and the scale.
func (d Decimal) Bits() (high int64, low uint64, scale int) { return d.high, d.low, int(d.scale) }

// ParseDecimal parses a number such as "-12.50" or "1.25e3". The scale is the number of digits after
// the point.
func ParseDecimal(s string) (Decimal, error) {
	digits, exponent := strings.ToLower(s), 0
	if at := strings.IndexByte(digits, 'e'); at >= 0 {
		var err error
		if exponent, err = strconv.Atoi(digits[at+1:]); err != nil || max(exponent, -exponent) > 2*MaxDigits {
			return Decimal{}, fmt.Errorf("%q is not a decimal number", s)
		}
		digits = digits[:at]
	}
	whole, fraction, _ := strings.Cut(digits, ".")
	negative := strings.HasPrefix(whole, "-")
	if negative || strings.HasPrefix(whole, "+") {
		whole = whole[1:]
	}
	number := whole + fraction
	unscaled, ok := new(big.Int).SetString(number, 10)
	if !ok || strings.Trim(number, "0123456789") != "" || len(number) > 4*MaxDigits {
		return Decimal{}, fmt.Errorf("%q is not a decimal number", s)
	}
	if negative {
		unscaled.Neg(unscaled)
	}
	d, err := fit(unscaled, len(fraction)-exponent)
	if err != nil {
		return Decimal{}, fmt.Errorf("%q: %w", s, err)
	}
	return d, nil
}

// fit returns exactly unscaled / 10^scale, with a scale that a Decimal can have.
func fit(unscaled *big.Int, scale int) (Decimal, error) {
	unscaled = new(big.Int).Set(unscaled)
	if scale < 0 {
		unscaled.Mul(unscaled, power(-scale))
		scale = 0
	}
	for scale > 0 && (scale > MaxDigits || unscaled.CmpAbs(power(MaxDigits)) >= 0) {
		shorter, rest := new(big.Int).QuoRem(unscaled, ten, new(big.Int))
		if rest.Sign() != 0 {
			return Decimal{}, errDigits
		}
		unscaled, scale = shorter, scale-1
	}
	return DecimalOf(unscaled, scale)
}

var ten = big.NewInt(10)

func power(n int) *big.Int { return new(big.Int).Exp(ten, big.NewInt(int64(n)), nil) }

func must(d Decimal, err error) Decimal {
	if err != nil {
		panic(err)
	}
	return d
}

// Unscaled returns the digits as an integer: 150 for 1.50.
func (d Decimal) Unscaled() *big.Int {
	n := new(big.Int).Lsh(big.NewInt(d.high), 64)
	return n.Or(n, new(big.Int).SetUint64(d.low))
}

// Scale returns the number of digits after the point.
func (d Decimal) Scale() int { return int(d.scale) }

// String formats the number in plain digits, as in "-1.50".
func (d Decimal) String() string {
	digits, negative := strings.CutPrefix(d.Unscaled().String(), "-")
	if missing := int(d.scale) + 1 - len(digits); missing > 0 {
		digits = strings.Repeat("0", missing) + digits
	}
	point := len(digits) - int(d.scale)
	text := digits[:point]
	if d.scale > 0 {
		text += "." + digits[point:]
	}
	if negative {
		return "-" + text
	}
	return text
}

// Float64 returns the nearest float64.
func (d Decimal) Float64() float64 {
	f, _ := new(big.Rat).SetFrac(d.Unscaled(), power(int(d.scale))).Float64()
	return f
}

// Int64 returns the number as an int64, and whether it is an integer that fits.
func (d Decimal) Int64() (int64, bool) {
	n, rest := new(big.Int).QuoRem(d.Unscaled(), power(int(d.scale)), new(big.Int))
	return n.Int64(), n.IsInt64() && rest.Sign() == 0
}

// Sign returns -1, 0 or 1.
func (d Decimal) Sign() int {
	if d.high == 0 && d.low == 0 {
		return 0
	}
	return cmp.Compare(d.high, 0) | 1
}

// aligned returns the unscaled values of d and e at the larger of their scales.
func (d Decimal) aligned(e Decimal) (a, b *big.Int, scale int) {
	scale = int(max(d.scale, e.scale))
	a, b = d.Unscaled(), e.Unscaled()
	a.Mul(a, power(scale-int(d.scale)))
	return a, b.Mul(b, power(scale-int(e.scale))), scale
}

// Cmp returns -1 if d is less than e, 1 if it is greater, and 0 if they are equal.
func (d Decimal) Cmp(e Decimal) int {
	a, b, _ := d.aligned(e)
	return a.Cmp(b)
}

// Equal reports whether the numbers are equal, whatever their scales.
func (d Decimal) Equal(e Decimal) bool { return d.Cmp(e) == 0 }

// Add returns d + e.
func (d Decimal) Add(e Decimal) Decimal {
	a, b, scale := d.aligned(e)
	return must(fit(a.Add(a, b), scale))
}

// Sub returns d - e.
func (d Decimal) Sub(e Decimal) Decimal { return d.Add(e.Neg()) }

// Neg returns -d.
func (d Decimal) Neg() Decimal {
	n := d.Unscaled()
	return must(DecimalOf(n.Neg(n), int(d.scale)))
}

// Mul returns d * e.
func (d Decimal) Mul(e Decimal) Decimal {
	a := d.Unscaled()
	return must(fit(a.Mul(a, e.Unscaled()), int(d.scale)+int(e.scale)))
}

// Quo returns d / e, rounded to scale digits after the point, halves away from zero. It panics if e
// is zero.
func (d Decimal) Quo(e Decimal, scale int) Decimal {
	if e.Sign() == 0 {
		panic(errors.New("decimal division by zero"))
	}
	a, b, _ := d.aligned(e)
	return must(DecimalOf(divide(a.Mul(a, power(checked(scale))), b), scale))
}

// Round returns d with scale digits after the point. That may be more or fewer than before. Halves are
// rounded away from zero.
func (d Decimal) Round(scale int) Decimal {
	shift := checked(scale) - int(d.scale)
	n := d.Unscaled()
	if shift >= 0 {
		return must(DecimalOf(n.Mul(n, power(shift)), scale))
	}
	return must(DecimalOf(divide(n, power(-shift)), scale))
}

func checked(scale int) int {
	must(DecimalOf(new(big.Int), scale))
	return scale
}

// divide returns a / b, halves away from zero.
func divide(a, b *big.Int) *big.Int {
	quotient, rest := new(big.Int).QuoRem(a, b, new(big.Int))
	if rest.Lsh(rest, 1).CmpAbs(b) >= 0 {
		quotient.Add(quotient, big.NewInt(int64(a.Sign()*b.Sign())))
	}
	return quotient
}

// MarshalText returns String, for package encoding/json and others.
func (d Decimal) MarshalText() ([]byte, error) { return []byte(d.String()), nil }

// UnmarshalText parses text as ParseDecimal does.
func (d *Decimal) UnmarshalText(text []byte) (err error) {
	*d, err = ParseDecimal(string(text))
	return err
}
