package explain

import (
	"fmt"
	"slices"
	"strings"

	"riffle/session/cell"
	"riffle/session/gateway"
	"riffle/session/sqltext"
)

// parserNames describes the grammar's names of tokens that are not words.
var parserNames = map[string]string{
	"<QUOTED_STRING>": "a string in single quotes", "<IDENTIFIER>": "a name", "<BACK_QUOTED_IDENTIFIER>": "a name",
	"<UNSIGNED_INTEGER_LITERAL>": "a number", "<EOF>": "the end",
}

// certain is the number of expected tokens up to which one of them must be what is missing.
const certain = 3

// clauses are the words that begin the part after an expression or a list. If one of them is
// unexpected, something is missing before it.
var clauses = strings.Fields("FROM WHERE GROUP HAVING ORDER LIMIT UNION INTERSECT EXCEPT JOIN ON WITH VALUES SELECT AS THEN ELSE END AND OR USING WINDOW OVER")

// explainSyntax describes the error at the place where the parser stopped, and the next step.
func explainSyntax(sql sqltext.Lexed, at sqltext.Span, s gateway.Syntax) (message, hint string) {
	found := strings.ToUpper(s.Found)
	before := sql.WordsBefore(at.Start)
	open, closed := parentheses(before)
	previous := ""
	if len(before) > 0 {
		previous = before[len(before)-1]
	}
	expects := func(word string) bool { return slices.Contains(s.Expected, word) }
	isClause := slices.Contains(clauses, found)
	message = "unexpected " + s.Found
	switch {
	case len(before) == 0:
		begin := sql.WordsBefore(len(sql.Text))
		verb := strings.Join(begin[:min(len(begin), 2)], " ")
		return fmt.Sprintf("Flink has no such %s statement", found), cell.DidYouMean(sqltext.Nearest(verb, sqltext.Verbs()))
	case s.Found == "":
		message = "the statement is incomplete"
	case s.Found == "= =":
		return "there is no operator ==", "use = for equality"
	}
	switch {
	case found == "WITH" && strings.EqualFold(before[0], "CREATE") && slices.ContainsFunc(before, func(word string) bool { return strings.EqualFold(word, "LIKE") }):
		return message, "WITH (…) must come before LIKE"
	case previous == "," && (isClause || found == ")" || found == ""):
		return message, "remove the comma before it, or add what is missing between them"
	case isTableCall(sql, at, before):
		return s.Found + " is not a table function", fmt.Sprintf("call it in SELECT: SELECT %s(…)", s.Found)
	case sqltext.IsReserved(s.Found) && !isClause && (expects("<IDENTIFIER>") || expects("<BACK_QUOTED_IDENTIFIER>")):
		return s.Found + " is a reserved word", fmt.Sprintf("to use it as a name, write `%s`", s.Found)
	case found == ")" && open == closed:
		return message, "it has no matching ("
	case (previous == "(" || previous == ",") && expects("<QUOTED_STRING>") && !expects("<IDENTIFIER>"):
		return message, fmt.Sprintf("a string in single quotes is expected here: '%s'", s.Found)
	case len(s.Expected) <= certain:
		return message, expected(s.Expected)
	case open > closed && expects(")"):
		return message, "a ) is missing"
	case expects("END") && expects("WHEN"):
		return message, "CASE is not closed: END is missing"
	}
	if near := sqltext.Nearest(previous, slices.Values(clauses)); near != "" && !sqltext.IsKeyword(previous) {
		return message, fmt.Sprintf("did you mean %s instead of %s?", near, previous)
	}
	if near := sqltext.Nearest(s.Found, slices.Values(keywordsOf(s.Expected))); near != "" && near != found {
		return message, cell.DidYouMean(near)
	}
	if isClause && expects("<IDENTIFIER>") {
		return message, "something is missing before it"
	}
	return message, expected(s.Expected)
}

// atReservedWord moves to the reserved word after the words that a statement begins with, if the
// parser rejects the last of those. For DROP FUNCTION upper it reports FUNCTION as unexpected,
// because it has looked ahead to a word that cannot be a name.
func atReservedWord(sql sqltext.Lexed, at sqltext.Span, s gateway.Syntax) (sqltext.Span, gateway.Syntax) {
	words := append(sql.WordsBefore(at.Start), s.Found)
	words = slices.DeleteFunc(words, func(w string) bool { return strings.EqualFold(w, "TEMPORARY") || strings.EqualFold(w, "SYSTEM") })
	verb := strings.ToUpper(strings.Join(words, " "))
	if len(words) < 2 || s.Found == "" || !slices.Contains(slices.Collect(sqltext.Verbs()), verb) {
		return at, s
	}
	for _, t := range sql.Tokens {
		if t.Span.Start < at.End || t.Kind == sqltext.Space || t.Kind == sqltext.Comment {
			continue
		}
		if word := sql.Word(t); sqltext.IsReserved(word) {
			return t.Span, gateway.Syntax{Found: word, Expected: []string{"<IDENTIFIER>"}}
		}
		break
	}
	return at, s
}

// reservedAhead returns the place of a reserved word that is used as a name, if the parser rejects several
// tokens and the word is one of them: for A.dateTime, the parser rejects ". dateTime".
func reservedAhead(sql sqltext.Lexed, at sqltext.Span, s gateway.Syntax) (sqltext.Span, gateway.Syntax) {
	rejected := len(strings.Fields(s.Found))
	if rejected < 2 {
		return at, s
	}
	for _, t := range sql.Tokens {
		if t.Span.Start < at.Start || t.Kind == sqltext.Space || t.Kind == sqltext.Comment {
			continue
		}
		word := sql.Word(t)
		if sqltext.IsReserved(word) && !slices.Contains(clauses, strings.ToUpper(word)) {
			return t.Span, gateway.Syntax{Found: word, Expected: []string{"<IDENTIFIER>"}}
		}
		if rejected--; rejected == 0 {
			break
		}
	}
	return at, s
}

// isTableCall reports whether the word at a place is called in TABLE(…).
func isTableCall(sql sqltext.Lexed, at sqltext.Span, before []string) bool {
	n := len(before)
	return n > 1 && before[n-1] == "(" && strings.EqualFold(before[n-2], "TABLE") && strings.HasPrefix(sql.Text[at.End:], "(")
}

// expected lists what the parser expects, if the list is short enough to help.
func expected(tokens []string) string {
	var list []string
	for _, token := range tokens {
		name, special := parserNames[token]
		if strings.HasPrefix(token, "<") && !special {
			continue
		}
		if !special {
			name = token
		}
		if !slices.Contains(list, name) {
			list = append(list, name)
		}
	}
	const few = 6
	switch n := len(list); {
	case n == 0 || n > few:
		return ""
	case n == 1:
		return list[0] + " is expected here"
	default:
		return strings.Join(list[:n-1], ", ") + " or " + list[n-1] + " is expected here"
	}
}

func keywordsOf(tokens []string) []string {
	return slices.DeleteFunc(slices.Clone(tokens), func(t string) bool { return strings.HasPrefix(t, "<") || len(t) < 2 })
}

func parentheses(tokens []string) (open, closed int) {
	for _, t := range tokens {
		switch t {
		case "(":
			open++
		case ")":
			closed++
		}
	}
	return open, closed
}
