package sqltext

import (
	"strings"
	"unicode/utf8"
)

// byteOrderMark is at the start of files from some Windows editors.
const byteOrderMark = "\ufeff"

// scanSQL returns the token of Flink SQL that starts at pos, which must be inside the text. The
// token is never empty.
func scanSQL(text string, pos int) Token {
	switch c := text[pos]; {
	case isSpace(c):
		return Token{Kind: Space, Span: Span{pos, spaceEnd(text, pos)}}
	case isLetter(text, pos) > 0:
		return scanWord(text, pos)
	case isDigit(c), c == '.' && isDigit(byteAt(text, pos+1)):
		return Token{Kind: Number, Span: Span{pos, numberEnd(text, pos)}}
	case c == '\'':
		end, closed := quotedEnd(text, pos+1, '\'')
		return Token{Kind: String, Span: Span{pos, end}, Open: !closed}
	case c == '`':
		return scanBackQuoted(text, pos)
	case c == ';':
		return Token{Kind: Semicolon, Span: Span{pos, pos + 1}}
	case pos == 0 && strings.HasPrefix(text, byteOrderMark):
		return Token{Kind: Space, Span: Span{0, len(byteOrderMark)}}
	}
	return scanPunctuation(text, pos)
}

// scanPunctuation reads comments, hints, operators, and characters for which Flink has no
// token.
func scanPunctuation(text string, pos int) Token {
	token := func(kind Kind, size int) Token { return Token{Kind: kind, Span: Span{pos, pos + size}} }
	switch pair := text[pos:min(pos+2, len(text))]; pair {
	case "--", "//":
		return token(Comment, lineEnd(text, pos)-pos)
	case "/*":
		if byteAt(text, pos+2) == '+' {
			return token(Hint, 3)
		}
		return scanBlockComment(text, pos)
	case "*/":
		// This is always the end of a hint: Flink reads 2*/*c*/3 in the same way, and rejects
		// it.
		return token(Hint, 2)
	case "||", "=>", "<>", "<=", ">=", "!=", "..":
		return token(Operator, 2)
	}
	c := text[pos]
	if strings.IndexByte("()[]{}.,=<>?:+-*/%|^", c) >= 0 {
		return token(Operator, 1)
	}
	if c == '"' {
		// This is one token, so that the error can name all of it. Flink has no such token.
		if i := strings.IndexAny(text[pos+1:], "\"\n\r"); i >= 0 && text[pos+1+i] == '"' {
			return token(Invalid, i+2)
		}
		return token(Invalid, 1)
	}
	_, size := utf8.DecodeRuneInString(text[pos:])
	return token(Invalid, size)
}

// scanBlockComment reads /* … */, which does not nest.
func scanBlockComment(text string, pos int) Token {
	body := pos + 2
	// Flink's "formal comment" begins with /** and one more character, whatever
	// it is, so that /***/ is still open.
	if byteAt(text, body) == '*' && body+1 < len(text) && text[body+1] != '/' {
		_, size := utf8.DecodeRuneInString(text[body+1:])
		body += 1 + size
	}
	if i := strings.Index(text[body:], "*/"); i >= 0 {
		return Token{Kind: Comment, Span: Span{pos, body + i + 2}}
	}
	return Token{Kind: Comment, Span: Span{pos, len(text)}, Open: true}
}

// scanBackQuoted reads `…`, in which two back-ticks mean one. Flink ends it at the end of the
// line, closed or not.
func scanBackQuoted(text string, pos int) Token {
	for end := pos + 1; ; end++ {
		i := strings.IndexAny(text[end:], "`\n\r")
		if i < 0 {
			return Token{Kind: QuotedIdentifier, Span: Span{pos, len(text)}, Open: true}
		}
		end += i
		switch {
		case text[end] != '`':
			return Token{Kind: QuotedIdentifier, Span: Span{pos, end}, Open: true}
		case byteAt(text, end+1) == '`':
			end++
		case end == pos+1:
			return Token{Kind: Invalid, Span: Span{pos, end + 1}} // Flink has no empty names
		default:
			return Token{Kind: QuotedIdentifier, Span: Span{pos, end + 1}}
		}
	}
}

// scanWord reads a word, or a string with a prefix.
func scanWord(text string, pos int) Token {
	end := pos
	for end < len(text) {
		if c := text[end] | 0x20; 'a' <= c && c <= 'z' || isDigit(text[end]) {
			end++
		} else if size := isLetter(text, end); size > 0 {
			end += size
		} else {
			break
		}
	}
	if token, ok := scanPrefixed(text, pos, end); ok {
		return token
	}
	kind := Identifier
	if IsKeyword(text[pos:end]) {
		kind = Keyword
	}
	return Token{Kind: kind, Span: Span{pos, end}}
}

