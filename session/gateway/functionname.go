package gateway

import (
	"fmt"
	"strings"
)

// Named is a function whose name is to be checked, with the types of its arguments.
type Named struct {
	Name      string   `json:"name"`
	Kind      string   `json:"kind"`
	Arguments []string `json:"arguments"`
	// Candidates are alternative names for the function, the best first.
	Candidates []string `json:"candidates"`
}

// Verdict says how SQL would treat a function's name, according to Flink's parser and validator
// (FunctionNames.java).
type Verdict struct {
	Refusal string `json:"refusal"` // why no function may have the name; "" if the name is allowed
	Other   string `json:"other"`   // what already has the name, or ""
	Free    string `json:"free"`    // if the name is not allowed, the first candidate that is, or ""
}

// Replaces says what a function with this name replaces, such as "replaces Flink's ABS". It
// returns "" if it replaces nothing.
func (v Verdict) Replaces() string {
	if v.Refusal != "" || v.Other == "" {
		return ""
	}
	return "replaces " + ownedName(v.Other)
}

// Explain says why a name was rejected, and what to do.
func (v Verdict) Explain(name string) (message, hint string) {
	other := ownedName(v.Other)
	switch v.Refusal {
	case "AGGREGATE", "WINDOW", "TABLE":
		kind := strings.ToLower(v.Refusal) + " function "
		message = fmt.Sprintf("a function named %s would break %s", name, strings.Replace(other, "'s ", "'s "+kind, 1))
	case "PATTERN":
		message = fmt.Sprintf("a function named %s would break %s in MATCH_RECOGNIZE", name, v.Other)
	case "KEYWORD":
		message = fmt.Sprintf("a function named %s would break %s, which is more than a function", name, other)
	case "VALUE":
		message = fmt.Sprintf("a table function named %s would break %s, which returns a value", name, other)
	case "IMPLIED":
		message = fmt.Sprintf("a function named %s would change JOIN … USING, for which Flink calls %s", name, v.Other)
	case "INTERNAL":
		message = fmt.Sprintf("a function named %s would change other functions and operators, for which Flink itself calls %s", name, v.Other)
	case "EXISTS":
		message = fmt.Sprintf("the session already has a function %s", name)
		hint = "DROP TEMPORARY SYSTEM FUNCTION " + name + " first, or "
	case "RESERVED":
		message = name + " is a reserved word: SQL cannot call a function of that name"
		if v.Other != "" {
			message = takenFor(name, other)
		}
	case "SHADOWED":
		message = takenFor(name, other)
	default:
		message = fmt.Sprintf("%s(…) is syntax of SQL's own, which would never call a function of that name", name)
	}
	if v.Free == "" {
		return message, hint + "give it another name"
	}
	return message, hint + "name it " + v.Free
}

func takenFor(name, other string) string {
	return fmt.Sprintf("SQL takes %s(…) for %s and would never call a function of that name", name, other)
}

// ownedName says whose function it is: a function of a catalog has a path.
func ownedName(other string) string {
	if strings.Contains(other, ".") {
		return "the catalog's " + other
	}
	return "Flink's " + other
}
