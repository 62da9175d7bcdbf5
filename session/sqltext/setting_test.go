package sqltext

import (
	"errors"
	"strings"
	"testing"
)

func TestParseSet(t *testing.T) {
	for text, want := range map[string]Setting{
		"SET;":                        {},
		"SET/* all */;":               {},
		"reset -- all":                {Reset: true},
		"SET 'a.b' = 'it''s; -- x' ;": {Key: "a.b", Value: "it's; -- x"},
		"set a.b=c":                   {Key: "a.b", Value: "c"},
		"SET a-b /* c */ = 1\n-- d":   {Key: "a-b", Value: "1"},
		"SET a = host:8081":           {Key: "a", Value: "host:8081"},
		"SET 'a' = ''":                {Key: "a"},
		"SET a = 'x'":                 {Key: "a", Value: "x"},
		"RESET 'a'":                   {Reset: true, Key: "a"},
		"RESET a.b;":                  {Reset: true, Key: "a.b"},
		"SET a=b=c":                   {Key: "a", Value: "b=c"},
		"SET pipeline.jars=file:///a.jar // c;\n": {Key: "pipeline.jars", Value: "file:///a.jar"},
		"SET a = file:/b/*/c--d/* -- e":           {Key: "a", Value: "file:/b/*/c--d/*"},
		"SET 'a'='b'-- c":                         {Key: "a", Value: "b"},
	} {
		st := Split("SELECT 1; " + text)[1]
		text = st.Text
		got, err := ParseSet(st.Lexed())
		if err != nil {
			t.Errorf("%s: %v", text, err)
			continue
		}
		if key := text[got.KeySpan.Start:got.KeySpan.End]; strings.Trim(key, "'") != got.Key {
			t.Errorf("%s: the span of the key is %q", text, key)
		}
		if value := text[got.ValueSpan.Start:got.ValueSpan.End]; strings.ReplaceAll(strings.Trim(value, "'"), "''", "'") != got.Value {
			t.Errorf("%s: the span of the value is %q", text, value)
		}
		got.KeySpan, got.ValueSpan = Span{}, Span{}
		if got != want {
			t.Errorf("%s: %+v, want %+v", text, got, want)
		}
	}
}

func TestParseSetErrors(t *testing.T) {
	for _, test := range []struct{ text, at, message string }{
		{"SELECT 1", "SELECT", "neither SET nor RESET"},
		{"SET 'a'", "", "= and a value"},
		{"SET a b", "b", "= and a value"},
		{"SET a =", "", "a value"},
		{"SET = b", "=", "a key"},
		{"SET a = some text", "text", "quotes"},
		{"SET 'a' = 'b' c", "c", "quotes"},
		{"SET '' = 'b'", "=", "a key"},
		{"RESET 'a' = 'b'", "=", "nothing more"},
		{"SET 'a' = 'b", "'b", "a value"},
	} {
		_, err := ParseSet(Split(test.text)[0].Lexed())
		var fault *Error
		if !errors.As(err, &fault) || !strings.Contains(fault.Message, test.message) || test.text[fault.Span.Start:fault.Span.End] != test.at {
			t.Errorf("%s: %+v, want %q at %q", test.text, err, test.message, test.at)
		}
	}
}
