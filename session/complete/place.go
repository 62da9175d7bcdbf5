package complete

import (
	"slices"
	"strings"

	"riffle/session/sqltext"
)

// place is what the grammar expects at the cursor, as far as this package distinguishes it.
type place uint8

const (
	inExpression place = iota // functions and keywords
	inTables
	inDatabases
	inCatalogs
	inSet     // a statement inside a statement set
	inNewName // one that does not exist yet
	inText    // a string, a number: only the user knows
	inComment
)

// begun is a statement up to the cursor.
type begun struct {
	place     place
	word      sqltext.Span // what is being typed, in the statement's text
	qualifier []string     // the names before it, each followed by a dot
	before    []string     // the words before it if there are only words, in upper case
	operand   []string     // the keywords that can be there if a column can; otherwise nil
}

// significant is a token that is neither blank nor comment. Where places are determined,
// keywords are in upper case.
type significant struct {
	kind sqltext.Kind
	text string
	span sqltext.Span
}

// significants returns the tokens of a text that are neither blank nor comment, unchanged.
func significants(text string) []significant {
	var tokens []significant
	for _, t := range sqltext.Lex(text) {
		if t.Kind != sqltext.Space && t.Kind != sqltext.Comment {
			tokens = append(tokens, significant{t.Kind, text[t.Span.Start:t.Span.End], t.Span})
		}
	}
	return tokens
}

// read analyzes a statement that ends at the cursor.
func read(statement string) begun {
	b := begun{word: sqltext.Span{Start: len(statement), End: len(statement)}}
	var tokens []significant
	lexed := sqltext.Lex(statement)
	for i, t := range lexed {
		text := statement[t.Span.Start:t.Span.End]
		last := i == len(lexed)-1
		switch {
		case last && t.Kind == sqltext.Comment && (t.Open || !strings.HasSuffix(text, "*/")):
			b.place = inComment
			return b
		case t.Kind == sqltext.Space, t.Kind == sqltext.Comment:
			continue
		case last && (t.Kind == sqltext.String || t.Kind == sqltext.Number):
			b.place = inText
			return b
		case last && (t.Kind == sqltext.Keyword || t.Kind == sqltext.Identifier || t.Kind == sqltext.QuotedIdentifier):
			b.word = t.Span
			continue
		case t.Kind == sqltext.Keyword:
			text = strings.ToUpper(text)
		}
		tokens = append(tokens, significant{t.Kind, text, t.Span})
	}
	tokens, b.qualifier = cutQualifier(tokens)
	b.before = onlyWords(tokens)
	b.place = placeAfter(tokens)
	b.operand = operandWords(tokens)
	return b
}

// cutQualifier cuts names and dots off the end.
func cutQualifier(tokens []significant) ([]significant, []string) {
	var qualifier []string
	for n := len(tokens); n > 1 && tokens[n-1].text == "." && tokens[n-2].kind != sqltext.Operator; n = len(tokens) {
		qualifier = append(qualifier, unquoted(tokens[n-2].text))
		tokens = tokens[:n-2]
	}
	slices.Reverse(qualifier)
	return tokens, qualifier
}

func onlyWords(tokens []significant) []string {
	var before []string
	for _, t := range tokens {
		if t.kind != sqltext.Keyword && t.kind != sqltext.Identifier {
			return nil
		}
		before = append(before, strings.ToUpper(t.text))
	}
	return before
}

// verb adds the words that extend the words so far to a longer verb, such as TABLES after SHOW,
// and reports whether there are any.
func (b begun) verb(c *collector) bool {
	if len(b.before) == 0 {
		return false
	}
	begin := strings.Join(b.before, " ") + " "
	was, next := len(c.candidates), ""
	for verb := range sqltext.Verbs() {
		rest, found := strings.CutPrefix(verb, begin)
		word, _, _ := strings.Cut(rest, " ")
		if found && word != next {
			c.keyword(word)
			next = word
		}
	}
	return len(c.candidates) > was
}

