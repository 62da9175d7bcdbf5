package flink

import (
	"fmt"
	"strings"

	"riffle/session/gateway"
)

// joinedRules match errors about tables in FROM and their names, and about table functions that are joined.
var joinedRules = []rule{
	by(`List of column aliases must have same degree as table; table has (\d+) columns \((.*?)\), whereas alias list has (\d+) columns`, otherDegree),
	on(`Unknown join type (RIGHT|FULL)$`, gateway.Diagnosis{
		Message: "LATERAL does not work in a $1 JOIN", At: "$1", Hint: "use JOIN or LEFT JOIN … ON TRUE"}),
	on(`Left outer joins with a table function do not accept a predicate such as`, gateway.Diagnosis{
		Message: "a LEFT JOIN with a table function does not accept a condition other than ON TRUE", At: "LEFT",
		Hint: "write ON TRUE, and let the function leave out the rows that do not match"}),

	on(`class \S*RexSubQuery cannot be cast to class \S*RexLocalRef`, gateway.Diagnosis{
		Message: "a subquery cannot be an argument of a table function", At: "LATERAL",
		Hint: "join its row first: FROM t, (SELECT MAX(x) AS m FROM …) AS s, LATERAL TABLE(f(s.m))"}),

	// Compiled plans with functions.
	on(`Anonymous function '\*(?:[\w.]+\.)?GoFunction\$[^']*' is not serializable`, gateway.Diagnosis{
		Message: "a plan whose functions skip rows that fail cannot be written to a file",
		Hint:    "SET 'riffle.functions.on-error' = 'fail' or 'null' before COMPILE PLAN"}),
	on(`Could not lookup system function '(.+?)'\. Make sure it has been registered before`, gateway.Diagnosis{
		Message: "the plan calls the function $1, which does not exist", Hint: "declare or create $1, or compile the plan again"}),
}

// otherDegree diagnoses an alias with another number of names than the table has columns.
func otherDegree(_ *exception, found []string) gateway.Diagnosis {
	noun := "columns"
	if found[1] == "1" {
		noun = "column"
	}
	return gateway.Diagnosis{
		Message: fmt.Sprintf("the table has %s %s (%s), but its alias has %s", found[1], noun, strings.ReplaceAll(found[2], "'", ""), found[3]),
		Hint:    "write a name for each column: AS t(a, b, …)",
	}
}
