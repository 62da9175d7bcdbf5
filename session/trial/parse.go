package trial

import (
	"encoding/hex"
	"fmt"
	"strings"

	"riffle/session/sqltext"
)

// form says how an expression is written.
type form string

// The forms, in the words of messages.
const (
	aNull      form = "NULL"
	aTruth     form = "a truth value"
	aNumber    form = "a number"
	aText      form = "a text"
	aBlob      form = "a BYTES constant"
	aDate      form = "a DATE"
	aTime      form = "a TIME"
	aTimestamp form = "a TIMESTAMP"
	anInstant  form = "a TIMESTAMP_LTZ"
	anArray    form = "an ARRAY"
	aMap       form = "a MAP"
	aRow       form = "a ROW"
	aCall      form = "a call"
	aDefault   form = "DEFAULT"
)

// expression is a call or a constant.
type expression struct {
	form form
	span sqltext.Span
	text string // as it is written
	// value is the number, the content of a text or of a time, the bytes, TRUE or FALSE, the name of a function.
	value string
	name  sqltext.Span // of a call's function
	// parameter is the name that is written before an argument, limit => 5, and parameterAt its place; "" if none is.
	parameter   string
	parameterAt sqltext.Span
	// parts are arguments, elements, fields; of a map, keys and values in turn.
	parts []*expression
}

// Parse reads a call such as Grade(95), and the result that is expected of it: Grade(95) = 'A'. The error is an
// *Error.
func Parse(text string) (*Trial, error) {
	p, err := newParser(text)
	if err != nil {
		return nil, err
	}
	t := &Trial{}
	if t.call, err = p.expression(); err != nil {
		return nil, err
	}
	if t.call.form != aCall {
		return nil, failed(t.call.span, "a call of a Go function is missing", "for example Grade(95)")
	}
	if p.accept("=") {
		if t.expected, err = p.expression(); err != nil {
			return nil, err
		}
		if t.expected.form == aCall {
			return nil, failed(t.expected.span, "the expected result must be a constant", "")
		}
	}
	for !p.ended() && p.next().Kind == sqltext.Semicolon { // before a comment
		p.at++
	}
	if !p.ended() {
		rest := sqltext.Span{Start: p.next().Span.Start, End: len(text)}
		return nil, failed(rest, "the call ends before this text", "after the call there can be = and the expected result")
	}
	return t, nil
}

func failed(at sqltext.Span, message, hint string) *Error {
	return &Error{Span: at, Message: message, Hint: hint}
}

// parser reads tokens of SQL.
type parser struct {
	text   string
	tokens []sqltext.Token // without blanks and comments
	at     int
	depth  int
}

// lead makes the text one of SQL to the lexer.
const lead = "SELECT "

func newParser(text string) (*parser, error) {
	p := &parser{text: text}
	for _, t := range sqltext.NewLexed(lead + text).Tokens {
		t.Span = t.Span.Shift(-len(lead))
		switch {
		case t.Span.Start < 0, t.Kind == sqltext.Space, t.Kind == sqltext.Comment:
			continue
		case t.Open:
			return nil, failed(t.Span, "the text is never closed", "")
		}
		p.tokens = append(p.tokens, t)
	}
	return p, nil
}

func (p *parser) ended() bool { return p.at == len(p.tokens) }

// next returns the next token, an empty one at the end.
func (p *parser) next() sqltext.Token {
	if p.ended() {
		return sqltext.Token{Span: sqltext.Span{Start: len(p.text), End: len(p.text)}}
	}
	return p.tokens[p.at]
}

func (p *parser) word(t sqltext.Token) string { return p.text[t.Span.Start:t.Span.End] }

// accept takes the next token if it is an operator.
func (p *parser) accept(operator string) bool {
	if t := p.next(); t.Kind != sqltext.Operator || p.word(t) != operator {
		return false
	}
	p.at++
	return true
}

// follows reports whether an operator is the token after the next.
func (p *parser) follows(operator string) bool {
	if p.at+1 >= len(p.tokens) {
		return false
	}
	t := p.tokens[p.at+1]
	return t.Kind == sqltext.Operator && p.word(t) == operator
}

// maxDepth limits how deep expressions are nested.
const maxDepth = 100

func (p *parser) expression() (*expression, error) {
	if p.depth++; p.depth > maxDepth {
		return nil, failed(p.next().Span, fmt.Sprintf("the expression is nested more than %d deep", maxDepth), "")
	}
	defer func() { p.depth-- }()
	first := p.next()
	e, err := p.read(first)
	if err != nil {
		return nil, err
	}
	e.span = sqltext.Span{Start: first.Span.Start, End: p.tokens[p.at-1].Span.End}
	e.text = p.text[e.span.Start:e.span.End]
	return e, nil
}

// read reads the expression that begins with the next token.
func (p *parser) read(t sqltext.Token) (*expression, error) {
	word := p.word(t)
	switch t.Kind {
	case sqltext.Number:
		p.at++
		return &expression{form: aNumber, value: word}, nil
	case sqltext.String:
		p.at++
		return p.quoted(t)
	case sqltext.Operator:
		return p.signed(t)
	case sqltext.Keyword, sqltext.Identifier, sqltext.QuotedIdentifier:
		return p.named(t)
	case sqltext.Invalid:
		if len(word) > 1 && word[0] == '"' {
			p.at++
			return &expression{form: aText, value: word[1 : len(word)-1]}, nil
		}
	}
	if p.ended() {
		return nil, failed(t.Span, "a constant is missing", "")
	}
	return nil, failed(t.Span, "a constant or a call is expected here, not "+word, "")
}

