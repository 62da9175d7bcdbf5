package flink

import (
	"fmt"
	"slices"
	"strings"

	"riffle/session/gateway"
)

// The messages for calls and nesting that Flink cannot plan.

// precomputed suggests what to write where a call on the columns of one table is not possible.
const precomputed = "call it in a subquery first: FROM (SELECT *, %s(…) AS k FROM …) AS t, and use t.k instead of the call"

// instead suggests what works in the places where Flink cannot call functions, as
// StrandedCalls.java names them. %s is the function.
var instead = map[string]string{
	"BOTH_SIDES": "join the rows that match first, then add them by a key of the left table: " +
		"FROM l LEFT JOIN (SELECT l.id, r.x FROM l JOIN r ON … AND %s(…)) AS m ON l.id = m.id",
	"BOTH_QUERIES": "join the rows that match first, and compare a key of the outer table: " +
		"l.id IN (SELECT l.id FROM l JOIN r ON … AND %s(…))",
	"MATCH":     "call it in a subquery first: FROM (SELECT *, %s(…) AS k FROM …) MATCH_RECOGNIZE (…), and use k instead of the call",
	"WATERMARK": "add a column to the table, k AS %s(…), and use k in WATERMARK FOR … AS …",
	"LOOKUP": "call it with columns of the left table in a subquery first: FROM (SELECT *, %s(…) AS k FROM …) AS t JOIN … WHERE t.k; " +
		"for other columns, LEFT JOIN the table and keep the call in WHERE",
	"LEFT_LATERAL":  "write LEFT JOIN LATERAL TABLE(%s(…)) AS … ON TRUE, and let the function leave out the rows that do not match",
	"LEFT_COLUMN":   "compute it in the outer SELECT, from the columns of LEFT JOIN LATERAL TABLE(%s(…)) AS … ON TRUE",
	"LATERAL_QUERY": "join its rows first, FROM t, LATERAL TABLE(%s(…)) AS x, and group or sort the rows of that query",
	"LEFT_LOOKUP":   "where the key is unique, leave it out of ON and select CASE WHEN %s(…) THEN r.c END for each column of the table that is asked",
}

// insteadOfJoin has the alternatives to BOTH_SIDES in joins other than LEFT.
var insteadOfJoin = map[string]string{
	"RIGHT JOIN": "join the rows that match first, then add them by a key of the right table: " +
		"FROM (SELECT r.id, l.x FROM l JOIN r ON … AND %s(…)) AS m RIGHT JOIN r ON m.id = r.id",
	"FULL JOIN": "join the rows that match first, then add them by a key of each table: " +
		"FROM l LEFT JOIN (SELECT l.id AS a, r.id AS b FROM l JOIN r ON … AND %s(…)) AS m ON l.id = m.a FULL JOIN r ON m.b = r.id",
}

// strandedCall diagnoses a call of a Go function in a place of the plan where no operator can
// make it.
func strandedCall(_ *exception, found []string) gateway.Diagnosis {
	hint, ok := instead[found[3]]
	for join, others := range insteadOfJoin {
		if found[3] == "BOTH_SIDES" && strings.Contains(found[2], join) {
			hint = others
		}
	}
	if !ok {
		hint = precomputed
	}
	return gateway.Diagnosis{
		Message: fmt.Sprintf("%s cannot be called in %s", found[1], found[2]),
		Hint:    fmt.Sprintf(hint, found[1]), At: found[1],
	}
}

const tooDeepMessage = "the statement is nested too deeply: Flink can plan a few thousand levels of operators and parentheses"

const deepHint = "split it: write a chain of OR as x IN (…), use SUM over rows, or move inner parts to views"

// tooDeep reports whether a statement was nested too deeply for the stack of the planning
// thread.
func (f *exception) tooDeep() bool {
	return slices.ContainsFunc(f.Causes, func(c cause) bool { return c.Class == "java.lang.StackOverflowError" })
}
