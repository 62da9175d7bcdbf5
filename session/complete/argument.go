package complete

import (
	"go/token"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	"riffle/session/sqltext"
)

// CommandEntry is a command with its arguments.
type CommandEntry struct {
	Names     []string // as typed: \queries, %queries, quit
	Aliases   []string // completed but not listed
	Detail    string
	Arguments []Argument
	Named     []NamedArgument // can be anywhere after the name
	Rest      bool            // the last argument is the rest of the line, including blanks
}

// Argument says what can be at a place after a command's name.
type Argument struct {
	Kind     ArgumentKind
	Choices  []Entry // for Choice
	Optional bool    // the next argument may be in its place
}

// NamedArgument is an argument that is written as NAME=VALUE, or with several values separated by
// commas.
type NamedArgument struct {
	Name string
	Argument
}

// ArgumentKind says where the candidates for an argument come from.
type ArgumentKind uint8

// The kinds of arguments.
const (
	Undeclared   ArgumentKind = iota
	Text                      // free text: it is not completed
	Running                   // a running query
	Result                    // a query that has a table
	Called                    // any known query
	Choice                    // one of a few words
	OwnVariable               // a variable's name
	Relation                  // a table or view, as written in SQL
	TableName                 // the plain name of a table or view, or a pattern
	FunctionName              // the plain name of one of the session's own functions, or a pattern
	DatabaseName
	CatalogName
	ResultColumn // a column of the query named before it, or of the last query
	Path         // a file
	SQL          // a statement
	Subject      // for help: a command, a statement's first words or a function
	Call         // a call of a function in Go
)

// QueryEntry is a query, for the arguments of commands.
type QueryEntry struct {
	Name    string
	Detail  string // its statement
	Ended   bool
	Columns []Entry // of its table; nil if it has no table
}

// command finds a command by its name without its prefix.
func (n Names) command(name string) (CommandEntry, bool) {
	for _, command := range n.Commands {
		for _, other := range append(slices.Clone(command.Names), command.Aliases...) {
			if strings.TrimLeft(other, `\%`) == name {
				return command, true
			}
		}
	}
	return CommandEntry{}, false
}

// argument completes the text after a command's name.
func (c *completion) argument() {
	command, found := c.names.command(c.statement.Verb)
	rest := c.text[c.statement.Word.End:]
	if !found || strings.TrimLeftFunc(rest, unicode.IsSpace) == rest {
		return
	}
	var words []string
	for open := command.Arguments; len(open)+len(command.Named) > 0; {
		rest = strings.TrimLeftFunc(rest, unicode.IsSpace)
		end := strings.IndexFunc(rest, unicode.IsSpace)
		toEnd := command.Rest && len(open) == 1
		if end < 0 || toEnd {
			c.begin(len(c.text) - len(rest))
			if named, value, found := command.cutName(rest); found {
				c.begin(len(c.text) - len(value))
				c.arguments([]Argument{named.Argument}, words, false)
				return
			}
			c.arguments(open, words, toEnd)
			c.argumentNames(command.Named, words)
			return
		}
		word := rest[:end]
		words, rest = append(words, word), rest[end:]
		if _, _, found := command.cutName(word); !found {
			open = c.following(open, word)
		}
	}
}

// cutName finds the argument whose name is before the = of a word, and the last of its values.
func (e CommandEntry) cutName(word string) (a NamedArgument, value string, found bool) {
	name, value, _ := strings.Cut(word, "=")
	i := slices.IndexFunc(e.Named, func(a NamedArgument) bool { return strings.EqualFold(a.Name, name) })
	if i < 0 || name == word {
		return NamedArgument{}, "", false
	}
	return e.Named[i], value[strings.LastIndexByte(value, ',')+1:], true
}

// argumentNames adds the names of arguments that are not among the words yet.
func (c *completion) argumentNames(named []NamedArgument, words []string) {
	for _, a := range named {
		begin := a.Name + "="
		if !slices.ContainsFunc(words, func(word string) bool { return hasPrefixFold(word, begin) }) {
			c.match(begin, Candidate{Text: begin, Kind: Value})
		}
	}
}

// following returns the arguments that can follow a word, which is one of the open arguments. An
// optional argument is skipped unless it accepts the word.
func (c *completion) following(open []Argument, word string) []Argument {
	for i, a := range open {
		if !a.Optional || c.accepts(a, word) {
			return open[i+1:]
		}
	}
	return nil
}

// accepts reports whether a word can be the argument.
func (c *completion) accepts(a Argument, word string) bool {
	switch a.Kind {
	case Running, Result, Called:
		return slices.ContainsFunc(c.names.Queries, func(q QueryEntry) bool { return q.Name == word })
	case Choice:
		return slices.ContainsFunc(a.Choices, func(e Entry) bool { return strings.EqualFold(e.Name, word) })
	}
	return true
}

