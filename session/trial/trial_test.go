package trial

import (
	"context"
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/apache/arrow/go/v15/arrow"
	"github.com/apache/arrow/go/v15/arrow/array"
	"github.com/apache/arrow/go/v15/arrow/memory"

	"riffle/render"
	"riffle/session/sqltext"
	"riffle/udfhost/sqltype"
)

// same is a program whose functions return their argument: each parameter type has one, of its name. What real
// functions see is tested in package session.
type same struct{}

var sameTypesOf = map[string]Type{
	"Tiny": {"TINYINT", arrow.PrimitiveTypes.Int8}, "Big": {"BIGINT", arrow.PrimitiveTypes.Int64},
	"Double": {"DOUBLE", arrow.PrimitiveTypes.Float64}, "Float": {"FLOAT", arrow.PrimitiveTypes.Float32},
	"Money": {"DECIMAL(10, 2)", &arrow.Decimal128Type{Precision: 10, Scale: 2}},
	"Text":  {"STRING", arrow.BinaryTypes.String}, "Blob": {"BYTES", arrow.BinaryTypes.Binary}, "Truth": {"BOOLEAN", arrow.FixedWidthTypes.Boolean},
	"Day": {"DATE", arrow.FixedWidthTypes.Date32}, "Clock": {"TIME(3)", arrow.FixedWidthTypes.Time32ms},
	"Civil": {"TIMESTAMP(9)", sqltype.WideTimestamp()}, "Instant": {"TIMESTAMP_LTZ(9)", sqltype.WideTimestamp()},
	"List": {"ARRAY<TIMESTAMP_LTZ(9)>", arrow.ListOf(sqltype.WideTimestamp())}, "Dict": {"MAP<STRING NOT NULL, BIGINT>", arrow.MapOf(arrow.BinaryTypes.String, arrow.PrimitiveTypes.Int64)},
	"Pair": {"ROW<`a, ``b` ARRAY<BIGINT>, `c` DECIMAL(4, 1)>", arrow.StructOf(
		arrow.Field{Name: "a, `b", Type: arrow.ListOf(arrow.PrimitiveTypes.Int64), Nullable: true},
		arrow.Field{Name: "c", Type: &arrow.Decimal128Type{Precision: 4, Scale: 1}, Nullable: true})},
}

func (same) Function(name string) (Function, bool) {
	if name == "Scaled" { // returns its arguments
		big := sameTypesOf["Big"]
		return Function{Name: name, Result: sameTypesOf["Text"], Parameters: []Parameter{{Name: "n", Type: big}, {Name: "limit", Type: big, Default: "7"}, {Name: "Unit", Type: sameTypesOf["Text"], Default: "'cm'"}}}, true
	}
	t, found := sameTypesOf[name]
	return Function{Name: name, Parameters: []Parameter{{Name: "x", Type: t}}, Result: t, Table: name == "Rows"}, found || name == "Rows"
}

func (same) Names() []string { return []string{"Tiny", "Double"} }

func (same) Call(_ context.Context, name string, arguments []arrow.Array) (arrow.Array, time.Duration, error) {
	if name == "Blob" {
		return nil, 0, errors.New("no blobs today")
	}
	if name == "Scaled" {
		b := array.NewStringBuilder(memory.DefaultAllocator)
		defer b.Release()
		b.Append(strings.Join([]string{arguments[0].ValueStr(0), arguments[1].ValueStr(0), arguments[2].ValueStr(0)}, " "))
		return b.NewArray(), time.Millisecond, nil
	}
	arguments[0].Retain()
	return arguments[0], time.Millisecond, nil
}

func try(t *testing.T, text string) (*Outcome, error) {
	t.Helper()
	parsed, err := Parse(text)
	if err != nil {
		return nil, err
	}
	zone, err := time.LoadLocation("America/New_York")
	if err != nil {
		t.Fatal(err)
	}
	return parsed.Run(t.Context(), same{}, zone)
}

