package command

import (
	"fmt"
	"io/fs"
	"strings"
	"unicode"
	"unicode/utf8"

	"riffle/session"
	"riffle/session/sqltext"
)

// argumentError is an error about one argument of a command, or about a part of the arguments.
type argumentError struct {
	word, message, hint string
	at                  *sqltext.Span // in the text of the arguments; nil if word says where
	cause               error         // or nil
}

// wrong returns the error for an argument.
func wrong(word, format string, values ...any) error {
	return &argumentError{word: word, message: fmt.Sprintf(format, values...)}
}

func (e *argumentError) Error() string { return e.message }

// in points at the argument in a statement.
func (e *argumentError) in(st session.Statement) error {
	span := spanOf(st, e.word)
	if e.at != nil {
		span = e.at.Shift(argumentsOf(st).Start)
	}
	failed := session.Fail(st, span, e.message, e.hint)
	failed.Err = e.cause
	return failed
}

// spanOf is where a word of a command's arguments is, or the command.
func spanOf(st session.Statement, word string) sqltext.Span {
	start := argumentsOf(st).Start
	if i := strings.LastIndex(st.Arguments(), word); i >= 0 && word != "" {
		return sqltext.Span{Start: start + i, End: start + i + len(word)}
	}
	return st.Word
}

// Failed is the error of a command: at the argument that it mentions, otherwise at the command.
func Failed(st session.Statement, err error) *session.Error {
	message := ofFile(err)
	where, longest := st.Word, 0
	for word := range strings.FieldsSeq(st.Arguments()) {
		if word = strings.TrimRight(word, ";"); len(word) > longest && mentions(message, word) {
			where, longest = spanOf(st, word), len(word)
		}
	}
	e := session.Fail(st, where, message, "")
	e.Err = err
	return e
}

// ofFile is the message of an error without the name of the system call, which says nothing to the
// user.
func ofFile(err error) string {
	if file, ok := err.(*fs.PathError); ok {
		return file.Path + ": " + file.Err.Error()
	}
	return err.Error()
}

// mentions reports whether a text has a word, and not only as a part of another.
func mentions(text, word string) bool {
	at := strings.Index(text, word)
	if at < 0 {
		return false
	}
	before, _ := utf8.DecodeLastRuneInString(text[:at])
	after, _ := utf8.DecodeRuneInString(text[at+len(word):])
	part := func(r rune) bool { return unicode.IsLetter(r) || unicode.IsDigit(r) || r == '_' }
	return !part(before) && !part(after)
}

// toArgument points an error of SQL that a command has made at what was typed: at the part of the
// arguments that the SQL ends with if the error is there, otherwise at the arguments.
func toArgument(st session.Statement, e *session.Error) {
	if e.Position == "" || e.Cell.Text == st.Cell.Text {
		return
	}
	text := strings.TrimRight(st.Arguments(), "; \t\r\n")
	at := argumentsOf(st)
	at.End = at.Start + len(text)
	where := at
	if text == "" {
		where = st.Word
	} else if common := commonEnd(text, e.Cell.Text); common > 0 {
		move := at.End - len(e.Cell.Text)
		from, to := e.Span.Start+move, e.Span.End+move
		if from >= at.End-common && to <= at.End {
			where = sqltext.Span{Start: from, End: to}
		}
	}
	place, excerpt := e.Excerpt != "", ""
	if e.SetPosition(st, where); place {
		excerpt = e.Excerpt
	}
	e.Excerpt = excerpt
}

// commonEnd is the length of the longest end of both texts.
func commonEnd(a, b string) (n int) {
	for n < len(a) && n < len(b) && a[len(a)-1-n] == b[len(b)-1-n] {
		n++
	}
	return n
}

// argumentsOf returns the span of a command's arguments in its cell.
func argumentsOf(st session.Statement) sqltext.Span {
	start := st.Span.End - len(st.Arguments())
	return sqltext.Span{Start: start, End: st.Span.End}
}
