package flink

import (
	"fmt"
	"strings"

	"riffle/session/gateway"
)

// callRules match errors about arguments of Go functions (package riffle.gateway.calls).
var callRules = []rule{
	by(`a call of (\S+): no parameter (\S+):\s*(.*)$`, noParameter),
	on(`a call of (\S+): (\S+) has two arguments$`, gateway.Diagnosis{
		Message: "the parameter $2 of $1 has two arguments", Hint: "leave one of them out"}),
	by(`a call of (\S+): position after name: (\S*)$`, unnamedArgument),
	by(`a call of (\S+): (\d+) arguments: (.+)$`, tooManyArguments),
	on(`a call of (\S+): no argument for (\S+): (.+)$`, gateway.Diagnosis{Message: "$1 needs an argument for $2", Hint: "write $3"}),
	on(`a call of (\S+): no default of (\S+): (.+)$`, gateway.Diagnosis{Message: "the parameter $2 of $1 has no default", Hint: "write a value"}),
	on(`a call of (\S+): (\S+) is a row and (\S+) is (.+)$`, gateway.Diagnosis{
		Message: "$2 is a row, and the parameter $3 of $1 is $4", Hint: "pass a column of it"}),
	by(`a call of \S+: no column for the field (\S+) of (\S+) in (\S+):\s*(.*)$`, noColumn),
	on(`a call of \S+: several columns for the field (\S+) of (\S+) in (\S+): ((\S+), .*)$`, gateway.Diagnosis{
		Message: "$3 has several columns for the field $1 of $2: $4", Hint: "rename one of them, or add the tag `sql:\"$5\"` to the field"}),
	on(`a call of \S+: the column (\S+) is (.+) and the field (\S+) of (\S+) is (.+)$`, gateway.Diagnosis{
		Message: "the column $1 is $2, and the field $3 of $4 is $5", Hint: "CAST it in a subquery: FROM (SELECT …, CAST($1 AS $5) AS $1 FROM …)"}),
}

// noParameter is about an argument whose name no parameter has.
func noParameter(_ *exception, found []string) gateway.Diagnosis {
	function, name, parameters := found[1], found[2], found[3]
	if parameters == "" {
		return gateway.Diagnosis{Message: function + " has no parameters", Hint: "write " + function + "()"}
	}
	return gateway.Diagnosis{Message: function + " has no parameter " + name, Unknown: name, Known: strings.Split(parameters, ", ")}
}

// noColumn is about a field of a struct for which a row has no column.
func noColumn(_ *exception, found []string) gateway.Diagnosis {
	field, of, row := found[1], found[2], found[3]
	d := gateway.Diagnosis{Message: row + " has no column for the field " + field + " of " + of, Unknown: field}
	if found[4] != "" {
		d.Known = strings.Split(found[4], ", ")
	}
	return d
}

// unnamedArgument is about an argument without a name after one with a name.
func unnamedArgument(_ *exception, found []string) gateway.Diagnosis {
	d := gateway.Diagnosis{Message: "an argument without a name follows one with a name", Hint: "all parameters of " + found[1] + " have an argument: leave this one out"}
	if parameter := found[2]; parameter != "" {
		d.Hint = "name this one too: " + parameter + " => …"
	}
	return d
}

// tooManyArguments is about a call with more arguments than parameters.
func tooManyArguments(_ *exception, found []string) gateway.Diagnosis {
	function, count, form := found[1], found[2], found[3]
	most := strings.Count(form, ",") + 1
	if strings.HasSuffix(form, "()") {
		most = 0
	}
	arguments := "arguments"
	if most == 1 {
		arguments = "argument"
	}
	return gateway.Diagnosis{Message: fmt.Sprintf("%s takes at most %d %s, not %s", function, most, arguments, count), Hint: "write " + form}
}
