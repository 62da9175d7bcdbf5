// Package complete says how a text that is being typed can go on: which words
// fit where the cursor is.
//
//	text before the cursor ─► sqltext.Split: the statement, its class
//	                        └► sqltext.Lex: its tokens ─► place (place.go) ─► candidates
//
// It is pure: what there is to name comes in with the call, from whoever keeps
// it, so that a key never waits for Flink.
package complete

import (
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	"riffle/session/sqltext"
)

// Kind says what a candidate is.
type Kind uint8

// The kinds of candidates.
const (
	Keyword Kind = iota // of SQL, or one that starts a Go declaration
	Table               // or view
	Function
	Command
	Setting
	Variable
	Column
)

func (k Kind) String() string {
	return [...]string{"keyword", "table", "function", "command", "setting", "variable", "column"}[k]
}

// Candidate is one way to go on.
type Candidate struct {
	Text   string // what to put in place of the span
	Kind   Kind
	Detail string // a signature or an explanation, one line or ""
}

// Names are what a text can refer to. Candidates come in their order.
type Names struct {
	Catalog, Database string // the current ones
	Tables            []string
	// Functions have their signature for detail. One without is Flink's own,
	// whose name takes the case of what is typed.
	Functions []Entry
	Commands  []Entry // names as they are typed: \queries, quit
	Variables []Entry // with their value
	// Columns of tables, by name, with their types; those of other tables are not
	// known.
	Columns map[string][]Entry
}

// Entry is a name with an explanation of one line.
type Entry struct{ Name, Detail string }

// Complete returns what can stand at the cursor, a byte offset into the text,
// and the span that a candidate's text replaces: the begun word, up to the
// cursor. What follows the cursor only tells which tables' columns are meant.
func Complete(text string, cursor int, names Names) (sqltext.Span, []Candidate) {
	whole := text
	text = text[:min(max(cursor, 0), len(text))]
	nothing := sqltext.Span{Start: len(text), End: len(text)}
	var last sqltext.Statement
	if statements := sqltext.Split(text); len(statements) > 0 {
		last = statements[len(statements)-1]
	}
	ended := last.Terminated && last.Span.End < len(text)
	if last.Class == sqltext.Command {
		// Nothing but its line ends a command, and its arguments are not SQL.
		ended = strings.Contains(text[last.Span.End:], "\n") || strings.Contains(text[last.Span.End:], ";")
	}
	switch {
	case last.Text == "" || ended:
		if comment(text) {
			return nothing, nil
		}
		return nothing, starts("", names)
	case last.Word.End == len(text) && text[last.Word.Start] != '(' && text[last.Word.Start] != '`':
		return last.Word, starts(text[last.Word.Start:], names)
	case last.Class == sqltext.Go, last.Class == sqltext.Command:
		return nothing, nil
	}
	return inStatement(text, whole[len(text):], last, names)
}

// comment tells whether the text ends inside a comment.
func comment(text string) bool {
	tokens := sqltext.Lex(text)
	if len(tokens) == 0 {
		return false
	}
	last := tokens[len(tokens)-1]
	return last.Kind == sqltext.Comment && (last.Open || !strings.HasSuffix(text, "*/"))
}

// starts are the candidates for the first word of a statement.
func starts(prefix string, names Names) []Candidate {
	c := collector{prefix: prefix}
	first := ""
	for verb := range sqltext.Verbs() {
		word, _, _ := strings.Cut(verb, " ")
		if word != first {
			c.keyword(word)
		}
		first = word
	}
	for word := range sqltext.GoWords() {
		if strings.HasPrefix(word, prefix) { // Go knows no other case
			c.add(Candidate{Text: word, Kind: Keyword, Detail: "Go"})
		}
	}
	for _, command := range names.Commands {
		c.match(command.Name, Candidate{Text: command.Name, Kind: Command, Detail: command.Detail})
	}
	return c.candidates
}

// inStatement completes behind the first word of SQL. after is what follows the
// cursor.
func inStatement(text, after string, st sqltext.Statement, names Names) (sqltext.Span, []Candidate) {
	nothing := sqltext.Span{Start: len(text), End: len(text)}
	begun := read(text[st.Span.Start:])
	span := begun.word.Shift(st.Span.Start)
	c := collector{prefix: text[span.Start:span.End]}
	if at, open := openVariable(text[st.Span.Start:]); open && begun.place != inComment {
		span.Start = st.Span.Start + at
		c.prefix = text[span.Start:]
		for _, v := range names.Variables {
			c.match(v.Name, Candidate{Text: v.Name + "}", Kind: Variable, Detail: v.Detail})
		}
		return span, c.candidates
	}
	if (st.Verb == "SET" || st.Verb == "RESET") && begun.place != inComment {
		return completeSetting(text, st)
	}
	switch begun.place {
	case inTables:
		c.tables(begun.qualifier, names)
	case inExpression:
		// Without the word, which may open a back-tick.
		tables := relations(firstStatement(text[st.Span.Start:span.Start]+" "+after), names.Columns)
		if len(begun.qualifier) > 0 {
			c.columns(tables, begun.qualifier)
			break
		}
		if begun.verb(&c) {
			break
		}
		c.columns(tables, nil)
		if strings.HasPrefix(c.prefix, "`") {
			break
		}
		c.functions(names.Functions)
		c.keywords()
	case inSet:
		c.keyword("INSERT")
		c.keyword("END")
	default:
		return nothing, nil
	}
	return span, c.candidates
}

