package sqltext

import (
	"iter"
	"slices"
	"strings"

	"riffle/session/statement"
)

// verbs are the statements of Flink 2.3's grammar. Their first words decide whether a text is
// SQL, and the longest match is the statement's verb. Statements that Flink can only parse are
// included: Flink's own error for them, or the table's, is better than that of an unknown
// statement.
var verbs = statement.Verbs()

// verbModifiers can be inside a verb without changing what the statement does.
var verbModifiers = statement.Modifiers()

// statementWords start a SQL statement, in upper case.
var statementWords = firstWords(verbs)

// goWords start a Go declaration, in exactly this spelling.
var goWords = []string{"func", "type", "var", "const", "import"}

// commandWords are commands without a backslash, as in Flink's SQL Client.
var commandWords = []string{"quit", "exit", "help", "clear"}

// Verbs yields the statements of Flink SQL as the words that they start with,
// sorted: "SHOW TABLES".
func Verbs() iter.Seq[string] { return slices.Values(verbs) }

// GoWords yields the words that start a declaration of Go.
func GoWords() iter.Seq[string] { return slices.Values(goWords) }

// longestVerb is the number of words of the longest verb, with modifiers.
const longestVerb = 6

// verbOf returns the verb of the statement that starts with these words: the longest known
// verb, or otherwise the first word. The words are in upper case.
func verbOf(words []string) string {
	if len(words) == 0 {
		return ""
	}
	kept := make([]string, 0, longestVerb)
	for i, word := range words {
		if i == 0 || !slices.Contains(verbModifiers, word) {
			kept = append(kept, word)
		}
	}
	if kept[0] == "DESC" {
		kept[0] = "DESCRIBE"
	}
	for n := len(kept); n > 1; n-- {
		verb := strings.Join(kept[:n], " ")
		if _, ok := slices.BinarySearch(verbs, verb); ok {
			return verb
		}
	}
	return kept[0]
}

// classOf returns the class of a statement by its first word.
func classOf(word string) Class {
	switch {
	case slices.Contains(goWords, word):
		return Go
	case slices.Contains(commandWords, strings.ToLower(word)):
		return Command
	}
	if _, ok := slices.BinarySearch(statementWords, strings.ToUpper(word)); ok {
		return SQL
	}
	return Unknown
}

// suggestion returns the word that may have been meant to start a statement.
func suggestion(word string) string {
	return Nearest(word, slices.Values(slices.Concat(statementWords, goWords, commandWords)))
}

func firstWords(phrases []string) []string {
	var words []string
	for _, phrase := range phrases {
		word, _, _ := strings.Cut(phrase, " ")
		words = append(words, word)
	}
	return slices.Compact(words)
}
