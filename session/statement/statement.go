// Package statement is the table of Flink's statements: the syntax of each, an example, and
// what riffle has to know about it. Each section of the table is in a file of its own.
// Every name in Flink 2.3's grammar is in one of the sections.
//
//	table ─► sqltext    which words start SQL, and a statement's verb
//	      ─► session    what may be run again, what changes names
//	      ─► command    \help SHOW TABLES
//	      ─► docs/statements.md, whose examples a test of repl runs
package statement

import (
	"slices"
	"strings"
)

// Section is a part of the table and of the docs page. Its examples run one after the other in a session
// that has nothing else in it.
type Section struct {
	Title string
	Text  string // an introduction, or ""
	Setup string // statements that run before the examples
	// Background is an unbounded query that runs at the same time; ${job} is its job.
	Background string
	Kinds      []Kind
}

// Kind is a statement of the grammar, identified by its first words.
type Kind struct {
	// Verb is these words, without TEMPORARY, OR REPLACE and their like, unless they distinguish
	// it from another kind.
	Verb  string
	Forms []Form
	// Refused says why the statement never runs in Flink 2.3, or "".
	Refused string
}

// Form is one way to write a statement.
type Form struct {
	Syntax string
	Note   string // a remark on the syntax, or ""
	// Example is run, and its output is shown below it in the docs. For a refused form the output
	// is the error.
	Example string
	Refused string // why the example fails, or ""
}

const grammarOnly = "Flink 2.3 parses this statement but cannot execute it"

// Sections returns the table.
func Sections() []Section {
	return []Section{
		queries(), changes(), rows(), sets(), plans(), explaining(),
		tables(), partitions(), materialized(), views(), catalogs(), functions(), models(), connections(),
		modules(), jars(), jobs(), settings(),
	}
}

// Kinds returns the kinds of all sections.
func Kinds() []Kind {
	var kinds []Kind
	for _, section := range Sections() {
		kinds = append(kinds, section.Kinds...)
	}
	return kinds
}

// Modifiers returns the words that may be inside a verb without changing its meaning.
func Modifiers() []string {
	return []string{"OR", "REPLACE", "ALTER", "TEMPORARY", "SYSTEM", "FULL", "USER"}
}

// Effect is a set of effects of a statement.
type Effect uint8

const (
	// Renames is set if the statement changes the names that other statements can use.
	Renames Effect = 1 << iota
	// Repeatable is set if the statement may run again when it is not known whether it ran: it
	// starts no job that writes, and changes nothing that outlives the session.
	Repeatable
	// Text is set if the statement returns one text of several lines.
	Text
)

// EffectOf returns the effect of a kind by its verb. CREATE TABLE … AS, which writes, has the verb of
// CREATE TABLE, so callers have to distinguish the two.
func EffectOf(verb string) Effect {
	word, rest, _ := strings.Cut(verb, " ")
	switch word {
	case "CREATE", "ALTER", "DROP", "USE", "LOAD", "UNLOAD", "ADD", "REMOVE":
		return Renames | Repeatable
	case "REPLACE":
		return Renames
	case "SELECT", "WITH", "VALUES", "TABLE", "DESC", "DESCRIBE":
		return Repeatable
	case "EXPLAIN":
		return Repeatable | Text
	case "SHOW":
		if strings.HasPrefix(rest, "CREATE ") {
			return Repeatable | Text
		}
		return Repeatable
	}
	return 0
}

// Refusal says why statements of a verb never run; "" if they do.
func Refusal(verb string) string {
	for _, kind := range Kinds() {
		if kind.Verb == verb {
			return kind.Refused
		}
	}
	return ""
}

// Find returns the kinds whose verb begins with these words, in any case.
func Find(words string) []Kind {
	words = strings.ToUpper(strings.Join(strings.Fields(words), " "))
	var found []Kind
	for _, kind := range Kinds() {
		if kind.Verb == words || strings.HasPrefix(kind.Verb, words+" ") {
			found = append(found, kind)
		}
	}
	return found
}

// Verbs returns all verbs, sorted.
func Verbs() []string {
	var verbs []string
	for _, kind := range Kinds() {
		verbs = append(verbs, kind.Verb)
	}
	slices.Sort(verbs)
	return slices.Compact(verbs)
}