func TestConstants(t *testing.T) {
	for text, want := range map[string]string{
		"Tiny(-128)": "-128", "Tiny( +5 )": "5", "Big(9223372036854775807)": "9223372036854775807", "Double(1)": "1.0", "Double(1.5e3)": "1500.0",
		"Float(0.1)": "0.1", "Text('it''s')": "it's", `Text("a 'b'")`: "a 'b'", "Text(NULL)": "NULL", "Truth(true)": "TRUE",
		"Day(DATE '1969-12-31')": "1969-12-31", "Clock(TIME '01:02:03.4')": "01:02:03.4",
		"Civil(TIMESTAMP '1969-12-31 23:59:59.999999999')":       "1969-12-31 23:59:59.999999999",
		"Instant(TIMESTAMP_LTZ '2024-07-01 12:00:00')":           "2024-07-01 12:00:00.000000000",
		"List(ARRAY[TIMESTAMP_LTZ '0001-01-01 00:00:00', NULL])": "[0001-01-01 00:00:00.000000000, NULL]",
		"Dict(MAP['b', 1, 'a', NULL])":                           "{a=NULL, b=1}", "Dict(MAP[])": "{}", "Pair(ROW(ARRAY[1, 2], 3.5))": "([1, 2], 3.5)",
		"Double(Tiny(3)) -- a number in a wider type": "3.0", "Tiny(4); -- a remark": "4", "Double(Money(1.25))": "1.25", "Big(Tiny(NULL))": "NULL", "`Text`('x')": "x",
	} {
		o, err := try(t, text)
		if err != nil {
			t.Errorf("%s: %v", text, err)
			continue
		}
		zone, _ := time.LoadLocation("America/New_York")
		cell, err := render.CellOf(o.Field, zone)
		if err != nil {
			t.Errorf("%s: %v", text, err)
			continue
		}
		if got := string(cell(nil, o.Results, 0)); got != want {
			t.Errorf("%s gives %s, want %s", text, got, want)
		}
		o.Release()
	}
}

// Arguments can have names, and those that have a default can be left out.
func TestNamedArguments(t *testing.T) {
	for text, want := range map[string]string{
		"Scaled(1)": "1 7 cm", "Scaled(1, 2)": "1 2 cm", "Scaled(1, Limit => 2)": "1 2 cm", "Scaled(unit => 'm', `n` => 1)": "1 7 m",
		"Scaled(1, DEFAULT, 'm')": "1 7 m", "Scaled(1, limit => NULL)": "1 (null) cm", "Text(x => Scaled(Big(2)))": "2 7 cm",
	} {
		o, err := try(t, text)
		if err != nil {
			t.Errorf("%s: %v", text, err)
			continue
		}
		if got := o.Results.ValueStr(0); got != want {
			t.Errorf("%s gives %s, want %s", text, got, want)
		}
		o.Release()
	}
}

