package golang

import (
	"testing"

	"riffle/udfhost/guest"
)

// The values of a directive become constants of the types of their parameters.
func TestDefaults(t *testing.T) {
	s := newStore(t, guest.Options{})
	_, change := define(t, s, "cell[1]", `// All has every type.
//riffle:default truth=true, tiny=-128, small=+5, i=-2147483648, big=9223372036854775807, f=0.1, d=1e300
//riffle:default amount=-12.50 , text='it''s, é',bytes=x'00ff', day=DATE '2024-02-29', clock=time '15:04:05.120'
//riffle:default civil=TIMESTAMP '2024-02-29T15:04:05.123456789', at=TIMESTAMP_LTZ '2024-02-29 15:04:05', maybe=NULL, list=null
//riffle:nondeterministic
func All(needed string, truth bool, tiny int8, small int16, i int32, big int, f float32, d float64, amount riffle.Decimal, text string,
	bytes []byte, day riffle.Date, clock riffle.Time, civil riffle.DateTime, at time.Time, maybe *int64, list *[]int64) string { return "" }
//riffle:vectorized
//riffle:default step=1
func Each(n, step []int64) []int64 { return n }
//riffle:default tag='x'
func Rows(tag string, n int64) iter.Seq[int64] { return nil }
type Point struct { X, Y float64 }
func Whole(p *Point, q Point, ps []Point) float64 { return 0 }`)
	want := map[string]string{
		"needed": "", "truth": "true", "tiny": "CAST(-128 AS TINYINT)", "small": "CAST(5 AS SMALLINT)", "i": "CAST(-2147483648 AS INT)",
		"big": "CAST(9223372036854775807 AS BIGINT)", "f": "CAST(1E-01 AS FLOAT)", "d": "CAST(1E+300 AS DOUBLE)", "amount": "-12.50",
		"text": "CAST('it''s, é' AS STRING)", "bytes": "CAST(X'00ff' AS BYTES)", "day": "DATE '2024-02-29'", "clock": "TIME '15:04:05.12'",
		"civil": "TIMESTAMP '2024-02-29 15:04:05.123456789'", "at": "CAST(TIMESTAMP '2024-02-29 15:04:05' AS TIMESTAMP_LTZ(9))",
		"maybe": "CAST(NULL AS BIGINT)", "list": "CAST(NULL AS ARRAY<BIGINT>)",
	}
	all := change.Functions[0]
	for _, p := range all.Params {
		if p.Default.SQL != want[p.Name] {
			t.Errorf("the default of %s is %q, want %q", p.Name, p.Default.SQL, want[p.Name])
		}
	}
	if all.Nondeterministic == "" {
		t.Error("the directive after the defaults has no effect")
	}
	if got, want := signaturesOf(change.Functions[1:]), "Each(n BIGINT, step BIGINT = 1) → BIGINT; Rows(tag STRING = 'x', n BIGINT) → TABLE(BIGINT); "+
		"Whole(ROW<`X` DOUBLE, `Y` DOUBLE>, ROW<`X` DOUBLE, `Y` DOUBLE>, ARRAY<ROW<`X` DOUBLE, `Y` DOUBLE>>) → DOUBLE"; got != want {
		t.Errorf("got\n%s\nwant\n%s", got, want)
	}
	for i, want := range []string{"Point", "Point", ""} {
		if got := change.Functions[3].Params[i].Struct; got != want {
			t.Errorf("the struct of parameter %d is %q, want %q", i, got, want)
		}
	}
}

