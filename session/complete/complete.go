// Package complete finds the candidates that can continue a text at the cursor.
//
//	text before the cursor ─► sqltext.Split: the statement, its class
//	     SQL ─► sqltext.Lex: its tokens ─► a place (place.go), or the options of SET
//	     │      (option.go) and WITH (factory.go), or a file (file.go)
//	     command ─► its arguments (argument.go)
//	     Go ─► names and members (golang.go) ─► candidates
//
// The package is pure: the caller passes in the known names, so a key never waits for Flink.
// The answer lists the names that the place needs and that may not be known yet: Needs.
package complete

import (
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	"riffle/session/sqltext"
)

// Kind is the kind of a candidate.
type Kind uint8

// The kinds of candidates.
const (
	Keyword Kind = iota // of SQL, or the start of a Go declaration
	Table               // a table or view
	Function
	Command
	Setting
	Variable
	Column
	Value // of a setting, an option or a command's argument
	Connector
	Format
	CatalogType
	Model
	ConnectorOption
	Query
	File // a file or folder
	Topic
	Database
	Catalog
	Package
	GoFunc
	GoType
	GoVar
	GoConst
)

func (k Kind) String() string {
	return [...]string{
		"keyword", "table", "function", "command", "setting", "variable", "column", "value", "connector", "format",
		"catalog", "model", "option", "query", "file", "statement", "database", "catalog",
		"package", "func", "type", "var", "const",
	}[k]
}

// Candidate is one way to continue the text.
type Candidate struct {
	Text   string // replaces the span
	Kind   Kind
	Detail string // a signature or an explanation, one line or ""
}

// Names are the names that a text can use. Candidates are in the same order.
type Names struct {
	Catalog, Database   string // the current ones
	Catalogs, Databases []string
	Tables              []string
	// Functions are the session's own and those of catalogs. A function that was declared in Go
	// has its signature as its detail. The name of any other function takes the case of the typed
	// text.
	Functions []Entry
	// BuiltIn are Flink's functions, with their call forms, one per line.
	BuiltIn   []Entry
	Commands  []CommandEntry
	Variables []Entry // with their values
	// Columns are the columns of tables, by table, with their types. A table that is missing here
	// has unknown columns.
	Columns  map[string][]Entry
	Settings []Option // nil while unknown
	// Factories are the factories that WITH (…) can name; nil while unknown.
	Factories []Factory
	// Queries are the running queries, and the last one that ended.
	Queries []QueryEntry
	// Folders are the files in folders, by the folder's path as Needs has it. The
	// name of a folder in it ends in a slash.
	Folders map[string][]string
	Go      GoNames
	Home    string // the user's home folder, without a slash at its end, or ""
}

// Entry is a name with an explanation of one line.
type Entry struct{ Name, Detail string }

// Found is the result of a completion.
type Found struct {
	// Span is replaced by a candidate's text: it is the begun word, up to the cursor.
	Span       sqltext.Span
	Candidates []Candidate
	Needs      Needs
}

// Needs lists what the place of the cursor is completed from, besides the names that are always known.
type Needs struct {
	Names     bool // of tables, functions, databases, catalogs
	Settings  bool
	Factories bool
	Folder    string   // "" for none
	Packages  []string // paths of packages whose members can be used there
}

// completion is the completion of one text.
type completion struct {
	collector
	text      string // up to the cursor
	after     string
	statement sqltext.Statement // the last one of text
	names     Names
	span      sqltext.Span
	needs     Needs
	nestedSQL bool // it is the argument of a command, so it can only be SQL
	needsOnly bool // only the needs are computed
}

// Complete returns what can stand at the cursor, a byte offset into the text. The text after the cursor
// is used only to find the names that are visible.
func Complete(text string, cursor int, names Names) Found {
	cursor = min(max(cursor, 0), len(text))
	c := &completion{text: text[:cursor], after: text[cursor:], names: names}
	c.begin(cursor)
	c.run()
	return Found{c.span, c.candidates, c.needs}
}