// An error says what is wrong, and where: the part of the text that is marked with « and ».
func TestErrorsHaveAPlace(t *testing.T) {
	for marked, want := range map[string]string{
		"Tiny(«300»)":                "argument 1 of Tiny: 300 does not fit TINYINT, which ends at 127",
		"Tiny(«-129»)":               "argument 1 of Tiny: -129 does not fit TINYINT, which ends at 127",
		"Big(«1.0»)":                 "argument 1 of Big: 1.0 is not an integer, as the type BIGINT needs",
		"Big(«9223372036854775808»)": "argument 1 of Big: 9223372036854775808 does not fit BIGINT, which ends at 9223372036854775807",
		"Double(«'x'»)":              "argument 1 of Double is a text, not DOUBLE\nwrite 1.5",
		"Text(«1»)":                  "argument 1 of Text is a number, not STRING\nwrite 'text'",
		"Double(«1e400»)":            "argument 1 of Double: 1e400 does not fit DOUBLE",
		"Instant(«TIMESTAMP '2024-07-01 12:00:00'»)": "argument 1 of Instant is a TIMESTAMP, not TIMESTAMP_LTZ(9)\nwrite TIMESTAMP_LTZ '2024-02-29 15:04:05', a time in the session's time zone",
		"Civil(«TIMESTAMP 'noon'»)":                  "argument 1 of Civil: \"noon\" is not a date and time such as 2024-02-29 15:04:05",
		"Day(«DATE '2023-02-29'»)":                   "argument 1 of Day: \"2023-02-29\" is not a date such as 2024-02-29",
		"Clock(«TIME '01:02:03.0001'»)":              "argument 1 of Clock: Flink's TIME has milliseconds, and TIME '01:02:03.0001' has more digits",
		"Dict(MAP['a', «'x'»])":                      "argument 1 of Dict is a text, not BIGINT\nwrite 1",
		"Dict(MAP[«NULL», 1])":                       "argument 1 of Dict: a key of a MAP cannot be NULL",
		"Dict(MAP['a', 1, «'a'», 2])":                "argument 1 of Dict: the MAP has the key 'a' twice",
		"Dict(«MAP»['a'])":                           "the last key of the MAP has no value\nwrite MAP['key', 1]",
		"Pair(«ROW(ARRAY[1])»)":                      "argument 1 of Pair: the ROW has 1 fields, and ROW<`a, ``b` ARRAY<BIGINT>, `c` DECIMAL(4, 1)> has 2",
		"Pair(ROW(ARRAY[«Tiny(1)»], 1))":             "argument 1 of Pair contains a call\na call can only be a whole argument",
		"Text(«Tiny(1)»)":                            "argument 1 of Text is TINYINT, not STRING\na query needs a CAST here",
		"Tiny(«Big(1)»)":                             "argument 1 of Tiny is BIGINT, not TINYINT\na query needs a CAST here",
		"Text(«Blob»(X'00'))":                        "no blobs today",
		"Blob(«X'0'»)":                               "BYTES are written as pairs of hexadecimal digits\nfor example X'00ff'",
		"«Tinny»(1)":                                 "no Go function is called Tinny\ndid you mean Tiny?",
		"«Nothing»(1)":                               "no Go function is called Nothing\ndeclare it first: func Nothing(…) …",
		"«Tiny(1, 2)»":                               "Tiny takes at most 1 argument, not 2\nwrite Tiny(x)",
		"«Tiny()»":                                   "Tiny needs an argument for x\nwrite Tiny(x)",
		"«1»":                                        "a call of a Go function is missing\nfor example Grade(95)",
		"«Tiny»":                                     "Tiny is not a constant\nwrite 'Tiny' for a text, and Tiny(…) for a call",
		"Tiny(«CAST»(1 AS TINYINT))":                 "a constant needs no CAST here: it has the type of its parameter\nwrite the constant alone",
		"Tiny(1, «»":                                 "a constant is missing",
		"«Tiny(1»":                                   ") is missing",
		"Tiny(1«;»":                                  ") or , is expected here, not ;\narguments are constants and calls",
		"Tiny(1 «+» 1)":                              ") or , is expected here, not +\narguments are constants and calls",
		"Tiny(1) «+ 2»":                              "the call ends before this text\nafter the call there can be = and the expected result",
		"Tiny(1) = «Tiny(1)»":                        "the expected result must be a constant",
		"Tiny(1) = «'x'»":                            "the expected result of Tiny is a text, not TINYINT\nwrite 1",
		"Money(1) = «1.005»":                         "the expected result of Money: 1.005 has more digits after the point than DECIMAL(10, 2)",
		"Scaled(1, «limt» => 3)":                     "Scaled has no parameter limt\ndid you mean limit?",
		"Scaled(1, «colour» => 3)":                   "Scaled has no parameter colour\navailable: n, limit, Unit",
		"Scaled(1, «n» => 3)":                        "the parameter n of Scaled has two arguments\nleave one of them out",
		"Scaled(limit => 3, «1»)":                    "an argument without a name follows one with a name\nname this one too: n => …",
		"«Scaled(limit => 3)»":                       "Scaled needs an argument for n\nwrite Scaled(n, [limit], [Unit])",
		"«Scaled(1, 2, 'a', 3)»":                     "Scaled takes at most 3 arguments, not 4\nwrite Scaled(n, [limit], [Unit])",
		"Pair(«t».*)":                                "there are no tables here: arguments are constants and calls\nwrite ROW('a', 1) for a row",
		"Scaled(«DEFAULT»)":                          "the parameter n of Scaled has no default\nwrite a value",
		"Scaled(1, limit => «'x'»)":                  "argument 2 of Scaled is a text, not BIGINT\nwrite 1",
		"Text(«INTERVAL» '1' DAY)":                   "no Go function takes an INTERVAL",
		"Text(«E'x'»)":                               "a text with a prefix cannot be an argument here\nwrite it as 'text'",
		"Text(«'x)»":                                 "the text is never closed",
		"Civil(«TIMESTAMP»)":                         "TIMESTAMP is not followed by a text\nfor example TIMESTAMP '2024-02-29 15:04:05'",
	} {
		begin, rest, found := strings.Cut(marked, "«")
		inside, end, closed := strings.Cut(rest, "»")
		if !found || !closed {
			t.Fatalf("%s has no mark", marked)
		}
		text := begin + inside + end
		span := sqltext.Span{Start: len(begin), End: len(begin) + len(inside)}
		o, err := try(t, text)
		var failed *Error
		if !errors.As(err, &failed) {
			t.Errorf("%s: %v, %v", text, o, err)
			continue
		}
		got := failed.Message
		if failed.Hint != "" {
			got += "\n" + failed.Hint
		}
		if got != want || failed.Span != span {
			t.Errorf("%s: %q at %v, want %q at %v", text, got, failed.Span, want, span)
		}
	}
}