// level is the state inside one pair of parentheses.
type level struct {
	query bool // there was a SELECT, so that FROM is a clause and not EXTRACT's
	from  bool // in the FROM clause, where a comma is followed by a table
}

// placeAfter determines what can follow the tokens.
func placeAfter(tokens []significant) place {
	if len(tokens) == 0 {
		return inExpression
	}
	levels := []level{{query: true}}
	for i, t := range tokens {
		here := &levels[len(levels)-1]
		switch {
		case t.text == "(":
			levels = append(levels, level{})
		case t.text == ")" && len(levels) > 1:
			levels = levels[:len(levels)-1]
		case t.kind == sqltext.Semicolon:
			levels = []level{{query: true}}
		case t.kind != sqltext.Keyword:
		case t.text == "SELECT":
			*here = level{query: true}
		case t.text == "FROM":
			here.from = here.query && !(i > 0 && tokens[i-1].text == "DISTINCT") // IS DISTINCT FROM
		case slices.Contains(afterFrom, t.text):
			here.from = false
		}
	}
	return placeAfterWord(tokens, levels[len(levels)-1])
}

// afterFrom are the clauses that end a list of tables.
var afterFrom = []string{"WHERE", "GROUP", "HAVING", "WINDOW", "ORDER", "LIMIT", "OFFSET", "FETCH", "UNION", "INTERSECT", "EXCEPT", "SET", "ON", "USING", "MATCH_RECOGNIZE", "QUALIFY"}

// placeAfterWord decides by the last token, and by the statement's first words.
func placeAfterWord(tokens []significant, here level) place {
	last := tokens[len(tokens)-1]
	switch last.text {
	case "EXISTS", "NOT", "IF":
		switch definition(tokens) {
		case "CREATE":
			return inNewName
		case "DROP", "ALTER":
			return inTables
		}
	case ",":
		if here.from {
			return inTables
		}
	}
	if last.kind == sqltext.Semicolon {
		return inSet
	}
	if last.kind != sqltext.Keyword {
		return inExpression
	}
	switch last.text {
	case "FROM":
		if first := tokens[0].text; here.from && (first != "SHOW" || len(tokens) > 1 && tokens[1].text == "COLUMNS") {
			return inTables
		}
	case "JOIN", "INTO", "OVERWRITE", "PARTITIONS":
		return inTables
	case "TABLE", "VIEW":
		if tokens[0].text == "CREATE" && definition(tokens) != "" {
			return inNewName
		}
		return inTables
	case "USE":
		return inDatabases
	case "DATABASE", "CATALOG":
		return newOrKnownName(tokens)
	case "DESCRIBE", "DESC", "EXTENDED":
		if first := tokens[0].text; first == "DESCRIBE" || first == "DESC" {
			return inTables
		}
	case "BEGIN":
		if len(tokens) > 2 && tokens[len(tokens)-2].text == "SET" {
			return inSet
		}
	}
	return inExpression
}

// newOrKnownName reports whether a database or a catalog is created there or an existing one is
// named.
func newOrKnownName(tokens []significant) place {
	switch {
	case tokens[0].text == "CREATE":
		return inNewName
	case tokens[len(tokens)-1].text == "CATALOG":
		return inCatalogs
	}
	return inDatabases
}

// definition returns the first word of a statement that creates, alters or drops a table or
// view, if the tokens end before its name; otherwise "".
func definition(tokens []significant) string {
	for i, t := range tokens {
		switch {
		case t.kind != sqltext.Keyword && t.kind != sqltext.Identifier:
			return ""
		case i > 0 && !slices.Contains(definitionWords, strings.ToUpper(t.text)):
			return ""
		}
	}
	if !slices.ContainsFunc(tokens, func(t significant) bool { return t.text == "TABLE" || t.text == "VIEW" }) {
		return ""
	}
	return tokens[0].text
}

// definitionWords are the words between CREATE, ALTER or DROP and a name.
var definitionWords = []string{"OR", "REPLACE", "ALTER", "TEMPORARY", "MATERIALIZED", "TABLE", "VIEW", "IF", "NOT", "EXISTS"}
