package command

import (
	"riffle/session/complete"
	"riffle/session/sqltext"
)

func variableCommands() []Command {
	return []Command{
		{
			Name:      "set",
			Arguments: "[NAME [VALUE]]",
			arguments: []complete.Argument{{Kind: complete.OwnVariable}, {Kind: complete.Text}},
			Brief:     "set a variable, show its value, or list all variables",
			Help: "The value is the rest of the line. In SQL, ${name} is replaced by the value, also inside quotes. " +
				"${name:-default} uses the default if the variable is missing or empty. $${ stands for a literal ${. " +
				"To set Flink options, use SET 'key' = 'value';.",
			FrontEnds: Everywhere, most: 2, rest: true, run: set,
		},
		{
			Name:      "unset",
			Arguments: "NAME",
			arguments: []complete.Argument{{Kind: complete.OwnVariable}},
			Brief:     "remove a variable",
			FrontEnds: Everywhere, least: 1, most: 1, run: unset,
		},
		{
			Name:      "parameters",
			Arguments: "NAME=VALUE…",
			arguments: []complete.Argument{{Kind: complete.Text}},
			Brief:     "set parameters for SQL and Go",
			Help: "For example \\parameters day=\"2026-11-25\" limit=5. Values are JSON. In SQL, each parameter is a variable ${name}, as with \\set. A string is inserted as it is, a list in the form that IN (${name}) needs, and an object as JSON. null removes the variable. " +
				"A Go constant or variable with the same name gets the value too and keeps its type. Papermill uses this command to pass parameters.",
			FrontEnds: Everywhere, least: 1, most: 1, rest: true, run: parameters,
		},
	}
}

func scriptCommands() []Command {
	return []Command{
		{
			Name:      "i",
			Arguments: "FILE",
			arguments: []complete.Argument{{Kind: complete.Path}},
			Brief:     "run a script or a notebook",
			Help:      "The script ends at the first statement that fails. Paths are relative to the folder in which riffle was started, not to the script. The magics of a notebook's cells apply.",
			FrontEnds: Everywhere, least: 1, most: 1, rest: true, run: text(Include),
		},
		{
			Name:      "echo",
			Arguments: "[TEXT]",
			arguments: []complete.Argument{{Kind: complete.Text}},
			Brief:     "print a text where results go",
			FrontEnds: Everywhere, most: 1, rest: true, run: text(Echo),
		},
		{
			Name:      "warn",
			Arguments: "[TEXT]",
			arguments: []complete.Argument{{Kind: complete.Text}},
			Brief:     "print a text where errors go",
			FrontEnds: Everywhere, most: 1, rest: true, run: text(Warn),
		},
		{
			Name:      "edit",
			Aliases:   []string{"e"},
			Arguments: "[FILE]",
			arguments: []complete.Argument{{Kind: complete.Path}},
			Brief:     "edit the last entry, or a file, in $VISUAL or $EDITOR",
			Help:      "When the editor exits, the text is at the prompt.",
			FrontEnds: Shell, most: 1, rest: true, run: text(Edit),
		},
		{
			Name:      "history",
			Arguments: "[COUNT]",
			arguments: []complete.Argument{{Kind: complete.Text}},
			Brief:     "list the last 20 entries, or COUNT",
			FrontEnds: Shell, most: 1, run: history,
		},
	}
}

func cellCommands() []Command {
	return []Command{
		{
			Name:      "background",
			Brief:     "let the cell's queries continue below it while other cells run",
			Help:      "Use it in the first line of a cell. It has the effect of & at the end of each query: the cell does not wait, and \\cancel ends the query.",
			FrontEnds: Notebook, magic: withoutArguments(background),
		},
		{
			Name:      "time",
			Brief:     "show how long the cell takes",
			Help:      "Use it in the first line of a cell. \\timing does the same for all cells.",
			FrontEnds: Notebook, magic: withoutArguments(timed),
		},
		{
			Name:      "sql",
			Brief:     "accept only SQL in the cell",
			Help:      "Use it in the first line of a cell. It is optional.",
			FrontEnds: Notebook, magic: only(sqltext.SQL),
		},
		{
			Name:      "go",
			Brief:     "accept only Go declarations in the cell",
			Help:      "Use it in the first line of a cell. It is optional.",
			FrontEnds: Notebook, magic: only(sqltext.Go),
		},
		{
			Name:      "page",
			Arguments: "NAME",
			arguments: []complete.Argument{{Kind: complete.Subject}},
			Brief:     "show help for a command, statement, function or table in the pager",
			Help:      "NAME? and ?NAME do the same.",
			FrontEnds: Notebook, least: 1, most: 1, rest: true, run: text(Inspect),
		},
	}
}

func sessionCommands() []Command {
	return []Command{
		{
			Name: "help", Aliases: []string{"h", "?"}, Bare: []string{"help"},
			Arguments: "[COMMAND|STATEMENT|FUNCTION]",
			arguments: []complete.Argument{{Kind: complete.Subject}},
			Brief:     "list the commands, or explain one: \\help save",
			Help:      "\\help SHOW TABLES shows the syntax of a statement, and \\help DATE_FORMAT how a function is called. In the shell, \\help keys lists the keys of the live view.",
			FrontEnds: Everywhere, most: 1, rest: true, run: help,
		},
		{
			Name:      "trace",
			Arguments: "[QUERY]",
			arguments: []complete.Argument{{Kind: complete.Running}},
			Brief:     "print Flink's stack trace of the last error",
			Help:      "With the name of a query or job that Flink restarts, it prints the stack trace of the failure after which Flink restarted it last.",
			FrontEnds: Shell | Notebook, most: 1, run: trace,
		},
		{
			Name: "clear", Bare: []string{"clear"},
			Brief:     "clear the screen, or the output of the notebook's cell",
			FrontEnds: Shell | Notebook, run: act(Clear),
		},
		{
			Name: "quit", Aliases: []string{"exit"}, Bare: []string{"quit", "exit"},
			Brief:     "quit; running queries are cancelled",
			Help:      "Ctrl-D on an empty line does the same.",
			FrontEnds: Shell | Script, run: act(Quit),
		},
	}
}
