// Package statement is the one table of Flink's statements: how each is written,
// an example, and what riffle has to know of it beside its text. Its sections
// are in files of their own; every name of Flink 2.3's grammar is in one.
//
//	table ─► sqltext    which words start SQL, and a statement's verb
//	      ─► session    what may be run again, what changes names
//	      ─► command    \help SHOW TABLES
//	      ─► docs/statements.md, whose examples a test of cmd/riffle runs
package statement

import (
	"slices"
	"strings"
)

// Section is a part of the table and of the docs page. Its examples are run one
// after the other in a session that has nothing else in it.
type Section struct {
	Title string
	Text  string // what is to be said before the first, or ""
	Setup string // statements that run before the examples
	// Background is an unbounded query that runs meanwhile; ${job} is its job.
	Background string
	Kinds      []Kind
}

// Kind is a statement of the grammar, known by its first words.
type Kind struct {
	// Verb is these words, without TEMPORARY, OR REPLACE and their like, unless
	// they tell it from another kind.
	Verb  string
	Forms []Form
	// Refused says why it runs nowhere in Flink 2.3, or "".
	Refused string
}

// Form is one way to write a statement.
type Form struct {
	Syntax string
	Note   string // what the syntax does not tell, or ""
	// Example is run, and what it prints stands below it in the docs. That of a
	// refused form prints the error.
	Example string
	Refused string // why the example fails, or ""
}

const grammarOnly = "Flink 2.3 parses it and has nothing that carries it out"

// Sections are the table.
func Sections() []Section {
	return []Section{
		queries(), changes(), rows(), sets(), plans(), explaining(),
		tables(), partitions(), materialized(), views(), catalogs(), functions(), models(), connections(),
		modules(), jars(), jobs(), settings(),
	}
}

// Kinds are those of all sections.
func Kinds() []Kind {
	var kinds []Kind
	for _, section := range Sections() {
		kinds = append(kinds, section.Kinds...)
	}
	return kinds
}

// Modifiers may stand inside a verb without changing what it does.
func Modifiers() []string {
	return []string{"OR", "REPLACE", "ALTER", "TEMPORARY", "SYSTEM", "FULL", "USER"}
}

// Effect is what follows from a statement's being run.
type Effect uint8

const (
	// Renames is set if it changes what other statements can name.
	Renames Effect = 1 << iota
	// Repeatable is set if it may be run again when it is not known whether it
	// ran: it starts no job that writes, and changes nothing that outlives the
	// session.
	Repeatable
	// Text is set if it answers with one text, of several lines.
	Text
)

// EffectOf tells the effect of a kind by its verb. CREATE TABLE … AS, which
// writes, has the verb of CREATE TABLE, and whoever asks has to look further.
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

// Refusal says why no statement of a verb runs, "" if they do.
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

// Verbs are all verbs, sorted.
func Verbs() []string {
	var verbs []string
	for _, kind := range Kinds() {
		verbs = append(verbs, kind.Verb)
	}
	slices.Sort(verbs)
	return slices.Compact(verbs)
}
