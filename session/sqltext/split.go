package sqltext

import (
	"strings"
	"unicode"
	"unicode/utf8"
)

// Class says what runs a statement.
type Class uint8

const (
	Unknown Class = iota // not the start of a statement
	SQL                  // Flink
	Go                   // the Go tool chain: func, type, var, const or import
	Command              // the front end itself: `\name …` or `%name …` on one line, or quit, exit, help, clear
)

var classNames = [...]string{"unknown", "SQL", "Go", "command"}

func (c Class) String() string {
	if int(c) < len(classNames) {
		return classNames[c]
	}
	return "no class"
}

// Statement is one statement to run. All its spans are in the text that was split, and Text is exactly the
// text at Span.
type Statement struct {
	// Text has no terminating `;` and no blanks or comments around it.
	Text  string
	Span  Span
	Class Class
	// Verb is what the statement does, in upper case: "CREATE TABLE" (without TEMPORARY, OR
	// REPLACE and the like), "SHOW TABLES", "SELECT", "BEGIN STATEMENT SET". In Go it is the
	// keyword. For a command it is the name in lower case, without the backslash or the %. For
	// other texts it is the first word, unchanged.
	Verb string
	// Word is the first token, for errors that point at it.
	Word Span
	// Terminated is false if the text ends before the statement does. A shell asks for more
	// (see Incomplete), a script runs the statement as it is. A line that starts no statement
	// ends by itself.
	Terminated bool
	// End is where the statement ends, including its `;` or &, and the text after it begins.
	End int
	// Breaks are the places in the text where the statement may end although it continues up to a
	// `;`: after a blank line, at a word that can begin a statement. The parser decides whether it
	// ends there. Only scripts use them.
	Breaks []int
	// Background says that the statement ended with &: its rows are not waited for.
	Background bool
	// Suggestion is the word that may have been meant, for an Unknown statement.
	Suggestion string
	// Err is an error because of which the statement is not run: an *Error for a string, comment
	// or identifier that is never closed, or for a character that Flink SQL does not have.
	Err error

	source *Lexed // the text that was split
	tokens *Lexed // the same, with the statement's tokens at least: see SplitAt
}

// Query reports whether the statement is a query, whose answer is a table.
func (s Statement) Query() bool {
	switch s.Verb {
	case "SELECT", "WITH", "VALUES", "TABLE":
		return s.Class == SQL
	}
	return false
}

// Arguments returns the text after the name of a Command.
func (s Statement) Arguments() string {
	return strings.TrimSpace(strings.TrimPrefix(s.Text, s.Text[:s.Word.Len()]))
}

// Lexed returns the statement's text with its tokens.
func (s Statement) Lexed() Lexed {
	if s.tokens == nil {
		return Lexed{Text: s.Text}
	}
	return s.tokens.Slice(s.Span)
}

// Source returns the text that was split, with its tokens.
func (s Statement) Source() Lexed {
	if s.source == nil {
		return Lexed{}
	}
	return *s.source
}

// Split splits a text into its statements. SQL ends at `;`, or at an & that is the last character on its
// line and runs the statement in the background. It does not end at the `;` within
// STATEMENT SET BEGIN … END. Go declarations and commands end by their own rules and need neither. Between
// the spans of the statements there are only blanks, closed comments, semicolons and &, which belong to no
// statement.
func Split(text string) []Statement { return split(text, false) }

// SplitScript is Split for a script, whose statements may come from the cells of a notebook: see
// paragraph.go.
func SplitScript(text string) []Statement { return split(text, true) }

func split(text string, script bool) []Statement {
	source := &Lexed{Text: text}
	return source.split(cursor{text: text, script: script}, source)
}

// SplitAt splits a statement of a script at one of its Breaks: into the statement up to there, and the
// statements after it. Their tokens are read again, because their first words are not those that they were
// within the statement.
func (s Statement) SplitAt(at int) (first, rest []Statement) {
	part := func(start, end int) []Statement {
		read := &Lexed{Text: s.source.Text}
		return read.split(cursor{text: s.source.Text[:end], pos: start, script: true}, s.source)
	}
	return part(s.Span.Start, at), part(at, s.End)
}

// split reads statements up to the cursor's end, and keeps all tokens in l. source is the text
// that the statements were taken from.
func (l *Lexed) split(c cursor, source *Lexed) []Statement {
	var statements []Statement
	for {
		s, ok := c.next()
		if !ok {
			l.Tokens = c.tokens
			return statements
		}
		statement := statementOf(c.text, s, c.tokens[s.from:s.to])
		statement.source, statement.tokens = source, l
		statements = append(statements, statement)
	}
}