// NeedsOf returns what Complete may need there. It does nothing else, so it can be called after each key.
func NeedsOf(text string, cursor int, names Names) Needs {
	cursor = min(max(cursor, 0), len(text))
	c := &completion{text: text[:cursor], after: text[cursor:], names: names, needsOnly: true}
	c.begin(cursor)
	c.run()
	return c.needs
}

// begin sets the start of the word that candidates replace.
func (c *completion) begin(at int) {
	c.span = sqltext.Span{Start: at, End: len(c.text)}
	c.prefix = c.text[at:]
}

func (c *completion) run() {
	text, last := c.text, sqltext.Statement{}
	if statements := sqltext.Split(text); len(statements) > 0 {
		last = statements[len(statements)-1]
	}
	c.statement = last
	ended := last.Terminated && last.Span.End < len(text)
	if last.Class == sqltext.Command {
		// Nothing but its line ends a command, and its arguments are not SQL.
		ended = strings.Contains(text[last.Span.End:], "\n") || strings.Contains(text[last.Span.End:], ";")
	}
	switch {
	case last.Text == "" || ended:
		if !comment(text) {
			c.starts()
		}
	case last.Word.End == len(text) && text[last.Word.Start] != '(' && text[last.Word.Start] != '`':
		c.begin(last.Word.Start)
		c.starts()
	case last.Class == sqltext.Unknown && last.Span.End == len(text) && strings.Trim(last.Text, "%") == "":
		c.begin(last.Span.Start) // a notebook's command, of which no letter is typed
		c.starts()
	case last.Class == sqltext.Command:
		c.argument()
	case last.Class == sqltext.Go:
		c.goCell()
	default:
		c.sql()
	}
}

// comment reports whether the text ends inside a comment.
func comment(text string) bool {
	tokens := sqltext.Lex(text)
	if len(tokens) == 0 {
		return false
	}
	last := tokens[len(tokens)-1]
	return last.Kind == sqltext.Comment && (last.Open || !strings.HasSuffix(text, "*/"))
}

// starts adds the words that can begin a statement.
func (c *completion) starts() {
	if c.needsOnly {
		return
	}
	c.verbs()
	if c.nestedSQL {
		return
	}
	for word := range sqltext.GoWords() {
		if strings.HasPrefix(word, c.prefix) { // Go knows no other case
			c.add(Candidate{Text: word, Kind: Keyword, Detail: "Go"})
		}
	}
	for _, command := range c.names.Commands {
		for _, name := range command.Names {
			typed := name
			if strings.HasPrefix(name, "%%") && !strings.HasPrefix(c.prefix, "%%") {
				typed = name[1:] // a cell's magic, of which one % is typed so far
			}
			c.match(typed, Candidate{Text: name, Kind: Command, Detail: command.Detail})
		}
	}
}

// verbs adds the words that start SQL.
func (c *completion) verbs() {
	first := ""
	for verb := range sqltext.Verbs() {
		word, _, _ := strings.Cut(verb, " ")
		if word != first {
			c.keyword(word)
		}
		first = word
	}
}

// sql completes after the first word of SQL.
func (c *completion) sql() {
	st := c.statement
	if c.needsOnly {
		c.needs.Names = !(c.setting() || c.option() || c.jar())
		return
	}
	sql := c.text[st.Span.Start:]
	begun := read(sql)
	if begun.place == inComment {
		return
	}
	if at, open := openVariable(sql); open {
		c.begin(st.Span.Start + at)
		for _, v := range c.names.Variables {
			c.match(v.Name, Candidate{Text: v.Name + "}", Kind: Variable, Detail: v.Detail})
		}
		return
	}
	if c.setting() || c.option() || c.jar() {
		return
	}
	if begun.place == inText || begun.place == inNewName {
		return
	}
	c.begin(begun.word.Start + st.Span.Start)
	c.needs.Names = true
	switch begun.place {
	case inTables:
		c.tables(begun.qualifier, c.names)
	case inDatabases:
		begun.verb(&c.collector) // USE CATALOG
		c.quotedNames(c.names.Databases, Database)
	case inCatalogs:
		c.quotedNames(c.names.Catalogs, Catalog)
	case inExpression:
		c.expression(begun)
	case inSet:
		c.keyword("INSERT")
		c.keyword("END")
	}
}

