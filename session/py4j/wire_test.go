package py4j

import (
	"bytes"
	"errors"
	"math"
	"testing"
)

func TestValuesSurviveTheWire(t *testing.T) {
	for _, v := range []any{
		nil, true, false, int64(0), int64(math.MinInt64), 1.5, -0.25, math.Inf(1), math.Inf(-1),
		"", "plain", "line\nbreak\r\\n back\\slash", "ключ 日本 🙂", Decimal("12.3400"), Ref("o17"),
		[]byte{}, []byte{0, 1, 255},
	} {
		text, err := encode(v)
		if err != nil {
			t.Fatal(err)
		}
		got, err := decodeAnswer("!y" + text)
		if err != nil {
			t.Errorf("%#v: %v", v, err)
			continue
		}
		if b, ok := v.([]byte); ok {
			if !bytes.Equal(b, got.([]byte)) {
				t.Errorf("sent %v, got %v", b, got)
			}
		} else if got != v {
			t.Errorf("sent %#v, got %#v", v, got)
		}
	}
	text, _ := encode(math.NaN())
	if got, err := decodeAnswer("!y" + text); err != nil || !math.IsNaN(got.(float64)) {
		t.Errorf("NaN came back as %v, %v", got, err)
	}
}

func TestIntegersPickTheirJavaType(t *testing.T) {
	for v, want := range map[any]string{
		1: "i1", math.MaxInt32: "i2147483647", math.MaxInt32 + 1: "L2147483648", int64(1): "L1",
	} {
		if got, _ := encode(v); got != want {
			t.Errorf("%T %v is sent as %s, want %s", v, v, got, want)
		}
	}
	if _, err := encode(struct{}{}); err == nil {
		t.Error("a struct was sent")
	}
}

func TestFailuresAreErrors(t *testing.T) {
	_, err := decodeAnswer("!xro3")
	var thrown *JavaError
	if !errors.As(err, &thrown) || thrown.Ref != "o3" {
		t.Errorf("exception decoded as %v", err)
	}
	for _, line := range []string{"", "!", "!y", "!q", "HTTP/1.1 400", "!xsno such method", "!y?", "!yiabc"} {
		if v, err := decodeAnswer(line); err == nil {
			t.Errorf("%q decoded as %v", line, v)
		}
	}
}

func FuzzDecodeAnswer(f *testing.F) {
	for _, seed := range []string{"!yi1", "!ysa\\nb", "!xro3", "!yjAAE=", "!zserr", "!yd1e5", "!yD1.0"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, line string) {
		_, _ = decodeAnswer(line)
	})
}

func FuzzEscape(f *testing.F) {
	f.Add("a\\nb\n\r\\")
	f.Fuzz(func(t *testing.T, s string) {
		e := escape(s)
		if bytes.ContainsAny([]byte(e), "\r\n") {
			t.Fatalf("%q is not one line", e)
		}
		if got := unescape(e); got != s {
			t.Fatalf("%q came back as %q", s, got)
		}
	})
}
