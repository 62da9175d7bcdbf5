package sqltext

import (
	"regexp"
	"slices"
	"strings"
)

// The last statement of a notebook's cell needs no `;`. nbconvert writes the cells of a
// notebook as a script, separated only by blank lines. So in a script, a SQL statement can also
// end at a blank line:
//
//  - before a command or a Go declaration, which cannot be SQL: this file decides;
//  - before a word that begins a statement, if the parser accepts the text above the
//    blank line as a statement and cannot continue after it. This file finds such places,
//    and the session asks the parser. A word like FROM or WHERE begins no statement, so
//    a faulty condition is never separated from its statement.
//
// Neither applies inside brackets, or inside STATEMENT SET BEGIN … END.

var (
	goShapes = map[string]*regexp.Regexp{
		"func":   regexp.MustCompile(`^func\s*(\([^)]*\)\s*)?\s[\pL_][\pL\d_]*\s*[\[(]`),
		"type":   regexp.MustCompile(`^type\s+(\(|[\pL_][\pL\d_]*\s*[\[*=\pL])`),
		"var":    regexp.MustCompile(`^var\s+[(\pL_]`),
		"const":  regexp.MustCompile(`^const\s+[(\pL_]`),
		"import": regexp.MustCompile("^import\\s*[(\"`._\\pL]"),
	}
	// question is NAME? or ?NAME, which in notebooks shows what a name is.
	question = regexp.MustCompile(`^(\?{1,2}[\pL\d_.]+|[\pL\d_.]+\?{1,2})[ \t\r]*(\n|$)`)
	// beginsQuery matches a parenthesis that begins a query.
	beginsQuery = regexp.MustCompile(`(?i)^[(\s]+(SELECT|WITH|VALUES)\b`)
	// options matches a WITH that begins options, not a query.
	options     = regexp.MustCompile(`(?i)^WITH\s*\(`)
	bareCommand = regexp.MustCompile(`^\pL+[ \t\r]*(\n|$)`)
)

// Question reports whether a statement is NAME? or ?NAME.
func (s Statement) Question() bool { return s.Class == Unknown && question.MatchString(s.Text) }

// beginsParagraph reports whether the next token is the first of its line, with a blank line
// above it or above the comments that precede it.
func (c *cursor) beginsParagraph(s *segment, t Token) bool {
	if t.Kind == Space || t.Kind == Comment || c.pos == s.span.Start {
		return false
	}
	gap := c.text[s.span.End:t.Span.Start]
	last := strings.LastIndexByte(gap, '\n')
	return last >= 0 && strings.TrimSpace(gap[last:]) == "" && hasBlankLine(gap)
}

// hasBlankLine reports whether a text has a line of blanks between two line ends.
func hasBlankLine(text string) bool {
	_, rest, _ := strings.Cut(text, "\n")
	for line := range strings.Lines(rest) {
		if strings.HasSuffix(line, "\n") && strings.TrimSpace(line) == "" {
			return true
		}
	}
	return false
}

// BlankLineBetween reports whether a blank line is between two places of a text. Between them there are
// only blanks and comments.
func BlankLineBetween(text string, from, to int) bool {
	if from == 0 {
		return hasBlankLine("\n" + text[:to])
	}
	return from < to && hasBlankLine(text[from:to])
}

// isOther reports whether a token after a blank line begins a command, a Go declaration or a
// question of notebooks, and the SQL above it may be complete.
func (c *cursor) isOther(s *segment, t Token) bool {
	rest := c.text[t.Span.Start:]
	if rest[0] == '\\' || rest[0] == '%' && isMagic(rest) || question.MatchString(rest) {
		return true
	}
	shape, isGo := goShapes[rest[:t.Span.Len()]]
	return isGo && !c.expectsMore(s) && shape.MatchString(rest)
}

// expectsMore reports whether the statement so far ends in an operator or a comma.
func (c *cursor) expectsMore(s *segment) bool {
	last := c.text[s.span.End-1]
	return last != ')' && last != ']' && strings.IndexByte(",(=<>+-*/|.", last) >= 0
}

// mayBeStatement reports whether a token after a blank line can begin a statement.
func (c *cursor) mayBeStatement(s *segment, t Token) bool {
	rest := c.text[t.Span.Start:]
	word := rest[:t.Span.Len()]
	switch {
	case word == "(":
		return beginsQuery.MatchString(rest)
	case t.Kind != Keyword && t.Kind != Identifier, goFollows(rest[len(word):]):
		return false
	case slices.Contains(commandWords, strings.ToLower(word)):
		return bareCommand.MatchString(rest)
	case strings.EqualFold(word, "DESC"): // it may belong to ORDER BY
		return !c.ordered(s)
	}
	return classOf(word) == SQL && !options.MatchString(rest)
}

// ordered reports whether the statement so far has an ORDER BY.
func (c *cursor) ordered(s *segment) bool {
	return slices.ContainsFunc(c.tokens[s.from:], func(t Token) bool {
		return t.Kind == Keyword && strings.EqualFold(c.text[t.Span.Start:t.Span.End], "ORDER")
	})
}