// scanPrefixed reads a string whose prefix is the word [pos, end): N'…', X'…',
// U&'…', _charset'…', and E'…', the only one with backslash escapes.
func scanPrefixed(text string, pos, end int) (Token, bool) {
	body := 0
	escapes := false
	switch c := text[pos] | 0x20; {
	case text[pos] == '_':
		body = charsetEnd(text, pos+1)
	case end != pos+1:
		return Token{}, false
	case c == 'n' || c == 'x' || c == 'e':
		body = end
		escapes = c == 'e'
	case c == 'u' && byteAt(text, end) == '&':
		body = end + 1
	}
	if body == 0 || byteAt(text, body) != '\'' {
		return Token{}, false
	}
	closed := false
	if escapes {
		end, closed = escapedEnd(text, body+1)
	} else {
		end, closed = quotedEnd(text, body+1, '\'')
	}
	return Token{Kind: String, Span: Span{pos, end}, Open: !closed}, true
}

// longestCharset is larger than the length of any character set's name. It prevents a text full
// of underscores from being searched to its end for each of them.
const longestCharset = 64

// charsetEnd returns the end of the name of a character set that starts at pos, or 0 if there
// is no such name.
func charsetEnd(text string, pos int) int {
	end := pos
	for end < min(len(text), pos+longestCharset) {
		c := text[end]
		inner := end > pos && strings.IndexByte(":.-_", c) >= 0
		if !inner && !isDigit(c) && (c|0x20 < 'a' || c|0x20 > 'z') {
			break
		}
		end++
	}
	if end == pos {
		return 0
	}
	return end
}

// quotedEnd returns the end of a quoted text whose content starts at pos. A doubled quote means
// one quote.
func quotedEnd(text string, pos int, quote byte) (end int, closed bool) {
	for {
		i := strings.IndexByte(text[pos:], quote)
		if i < 0 {
			return len(text), false
		}
		pos += i + 1
		if byteAt(text, pos) != quote {
			return pos, true
		}
		pos++
	}
}

// escapedEnd is quotedEnd for E'…'.
func escapedEnd(text string, pos int) (end int, closed bool) {
	for pos < len(text) {
		switch text[pos] {
		case '\\':
			pos++
		case '\'':
			if byteAt(text, pos+1) != '\'' {
				return pos + 1, true
			}
			pos++
		}
		pos++
	}
	return len(text), false
}

// numberEnd reads 12, 1.5, 1., .5 and each with an exponent.
func numberEnd(text string, pos int) int {
	pos = digitsEnd(text, pos)
	if byteAt(text, pos) == '.' {
		pos = digitsEnd(text, pos+1)
	}
	if byteAt(text, pos)|0x20 == 'e' {
		exponent := pos + 1
		if sign := byteAt(text, exponent); sign == '+' || sign == '-' {
			exponent++
		}
		if isDigit(byteAt(text, exponent)) {
			return digitsEnd(text, exponent)
		}
	}
	return pos
}

func digitsEnd(text string, pos int) int {
	for pos < len(text) && isDigit(text[pos]) {
		pos++
	}
	return pos
}

func spaceEnd(text string, pos int) int {
	for pos < len(text) && isSpace(text[pos]) {
		pos++
	}
	return pos
}

// byteAt returns text[pos], or 0 outside the text.
func byteAt(text string, pos int) byte {
	if pos < len(text) {
		return text[pos]
	}
	return 0
}

func isSpace(c byte) bool {
	return c == ' ' || c == '\n' || c == '\t' || c == '\r' || c == '\f'
}

func isDigit(c byte) bool { return '0' <= c && c <= '9' }

// isLetter returns the size of the character at pos if it can begin a word of Flink SQL, and 0
// otherwise. The ranges are those of the parser's LETTER token. They cover only parts of the
// basic plane, so Hangul syllables and emoji need back-ticks.
func isLetter(text string, pos int) int {
	c := text[pos]
	if c < utf8.RuneSelf {
		if 'a' <= c|0x20 && c|0x20 <= 'z' || c == '_' || c == '$' {
			return 1
		}
		return 0
	}
	r, size := utf8.DecodeRuneInString(text[pos:])
	switch {
	case r == 0xd7 || r == 0xf7: // × ÷
		return 0
	case 0xc0 <= r && r <= 0x1fff,
		0x2d00 <= r && r <= 0x2d25,
		0x3040 <= r && r <= 0x318f,
		0x3300 <= r && r <= 0x337f,
		0x3400 <= r && r <= 0x3d2d,
		0x4e00 <= r && r <= 0x9fff,
		0xf900 <= r && r <= 0xfaff:
		return size
	}
	return 0
}
