package coder

import (
	"fmt"
	"math"
	"testing"

	"github.com/apache/arrow/go/v15/arrow"
	"github.com/apache/arrow/go/v15/arrow/decimal128"

	"pgregory.net/rapid"
)

// The parameter types that constants are tried with.
var (
	int8Type   = arrow.PrimitiveTypes.Int8
	int16Type  = arrow.PrimitiveTypes.Int16
	int32Type  = arrow.PrimitiveTypes.Int32
	int64Type  = arrow.PrimitiveTypes.Int64
	floatType  = arrow.PrimitiveTypes.Float32
	doubleType = arrow.PrimitiveTypes.Float64
	boolType   = arrow.FixedWidthTypes.Boolean
	stringType = arrow.BinaryTypes.String
	bytesType  = arrow.BinaryTypes.Binary
	dateType   = arrow.FixedWidthTypes.Date32
	time3Type  = arrow.FixedWidthTypes.Time32ms
)

func decimalType(p, s int32) arrow.DataType { return &arrow.Decimal128Type{Precision: p, Scale: s} }

func timestampType(u arrow.TimeUnit) arrow.DataType { return &arrow.TimestampType{Unit: u} }

// TestConstant reads what Flink's Pickler writes after the kind byte.
func TestConstant(t *testing.T) {
	for _, c := range []struct {
		bytes string
		dt    arrow.DataType
		want  string // of two rows
	}{
		{"00 80024e2e", int32Type, "[(null) (null)]"},
		{"00 8002882e", boolType, "[true true]"},
		{"00 8002892e", boolType, "[false false]"},
		{"00 80024b052e", int8Type, "[5 5]"},
		{"00 80024bc82e", int16Type, "[200 200]"},
		{"00 80024d409c2e", int32Type, "[40000 40000]"},
		{"00 80024a701101002e", int64Type, "[70000 70000]"},
		{"00 80024afbffffff2e", int8Type, "[-5 -5]"},
		{"00 80024931303030303030303030300a2e", int64Type, "[10000000000 10000000000]"},
		{"00 8002492d393232333337323033363835343737353830380a2e", int64Type, fmt.Sprint([]int{math.MinInt64, math.MinInt64})},
		{"00 80024b052e", doubleType, "[5 5]"},
		{"00 80024b052e", decimalType(3, 1), "[{50 0} {50 0}]"},
		{"00 8002473ff80000000000002e", doubleType, "[1.5 1.5]"},
		{"00 8002473ff19999a00000002e", floatType, "[1.1 1.1]"},
		{"00 8002477ff80000000000002e", floatType, "[NaN NaN]"},
		{"00 800258070000006974277320c39f71002e", stringType, `["it's ß" "it's ß"]`},
		{"00 8002580000000071002e", bytesType, `["" ""]`},
		{"00 800263646563696d616c0a446563696d616c0a5804000000312e35307100855271012e", decimalType(10, 3), "[{1500 0} {1500 0}]"},
		{"00 800263646563696d616c0a446563696d616c0a580400000031452b337100855271012e", decimalType(5, 1), "[{10000 0} {10000 0}]"},
		{"00 800263646563696d616c0a446563696d616c0a58050000002d31452d397100855271012e", doubleType, "[-1e-09 -1e-09]"},
		{"01 80024d8f472e", dateType, "[18319 18319]"},
		{"02 80024a80712f022e", time3Type, "[36663680 36663680]"},
		{"02 80024be82e", arrow.FixedWidthTypes.Time64ns, "[232000000 232000000]"},
		{"03 80024be82e", timestampType(arrow.Microsecond), "[232000 232000]"},
		{"03 80024affffffff2e", timestampType(arrow.Second), "[-1 -1]"},
	} {
		k, err := ParseConstant(unhex(t, c.bytes))
		if err != nil {
			t.Errorf("%s: %v", c.bytes, err)
			continue
		}
		a, err := k.Array(c.dt, 2)
		if err != nil {
			t.Errorf("%s: %v", c.bytes, err)
			continue
		}
		if got := fmt.Sprint(a); got != c.want {
			t.Errorf("%s as %v: got %s, want %s", c.bytes, c.dt, got, c.want)
		}
		a.Release()
	}
}

