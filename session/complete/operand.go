package complete

import (
	"slices"

	"riffle/session/sqltext"
)

// operandWords returns the keywords that can follow the tokens if an operand that may be a
// column can follow them. It returns nil if none can, or if that is uncertain.
func operandWords(tokens []significant) []string {
	if len(tokens) == 0 || !slices.ContainsFunc(tokens, isDML) {
		return nil // the columns of a definition have clauses of their own
	}
	n := len(tokens)
	last, before := tokens[n-1], significant{}
	if n > 1 {
		before = tokens[n-2]
	}
	var more []string
	switch {
	case last.text == "*":
		if before.text == "SELECT" || before.text == "(" || before.text == "," {
			return nil // all columns
		}
	case last.text == "(":
		if slices.Contains(noOperandIn, before.text) || before.text == ")" {
			return nil
		}
		more = afterOpen
		if before.text == "TRIM" {
			more = append(slices.Clone(more), "BOTH", "LEADING", "TRAILING")
		}
	case last.text == ",":
		more = []string{"CUBE", "DEFAULT", "GROUPING", "ROLLUP", "TABLE"}
	case last.kind == sqltext.Operator:
		if last.text == ")" || last.text == "]" || last.text == "." {
			return nil
		}
		more = []string{"ALL", "ANY", "SOME"}
	case last.text == "DISTINCT" && before.text == "IS", last.text == "ALL" && slices.Contains(setOperators, before.text):
		return nil
	case last.kind == sqltext.Keyword:
		words, is := beforeOperand[last.text]
		if !is {
			return nil
		}
		more = words
	default:
		return nil
	}
	all := append(slices.Clone(operands), more...)
	slices.Sort(all)
	return slices.Compact(all)
}

func isDML(t significant) bool {
	return t.kind == sqltext.Keyword && slices.Contains([]string{"SELECT", "INSERT", "UPDATE", "DELETE"}, t.text)
}

// operands lists the keywords, besides functions, that an operand can begin with.
var operands = []string{
	"ARRAY", "CASE", "DATE", "EXISTS", "FALSE", "FINAL", "INTERVAL", "MAP", "MULTISET", "NOT", "NULL", "ROW", "RUNNING",
	"TIME", "TIMESTAMP", "TRUE", "UNKNOWN",
}

// afterOpen lists what else can follow an opening parenthesis: subqueries, and the beginnings
// of arguments.
var afterOpen = []string{"ALL", "DEFAULT", "DISTINCT", "SELECT", "TABLE", "VALUES", "WITH"}

// noOperandIn lists words whose parentheses do not begin with an operand.
var noOperandIn = []string{"AS", "EXTRACT", "MATCH_RECOGNIZE", "OVER", "PATTERN", "TIMESTAMPADD", "TIMESTAMPDIFF", "USING", "WITH", "WITHIN"}

var setOperators = []string{"UNION", "INTERSECT", "EXCEPT"}

// beforeOperand maps the words that an operand can follow to the keywords that can follow them
// too.
var beforeOperand = map[string][]string{
	"SELECT": {"ALL", "DISTINCT"}, "DISTINCT": nil, "ALL": nil,
	"WHERE": nil, "HAVING": nil, "ON": nil, "QUALIFY": nil, "MEASURES": nil, "SET": nil,
	"BY":  {"CUBE", "DISTINCT", "GROUPING", "ROLLUP"},
	"AND": nil, "OR": nil, "NOT": {"BETWEEN", "IN", "LIKE", "SIMILAR"},
	"BETWEEN": {"ASYMMETRIC", "SYMMETRIC"}, "LIKE": nil, "ESCAPE": nil,
	"CASE": {"WHEN"}, "WHEN": nil, "THEN": nil, "ELSE": nil,
	"FROM": nil, "FOR": nil, "PLACING": nil, "BOTH": nil, "LEADING": nil, "TRAILING": nil,
}
