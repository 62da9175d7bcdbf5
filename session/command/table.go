package command

import (
	"slices"

	"riffle/session/complete"
)

// Group is a heading of \help with the commands under it.
type Group string

// The groups, in the order in which help lists them.
const (
	Queries   Group = "Queries and jobs"
	Results   Group = "Results"
	Catalog   Group = "Tables, functions and plans"
	Variables Group = "Variables"
	Scripts   Group = "Scripts and editing"
	Cells     Group = "Notebook cells"
	Shells    Group = "Session"
)

// commands is the table. It is built before main and never changes. It cannot be the initial
// value of the variable, because some commands list all of them.
var commands []Command

func init() { commands = table() }

// Table returns all commands in the order in which help lists them. Callers must not change it.
func Table() []Command { return commands }

func table() []Command {
	return slices.Concat(
		of(Queries, queryCommands()),
		of(Results, resultCommands()),
		of(Catalog, catalogCommands()),
		of(Variables, variableCommands()),
		of(Scripts, scriptCommands()),
		of(Cells, cellCommands()),
		of(Shells, sessionCommands()),
	)
}

func of(group Group, commands []Command) []Command {
	for i := range commands {
		commands[i].Group = group
	}
	return commands
}

// formats is an argument whose choices depend on the front end.
var formats = complete.Argument{Kind: complete.Choice}

// waits is an argument of \wait after the query.
var waits = complete.Argument{Kind: complete.Choice, Choices: choices([]string{"rows=", "for=", "then=", "else=fail"})}

func formatNames(_ FrontEnd, d *Display) []string { return d.Formats }

func choices(words []string) []complete.Entry {
	var all []complete.Entry
	for _, word := range words {
		all = append(all, complete.Entry{Name: word})
	}
	return all
}
