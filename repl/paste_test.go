package repl

import (
	"bytes"
	"io"
	"strings"
	"testing"
	"testing/iotest"

	"pgregory.net/rapid"
)

func readPasted(t interface{ Fatal(...any) }, in io.Reader) string {
	all, err := io.ReadAll(&pasteReader{in: in})
	if err != nil {
		t.Fatal(err)
	}
	return string(all)
}

func TestPaste(t *testing.T) {
	for _, test := range []struct{ name, typed, want string }{
		{"keys", "ab\r\x1b[A\x03", "ab\r\x1b[A\x03"},
		{"a line end does not submit", "x\x1b[200~a\nb\r\nc\rd\x1b[201~\r", "xa\uFDD0b\uFDD0c\uFDD0d\r"},
		{"tab does not complete", "\x1b[200~\ta\x1b[201~", "\uFDD1a"},
		{"no keys in what is pasted", "\x1b[200~a\x03\x1b[31mb\x7f\u009b\x1b[201~", "a[31mb"},
		{"text of other alphabets", "\x1b[200~日本é€\x1b[201~é", "日本é€é"},
		{"the input ends inside", "\x1b[200~a\r", "a\r"},
		{"a bracket that is none", "\x1b[20~\x1b[200", "\x1b[20~\x1b[200"},
	} {
		t.Run(test.name, func(t *testing.T) {
			if got := readPasted(t, strings.NewReader(test.typed)); got != test.want {
				t.Errorf("got %q, want %q", got, test.want)
			}
			if got := readPasted(t, iotest.OneByteReader(strings.NewReader(test.typed))); got != test.want {
				t.Errorf("byte by byte got %q, want %q", got, test.want)
			}
		})
	}
}

// What is pasted comes out as it was, apart from its control characters,
// however the terminal cuts it.
func TestPasteLosesNothing(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		text := rapid.StringOf(rapid.RuneFrom([]rune("aé日\u00a0\n\t[~2 ;"))).Draw(t, "text")
		input := []byte(pasteBegin + text + pasteEnd)
		var pieces []io.Reader
		for len(input) > 0 {
			n := rapid.IntRange(1, len(input)).Draw(t, "piece")
			pieces = append(pieces, bytes.NewReader(input[:n]))
			input = input[n:]
		}
		got := readPasted(t, io.MultiReader(pieces...))
		if strings.ContainsAny(got, "\r\n\t") {
			t.Fatalf("%q has keys in it", got)
		}
		if unmark(got) != text {
			t.Fatalf("pasted %q, got %q", text, unmark(got))
		}
	})
}

func FuzzPaste(f *testing.F) {
	f.Add("\x1b[200~a\nb\x1b[201~\r")
	f.Add("\x1b[200~\xc2")
	f.Fuzz(func(t *testing.T, typed string) {
		whole := readPasted(t, strings.NewReader(typed))
		if bytewise := readPasted(t, iotest.OneByteReader(strings.NewReader(typed))); bytewise != whole {
			t.Errorf("%q comes out as %q, byte by byte as %q", typed, whole, bytewise)
		}
	})
}

func TestMarksReturnToText(t *testing.T) {
	const text = "SELECT\n\t'␤'"
	if got := unmark(mark(text)); got != text {
		t.Errorf("got %q", got)
	}
	if shown := string(markPainter{}.Paint([]rune(mark("a\n\tb")), 0)); shown != "a␤␉b" {
		t.Errorf("shown as %q", shown)
	}
}