func statementOf(text string, s segment, tokens []Token) Statement {
	statement := Statement{
		Text:       text[s.span.Start:s.span.End],
		Span:       s.span,
		Class:      s.class,
		Word:       tokens[0].Span,
		Terminated: s.terminated,
		Background: s.background,
		End:        s.end,
		Breaks:     s.breaks,
	}
	first := text[statement.Word.Start:statement.Word.End]
	switch s.class {
	case SQL:
		statement.Verb = verbOf(leadingWords(text, tokens))
	case Go:
		statement.Verb = first
	case Command:
		statement.Word.End = s.span.Start + commandNameEnd(statement.Text)
		name := text[s.span.Start:statement.Word.End]
		statement.Verb = strings.ToLower(strings.TrimLeft(name, `\%`))
	case Unknown:
		if kind := tokens[0].Kind; kind == Identifier || kind == Keyword {
			statement.Verb = first
			if !goFollows(text[statement.Word.End:]) {
				statement.Suggestion = suggestion(first)
			}
		}
	}
	if err := lexicalError(text, statement, tokens); err != nil {
		statement.Err = err
	}
	return statement
}

// leadingWords returns the words that a statement starts with, in upper case and without
// parentheses before them: as many as the longest verb has.
func leadingWords(text string, tokens []Token) []string {
	words := make([]string, 0, longestVerb)
	for _, t := range tokens {
		switch t.Kind {
		case Space, Comment:
			continue
		case Keyword, Identifier:
			words = append(words, strings.ToUpper(text[t.Span.Start:t.Span.End]))
			if len(words) < longestVerb {
				continue
			}
		case Operator:
			if len(words) == 0 && text[t.Span.Start] == '(' {
				continue
			}
		}
		break
	}
	return words
}

// commandNameEnd returns where the name of a command ends. After \, % or in a bare word, a name
// has letters, digits, - and _; \? and \! are names of one character.
func commandNameEnd(command string) int {
	end := 0
	switch {
	case strings.HasPrefix(command, "%%"):
		end = 2
	case command[0] == '\\', command[0] == '%':
		end = 1
	}
	start := end
	for end < len(command) && isNameByte(command[end]) {
		end++
	}
	if end == start && end < len(command) && !isSpace(command[end]) {
		_, size := utf8.DecodeRuneInString(command[end:])
		end += size
	}
	return end
}

func isNameByte(c byte) bool {
	return isDigit(c) || c == '-' || c == '_' || 'a' <= c|0x20 && c|0x20 <= 'z'
}

// lexicalError returns the first fault of the statement's tokens, or nil.
func lexicalError(text string, s Statement, tokens []Token) *Error {
	// Flink reads SET key = value by a pattern and not by tokens.
	free := s.Class == Go || s.Class == Command || s.Verb == "SET" || s.Verb == "RESET"
	for _, t := range tokens {
		if t.Open {
			return openError(text, t)
		}
		if t.Kind == Invalid && !free {
			return invalidError(text, t)
		}
		if s.Class != Go && s.Class != Command && magicAt(text, t.Span) {
			at := Span{t.Span.Start, t.Span.Start + commandNameEnd(text[t.Span.Start:])}
			return errorAt(at, "%s cannot stand inside of a statement: move it to the top of the cell", text[at.Start:at.End])
		}
	}
	return nil
}

// openError points to the start of the open token, because nobody knows where it should have
// ended.
func openError(text string, t Token) *Error {
	mark := strings.IndexAny(text[t.Span.Start:t.Span.End], "'`\"/")
	at := Span{t.Span.Start, t.Span.Start + mark + 1}
	switch t.Kind {
	case Comment:
		return errorAt(Span{at.Start, at.Start + 2}, "comment is never closed: */ is missing")
	case QuotedIdentifier:
		return errorAt(at, "quoted name is not closed in its line: ` is missing")
	}
	return errorAt(at, "string is never closed: %c is missing", text[at.End-1])
}

func invalidError(text string, t Token) *Error {
	word := text[t.Span.Start:t.Span.End]
	r, _ := utf8.DecodeRuneInString(word)
	switch {
	case commandAt(text, t.Span):
		return errorAt(t.Span, `a command cannot stand inside of a statement here: end the statement with ; first`)
	case r == '`':
		return errorAt(t.Span, "a name in back-ticks is empty")
	case r == '"':
		return errorAt(t.Span, `Flink SQL has no double quotes: write 'text' for a string, %s for a name`, "`name`")
	case strings.ContainsRune("‘’‚′“”„″", r):
		return errorAt(t.Span, "%s is not a SQL quote: write 'text' for a string, `name` for a name", word)
	case r == utf8.RuneError:
		return errorAt(t.Span, "the text is not valid UTF-8 here (byte 0x%02X)", word[0])
	case unicode.Is(unicode.Zs, r) || unicode.Is(unicode.Cf, r):
		return errorAt(t.Span, "unexpected space or invisible character %U: replace it with a plain space, or delete it", r)
	}
	return errorAt(t.Span, "unexpected character %q (%U): outside of strings and comments, write names with it in back-ticks", r, r)
}