// arguments adds the candidates for the open arguments; an argument counts as open if all those
// before it are optional. toEnd is set if the rest of the line belongs to the argument, so that
// it can contain blanks.
func (c *completion) arguments(open []Argument, words []string, toEnd bool) {
	for _, a := range open {
		switch a.Kind {
		case Relation, TableName, FunctionName, DatabaseName, CatalogName, Subject:
			c.needs.Names = true
		}
		switch a.Kind {
		case Running, Result, Called:
			c.queries(a.Kind)
		case Choice:
			c.entries(a.Choices, Value)
		case OwnVariable:
			c.entries(c.names.Variables, Variable)
		case Relation:
			c.tables(nil, c.names)
		case TableName:
			c.plainNames(c.names.Tables, Table)
		case FunctionName:
			own := slices.DeleteFunc(slices.Clone(c.names.Functions), func(f Entry) bool { return f.Detail == "" })
			c.entries(own, Function)
		case DatabaseName:
			c.plainNames(c.names.Databases, Database)
		case CatalogName:
			c.plainNames(c.names.Catalogs, Catalog)
		case ResultColumn:
			c.resultColumns(words)
		case Path:
			for _, path := range c.files(c.prefix) {
				if toEnd && strings.TrimSpace(path) == path || !strings.ContainsFunc(path, unicode.IsSpace) {
					c.add(Candidate{Text: path, Kind: File})
				}
			}
		case SQL:
			c.nested()
		case Subject:
			c.subjects()
		case Call:
			c.calls()
		}
		if !a.Optional {
			return
		}
	}
}

func (c *completion) entries(all []Entry, kind Kind) {
	for _, e := range all {
		c.match(e.Name, Candidate{Text: e.Name, Kind: kind, Detail: e.Detail})
	}
}

// plainNames adds names that are not read as SQL, except those with a blank, which would be two
// arguments.
func (c *completion) plainNames(names []string, kind Kind) {
	for _, name := range names {
		if !strings.ContainsFunc(name, unicode.IsSpace) {
			c.match(name, Candidate{Text: name, Kind: kind})
		}
	}
}

func (c *completion) queries(kind ArgumentKind) {
	for _, q := range c.names.Queries {
		if kind == Running && q.Ended || kind == Result && q.Columns == nil {
			continue
		}
		c.match(q.Name, Candidate{Text: q.Name, Kind: Query, Detail: q.Detail})
	}
}

// resultColumns adds the columns of the query that a word names, or otherwise of the last query
// that has any.
func (c *completion) resultColumns(words []string) {
	var columns []Entry
	for _, q := range c.names.Queries {
		if q.Columns == nil {
			continue
		}
		columns = q.Columns
		if slices.Contains(words, q.Name) {
			break
		}
	}
	c.entries(slices.DeleteFunc(slices.Clone(columns), func(e Entry) bool {
		return strings.ContainsFunc(e.Name, unicode.IsSpace)
	}), Column)
}

// nested completes a statement that is the argument of a command.
func (c *completion) nested() {
	line, _, _ := strings.Cut(c.after, "\n")
	inner := completion{text: c.prefix, after: line, names: c.names, nestedSQL: true, needsOnly: c.needsOnly}
	inner.begin(len(inner.text))
	inner.run()
	c.begin(c.span.Start + inner.span.Start)
	c.candidates, c.needs = append(c.candidates, inner.candidates...), inner.needs
}

// subjects adds commands, the first words of statements, and functions.
func (c *completion) subjects() {
	for verb := range sqltext.Verbs() {
		c.match(verb, Candidate{Text: c.cased(verb), Kind: Topic})
	}
	for _, command := range c.names.Commands {
		name := command.Names[0]
		if !strings.HasPrefix(c.prefix, `\`) && !strings.HasPrefix(c.prefix, "%") {
			name = strings.TrimLeft(name, `\%`)
		}
		c.match(name, Candidate{Text: name, Kind: Command, Detail: command.Detail})
	}
	c.functions(c.names.Functions, false)
	c.functions(c.names.BuiltIn, true)
}

// calls adds the functions in Go, which are known without Flink, for the last word of a call: an argument can be a
// call, too.
func (c *completion) calls() {
	text := c.prefix
	if strings.Count(text, "'")%2 != 0 || strings.Count(text, `"`)%2 != 0 {
		c.begin(len(c.text))
		return
	}
	begin := strings.LastIndexFunc(text, func(r rune) bool { return r != '_' && !unicode.IsLetter(r) && !unicode.IsDigit(r) })
	if begin >= 0 {
		_, size := utf8.DecodeRuneInString(text[begin:])
		c.begin(c.span.Start + begin + size)
	}
	for _, name := range c.names.Go.Declared {
		if name.Kind == GoFunc && token.IsExported(name.Name) {
			c.match(name.Name, Candidate{Text: name.Name, Kind: Function, Detail: name.Detail})
		}
	}
}