func TestCases(t *testing.T) {
	for text, met := range map[string]bool{
		"Tiny(1) = 1": true, "Tiny(1) = 2": false, "Tiny(NULL) = NULL": true, "Tiny(1) = NULL": false, "Tiny(NULL) = 1": false,
		"Text('a') = 'a'": true, "Text('a') = 'A'": false, "Money(1.5) = 1.5": true, "Double(0.1) = 1e-1": true,
		"Dict(MAP['b', 1, 'a', 2]) = MAP['a', 2, 'b', 1]": true, "Dict(MAP['a', 1]) = MAP['a', 2]": false,
		"Pair(ROW(ARRAY[1, 2], 3.5)) = ROW(ARRAY[1, 2], 3.5)": true, "Pair(ROW(ARRAY[1, 2], 3.5)) = ROW(ARRAY[1], 3.5)": false,
		"Instant(TIMESTAMP_LTZ '2024-07-01 12:00:00') = TIMESTAMP_LTZ '2024-07-01 12:00:00.0'": true,
		"Double(Tiny(1)) = 1": true,
	} {
		if !IsCase(text) {
			t.Errorf("%s is no case", text)
		}
		o, err := try(t, text)
		if err != nil || o.Met != met || o.Expected == nil {
			t.Errorf("%s: %+v, %v", text, o, err)
			continue
		}
		o.Release()
	}
	for text, is := range map[string]bool{"Text('a = b')": false, "Text(a = b)": false, "Text('a'": false, "F(1 = 2": false, "F(1) = ": true, "F(1) = x": true, "F('": false} {
		if IsCase(text) != is {
			t.Errorf("%s: %t", text, !is)
		}
	}
}

// Whatever is typed, it is a call or an error with a place in the text.
func FuzzParse(f *testing.F) {
	for _, text := range []string{"Tiny(1)", "Pair(ROW(ARRAY[1, 2], 3.5)) = NULL", "Dict(MAP['b', 1, 'a', NULL])", "Text(\"a\") = 'b'", "Tiny(((", "Civil(TIMESTAMP '"} {
		f.Add(text)
	}
	f.Fuzz(func(t *testing.T, text string) {
		parsed, err := Parse(text)
		if err == nil {
			_, err = parsed.Run(t.Context(), same{}, time.UTC)
		}
		var failed *Error
		switch {
		case err == nil:
		case !errors.As(err, &failed):
			t.Errorf("%q: %v has no place", text, err)
		case failed.Span.Start < 0 || failed.Span.End < failed.Span.Start || failed.Span.End > len(text):
			t.Errorf("%q: %v is at %v", text, err, failed.Span)
		}
	})
}

func TestTableFunctionsAreForQueries(t *testing.T) {
	for _, text := range []string{"Rows('a b')", "Text(Rows('a b'))", "Rows('a b') = 'a'"} {
		_, err := try(t, text)
		var at *Error
		if !errors.As(err, &at) || at.Message != "Rows is a table function, which only a query can call" ||
			at.Hint != "use a query: SELECT * FROM TABLE(Rows('a b'))" || text[at.Span.Start:at.Span.End] != "Rows" {
			t.Errorf("%s: %+v", text, at)
		}
	}
}
