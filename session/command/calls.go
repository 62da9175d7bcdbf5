package command

import (
	"fmt"
	"regexp"
	"slices"
	"strings"

	"riffle/session"
)

// functionCalc and functionCorrelate are the names in a drawn plan of the operators that call functions and table
// functions.
const (
	functionCalc      = "GoCalc"
	functionCorrelate = "GoCorrelate"
)

// flinksOperators are Flink's names for them.
var flinksOperators = map[string]string{"PythonCalc": functionCalc, "PythonCorrelate": functionCorrelate}

var (
	// functionLine matches an operator that calls functions, as drawPlan draws it.
	functionLine = regexp.MustCompile(`^([│├└─ ]*)` + functionCalc + `.*?select=\[(.*)\]$`)
	// functionCall matches the beginning of a call. A plan numbers the calls of a function that
	// is not deterministic: Coin#2(id).
	functionCall = regexp.MustCompile(`(\w+)(?:#\d+)?\(`)
)

// repeatedCalls returns a line for each function that a plan calls more than once per row with
// the same arguments. The plan is in the form that drawPlan draws.
func repeatedCalls(plan string, isFunction func(name string) bool) []string {
	type operator struct {
		depth int
		calls []string
	}
	var path []operator // of operators that call functions, down to the line
	var lines []string
	say := func(line string) {
		if !slices.Contains(lines, line) {
			lines = append(lines, line)
		}
	}
	for line := range strings.Lines(plan) {
		found := functionLine.FindStringSubmatch(strings.TrimRight(line, "\n"))
		if found == nil {
			continue
		}
		depth := len([]rune(found[1]))
		for len(path) > 0 && path[len(path)-1].depth >= depth {
			path = path[:len(path)-1]
		}
		numbered := callsIn(found[2], isFunction)
		var calls []string
		times := map[string]int{}
		for _, call := range numbered {
			plain := functionCall.ReplaceAllString(call, "$1(")
			if times[plain]++; times[plain] == 1 {
				calls = append(calls, plain)
			}
		}
		for _, call := range calls {
			if n := times[call]; n > 1 {
				say(fmt.Sprintf("%s is called %d times a row: it is not deterministic, so each call in the text is made", call, n))
			}
			for _, above := range path {
				if slices.Contains(above.calls, call) {
					say(call + " is called in more than one operator: call it in a subquery that all of them read, if it is slow")
				}
			}
		}
		path = append(path, operator{depth, calls})
	}
	return lines
}

// functionOperator returns lines that say which operators call the functions of a plan, or "" if the
// plan calls none.
func functionOperator(plan string, settings map[string]string) string {
	var lines []string
	switch {
	case !strings.Contains(plan, functionCalc):
	case settings[session.OperatorSetting] == "flink":
		lines = append(lines, functionCalc+" calls Go functions with Flink's operator, because of SET '"+session.OperatorSetting+"' = 'flink'")
	default:
		lines = append(lines, functionCalc+" calls Go functions with riffle's operator, on columns")
	}
	if strings.Contains(plan, functionCorrelate) {
		lines = append(lines, functionCorrelate+" calls table functions with riffle's operator, on columns")
	}
	return strings.Join(lines, "\n")
}

// callsIn returns the calls of functions in the columns of an operator, each once.
func callsIn(columns string, isFunction func(string) bool) []string {
	var calls []string
	for _, at := range functionCall.FindAllStringSubmatchIndex(columns, -1) {
		if !isFunction(columns[at[2]:at[3]]) {
			continue
		}
		open := 0
		for i, r := range columns[at[1]-1:] {
			switch r {
			case '(':
				open++
			case ')':
				open--
			}
			if open == 0 {
				if call := columns[at[0] : at[1]+i]; !slices.Contains(calls, call) {
					calls = append(calls, call)
				}
				break
			}
		}
	}
	return calls
}
