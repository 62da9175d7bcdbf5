package render_test

import (
	"testing"

	"riffle/render"
)

func TestWrapped(t *testing.T) {
	for _, c := range []struct {
		text, indent string
		width        int
		want         string
	}{
		{"one two three", "", 80, "one two three"},
		{"one two three", "", 7, "one two\nthree"},
		{"one two three", "  ", 9, "  one two\n  three"},
		{"a/path-with-a-dash x", "", 6, "a/path-with-a-dash\nx"},
		{"first\nsecond line", "> ", 10, "> first\n> second\n> line"},
		{"珈琲 珈琲", "", 8, "珈琲\n珈琲"},
		{"", "  ", 8, "  "},
	} {
		if got := render.Wrapped(c.text, c.indent, c.width); got != c.want {
			t.Errorf("%q, %q, %d: %q, want %q", c.text, c.indent, c.width, got, c.want)
		}
	}
}
