package command

import (
	"fmt"
	"strings"
	"unicode"
	"unicode/utf8"
)

// words splits a line at blanks. If a part of a word begins with a quote, at the start of the
// word or after a comma or the first =, it extends to the next such quote and may contain
// blanks. The words keep their quotes.
func words(text string) []string {
	var all []string
	for text = strings.TrimSpace(text); text != ""; text = strings.TrimSpace(text) {
		end := 0
		for begins, named := true, false; end < len(text); {
			r, size := utf8.DecodeRuneInString(text[end:])
			if unicode.IsSpace(r) {
				break
			}
			if begins && isQuote(text[end]) {
				_, size, _ = cutQuoted(text[end:])
			}
			begins = r == ',' || r == '=' && !named
			named = named || r == '='
			end += size
		}
		all, text = append(all, text[:end]), text[end:]
	}
	return all
}

// values returns the values that a word lists, separated by commas. Values may be quoted.
func values(word string) ([]string, error) {
	var all []string
	for {
		value, size, closed := "", 0, true
		if word != "" && isQuote(word[0]) {
			value, size, closed = cutQuoted(word)
		} else {
			value, _, _ = strings.Cut(word, ",")
			size = len(value)
		}
		rest := word[size:]
		switch {
		case !closed, rest != "" && rest[0] != ',':
			return nil, fmt.Errorf("the quote of %s is not closed: put a name that contains quotes in back-ticks", word)
		case value == "":
			return nil, fmt.Errorf("a value is missing")
		}
		if all = append(all, value); rest == "" {
			return all, nil
		}
		word = rest[1:]
	}
}

func isQuote(c byte) bool { return c == '`' || c == '"' || c == '\'' }

// cutQuoted reads a quoted text, in which the quote is written twice. size is its length with
// the quotes: that of the whole text if it is not closed.
func cutQuoted(text string) (value string, size int, closed bool) {
	var b strings.Builder
	quote := text[0]
	for i := 1; i < len(text); i++ {
		if text[i] == quote {
			if i+1 == len(text) || text[i+1] != quote {
				return b.String(), i + 1, true
			}
			i++
		}
		b.WriteByte(text[i])
	}
	return b.String(), len(text), false
}
