package sqltext

import "strings"

// Setting is the content of a SET or RESET statement.
type Setting struct {
	Reset bool
	// Key is empty for a bare SET, which lists all settings, and for a bare
	// RESET, which resets all.
	Key, Value         string
	KeySpan, ValueSpan Span // with their quotes; in the statement's text
}

// ParseSet reads
//
//	SET   SET 'key' = 'value'   SET key = value
//	RESET RESET 'key'           RESET key
//
// A quoted text may hold anything, ” standing for one quote. An unquoted key
// ends at a blank or =, an unquoted value at a blank: Flink reads these by a pattern,
// and so does this, whatever the tokens are. Any error is an *Error.
func ParseSet(l Lexed) (Setting, error) {
	p := settingParser{text: l.Text}
	verb := ""
	if len(l.Tokens) > 0 {
		verb = strings.ToUpper(l.Word(l.Tokens[0]))
		p.pos = l.Tokens[0].Span.End
	}
	if verb != "SET" && verb != "RESET" {
		return Setting{}, errorAt(Span{End: p.pos}, "neither SET nor RESET")
	}
	setting := Setting{Reset: verb == "RESET"}
	p.skip()
	if p.pos == len(p.text) {
		return setting, nil
	}
	var ok bool
	if setting.Key, setting.KeySpan, ok = p.operand("="); !ok || setting.Key == "" {
		return Setting{}, p.expected("a key, as in %s 'table.dml-sync'", verb)
	}
	if !setting.Reset {
		if !p.equals() {
			return Setting{}, p.expected("= and a value after the key: SET 'key' = 'value'")
		}
		if setting.Value, setting.ValueSpan, ok = p.operand(""); !ok {
			return Setting{}, p.expected("a value: SET 'key' = 'value'")
		}
	}
	if p.pos < len(p.text) {
		return Setting{}, p.expected("nothing more; a text with blanks or ; needs quotes: 'some text'")
	}
	return setting, nil
}

// settingParser parses the text of a statement.
type settingParser struct {
	text string
	pos  int
}

// skip skips blanks and comments.
func (p *settingParser) skip() {
	for p.pos < len(p.text) {
		t := scanSQL(p.text, p.pos)
		if t.Kind != Space && t.Kind != Comment {
			return
		}
		p.pos = t.Span.End
	}
}

func (p *settingParser) equals() bool {
	if byteAt(p.text, p.pos) != '=' {
		return false
	}
	p.pos++
	p.blanks()
	return true
}

// blanks skips only blanks, because -- and // may start an unquoted value.
func (p *settingParser) blanks() { p.pos = spaceEnd(p.text, p.pos) }

// operand reads a quoted text, or a run of bytes other than blanks, quotes, semicolons and
// those in stop.
func (p *settingParser) operand(stop string) (string, Span, bool) {
	start := p.pos
	if byteAt(p.text, start) == '\'' {
		end, closed := quotedEnd(p.text, start+1, '\'')
		if !closed {
			return "", Span{}, false
		}
		p.pos = end
		p.skip()
		content := strings.ReplaceAll(p.text[start+1:end-1], "''", "'")
		return content, Span{start, end}, true
	}
	end := start
	for end < len(p.text) && !isSpace(p.text[end]) && strings.IndexByte("';"+stop, p.text[end]) < 0 {
		end++
	}
	p.pos = end
	p.skip()
	return p.text[start:end], Span{start, end}, end > start
}

// expected returns the error for an unexpected text at the parser's position.
func (p *settingParser) expected(format string, args ...any) *Error {
	at := Span{p.pos, len(p.text)}
	if p.pos < len(p.text) {
		at.End = scanSQL(p.text, p.pos).Span.End
	}
	return errorAt(at, "expected "+format, args...)
}