// expression adds columns, functions and keywords.
func (c *completion) expression(begun begun) {
	// Without the word, because it may open a back-tick.
	tables := relations(firstStatement(c.text[c.statement.Span.Start:c.span.Start]+" "+c.after), c.names.Columns)
	if len(begun.qualifier) > 0 {
		c.columns(tables, begun.qualifier)
		return
	}
	if begun.verb(&c.collector) {
		return
	}
	c.columns(tables, nil)
	if strings.HasPrefix(c.prefix, "`") {
		return
	}
	fitting := words
	if begun.operand != nil && len(c.candidates) > 0 {
		fitting = begun.operand // so that the columns are not lost among the others
	}
	c.functions(c.names.Functions, false)
	c.functions(c.names.BuiltIn, true)
	c.keywords(fitting)
}

// openVariable finds the name of a variable that is being typed at the end of a text, after ${.
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

// words are the keywords, sorted; never changed.
var words = slices.Sorted(sqltext.Keywords())

// collector collects the candidates that begin with the typed word.
type collector struct {
	prefix     string
	candidates []Candidate
}

func (c *collector) add(candidate Candidate) { c.candidates = append(c.candidates, candidate) }

// match adds the candidate if its name begins with the typed word, ignoring case.
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

// keywords adds keywords, except those that are already candidates of another kind.
func (c *collector) keywords(words []string) {
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

// cased returns a word whose case does not matter in the case of the typed prefix: in lower
// case if the prefix has a lower-case letter, otherwise in upper case.
func (c *collector) cased(word string) string {
	if strings.ContainsFunc(c.prefix, unicode.IsLower) {
		return strings.ToLower(word)
	}
	return strings.ToUpper(word)
}

// functions adds functions, except those that cannot be called by a plain name.
func (c *collector) functions(all []Entry, builtIn bool) {
	for _, f := range all {
		if !hasPrefixFold(f.Name, c.prefix) || !plain(f.Name) {
			continue
		}
		name := f.Name
		if builtIn || f.Detail == "" {
			name = c.cased(name)
		}
		detail, _, _ := strings.Cut(f.Detail, "\n")
		c.add(Candidate{Text: name, Kind: Function, Detail: detail})
	}
}

// tables adds tables. Only those of the current database are known, whether or not its name is
// typed.
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

// quotedNames adds names as SQL needs them.
func (c *collector) quotedNames(names []string, kind Kind) {
	for _, name := range names {
		if hasPrefixFold(name, unquoted(c.prefix)) {
			c.add(Candidate{Text: quoted(name), Kind: kind})
		}
	}
}

// quoted returns a name as SQL needs it.
func quoted(name string) string {
	if plain(name) && !sqltext.IsReserved(name) {
		return name
	}
	return "`" + strings.ReplaceAll(name, "`", "``") + "`"
}

// unquoted returns the name, or the beginning of one, without its quotes.
func unquoted(name string) string {
	body, found := strings.CutPrefix(name, "`")
	if !found {
		return name
	}
	return strings.ReplaceAll(strings.TrimSuffix(body, "`"), "``", "`")
}

// plain reports whether a name is a word without back-ticks. It returns false for letters
// beyond ASCII, because back-ticks are always right.
func plain(name string) bool {
	for i, c := range []byte(name) {
		letter := c == '_' || 'a' <= c|0x20 && c|0x20 <= 'z'
		if !letter && (i == 0 || c < '0' || c > '9') {
			return false
		}
	}
	return name != ""
}

// hasPrefixFold is strings.HasPrefix without regard to case. It is called for every known name,
// and almost always the first byte decides.
func hasPrefixFold(s, prefix string) bool {
	if prefix == "" {
		return true
	}
	if s == "" || s[0] < utf8.RuneSelf && prefix[0] < utf8.RuneSelf && s[0]|0x20 != prefix[0]|0x20 {
		return false
	}
	return len(s) >= len(prefix) && strings.EqualFold(s[:len(prefix)], prefix)
}
