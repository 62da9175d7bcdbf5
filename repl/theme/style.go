package theme

import (
	"errors"
	"fmt"
	"image/color"
	"slices"
	"strconv"
	"strings"

	"github.com/charmbracelet/colorprofile"
	"github.com/charmbracelet/x/ansi"

	"riffle/session/sqltext"
)

// style is the colors and attributes of a text.
type style struct {
	attributes     []ansi.Attr
	text, backdrop color.Color // nil: the terminal's own
}

// attributes are the words that are not colors.
var attributes = map[string]ansi.Attr{
	"bold": ansi.AttrBold, "dim": ansi.AttrFaint, "italic": ansi.AttrItalic,
	"underline": ansi.AttrUnderline, "reverse": ansi.AttrReverse,
}

// colors are the names of the sixteen colors that every terminal has, in its own shades. The
// prefix bright- selects one of the upper eight.
var colors = []string{"black", "red", "green", "yellow", "blue", "magenta", "cyan", "white"}

// parse reads a style: words for attributes and a color, followed by "on" and the color of the
// background. A color is a name, a number up to 255, or #rrggbb: "bold #ff8800 on black".
func parse(text string) (style, error) {
	var s style
	place := &s.text
	for word := range strings.FieldsSeq(strings.ToLower(text)) {
		if attribute, ok := attributes[word]; ok {
			s.attributes = append(s.attributes, attribute)
			continue
		}
		if word == "on" && place == &s.text {
			place = &s.backdrop
			continue
		}
		c, err := parseColor(word)
		if err != nil {
			return style{}, err
		}
		if *place != nil {
			return style{}, fmt.Errorf("%s is a second color: write the background color after on", word)
		}
		*place = c
	}
	if place == &s.backdrop && s.backdrop == nil {
		return style{}, errors.New("a color is missing after on")
	}
	return s, nil
}

func parseColor(word string) (color.Color, error) {
	if digits, ok := strings.CutPrefix(word, "#"); ok {
		if n, err := strconv.ParseUint(digits, 16, 32); err == nil && len(digits) == 6 {
			return ansi.RGBColor{R: uint8(n >> 16), G: uint8(n >> 8), B: uint8(n)}, nil
		}
		return nil, fmt.Errorf("%s is not a color: write # and six digits from 0 to f", word)
	}
	if n, err := strconv.ParseUint(word, 10, 8); err == nil {
		return ansi.IndexedColor(n), nil
	}
	name, bright := strings.CutPrefix(word, "bright-")
	at := slices.Index(colors, name)
	switch {
	case at >= 0 && bright:
		return ansi.BasicColor(at + 8), nil
	case at >= 0:
		return ansi.BasicColor(at), nil
	}
	if near := sqltext.Nearest(word, words); near != "" {
		return nil, fmt.Errorf("%s is not a color: did you mean %s?", word, near)
	}
	return nil, fmt.Errorf("%s is not a color: use one of %s (also bright-red), a number up to 255, or #rrggbb; attributes are bold, dim, italic, underline, reverse",
		word, strings.Join(colors, ", "))
}

// words yields all words that can be in a style, except numbers.
func words(yield func(string) bool) {
	for _, name := range colors {
		if !yield(name) || !yield("bright-"+name) {
			return
		}
	}
	for name := range attributes {
		if !yield(name) {
			return
		}
	}
}

// codes returns the codes of the style, in colors that a terminal has. Other colors are
// replaced by the nearest ones.
func (s style) codes(p colorprofile.Profile) string {
	codes := ansi.NewStyle(s.attributes...)
	if c := on(p, s.text); c != nil {
		codes = codes.ForegroundColor(c)
	}
	if c := on(p, s.backdrop); c != nil {
		codes = codes.BackgroundColor(c)
	}
	return strings.Join(codes, ";")
}

// on returns the nearest color that such a terminal has; nil for no color.
func on(p colorprofile.Profile, c color.Color) color.Color {
	if c == nil {
		return nil
	}
	return p.Convert(c)
}