// signed reads a number with a sign.
func (p *parser) signed(t sqltext.Token) (*expression, error) {
	sign := p.word(t)
	if sign == "-" || sign == "+" {
		p.at++
		if number := p.next(); number.Kind == sqltext.Number {
			p.at++
			return &expression{form: aNumber, value: strings.TrimPrefix(sign, "+") + p.word(number)}, nil
		}
	}
	return nil, failed(t.Span, "a constant or a call is expected here, not "+sign, "")
}

// quoted returns the constant of a token in quotes.
func (p *parser) quoted(t sqltext.Token) (*expression, error) {
	word := p.word(t)
	switch {
	case word[0] == '\'':
		return &expression{form: aText, value: unquoted(word)}, nil
	case word[0]|0x20 == 'x':
		bytes, err := hex.DecodeString(unquoted(word[1:]))
		if err != nil {
			return nil, failed(t.Span, "BYTES are written as pairs of hexadecimal digits", "for example X'00ff'")
		}
		return &expression{form: aBlob, value: string(bytes)}, nil
	}
	return nil, failed(t.Span, "a text with a prefix cannot be an argument here", "write it as 'text'")
}

// unquoted returns the content of a text in single quotes.
func unquoted(word string) string { return strings.ReplaceAll(word[1:len(word)-1], "''", "'") }

// times are the words before a text that is a date or a time.
var times = map[string]form{"DATE": aDate, "TIME": aTime, "TIMESTAMP": aTimestamp, "TIMESTAMP_LTZ": anInstant}

// named reads what begins with a word: a constant, or a call.
func (p *parser) named(t sqltext.Token) (*expression, error) {
	word := p.word(t)
	upper := strings.ToUpper(word)
	switch {
	case upper == "ROW" && p.follows("("):
		parts, err := p.list("(", ")")
		return &expression{form: aRow, parts: parts}, err
	case upper == "CAST" && p.follows("("):
		return nil, failed(t.Span, "a constant needs no CAST here: it has the type of its parameter", "write the constant alone")
	case p.follows("("):
		parts, err := p.list("(", ")")
		return &expression{form: aCall, value: strings.Trim(word, "`"), name: t.Span, parts: parts}, err
	case upper == "ARRAY" && p.follows("["):
		parts, err := p.list("[", "]")
		return &expression{form: anArray, parts: parts}, err
	case upper == "MAP" && p.follows("["):
		parts, err := p.list("[", "]")
		if err == nil && len(parts)%2 != 0 {
			err = failed(t.Span, "the last key of the MAP has no value", "write MAP['key', 1]")
		}
		return &expression{form: aMap, parts: parts}, err
	}
	if p.follows(".") {
		return nil, failed(t.Span, "there are no tables here: arguments are constants and calls", "write ROW('a', 1) for a row")
	}
	p.at++
	switch upper {
	case "NULL":
		return &expression{form: aNull}, nil
	case "DEFAULT":
		return &expression{form: aDefault}, nil
	case "TRUE", "FALSE":
		return &expression{form: aTruth, value: upper}, nil
	case "INTERVAL":
		return nil, failed(t.Span, "no Go function takes an INTERVAL", "")
	}
	if form, is := times[upper]; is {
		content := p.next()
		if content.Kind != sqltext.String || p.word(content)[0] != '\'' {
			return nil, failed(t.Span, upper+" is not followed by a text", "for example "+examples[form])
		}
		p.at++
		return &expression{form: form, value: unquoted(p.word(content))}, nil
	}
	return nil, failed(t.Span, word+" is not a constant", "write '"+word+"' for a text, and "+word+"(…) for a call")
}

// list reads a word and the expressions in brackets after it.
func (p *parser) list(open, end string) ([]*expression, error) {
	begin := p.tokens[p.at].Span.Start
	p.at += 2
	if p.accept(end) {
		return nil, nil
	}
	var parts []*expression
	for {
		part, err := p.part(open)
		if err != nil {
			return nil, err
		}
		parts = append(parts, part)
		switch {
		case p.accept(end):
			return parts, nil
		case p.accept(","):
		case p.ended():
			return nil, failed(sqltext.Span{Start: begin, End: len(p.text)}, end+" is missing", "")
		default:
			t := p.next()
			return nil, failed(t.Span, fmt.Sprintf("%s or , is expected here, not %s", end, p.word(t)), "arguments are constants and calls")
		}
	}
}

// part reads an expression in brackets. In those of a call, the name of a parameter can be before it.
func (p *parser) part(open string) (*expression, error) {
	named := p.next()
	if open != "(" || !p.follows("=>") {
		return p.expression()
	}
	p.at += 2
	e, err := p.expression()
	if err == nil {
		e.parameter, e.parameterAt = strings.Trim(p.word(named), "`"), named.Span
	}
	return e, err
}

// IsCase reports whether a text has a = outside of its brackets, and so an expected result, whether or not Parse accepts
// it.
func IsCase(text string) bool {
	p, err := newParser(text)
	if err != nil {
		return false
	}
	depth := 0
	for _, t := range p.tokens {
		if t.Kind != sqltext.Operator {
			continue
		}
		switch p.word(t) {
		case "(", "[":
			depth++
		case ")", "]":
			depth--
		case "=":
			if depth == 0 {
				return true
			}
		}
	}
	return false
}