func TestConstantRefusesType(t *testing.T) {
	for _, c := range []struct {
		bytes string
		dt    arrow.DataType
	}{
		{"00 80024bc82e", int8Type},                                         // 200
		{"00 80024d409c2e", int16Type},                                      // 40000
		{"00 80024931303030303030303030300a2e", int32Type},                  // 10^10
		{"00 800249393232333337323033363835343737353830370a2e", doubleType}, // 2^63−1
		{"00 8002473ff80000000000002e", int64Type},                          // 1.5
		{"00 8002473ff80000000000002e", decimalType(3, 1)},                  // 1.5, not decimal
		{"00 80024a01000001 2e", floatType},                                 // 2^24+1
		{"00 80024b052e", stringType},
		{"00 80024b052e", boolType},
		{"00 80024b052e", dateType},
		{"01 80024b052e", int32Type},
		{"02 80024affffffff2e", time3Type}, // before midnight
		{"00 800263646563696d616c0a446563696d616c0a5804000000312e35307100855271012e", decimalType(10, 0)},
		{"03 800249393232333337323033363835343737353830370a2e", timestampType(arrow.Nanosecond)},
	} {
		k, err := ParseConstant(unhex(t, c.bytes))
		if err != nil {
			t.Errorf("%s: %v", c.bytes, err)
			continue
		}
		if a, err := k.Array(c.dt, 1); err == nil {
			t.Errorf("%s as %v: no error but %v", c.bytes, c.dt, a)
		}
	}
}

func TestParseConstantRefuses(t *testing.T) {
	for name, b := range map[string]string{
		"empty":             "",
		"kind only":         "00",
		"unknown kind":      "04 80024e2e",
		"no stop":           "00 80024e",
		"nothing":           "00 80022e",
		"two values":        "00 80024e4e2e",
		"bytes after stop":  "00 80024e2e00",
		"protocol 4":        "00 80044e2e",
		"unknown opcode":    "00 80025d2e",
		"short int":         "00 80024a0102",
		"short float":       "00 800247 3ff8",
		"string beyond":     "00 800258 ff000000 61 2e",
		"string negative":   "00 800258 ffffffff 61 2e",
		"string not UTF-8":  "00 800258 01000000 ff 2e",
		"line without end":  "00 800249 3132",
		"old boolean":       "00 800249 30310a 2e",
		"integer too large": "00 800249 39393939393939393939393939393939393939390a 2e",
		"other class":       "00 8002 63 6f730a 73797374656d0a 2e",
		"class as value":    "00 8002 63 646563696d616c0a 446563696d616c0a 2e",
		"mark as value":     "00 8002 28 2e",
		"tuple as value":    "00 8002 4e 85 2e",
		"tuple without":     "00 8002 4e 74 2e",
		"call of nothing":   "00 8002 52 2e",
		"call of int":       "00 8002 63 646563696d616c0a 446563696d616c0a 4b05 85 52 2e",
		"date of string":    "01 800258 01000000 61 2e",
		"date of null":      "01 80024e2e",
	} {
		if k, err := ParseConstant(unhex(t, b)); err == nil {
			t.Errorf("%s: no error but %v", name, k)
		}
	}
}

// TestDecimalText: a decimal survives its text, and its text is plain.
func TestDecimalText(t *testing.T) {
	rapid.Check(t, func(r *rapid.T) {
		scale := rapid.Int32Range(0, 18).Draw(r, "scale")
		dt := &arrow.Decimal128Type{Precision: 19, Scale: scale}
		v := rapid.Int64().Draw(r, "unscaled")
		text := formatDecimal(decimal128.FromI64(v), scale)
		back, err := parseDecimal(text, dt)
		if err != nil || back != decimal128.FromI64(v) {
			r.Fatalf("%d → %q → %v, %v", v, text, back, err)
		}
	})
}

func FuzzParseConstant(f *testing.F) {
	for _, b := range []string{
		"00 800263646563696d616c0a446563696d616c0a580400000031452b337100855271012e",
		"00 8002492d31303030303030303030300a2e", "01 80024d8f472e", "00 800258070000006974277320c39f71002e",
		"00 8002 63 646563696d616c0a 446563696d616c0a 28 5801000000 31 74 52 2e",
	} {
		f.Add(unhex(f, b))
	}
	f.Fuzz(func(t *testing.T, b []byte) {
		k, err := ParseConstant(b)
		if err != nil {
			return
		}
		a, err := k.Array(k.Type(), 3)
		if err == nil && a.Len() != 3 {
			t.Errorf("%v: %d rows", k, a.Len())
		}
		// Only a decimal can be too large for the type of its own.
		if _, ok := k.value.(decimalText); err != nil && !ok && k.kind == plainConstant {
			t.Errorf("%v: %v", k, err)
		}
	})
}