// A default that a call could not use is refused where it is written.
func TestRefusedDefaults(t *testing.T) {
	s := newStore(t, guest.Options{})
	form := "//riffle:default has names and constants: //riffle:default limit=10, currency='EUR'"
	for text, want := range map[string]string{
		"//riffle:default limt=10\nfunc F(limit int64) int64 { return 1 }":                           "cell:1:18: F has no parameter limt; there are limit",
		"//riffle:default limit=10\nfunc F() int64 { return 1 }":                                     "cell:1:18: F has no parameters",
		"//riffle:default a=1, b=2, a=3\nfunc F(a, b int64) int64 { return 1 }":                      "cell:1:28: a has two defaults",
		"//riffle:default a=1\n//riffle:default a=1\nfunc F(a, b int64) int64 { return 1 }":          "cell:2:18: a has two defaults",
		"// F is.\n//riffle:default  a=300\nfunc F(a int8) int64 { return 1 }":                       "cell:2:21: default of a: 300 does not fit TINYINT, which ends at 127",
		"//riffle:default a=1.5\nfunc F(a int8) int64 { return 1 }":                                  "cell:1:20: default of a: 1.5 is not an integer, as the type TINYINT needs",
		"//riffle:default a='1'\nfunc F(a int64) int64 { return 1 }":                                 "cell:1:20: default of a: '1' is not BIGINT; write a constant such as 1",
		"//riffle:default a=1\nfunc F(a string) int64 { return 1 }":                                  "cell:1:20: default of a: 1 is not STRING; write a constant such as 'text'",
		"//riffle:default a=1e999\nfunc F(a float64) int64 { return 1 }":                             "cell:1:20: default of a: 1e999 does not fit DOUBLE",
		"//riffle:default a=1e39\nfunc F(a float32) int64 { return 1 }":                              "cell:1:20: default of a: 1e39 does not fit FLOAT",
		"//riffle:default a=1e3\nfunc F(a riffle.Decimal) int64 { return 1 }":                        "cell:1:20: default of a: 1e3 is a DOUBLE, not DECIMAL: write it without an exponent",
		"//riffle:default a=X'0'\nfunc F(a []byte) int64 { return 1 }":                               "cell:1:20: default of a: X'0' has no pairs of hexadecimal digits; write a constant such as X'00ff'",
		"//riffle:default a=DATE '2023-02-29'\nfunc F(a riffle.Date) int64 { return 1 }":             "cell:1:20: default of a: \"2023-02-29\" is not a date such as 2024-02-29",
		"//riffle:default a=DATE '0000-02-29'\nfunc F(a riffle.Date) int64 { return 1 }":             "cell:1:20: default of a: SQL has the years 1 to 9999",
		"//riffle:default a=TIME '01:02:03.0001'\nfunc F(a riffle.Time) int64 { return 1 }":          "cell:1:20: default of a: 01:02:03.0001 has more digits than Flink's TIME, which has milliseconds",
		"//riffle:default a=TIMESTAMP '2024-01-01 00:00:00'\nfunc F(a time.Time) int64 { return 1 }": "cell:1:20: default of a: TIMESTAMP '2024-01-01 00:00:00' is not TIMESTAMP_LTZ; write a constant such as TIMESTAMP_LTZ '2024-02-29 15:04:05'",
		"//riffle:default a=NULL\nfunc F(a int64) int64 { return 1 }":                                "cell:1:20: default of a: a function is not called for NULL, unless the parameter is a pointer",
		"//riffle:default a=1\nfunc F(a []int64) int64 { return 1 }":                                 "cell:1:20: default of a: ARRAY<BIGINT> cannot have a default; use a pointer, whose default can be NULL",
		"//riffle:default a=1\nfunc F(a *[]int64) int64 { return 1 }":                                "cell:1:20: default of a: ARRAY<BIGINT> can only have the default NULL",
		"//riffle:default a\nfunc F(a int64) int64 { return 1 }":                                     "cell:1:18: " + form,
		"//riffle:default a=1,\nfunc F(a int64) int64 { return 1 }":                                  "cell:1:22: " + form,
		"//riffle:default a=1 b=2\nfunc F(a, b int64) int64 { return 1 }":                            "cell:1:18: " + form,
		"//riffle:default a='x\nfunc F(a string) int64 { return 1 }":                                 "cell:1:18: " + form,
		"//riffle:default a=1\nfunc f(a int64) int64 { return 1 }":                                   "cell:1:18: SQL cannot call f, so it cannot have defaults: SQL calls exported functions only",
		"//riffle:defaults a=1\nfunc F(a int64) int64 { return 1 }":                                  "cell:1:1: unknown directive: there are //riffle:result DECIMAL(10, 2), //riffle:default limit=10, //riffle:vectorized, //riffle:deterministic and //riffle:nondeterministic",
	} {
		if err := refuse(t, s, "cell", text); err.Error() != want {
			t.Errorf("%s\ngot  %v\nwant %s", text, err, want)
		}
	}
}
