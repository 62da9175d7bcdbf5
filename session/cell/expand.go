package cell

import (
	"errors"
	"fmt"
	"maps"
	"regexp"
	"slices"
	"strings"

	"riffle/session/mention"
	"riffle/session/sqltext"
)

// Variables appear in SQL as ${name}, or as ${name:-default} with a default for a variable that
// is not set or empty. They are replaced before anything else happens to a statement. Inside
// strings and names in back-ticks, quotes in the value are doubled, so that the value cannot
// end them. Elsewhere the value is inserted unchanged, so it may be any piece of SQL except a
// second statement. Comments and Go are not changed. $${ stands for a literal ${. A default
// ends at the first }, and its quotes must be paired, because the text is split into statements
// before variables are replaced.

var variableName = regexp.MustCompile(`^[A-Za-z_][A-Za-z0-9_]*$`)

// CheckVariable returns an error if name is not valid for a variable.
func CheckVariable(name string) error {
	if !variableName.MatchString(name) {
		return fmt.Errorf("%q is not a valid variable name: use letters, digits and _", name)
	}
	return nil
}

// Expand replaces the variables of a statement. It returns the statement as read after the replacement,
// with the spans and the Text of the cell, and the resulting SQL.
func (st Statement) Expand(variables map[string]string) (Statement, SQL, error) {
	startsSo := strings.HasPrefix(st.Text, "${")
	if !strings.Contains(st.Text, "${") || st.Class != sqltext.SQL && !(st.Class == sqltext.Unknown && startsSo) {
		return st, Typed(st), nil
	}
	e := expansion{st: &st, tokens: st.Lexed().Tokens, variables: variables}
	if err := e.run(); err != nil {
		return st, e.sql, err
	}
	return e.read()
}

// expansion expands the variables of one statement. Offsets refer to its Text.
type expansion struct {
	st        *Statement
	tokens    []sqltext.Token // those not passed yet
	variables map[string]string
	sql       SQL
	done      int // how much of the statement is in sql
}

// run builds the SQL.
func (e *expansion) run() error {
	text := e.st.Text
	for at := 0; ; {
		i := strings.Index(text[at:], "${")
		if i < 0 {
			e.verbatim(len(text))
			return nil
		}
		at += i
		token := e.tokenAt(at)
		switch {
		case token.Kind == sqltext.Comment, token.Open:
			at = token.Span.End
		case at > e.done && text[at-1] == '$':
			e.verbatim(at - 1)
			e.done = at // without one $
			at += len("${")
		default:
			end, err := e.replace(at, token)
			if err != nil {
				return err
			}
			at, e.done = end, end
		}
	}
}

func (e *expansion) tokenAt(offset int) sqltext.Token {
	for e.tokens[0].Span.End <= offset {
		e.tokens = e.tokens[1:]
	}
	return e.tokens[0]
}

// verbatim copies the statement unchanged up to an offset.
func (e *expansion) verbatim(end int) {
	if end > e.done {
		e.add(sqltext.Span{Start: e.done, End: end}, e.st.Text[e.done:end], false)
	}
	e.done = end
}

// add appends a text to the SQL, which is lexed when it is complete.
func (e *expansion) add(source sqltext.Span, text string, value bool) {
	e.sql.Add(SQL{Lexed: sqltext.Lexed{Text: text}, parts: []part{{
		span: sqltext.Span{End: len(text)}, st: e.st, source: source.Shift(e.st.Span.Start), value: value,
	}}})
}

func (e *expansion) fail(start, end int, message, hint string) error {
	return FailAt(*e.st, sqltext.Span{Start: start, End: end}.Shift(e.st.Span.Start), message, hint)
}

const plainHint = "write $${ for a literal ${"

// replace inserts the value of the variable at an offset, and returns the end of its }.
func (e *expansion) replace(at int, token sqltext.Token) (end int, err error) {
	text := e.st.Text
	if token.Kind == sqltext.String || token.Kind == sqltext.QuotedIdentifier {
		text = text[:token.Span.End-1] // up to its last quote
	}
	begin := at + len("${")
	length := strings.IndexByte(text[begin:], '}')
	if length < 0 {
		return 0, e.fail(at, begin, "${ has no closing }", plainHint)
	}
	close := begin + length
	end = close + 1
	name, fallback, hasFallback := strings.Cut(text[begin:close], ":-")
	if CheckVariable(name) != nil {
		return 0, e.fail(at, end, "write a variable as ${name} or ${name:-default}", plainHint)
	}
	value, ok := e.variables[name]
	switch {
	case value == "" && hasFallback:
		e.verbatim(at)
		e.add(sqltext.Span{Start: close - len(fallback), End: close}, fallback, false)
		return end, nil
	case !ok:
		return 0, e.fail(at, end, "there is no variable "+name, e.undefinedHint(name))
	}
	if value, ok = quotedFor(e.st.Text[token.Span.Start:at], token.Kind, value); !ok {
		return 0, e.fail(at, end, "a variable cannot be used in U&'…', because it could contain escapes", "use a string without U&")
	}
	e.verbatim(at)
	e.add(sqltext.Span{Start: at, End: end}, value, true)
	return end, nil
}

func (e *expansion) undefinedHint(name string) string {
	if near := sqltext.Nearest(name, slices.Values(slices.Sorted(maps.Keys(e.variables)))); near != "" {
		return DidYouMean(near)
	}
	return mention.Command("set ") + name + " value defines it; $${ is a literal ${"
}

// quotedFor escapes a value for a string or a quoted name that begins with begin, by doubling
// its quotes. It returns false if that is not enough.
func quotedFor(begin string, kind sqltext.Kind, value string) (string, bool) {
	switch kind {
	case sqltext.QuotedIdentifier:
		return strings.ReplaceAll(value, "`", "``"), true
	case sqltext.String:
		prefix, _, _ := strings.Cut(begin, "'")
		switch strings.ToUpper(prefix) {
		case "U&":
			return "", false
		case "E":
			value = strings.ReplaceAll(value, `\`, `\\`)
		}
		return strings.ReplaceAll(value, "'", "''"), true
	}
	return value, true
}

// read lexes and classifies the expanded statement.
func (e *expansion) read() (Statement, SQL, error) {
	st := *e.st
	statements := sqltext.Split(e.sql.Text)
	switch {
	case len(statements) == 0:
		return st, e.sql, Fail(st, "the statement is empty, because its variables are empty", "")
	case len(statements) > 1:
		return st, e.sql, Fail(st, fmt.Sprintf("the variables expand it to %d statements", len(statements)), "a value can contain ; only inside a string")
	}
	read := statements[0]
	if read.Class == sqltext.Go || read.Class == sqltext.Command {
		return st, e.sql, Fail(st, "the variables expand it to something that is not SQL", "")
	}
	var lexical *sqltext.Error
	if errors.As(read.Err, &lexical) {
		return st, e.sql, e.sql.Fail(lexical.Span, lexical.Message, "")
	}
	for i := range e.sql.parts { // a value may begin or end with blanks or a comment
		e.sql.parts[i].span = e.sql.parts[i].span.Shift(-read.Span.Start)
	}
	e.sql.Lexed = read.Lexed()
	st.Class, st.Verb, st.Suggestion, st.Err = read.Class, read.Verb, read.Suggestion, nil
	return st, e.sql, nil
}
