package riffle

import (
	"encoding/json"
	"math/big"
	"strings"
	"testing"

	"pgregory.net/rapid"
)

// drawDecimal draws a decimal of up to 38 digits.
func drawDecimal(r *rapid.T, label string) Decimal {
	digits := rapid.StringMatching(`-?[0-9]{1,38}`).Draw(r, label)
	unscaled, _ := new(big.Int).SetString(digits, 10)
	d, err := DecimalOf(unscaled, rapid.IntRange(0, MaxDigits).Draw(r, label+"'s scale"))
	if err != nil {
		r.Fatal(err)
	}
	return d
}

func rational(d Decimal) *big.Rat { return new(big.Rat).SetFrac(d.Unscaled(), power(d.Scale())) }

// try is f's result, or the text that it panics with.
func try(f func() Decimal) (d Decimal, panicked string) {
	defer func() {
		if p := recover(); p != nil {
			panicked = p.(error).Error()
		}
	}()
	return f(), ""
}

// Arithmetic is exact or panics, and panics only if the exact result does not
// fit.
func TestArithmetic(t *testing.T) {
	operations := map[string]struct {
		ours   func(a, b Decimal) Decimal
		theirs func(a, b *big.Rat) *big.Rat
	}{
		"+": {Decimal.Add, func(a, b *big.Rat) *big.Rat { return a.Add(a, b) }},
		"-": {Decimal.Sub, func(a, b *big.Rat) *big.Rat { return a.Sub(a, b) }},
		"*": {Decimal.Mul, func(a, b *big.Rat) *big.Rat { return a.Mul(a, b) }},
	}
	rapid.Check(t, func(r *rapid.T) {
		a, b := drawDecimal(r, "a"), drawDecimal(r, "b")
		if got := a.Cmp(b); got != rational(a).Cmp(rational(b)) || a.Equal(b) != (got == 0) {
			r.Fatalf("%v and %v compare as %d", a, b, got)
		}
		if a.Sign() != rational(a).Sign() {
			r.Fatalf("the sign of %v is %d", a, a.Sign())
		}
		for name, operation := range operations {
			want := operation.theirs(rational(a), rational(b))
			got, panicked := try(func() Decimal { return operation.ours(a, b) })
			_, unfit := ParseDecimal(strings.TrimRight(want.FloatString(2*MaxDigits), "0"))
			if (panicked != "") != (unfit != nil) || panicked == "" && rational(got).Cmp(want) != 0 {
				r.Fatalf("%v %s %v = %v (%s), want %s (%v)", a, name, b, got, panicked, want.FloatString(2*MaxDigits), unfit)
			}
		}
	})
}

// Texts, bits and JSON lead back to the same decimal.
func TestDecimalTexts(t *testing.T) {
	rapid.Check(t, func(r *rapid.T) {
		d := drawDecimal(r, "d")
		if back, err := ParseDecimal(d.String()); err != nil || back != d {
			r.Fatalf("%v became %v, %v", d, back, err)
		}
		if back := FromBits(d.Bits()); back != d {
			r.Fatalf("%v became %v", d, back)
		}
		var back Decimal
		text, err := json.Marshal(d)
		if err == nil {
			err = json.Unmarshal(text, &back)
		}
		if err != nil || back != d {
			r.Fatalf("%v became %v by %s, %v", d, back, text, err)
		}
	})
	for text, want := range map[string]string{
		"1.25e3": "1250", "1.25E-3": "0.00125", "-.5": "-0.5", "+7.": "7", "-0": "0", "00012.10": "12.10", "1e-38": "0." + strings.Repeat("0", 37) + "1",
	} {
		if got, err := ParseDecimal(text); err != nil || got.String() != want {
			t.Errorf("%s is %v, %v", text, got, err)
		}
	}
	for _, text := range []string{
		"", "-", ".", "1e", "e5", "--1", "+-1", "1_000", "0x1", "1.2.3", " 1", "NaN", "1e99", "1e38", strings.Repeat("9", 39), "1e-39", strings.Repeat("9", 1000),
	} {
		if got, err := ParseDecimal(text); err == nil {
			t.Errorf("%q is %v", text, got)
		}
	}
}

func TestRounding(t *testing.T) {
	for _, test := range []struct {
		text  string
		scale int
		want  string
	}{
		{"2.345", 2, "2.35"}, {"-2.345", 2, "-2.35"}, {"2.344", 2, "2.34"}, {"0.5", 0, "1"}, {"-0.5", 0, "-1"}, {"0.49", 0, "0"}, {"1.5", 3, "1.500"},
	} {
		d, err := ParseDecimal(test.text)
		if err != nil {
			t.Fatal(err)
		}
		if got := d.Round(test.scale).String(); got != test.want {
			t.Errorf("%s rounded to %d is %s", test.text, test.scale, got)
		}
	}
	for want, got := range map[string]Decimal{
		"0.33": NewDecimal(1, 0).Quo(NewDecimal(3, 0), 2), "-0.67": NewDecimal(-2, 0).Quo(NewDecimal(3, 0), 2),
		"20": NewDecimal(1, 0).Quo(NewDecimal(5, 2), 0), "0.00": NewDecimal(1, 3).Quo(NewDecimal(100, 0), 2),
	} {
		if got.String() != want {
			t.Errorf("%v, want %s", got, want)
		}
	}
	for name, f := range map[string]func() Decimal{
		"division":      func() Decimal { return NewDecimal(1, 0).Quo(Decimal{}, 2) },
		"negative":      func() Decimal { return NewDecimal(1, 0).Round(-1) },
		"large scale":   func() Decimal { return NewDecimal(1, 39) },
		"wider than 38": func() Decimal { return NewDecimal(1, 0).Round(38) },
	} {
		if got, panicked := try(f); panicked == "" {
			t.Errorf("%s: %v", name, got)
		}
	}
	if n, ok := NewDecimal(1200, 2).Int64(); n != 12 || !ok {
		t.Errorf("12.00 is %d, %v", n, ok)
	}
	if _, ok := NewDecimal(1201, 2).Int64(); ok {
		t.Error("12.01 is an integer")
	}
	if f := NewDecimal(-15, 1).Float64(); f != -1.5 {
		t.Errorf("-1.5 is %v", f)
	}
}
