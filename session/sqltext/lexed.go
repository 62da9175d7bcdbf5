package sqltext

import (
	"iter"
	"slices"
	"strings"
)

// Lexed is a text with its tokens. A text is lexed once, where it is split or read. Later questions about it
// are answered from the tokens.
type Lexed struct {
	Text   string
	Tokens []Token // as Lex returns them; their places are those of Text
}

// NewLexed lexes a text that is not a statement, such as one that is being typed. A statement carries its
// tokens: see [Statement.Lexed].
func NewLexed(text string) Lexed { return Lexed{text, Lex(text)} }

// Word returns the text of a token.
func (l Lexed) Word(t Token) string { return l.Text[t.Span.Start:t.Span.End] }

// Slice returns the part of the text in a span. Its offsets count from the span's start.
func (l Lexed) Slice(span Span) Lexed {
	span = span.clamp(len(l.Text))
	from, _ := slices.BinarySearchFunc(l.Tokens, span.Start, func(t Token, at int) int { return t.Span.End - at - 1 })
	part := Lexed{Text: l.Text[span.Start:span.End]}
	for _, t := range l.Tokens[from:] {
		if t.Span.Start >= span.End || span.Len() == 0 {
			break
		}
		t.Span = t.Span.Shift(-span.Start).clamp(len(part.Text))
		part.Tokens = append(part.Tokens, t)
	}
	return part
}

// Append appends another text. No token may continue across the boundary.
func (l *Lexed) Append(other Lexed) {
	for _, t := range other.Tokens {
		t.Span = t.Span.Shift(len(l.Text))
		l.Tokens = append(l.Tokens, t)
	}
	l.Text += other.Text
}

// Names yields the names in the text, one for each place, without their back-ticks.
func (l Lexed) Names() iter.Seq[string] {
	return func(yield func(string) bool) {
		for _, t := range l.Tokens {
			if (t.Kind == Identifier || t.Kind == QuotedIdentifier) && !yield(strings.Trim(l.Word(t), "`")) {
				return
			}
		}
	}
}

// WordsBefore returns the tokens before an offset, without blanks and comments.
func (l Lexed) WordsBefore(offset int) []string {
	var words []string
	for _, t := range l.Tokens {
		if t.Span.Start >= offset {
			break
		}
		if t.Kind != Space && t.Kind != Comment {
			words = append(words, l.Word(t))
		}
	}
	return words
}

// At extends a span to the token that contains it.
func (l Lexed) At(at Span) Span {
	for _, t := range l.Tokens {
		if t.Span.Start <= at.Start && at.Start < t.Span.End {
			return t.Span
		}
	}
	return at
}

// Has reports whether the text contains a keyword or an operator.
func (l Lexed) Has(word string) bool {
	return slices.ContainsFunc(l.Tokens, func(t Token) bool {
		return (t.Kind == Keyword || t.Kind == Operator) && strings.EqualFold(l.Word(t), word)
	})
}

// Find returns the first token that is a name or a text: as it is written, in back-ticks or in quotes.
// Keywords match in any case. For a path of names, at least its last name has to match.
func (l Lexed) Find(name string) (Span, bool) {
	if name == "" {
		return Span{}, false
	}
	last := Span{}
	for _, t := range l.Tokens {
		word := l.Word(t)
		switch t.Kind {
		case Keyword:
			if strings.EqualFold(word, name) {
				return t.Span, true
			}
		case Identifier, QuotedIdentifier, String:
			word = strings.Trim(word, "`'")
			if word == name {
				return t.Span, true
			}
			if last.Len() == 0 && t.Kind != String && strings.HasSuffix(name, "."+word) {
				last = t.Span
			}
		}
	}
	return last, last.Len() > 0
}
