package sqltext

// Kind is the kind of a token, as syntax colors and completion need it.
type Kind uint8

const (
	Space            Kind = iota // blanks and line ends, and a byte order mark at the start of the text
	Comment                      // -- … or // … without its line end, or /* … */
	Hint                         // the marks /*+ and */ around a hint; what is between them are ordinary tokens
	Keyword                      // see IsKeyword; in a Go declaration one of Go's keywords
	Identifier                   // any other word
	QuotedIdentifier             // `…`
	String                       // '…' with any prefix (E'', N'', U&'', X'', _utf8''); Go's strings and runes
	Number                       // unsigned: a sign is an Operator
	Operator                     // punctuation of any kind, also Go's semicolons inside a declaration
	Semicolon                    // ends a statement, or an INSERT inside a statement set
	CommandLine                  // a shell command with its arguments
	Invalid                      // not a token of the language, for instance "…" in SQL
)

var kindNames = [...]string{
	"space", "comment", "hint", "keyword", "identifier", "quoted identifier",
	"string", "number", "operator", "semicolon", "command line", "invalid",
}

func (k Kind) String() string {
	if int(k) < len(kindNames) {
		return kindNames[k]
	}
	return "unknown kind"
}

// Token is one piece of a text.
type Token struct {
	Span Span
	Kind Kind
	// Open marks a string, comment or quoted identifier that is never closed. It extends to the end
	// of its line if the language ends it there (`…` in SQL, "…" in Go), otherwise to the end of the
	// text.
	Open bool
}

// Lex returns all tokens of the text. They are in order, not empty, and cover the text: each starts where
// the one before ends, and no byte is left out.
func Lex(text string) []Token {
	// Dense text has a token for every two bytes. Growing the slice would copy most of it.
	c := cursor{text: text, tokens: make([]Token, 0, len(text)/2+8)}
	for {
		if _, ok := c.next(); !ok {
			return c.tokens
		}
	}
}