// openVariable finds the name of a variable that is being typed at the end of a
// text: what follows ${.
func openVariable(text string) (at int, open bool) {
	at = strings.LastIndex(text, "${") + 2
	if at < 2 || at > 2 && text[at-3] == '$' {
		return 0, false
	}
	for _, c := range []byte(text[at:]) {
		if c != '_' && (c < '0' || c > '9') && (c|0x20 < 'a' || c|0x20 > 'z') {
			return 0, false
		}
	}
	return at, true
}

// words are the keywords, sorted; only read.
var words = slices.Sorted(sqltext.Keywords())

// collector gathers the candidates that begin as the typed word does.
type collector struct {
	prefix     string
	candidates []Candidate
}

func (c *collector) add(candidate Candidate) { c.candidates = append(c.candidates, candidate) }

// match adds the candidate if its name begins with the typed word, in any case.
func (c *collector) match(name string, candidate Candidate) {
	if hasPrefixFold(name, c.prefix) {
		c.add(candidate)
	}
}

func (c *collector) keyword(word string) {
	if hasPrefixFold(word, c.prefix) {
		c.add(Candidate{Text: c.cased(word), Kind: Keyword})
	}
}

// keywords adds all that are not among the candidates as something else.
func (c *collector) keywords() {
	functions := map[string]bool{}
	for _, f := range c.candidates {
		functions[strings.ToUpper(f.Text)] = true
	}
	for _, word := range words {
		if !functions[word] {
			c.keyword(word)
		}
	}
}

// cased is a word whose case means nothing, in that of the typed one: in lower
// case as soon as one letter of it is, else in upper.
func (c *collector) cased(word string) string {
	if strings.ContainsFunc(c.prefix, unicode.IsLower) {
		return strings.ToLower(word)
	}
	return strings.ToUpper(word)
}

// functions leaves out those that cannot be called by name: Flink lists its
// operators, too.
func (c *collector) functions(all []Entry) {
	for _, f := range all {
		if !hasPrefixFold(f.Name, c.prefix) || !plain(f.Name) {
			continue
		}
		name := f.Name
		if f.Detail == "" {
			name = c.cased(name)
		}
		c.add(Candidate{Text: name, Kind: Function, Detail: f.Detail})
	}
}

// tables knows those of the current database only, whether it is named or not.
func (c *collector) tables(qualifier []string, names Names) {
	current := []string{names.Catalog, names.Database}
	if len(qualifier) > len(current) || !slices.Equal(qualifier, current[len(current)-len(qualifier):]) {
		return
	}
	c.prefix = unquoted(c.prefix)
	fitting := 0 // so that thousands of them are not copied over and over
	for _, table := range names.Tables {
		if hasPrefixFold(table, c.prefix) {
			fitting++
		}
	}
	c.candidates = slices.Grow(c.candidates, fitting)
	for _, table := range names.Tables {
		if hasPrefixFold(table, c.prefix) {
			c.add(Candidate{Text: quoted(table), Kind: Table})
		}
	}
}

// quoted is a name as SQL takes it.
func quoted(name string) string {
	if plain(name) && !sqltext.IsReserved(name) {
		return name
	}
	return "`" + strings.ReplaceAll(name, "`", "``") + "`"
}

// unquoted is the name, or the begin of one, that is written so.
func unquoted(name string) string {
	body, found := strings.CutPrefix(name, "`")
	if !found {
		return name
	}
	return strings.ReplaceAll(strings.TrimSuffix(body, "`"), "``", "`")
}

// plain tells whether a name is a word without back-ticks. Names with letters
// beyond ASCII count as none: back-ticks are always right.
func plain(name string) bool {
	for i, c := range []byte(name) {
		letter := c == '_' || 'a' <= c|0x20 && c|0x20 <= 'z'
		if !letter && (i == 0 || c < '0' || c > '9') {
			return false
		}
	}
	return name != ""
}

// hasPrefixFold is strings.HasPrefix without regard to case. It is asked for
// every name there is, and almost always the first byte decides.
func hasPrefixFold(s, prefix string) bool {
	if prefix == "" {
		return true
	}
	if s == "" || s[0] < utf8.RuneSelf && prefix[0] < utf8.RuneSelf && s[0]|0x20 != prefix[0]|0x20 {
		return false
	}
	return len(s) >= len(prefix) && strings.EqualFold(s[:len(prefix)], prefix)
}
