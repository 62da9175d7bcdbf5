package command

// Table is every command, in the order in which help lists them.
func Table() []Command {
	return []Command{
		{
			Name: "help", Aliases: []string{"h", "?"}, Bare: []string{"help"},
			Arguments: "[COMMAND | STATEMENT]",
			Brief:     "list the commands, or explain one",
			Help:      "Of a statement, for example \\help SHOW TABLES, it tells how it is written.",
			FrontEnds: Everywhere, most: 1, rest: true, run: help,
		},
		{
			Name: "queries", Aliases: []string{"q"},
			Brief:     "list the queries and jobs that run",
			Help:      "The rows of a query are the changes received so far. \\cancel ends one by its name.",
			FrontEnds: Everywhere, run: queries,
		},
		{
			Name:      "stats",
			Arguments: "[QUERY]",
			Brief:     "show what Go functions did for the queries that run and the last ones that ended",
			Help: "A row that the plan brings to a function in two places counts twice. ns_per_row is the function's own time " +
				"and the way to its process and back; share is that time, as a part of the time that the query has run, in a subtask.",
			FrontEnds: Everywhere, most: 1, run: stats,
		},
		{
			Name:      "show",
			Arguments: "QUERY",
			Brief:     "show a query that runs in the background, for example \\show q3",
			Help:      "It is as if its statement had just been entered: Ctrl-C ends the query, the key b leaves it to the background.",
			FrontEnds: Shell, least: 1, most: 1, run: show,
		},
		{
			Name:      "cancel",
			Arguments: "QUERY",
			Brief:     "end a query or job, for example \\cancel q3",
			Help:      "Returns when Flink has taken the request; \\queries shows the query until it has ended.",
			FrontEnds: Everywhere, least: 1, most: 1, run: cancel,
		},
		{
			Name:      "set",
			Arguments: "[NAME [VALUE]]",
			Brief:     "set a variable, or show one or all",
			Help: "The value is the rest of the line. It stands in SQL as ${name}, inside of quotes too; " +
				"${name:-default} has a text for when there is no such variable or it is empty, and $${ is a plain ${. " +
				"Flink's options are set with SET 'key' = 'value';.",
			FrontEnds: Everywhere, most: 2, rest: true, run: set,
		},
		{
			Name:      "unset",
			Arguments: "NAME",
			Brief:     "remove a variable",
			FrontEnds: Everywhere, least: 1, most: 1, run: unset,
		},
		{
			Name:      "format",
			Arguments: "[NAME]",
			Brief:     "show results in another format, or say which one is in use",
			FrontEnds: Shell | Script, most: 1, run: format,
		},
		{
			Name:      "timing",
			Arguments: "[on|off]",
			Brief:     "show how long each statement took, or not",
			Help:      "Without an argument it turns to the other.",
			FrontEnds: Shell, most: 1, run: timing,
		},
		{
			Name:      "trace",
			Brief:     "print Flink's stack trace of the last error",
			FrontEnds: Shell | Notebook, run: trace,
		},
		{
			Name: "clear", Bare: []string{"clear"},
			Brief:     "clear the screen",
			FrontEnds: Shell, run: act(Clear),
		},
		{
			Name: "quit", Aliases: []string{"exit"}, Bare: []string{"quit", "exit"},
			Brief:     "leave riffle; what still runs is cancelled",
			Help:      "In the shell Ctrl-D on an empty line does the same.",
			FrontEnds: Shell | Script, run: act(Quit),
		},
	}
}
