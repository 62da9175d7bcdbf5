package sqltext

import (
	"strings"
	"testing"
	"unicode/utf16"
	"unicode/utf8"

	"github.com/rivo/uniseg"
	"pgregory.net/rapid"
)

func TestLocate(t *testing.T) {
	const text = "aé\r\n日𝒳\rx\n"
	for offset, want := range map[int]Position{
		-1: {1, 1}, 0: {1, 1}, 1: {1, 2}, 2: {1, 2}, 3: {1, 3}, 5: {2, 1}, 8: {2, 2}, 12: {2, 3}, 13: {3, 1}, 15: {4, 1}, 99: {4, 1},
	} {
		if got := Locate(text, offset); got != want {
			t.Errorf("Locate(%d) = %v, want %v", offset, got, want)
		}
	}
	for position, want := range map[Position]int{
		{0, 0}: 0, {1, 3}: 3, {1, 99}: 3, {2, 2}: 8, {3, 1}: 13, {4, 1}: 15, {99, 1}: 15, {2, -5}: 5,
	} {
		if got := Offset(text, position); got != want {
			t.Errorf("Offset(%v) = %d, want %d", position, got, want)
		}
	}
}

func TestSpanUTF16(t *testing.T) {
	const text = "SELECT '𝒳𝒳' FROM FROM"
	// This is the position that Flink's parser returns for the text.
	span, ok := SpanUTF16(text, 1, 20, 1, 23)
	if got := text[span.Start:span.End]; !ok || got != "FROM" || span.Start != len(text)-4 {
		t.Errorf("%v %q %v", span, got, ok)
	}
	if span, ok := SpanUTF16(text, 1, 9, 0, 0); !ok || text[span.Start:span.End] != "𝒳" {
		t.Errorf("one character: %v %v", span, ok)
	}
	if span, ok := SpanUTF16(text, 7, 9, 7, 12); !ok || span != (Span{len(text), len(text)}) {
		t.Errorf("behind the end: %v %v", span, ok)
	}
	if span, ok := SpanUTF16("a\nb", 1, 2, 1, 2); !ok || span != (Span{1, 1}) {
		t.Errorf("at a line's end: %v %v", span, ok)
	}
	if _, ok := SpanUTF16(text, 0, 0, 0, 0); ok {
		t.Error("line 0 is no place")
	}
}

var anyText = rapid.StringOf(rapid.SampledFrom([]rune("ab \t\n日é𝒳'\u200d\u0301👩")))

func TestPositionsRoundTrip(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		text := anyText.Draw(t, "text")
		offset := rapid.IntRange(0, len(text)).Draw(t, "offset")
		for offset < len(text) && !utf8.RuneStart(text[offset]) {
			offset--
		}
		position := Locate(text, offset)
		if got := Offset(text, position); got != offset {
			t.Fatalf("%q: %d → %v → %d", text, offset, position, got)
		}
		line := text[:offset][strings.LastIndexByte(text[:offset], '\n')+1:]
		column := len(utf16.Encode([]rune(line))) + 1
		if got := OffsetUTF16(text, position.Line, column); got != offset {
			t.Fatalf("%q: line %d, column %d in UTF-16 is %d, want %d", text, position.Line, column, got, offset)
		}
	})
}

func TestExcerpt(t *testing.T) {
	long := strings.Repeat("abcdefghi,", 20)
	for _, test := range []struct {
		name, text, mark, want string
	}{
		{"word", "SELECT amout FROM t", "amout", "SELECT amout FROM t\n       ^^^^^"},
		{"line of a script", "SELECT 1;\r\nSELECT x\r\nFROM t", "x", "SELECT x\n       ^"},
		{"wide", "SELECT '日本', é́, 👩‍👩‍👧 x", "x", "SELECT '日本', é́, 👩‍👩‍👧 x\n                     ^"},
		{"marked wide", "a 日本 b", "日本", "a 日本 b\n  ^^^^"},
		{"tabs", "\ta\tbad", "bad", "\ta\tbad\n\t \t^^^"},
		{"tab marked", "a\tb", "\tb", "a\tb\n ^"},
		{"several lines", "SELECT a\nFROM t", "a\nFROM", "SELECT a\n       ^"},
		{"control characters", "a \x1b[31m b", "b", "a \ufffd[31m b\n        ^"},
		{"hidden direction", "a \u202e b", "b", "a \ufffd b\n    ^"},
		{"cut right", long, "abcdefghi", long[:73] + "…\n^^^^^^^^^"},
		{"cut left", long + "END", "END", "…" + (long + "END")[130:] + "\n" + strings.Repeat(" ", 71) + "^^^"},
	} {
		t.Run(test.name, func(t *testing.T) {
			at := strings.Index(test.text, test.mark)
			if got := Excerpt(test.text, Span{at, at + len(test.mark)}); got != test.want {
				t.Errorf("\n%s\nwant\n%s", got, test.want)
			}
		})
	}
	if got, want := Excerpt("SELECT a FROM\n\n", Span{15, 15}), "SELECT a FROM\n             ^"; got != want {
		t.Errorf("end of the text:\n%s", got)
	}
	if got, want := Excerpt("", Span{-3, 9}), "\n^"; got != want {
		t.Errorf("no text: %q", got)
	}
	middle := Excerpt(long+"END"+long, Span{200, 203})
	line, carets, _ := strings.Cut(middle, "\n")
	if i := strings.Index(carets, "^^^"); !strings.HasPrefix(line, "…") || !strings.HasSuffix(line, "…") ||
		string([]rune(line)[i:i+3]) != "END" || uniseg.StringWidth(line) > excerptWidth {
		t.Errorf("cut on both sides:\n%s", middle)
	}
}

func TestExcerptLaws(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		text := strings.ReplaceAll(anyText.Draw(t, "text"), "\t", " ")
		start := rapid.IntRange(0, len(text)).Draw(t, "start")
		end := rapid.IntRange(start, len(text)).Draw(t, "end")
		excerpt := Excerpt(text, Span{start, end})
		line, carets, ok := strings.Cut(excerpt, "\n")
		if !ok || strings.Contains(carets, "\n") || strings.Trim(carets, " ^") != "" || !strings.Contains(carets, "^") {
			t.Fatalf("%q %d:%d: %q", text, start, end, excerpt)
		}
		if len(carets) > uniseg.StringWidth(line)+1 || uniseg.StringWidth(line) > excerptWidth {
			t.Fatalf("%q %d:%d is too wide: %q", text, start, end, excerpt)
		}
	})
}

// FuzzPlace converts arbitrary positions of Flink: the result is in the text, at the beginnings
// of characters.
func FuzzPlace(f *testing.F) {
	f.Add("SELECT é\r\n\t日𝒳\rx\n", 2, 2, 2, 3)
	f.Add("", 1, 1, 0, 0)
	f.Fuzz(func(t *testing.T, text string, line, column, endLine, endColumn int) {
		span, ok := SpanUTF16(text, line, column, endLine, endColumn)
		if !ok {
			return
		}
		if span.Start < 0 || span.Start > span.End || span.End > len(text) {
			t.Fatalf("%v in %d bytes", span, len(text))
		}
		if at := Offset(text, Locate(text, span.Start)); at != span.Start {
			t.Fatalf("%d of %q comes back as %d", span.Start, text, at)
		}
		line1, carets, _ := strings.Cut(Excerpt(text, span), "\n")
		if strings.ContainsAny(line1, "\r\n") || !strings.Contains(carets, "^") || strings.Contains(carets, "\n") {
			t.Fatalf("%q under %q", carets, line1)
		}
	})
}
