package command

import (
	"strings"

	"riffle/session/complete"
)

func resultCommands() []Command {
	return []Command{
		{
			Name:      "last",
			Arguments: "[FORMAT]",
			arguments: []complete.Argument{formats},
			Brief:     "show the last result again, also in another format",
			FrontEnds: Shell, most: 1, words: formatNames, run: last,
		},
		{
			Name:      "save",
			Arguments: "[QUERY] FILE",
			arguments: []complete.Argument{{Kind: complete.Result, Optional: true}, {Kind: complete.Path}},
			Brief:     "save the last result, or a query's table, to a file",
			Help: "For example \\save totals.csv or \\save q3 totals.parquet. The query is running or is the last one that ended. The file's extension selects the format: " + extensions() + ". " +
				"parquet and arrow files have typed columns. A type that the format lacks is written as text, and the command says so.",
			FrontEnds: Everywhere, least: 1, most: 2, rest: true, run: save,
		},
		{
			Name:      "plot",
			Arguments: "[QUERY] [KIND] [X] [Y] [x=… y=… color=… kind=… title=…]",
			arguments: []complete.Argument{
				{Kind: complete.Result, Optional: true}, {Kind: complete.Choice, Optional: true},
				{Kind: complete.ResultColumn}, {Kind: complete.ResultColumn},
			},
			named: []complete.NamedArgument{
				{Name: "x", Argument: complete.Argument{Kind: complete.ResultColumn}},
				{Name: "y", Argument: complete.Argument{Kind: complete.ResultColumn}},
				{Name: "color", Argument: complete.Argument{Kind: complete.ResultColumn}},
				{Name: "kind", Argument: complete.Argument{Kind: complete.Choice}},
				{Name: "title", Argument: complete.Argument{Kind: complete.Text}},
			},
			words: func(f FrontEnd, _ *Display) []string { return kinds(f) },
			Brief: "draw a result as a chart that follows its query",
			Help: "For example \\plot q3 bar item n, or \\plot q3 kind=bar x=item y=n. The kinds are " + strings.Join(kinds(Notebook), ", ") + "; the shell draws " + strings.Join(kinds(Shell), ", ") + ". " +
				"Y is a column of numbers. X is the column of the bars' names, or the one that orders a line. By default Y is the last column of numbers and X the first other column. " +
				"The default query is the last result. The default kind is line if X is a time, otherwise bar. Put a name with blanks, commas or quotes in back-ticks. " +
				"In a notebook, Y can be several columns, and color= draws a series for each value of a column. " +
				"In the shell, any key or Ctrl-C closes the chart; the query continues.",
			FrontEnds: Shell | Notebook, most: 4, run: plot,
		},
		{
			Name:      "share",
			Arguments: "QUERY [FILE]",
			arguments: []complete.Argument{{Kind: complete.Result}, {Kind: complete.Path}},
			Brief:     "keep a query's table in an Arrow file, for Python notebooks",
			Help: "For example \\share q3 totals.arrow. While the query runs, the file is replaced when the table has changed, at most once a second, and a last time when the query ends. " +
				"A program that opens the file reads one consistent state of the table. Without a file name, the file is in a folder that only you can read, and is removed " +
				"when the kernel ends. Read it with pandas.read_feather or pyarrow.ipc.open_file.",
			FrontEnds: Notebook, least: 1, most: 2, rest: true, run: shareTable,
		},
		{
			Name:      "watch",
			Arguments: "[SECONDS]",
			arguments: []complete.Argument{{Kind: complete.Text}},
			Brief:     "rerun the last statement every 2 seconds, until Ctrl-C",
			Help:      "Use it for queries that end. A streaming query shows changes by itself.",
			FrontEnds: Shell, most: 1, run: watch,
		},
		{
			Name:      "format",
			Arguments: "[NAME]",
			arguments: []complete.Argument{formats},
			Brief:     "set the format of results, or show it",
			FrontEnds: Shell | Script, most: 1, words: formatNames, run: format,
		},
		{
			Name:      "o",
			Arguments: "[FILE]",
			arguments: []complete.Argument{{Kind: complete.Path}},
			Brief:     "write results to a file, or to the terminal again",
			Help:      "The file's extension selects the format, as in \\save; with another extension it is the current one, see \\format. An existing file is overwritten.",
			FrontEnds: Shell, most: 1, rest: true, run: text(Output),
		},
		{
			Name:      "timing",
			Arguments: "[on|off]",
			arguments: []complete.Argument{{Kind: complete.Choice, Choices: choices([]string{"on", "off"})}},
			Brief:     "show how long each statement takes, or stop showing it",
			Help:      "Without an argument the setting is switched. In a notebook the time is that of a cell.",
			FrontEnds: Shell | Notebook, most: 1, run: timing,
		},
		{
			Name:      "pager",
			Arguments: "[on|off|always|PROGRAM]",
			arguments: []complete.Argument{{Kind: complete.Choice, Choices: choices([]string{"on", "off", "always"})}},
			Brief:     "page results too big for the screen, or show this",
			Help: "The pager is the program given here or in the configuration, otherwise $PAGER, otherwise less. " +
				"It shows results that have ended. A live view is never paged.",
			FrontEnds: Shell, most: 1, rest: true, run: pager,
		},
	}
}
