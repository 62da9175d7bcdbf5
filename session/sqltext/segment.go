package sqltext

import "strings"

// cursor walks a text one statement at a time and keeps all tokens that it passes.
type cursor struct {
	text   string
	source []byte // the text again, for Go's scanner; made for the first declaration
	pos    int    // where the next token starts
	tokens []Token
	script bool // see paragraph.go

	lineTo   int  // where a line ends that stray lines were found in
	unclosed bool // the brackets of a stray line were found to be unclosed
}

// segment is one statement as the cursor finds it.
type segment struct {
	class        Class
	span         Span // first to last token, without blanks and comments around it and without its `;`
	from, to     int  // its tokens are cursor.tokens[from:to]
	end          int  // where the search for the next one begins
	breaks       []int
	terminated   bool
	open         Reason // if not terminated: what is open at the end of the text
	openAt       int    // where the open string or comment starts, otherwise the end of the text
	unfixable    bool   // a fault that no further line can mend
	background   bool   // it ends in &
	unrecognized bool   // starts no statement, whatever follows: a shell reports it at Enter
}

// next reads the next statement, with what precedes it. It returns false if only blanks,
// comments and stray semicolons were left.
func (c *cursor) next() (segment, bool) {
	var first Token
	for {
		if c.pos >= len(c.text) {
			return segment{}, false
		}
		first = scanSQL(c.text, c.pos)
		between := first.Kind == Space || first.Kind == Comment || first.Kind == Semicolon
		if !between || first.Open {
			break
		}
		c.push(first)
	}
	s := segment{from: len(c.tokens), span: first.Span, openAt: len(c.text)}
	word := c.text[first.Span.Start:first.Span.End]
	switch first.Kind {
	case Keyword, Identifier:
		if s.class = classOf(word); s.class == SQL && goFollows(c.text[first.Span.End:]) {
			s.class = Unknown
		}
	case Operator:
		if word == "(" {
			s.class = SQL
		}
		if word == "%" && isMagic(c.text[first.Span.Start:]) {
			s.class = Command
		}
	case Invalid:
		if word == `\` {
			s.class = Command
		}
	}
	switch s.class {
	case Command:
		c.command(&s)
	case Go:
		c.declaration(&s)
	case SQL:
		c.sql(&s)
	default:
		c.stray(&s, first)
	}
	s.to, s.end = len(c.tokens), max(s.end, s.span.End)
	return s, true
}

func (c *cursor) push(t Token) {
	c.tokens = append(c.tokens, t)
	c.pos = t.Span.End
}

// isMagic reports whether a text begins with %name or %%name, like commands in notebooks.
func isMagic(text string) bool {
	name := strings.TrimPrefix(text[1:], "%")
	return name != "" && isNameByte(name[0])
}

// command takes the rest of the line; of a bare word's line, the text up to a `;`. Semicolons
// at its end do not belong to it.
func (c *cursor) command(s *segment) {
	line := c.text[c.pos:lineEnd(c.text, c.pos)]
	if line[0] != '\\' && line[0] != '%' {
		line, _, _ = strings.Cut(line, ";")
	}
	line = strings.TrimRight(line, " \t\f;")
	s.span.End = c.pos + len(line)
	s.terminated = true
	c.push(Token{Kind: CommandLine, Span: s.span})
}

// sql reads up to the `;` that ends the statement. A statement with a misspelled first word
// also ends before a line that is a command.
func (c *cursor) sql(s *segment) {
	var set statementSet
	isSet := strings.EqualFold(c.text[s.span.Start:s.span.End], "SET")
	depth := 0
	for c.pos < len(c.text) {
		t := scanSQL(c.text, c.pos)
		if depth <= 0 && !set.inside() && c.script && c.beginsParagraph(s, t) {
			if c.isOther(s, t) {
				s.terminated = true
				return
			}
			if c.mayBeStatement(s, t) {
				s.breaks = append(s.breaks, t.Span.Start)
			}
		}
		if s.class == Unknown && c.pos > s.span.Start && commandAt(c.text, t.Span) {
			s.terminated = true
			return
		}
		if isSet && t.Kind == Comment && c.insideValue(s) {
			t = Token{Kind: Operator, Span: Span{c.pos, c.pos + 1}}
		}
		if !isSet && c.pos > s.span.Start && c.background(t) && !set.inside() {
			t.Kind, s.background = Semicolon, true
		}
		c.push(t)
		if t.Kind == Space || t.Kind == Comment && !t.Open {
			continue
		}
		if t.Kind == Semicolon && !set.inside() {
			s.terminated, s.end = true, c.pos
			return
		}
		s.span.End = t.Span.End
		depth += bracket(c.text, t)
		set.advance(t, c.text)
		if t.Open {
			s.openToken(t)
		}
	}
	if s.open == Complete {
		s.open = OpenStatement
		if set.inside() {
			s.open = OpenSet
		}
	}
}

// background reports whether a token is the & that ends a statement: the last token on its
// line, except for a semicolon or a comment. Flink has no such operator.
func (c *cursor) background(t Token) bool {
	if c.text[t.Span.Start:t.Span.End] != "&" {
		return false
	}
	rest := strings.TrimLeft(c.text[t.Span.End:lineEnd(c.text, t.Span.End)], " \t\f;")
	return rest == "" || strings.HasPrefix(rest, "--")
}

// insideValue reports whether an unquoted key or value of a SET may continue here. Flink reads
// these by a pattern, so in SET a = file:///b the slashes do not start a comment.
func (c *cursor) insideValue(s *segment) bool {
	last := c.tokens[len(c.tokens)-1]
	switch last.Kind {
	case Space, Comment, String:
		return false
	}
	return last.Span.Start > s.span.Start // not right after SET
}

// openToken records a token without an end. If the token ended with its line, another line
// cannot complete it.
func (s *segment) openToken(t Token) {
	switch t.Kind {
	case Comment:
		s.open, s.openAt = OpenComment, t.Span.Start
	case String:
		s.open, s.openAt = OpenString, t.Span.Start
	default:
		s.unfixable = true
	}
}

// statementSet tracks STATEMENT SET BEGIN … END, in which semicolons end the inner INSERTs and
// not the statement. (BEGIN STATEMENT SET; … END; are separate statements.)
type statementSet struct {
	matched int  // words of opening seen in a row
	start   bool // the next token starts an inner statement
}

var opening = [...]string{"STATEMENT", "SET", "BEGIN"}

func (b *statementSet) inside() bool { return b.matched == len(opening) }

// advance takes the next token that is neither blank nor comment.
func (b *statementSet) advance(t Token, text string) {
	word := text[t.Span.Start:t.Span.End]
	switch {
	case b.inside() && b.start && t.Kind == Keyword && strings.EqualFold(word, "END"):
		*b = statementSet{}
	case b.inside():
		b.start = t.Kind == Semicolon
	case t.Kind != Keyword:
		b.matched = 0
	case strings.EqualFold(word, opening[b.matched]):
		b.matched++
		b.start = b.inside()
	default:
		b.matched = 0
	}
}
