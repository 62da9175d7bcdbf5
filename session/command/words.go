package command

import (
	"fmt"
	"strings"
	"unicode"
	"unicode/utf8"
)

// words takes a line apart at blanks. A part of a word that begins with a quote, at its
// begin or behind a comma or the first =, goes to the next such quote, blanks and all.
// The words are as they are written.
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

// values are what a word lists: parts with commas between them, of which some may be
// quoted.
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

// cutQuoted reads a quoted text, in which the quote is written twice. size is how long
// it is with its quotes: all of the text if it is not closed.
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
