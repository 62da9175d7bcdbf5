package render

import (
	"fmt"
	"unicode"
	"unicode/utf8"

	"github.com/rivo/uniseg"
)

// ellipsis marks where text was cut. It is one column wide.
const ellipsis = "…"

// unlimited is the limit of text that is not cut.
const unlimited = int(^uint(0) >> 1)

// Visible returns text as a terminal can show it on one line: characters that are not visible are
// escaped, such as \n, \x1b or \u202e.
func Visible(text string) string {
	out, _, _ := appendVisible(nil, []byte(text), unlimited)
	return string(out)
}

// appendVisible appends text as a terminal can show it on one line, and returns its width in
// columns. Control characters, invisible characters, characters that change the direction, lone
// combining marks and bytes that are not UTF-8 appear as \n, \x1b or \u202e. So a reader sees
// everything that is in the text, and the terminal executes none of it. Text that is wider than
// limit is cut there, with … in the last column.
func appendVisible(dst, text []byte, limit int) (out []byte, width int, cut bool) {
	state := -1
	mark, markWidth := len(dst), 0 // the last place where … still fits
	for len(text) > 0 {
		var cluster []byte
		var w int
		if len(text) == 1 || text[1] < utf8.RuneSelf && text[0] >= ' ' && text[0] < 0x7f {
			cluster, text, w, state = text[:1], text[1:], 1, -1
		} else {
			cluster, text, w, state = uniseg.FirstGraphemeCluster(text, state)
		}
		dst, w = appendCluster(dst, cluster, w)
		width += w
		if width > limit {
			return append(dst[:mark], ellipsis...), markWidth + 1, true
		}
		if width < limit {
			mark, markWidth = len(dst), width
		}
	}
	return dst, width, false
}

// appendCluster appends one user-perceived character, escaped if necessary.
func appendCluster(dst, cluster []byte, width int) ([]byte, int) {
	if len(cluster) == 1 && cluster[0] >= ' ' && cluster[0] < 0x7f {
		return append(dst, cluster[0]), 1
	}
	if width > 0 && showable(cluster) {
		return append(dst, cluster...), width
	}
	start := len(dst)
	for len(cluster) > 0 {
		r, size := utf8.DecodeRune(cluster)
		dst = appendEscaped(dst, r, cluster[:size])
		cluster = cluster[size:]
	}
	return dst, uniseg.StringWidth(string(dst[start:]))
}

// showable reports whether each rune of a cluster may reach the terminal.
func showable(cluster []byte) bool {
	first, _ := utf8.DecodeRune(cluster)
	previous := rune(-1)
	for len(cluster) > 0 {
		r, size := utf8.DecodeRune(cluster)
		if r == utf8.RuneError && size == 1 {
			return false
		}
		if hidden(r) && !joins(r, previous, first) {
			return false
		}
		previous = r
		cluster = cluster[size:]
	}
	return true
}

// joins reports whether an invisible rune has a function within a character: joiners in scripts
// and emoji that need them, tags in flags.
func joins(r, previous, first rune) bool {
	const zwnj, zwj, blackFlag = 0x200c, 0x200d, 0x1f3f4
	switch {
	case r == zwnj || r == zwj:
		return previous >= utf8.RuneSelf
	default:
		return first == blackFlag && r >= 0xe0020 && r <= 0xe007f
	}
}

// hidden reports whether a rune is invisible, or moves what others show.
func hidden(r rune) bool {
	switch {
	case r < ' ' || r >= 0x7f && r < 0xa0:
		return true
	case r < 0xad:
		return false
	case unicode.In(r, unicode.Cf, unicode.Zl, unicode.Zp, unicode.Other_Default_Ignorable_Code_Point):
		return !unicode.Is(unicode.Prepended_Concatenation_Mark, r)
	}
	return false
}

func appendEscaped(dst []byte, r rune, bytes []byte) []byte {
	switch {
	case r == utf8.RuneError && len(bytes) == 1:
		return fmt.Appendf(dst, `\x%02x`, bytes[0])
	case r == '\n':
		return append(dst, `\n`...)
	case r == '\t':
		return append(dst, `\t`...)
	case r == '\r':
		return append(dst, `\r`...)
	case r < ' ' || r == 0x7f:
		return fmt.Appendf(dst, `\x%02x`, r)
	case hidden(r) || uniseg.StringWidth(string(r)) == 0:
		if r > 0xffff {
			return fmt.Appendf(dst, `\U%08x`, r)
		}
		return fmt.Appendf(dst, `\u%04x`, r)
	default:
		return append(dst, bytes...)
	}
}

// appendSpaces pads.
func appendSpaces(dst []byte, n int) []byte {
	for range n {
		dst = append(dst, ' ')
	}
	return dst
}

// appendNull adds text, in a style if it represents NULL.
func appendNull(dst, text []byte, null bool, style string) []byte {
	if !null || style == "" {
		return append(dst, text...)
	}
	dst = append(append(append(dst, "\x1b["...), style...), 'm')
	dst = append(dst, text...)
	return append(dst, "\x1b[0m"...)
}
