package sqltext

import (
	"go/parser"
	"go/scanner"
	"go/token"
	"strings"
	"unicode/utf8"
)

// declaration reads one top-level Go declaration. It does not end at a `;` of SQL but where
// Go's own rules end it: at a semicolon outside all brackets, which is written or inserted by
// the scanner at a line's end, or at the brace that closes a function's body.
func (c *cursor) declaration(s *segment) {
	if c.source == nil {
		c.source = []byte(c.text)
	}
	start := c.pos
	file := token.NewFileSet().AddFile("", -1, len(c.text)-start)
	unclosed := false
	var scan scanner.Scanner
	scan.Init(file, c.source[start:], func(_ token.Position, message string) {
		unclosed = unclosed || strings.HasSuffix(message, "not terminated")
	}, scanner.ScanComments)

	var shape goShape
	for {
		pos, tok, literal := scan.Scan()
		at := start + file.Offset(pos)
		if tok == token.EOF {
			s.open = OpenDeclaration
			c.space(len(c.text))
			return
		}
		if tok == token.SEMICOLON && shape.depth == 0 {
			// Go reports a brace on the next line; it does not begin a statement.
			if literal != "\n" || !shape.awaitsBody() || !c.braceFollows(at) {
				s.terminated = true
				return
			}
		}
		if tok == token.SEMICOLON && literal == "\n" {
			continue
		}
		c.space(at)
		t := goToken(c.text, at, tok, literal)
		t.Open, unclosed = unclosed, false
		c.push(t)
		if tok != token.COMMENT || t.Open {
			s.span.End = t.Span.End
		}
		if t.Open {
			s.openGoToken(t, c.text)
		}
		if s.open != Complete {
			return
		}
		if shape.advance(tok) {
			s.terminated = true
			return
		}
	}
}

// space fills the gap up to the offset, which Go's scanner skips.
func (c *cursor) space(end int) {
	if end > c.pos {
		c.push(Token{Kind: Space, Span: Span{c.pos, end}})
	}
}

// braceFollows reports whether the next token after pos is an opening brace.
func (c *cursor) braceFollows(pos int) bool {
	for pos < len(c.text) {
		t := scanSQL(c.text, pos)
		if t.Kind != Space && t.Kind != Comment {
			return c.text[pos] == '{'
		}
		pos = t.Span.End
	}
	return false
}

// openGoToken is openToken for Go, where only comments and raw strings can continue on the next
// line.
func (s *segment) openGoToken(t Token, text string) {
	if t.Kind == String && text[t.Span.Start] != '`' {
		s.unfixable = true
		return
	}
	s.openToken(t)
}

// goShape tracks a declaration's brackets.
type goShape struct {
	depth  int
	first  token.Token // the keyword that starts it
	last   token.Token
	inBody bool
}

// awaitsBody reports whether a function's signature may be at its end.
func (g *goShape) awaitsBody() bool { return g.first == token.FUNC && !g.inBody }

// advance takes the next token and reports whether it closes a function's body.
func (g *goShape) advance(tok token.Token) (done bool) {
	switch tok {
	case token.COMMENT:
		return false
	case token.LPAREN, token.LBRACK, token.LBRACE:
		// func F() struct{ … } { … }: only the second brace starts the body.
		ofType := g.last == token.STRUCT || g.last == token.INTERFACE
		if tok == token.LBRACE && g.depth == 0 && g.awaitsBody() && !ofType {
			g.inBody = true
		}
		g.depth++
	case token.RPAREN, token.RBRACK, token.RBRACE:
		g.depth = max(g.depth-1, 0)
		done = tok == token.RBRACE && g.depth == 0 && g.inBody
	}
	if g.first == token.ILLEGAL {
		g.first = tok
	}
	g.last = tok
	return done
}

// goToken makes a token from what Go's scanner found. The scanner drops carriage returns from
// the literals of comments and raw strings, so their ends are looked up in the text.
func goToken(text string, at int, tok token.Token, literal string) Token {
	t := Token{Kind: Operator, Span: Span{at, at + len(literal)}}
	switch {
	case tok == token.COMMENT:
		t.Kind = Comment
		t.Span.End = lineEndGo(text, at)
		if strings.HasPrefix(text[at:], "/*") {
			t.Span.End = endAfter(text, at+2, "*/")
		}
	case tok == token.STRING || tok == token.CHAR:
		t.Kind = String
		if text[at] == '`' {
			t.Span.End = endAfter(text, at+1, "`")
		}
	case tok == token.IDENT:
		t.Kind = Identifier
	case tok.IsLiteral():
		t.Kind = Number
	case tok == token.ILLEGAL:
		t.Kind = Invalid
		_, size := utf8.DecodeRuneInString(text[at:])
		t.Span.End = at + size
	case tok.IsKeyword():
		t.Kind = Keyword
	default:
		t.Span.End = at + len(tok.String())
	}
	return t
}

// lineEndGo returns the end of the line by Go's rule, which knows only \n.
func lineEndGo(text string, pos int) int {
	if i := strings.IndexByte(text[pos:], '\n'); i >= 0 {
		return pos + i
	}
	return len(text)
}

func endAfter(text string, pos int, mark string) int {
	if i := strings.Index(text[pos:], mark); i >= 0 {
		return pos + i + len(mark)
	}
	return len(text)
}

// goContinues reports whether a declaration that has not ended can still become valid: its
// first syntax error is not before openAt, which is the offset of an open string or comment, or
// the end of the declaration. The line end that the user just typed counts, because in Go it
// can end a statement.
func goContinues(declaration string, openAt int) bool {
	const clause = "package p\n"
	source := clause + declaration + "\n"
	limit := len(source)
	if openAt < len(declaration) {
		limit = len(clause) + openAt
	}
	_, err := parser.ParseFile(token.NewFileSet(), "", source, parser.SkipObjectResolution)
	list, ok := err.(scanner.ErrorList) // sorted by the parser
	return ok && len(list) > 0 && list[0].Pos.Offset >= limit
}
