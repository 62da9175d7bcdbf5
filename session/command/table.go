package command

import (
	"strings"

	"riffle/session/complete"
	"riffle/session/sqltext"
)

// formats is an argument whose words are the front end's.
var formats = complete.Argument{Kind: complete.Choice}

// waits is an argument of \wait behind the query.
var waits = complete.Argument{Kind: complete.Choice, Choices: choices([]string{"rows=", "for=", "then=", "else=fail"})}

func formatNames(_ FrontEnd, d *Display) []string { return d.Formats }

func choices(words []string) []complete.Entry {
	var all []complete.Entry
	for _, word := range words {
		all = append(all, complete.Entry{Name: word})
	}
	return all
}

// commands is the table. It is made before main and never changes; a variable with a value could
// not be, since some commands list all of them.
var commands []Command

func init() { commands = table() }

// Table is every command, in the order in which help lists them. It is only read.
func Table() []Command { return commands }

func table() []Command {
	return []Command{
		{
			Name: "help", Aliases: []string{"h", "?"}, Bare: []string{"help"},
			Arguments: "[COMMAND | STATEMENT | FUNCTION]",
			arguments: []complete.Argument{{Kind: complete.Subject}},
			Brief:     "list the commands, or explain one",
			Help:      "Of a statement, for example \\help SHOW TABLES, it tells how it is written; of a function, for example \\help DATE_FORMAT, how it is called.",
			FrontEnds: Everywhere, most: 1, rest: true, run: help,
		},
		{
			Name: "queries", Aliases: []string{"q", "jobs"},
			Brief: "list the queries and jobs that run",
			Help: "rows_in is what a job's sources have given, rows the changes received so far, rows_per_s their average; complete_up_to " +
				"is the event time up to which the result is complete. \\show shows a query, \\cancel ends one, by its name.",
			FrontEnds: Everywhere, run: queries,
		},
		{
			Name:      "stats",
			Arguments: "[QUERY]",
			arguments: []complete.Argument{{Kind: complete.Called}},
			Brief:     "show what Go functions did for the queries that run and the last ones that ended",
			Help: "A row that the plan brings to a function in two places counts twice. ns_per_row is the function's own time " +
				"and the way to its process and back; share is that time, as a part of the time that the query has run, in a subtask.",
			FrontEnds: Everywhere, most: 1, run: stats,
		},
		{
			Name:      "show",
			Arguments: "QUERY",
			arguments: []complete.Argument{{Kind: complete.Running}},
			Brief:     "show a query that runs in the background, for example \\show q3",
			Help:      "It is as if its statement had just been entered: Ctrl-C ends the query, the key b leaves it to the background. In a notebook its table is then below this cell, too, and the query stays in the background.",
			FrontEnds: Shell | Notebook, least: 1, most: 1, run: show,
		},
		{
			Name:      "cancel",
			Arguments: "[QUERY|all|set]",
			arguments: []complete.Argument{{Kind: complete.Running}},
			Brief:     "end a query or job, for example \\cancel q3",
			Help: "Returns when Flink has taken the request; \\queries shows the query until it has ended. all ends all that runs, jobs of INSERT, too. " +
				"set drops the statement set that BEGIN STATEMENT SET has opened, with its INSERTs. " +
				"Without an argument a notebook asks which one, where its client can be asked.",
			FrontEnds: Everywhere, most: 1, run: cancel,
		},
		{
			Name:      "wait",
			Arguments: "[QUERY] [rows=N] [for=TIME] [then=cancel] [else=fail]",
			arguments: []complete.Argument{{Kind: complete.Running, Optional: true}, waits, waits, waits, waits},
			Brief:     "wait for a query in the background: \\wait q3 rows=100 for=10s",
			Help: "Without anything it waits for all that end by themselves; with options alone it is for the query that was started last. It waits until the query has received so many rows, or for so long, whichever is first; without either, for its end. " +
				"Rows are counted as \\queries does: of a result that is updated each change is one, of an INSERT what it has written. What is missing when the time is over is said, and with " +
				"else=fail an error; so is that a connector has failed and nothing was read. then=cancel cancels the query then. " +
				"In a notebook %%wait rows=100 for=10s as a cell's first line bounds how long the cell waits for each of its queries that stream: then the query is " +
				"cancelled, or goes on below the cell with then=background, and the cell goes on. A query that ends by itself is waited for. " +
				"SET 'riffle.notebook.wait' = 'rows=100 for=10s' does the same to all cells.",
			FrontEnds: Everywhere, most: 5, magic: boundedWait, run: wait,
		},
		{
			Name:      "background",
			Brief:     "leave all queries of a notebook's cell running below it",
			Help:      "In the cell's first line. It is as if each query ended in &: the cell does not wait for it, and \\cancel ends it.",
			FrontEnds: Notebook, magic: bare(background),
		},
		{
			Name:      "name",
			Arguments: "[QUERY] NAME",
			arguments: []complete.Argument{{Kind: complete.Result, Optional: true}, {Kind: complete.Text}},
			Brief:     "give the next query a name, or one that is there: \\name totals, or \\name q3 totals",
			Help: "The name stands wherever a query's number does: \\show totals, \\plot totals, \\save totals totals.csv. Typed before a statement, it names the query or job that comes next, " +
				"and that gets the name again when both are run again: the name is taken over from the query that had it, which keeps its number and, if it runs, goes on. " +
				"Of a query with a name the table is kept when it has ended, as long as the name is its own. " +
				"In a notebook %%name totals in a cell's first lines names the cell's first query.",
			FrontEnds: Everywhere, least: 1, most: 2, magic: named, run: name,
		},
		{
			Name:      "stop",
			Arguments: "QUERY | JOB [FOLDER]",
			arguments: []complete.Argument{{Kind: complete.Running}, {Kind: complete.Path}},
			Brief:     "end a job with a savepoint, from which another can go on: \\stop q3 /tmp/savepoints",
			Help: "The job is that of an INSERT; a query's rows are here, and nothing could go on with them. While its tasks start they are waited for. Without a folder the savepoint goes where SET 'execution.checkpointing.savepoint-dir' says. What goes on from it is the same " +
				"statement after SET 'execution.state-recovery.path' = 'where it lies'. \\cancel ends one without a savepoint.",
			FrontEnds: Everywhere, least: 1, most: 2, rest: true, run: stop,
		},
		{
			Name:      "save",
			Arguments: "[QUERY] FILE",
			arguments: []complete.Argument{{Kind: complete.Result, Optional: true}, {Kind: complete.Path}},
			Brief:     "write the last result, or the table of a query, to a file: \\save q3 totals.csv",
			Help: "The query runs, or is the last one that ended. The end of the file's name is the format: " + extensions() + ". " +
				"parquet and arrow have typed columns; what they have no type for is written as text, which is said.",
			FrontEnds: Everywhere, least: 1, most: 2, rest: true, run: save,
		},
		{
			Name:      "share",
			Arguments: "QUERY [FILE]",
			arguments: []complete.Argument{{Kind: complete.Result}, {Kind: complete.Path}},
			Brief:     "keep the table of a query in an Arrow file, for a Python notebook beside this one: \\share q3 totals.arrow",
			Help: "While the query runs the file is written anew when the table has changed, at most once a second, and a last time when the query has ended. " +
				"A program that opens it has all of one state of the table. Without a name the file is in a folder that only you can read, and is removed " +
				"when the kernel ends. pandas.read_feather and pyarrow.ipc.open_file read it.",
			FrontEnds: Notebook, least: 1, most: 2, rest: true, run: shareTable,
		},
		{
			Name:      "jar",
			Arguments: "GROUP:ARTIFACT:VERSION",
			arguments: []complete.Argument{{Kind: complete.Text}},
			Brief:     "add a connector or another artifact of Maven's, with all that it needs: \\jar org.apache.flink:flink-sql-avro:2.3.0",
			Help: "Maven fetches it once, from where its settings say. What Flink has is left out. The jars are added as ADD JAR does; " +
				"SHOW JARS lists them, and of another file ADD JAR takes its path.",
			FrontEnds: Everywhere, least: 1, most: 1, run: jar,
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
			Brief: "draw a result as a chart, in place while its query runs: \\plot q3 bar item n, or \\plot q3 kind=bar x=item y=n",
			Help: "The kinds are " + strings.Join(kinds(Notebook), ", ") + "; the shell draws " + strings.Join(kinds(Shell), ", ") + ". Y is the column of numbers, X that of the bars' names or of a line's order; without them the last column of numbers " +
				"and the first other one. Without a query it is the last result, without a kind a line if X is a time, else bars. A name with blanks, commas or quotes stands in back-ticks. " +
				"In a notebook there can be several columns Y, and color= makes a series of each of a column's values. " +
				"In the shell a key or Ctrl-C ends it, and not the query.",
			FrontEnds: Shell | Notebook, most: 4, run: plot,
		},
		{
			Name:      "last",
			Arguments: "[FORMAT]",
			arguments: []complete.Argument{formats},
			Brief:     "show the last result again, perhaps in another format",
			FrontEnds: Shell, most: 1, words: formatNames, run: last,
		},
		{
			Name:      "watch",
			Arguments: "[SECONDS]",
			arguments: []complete.Argument{{Kind: complete.Text}},
			Brief:     "run the last statement again and again, every 2 seconds, until Ctrl-C",
			Help:      "For queries that end; one that streams shows what is new by itself.",
			FrontEnds: Shell, most: 1, run: watch,
		},
		{
			Name:      "explain",
			Arguments: "STATEMENT | QUERY",
			arguments: []complete.Argument{{Kind: complete.SQL}},
			Brief:     "draw the plan of a statement, with the changes that each operator emits",
			Help:      "A query's name or number stands for its statement. EXPLAIN has Flink's own text of it.",
			FrontEnds: Everywhere, least: 1, most: 1, rest: true, run: explainPlan,
		},
		{
			Name:      "d",
			Arguments: "[NAME]",
			arguments: []complete.Argument{{Kind: complete.Relation}},
			Brief:     "list tables and views, or describe one: its columns, keys, time attributes; or a function",
			FrontEnds: Everywhere, most: 1, rest: true, run: describe,
		},
		{
			Name:      "dt",
			Arguments: "[PATTERN]",
			arguments: []complete.Argument{{Kind: complete.TableName}},
			Brief:     "list tables and views; * stands for any text",
			FrontEnds: Everywhere, most: 1, run: lists("SHOW TABLES"),
		},
		{
			Name:      "dv",
			Arguments: "[PATTERN]",
			arguments: []complete.Argument{{Kind: complete.Text}},
			Brief:     "list views",
			FrontEnds: Everywhere, most: 1, run: lists("SHOW VIEWS"),
		},
		{
			Name:      "df",
			Arguments: "[PATTERN]",
			arguments: []complete.Argument{{Kind: complete.FunctionName}},
			Brief:     "list the session's own functions",
			FrontEnds: Everywhere, most: 1, run: lists("SHOW USER FUNCTIONS"),
		},
		{
			Name:      "dn",
			Arguments: "[PATTERN]",
			arguments: []complete.Argument{{Kind: complete.DatabaseName}},
			Brief:     "list databases",
			FrontEnds: Everywhere, most: 1, run: lists("SHOW DATABASES"),
		},
		{
			Name:      "dc",
			Arguments: "[PATTERN]",
			arguments: []complete.Argument{{Kind: complete.CatalogName}},
			Brief:     "list catalogs",
			FrontEnds: Everywhere, most: 1, run: lists("SHOW CATALOGS"),
		},
		{
			Name:      "dm",
			Arguments: "[PATTERN]",
			arguments: []complete.Argument{{Kind: complete.Text}},
			Brief:     "list models",
			FrontEnds: Everywhere, most: 1, run: lists("SHOW MODELS"),
		},
		{
			Name:      "set",
			Arguments: "[NAME [VALUE]]",
			arguments: []complete.Argument{{Kind: complete.OwnVariable}, {Kind: complete.Text}},
			Brief:     "set a variable, or show one or all",
			Help: "The value is the rest of the line. It stands in SQL as ${name}, inside of quotes too; " +
				"${name:-default} has a text for when there is no such variable or it is empty, and $${ is a plain ${. " +
				"Flink's options are set with SET 'key' = 'value';.",
			FrontEnds: Everywhere, most: 2, rest: true, run: set,
		},
		{
			Name:      "parameters",
			Arguments: "NAME=VALUE…",
			arguments: []complete.Argument{{Kind: complete.Text}},
			Brief:     `give values from outside to SQL and to Go, for example \parameters day="2026-11-25" limit=5`,
			Help: "Values are JSON. ${name} in SQL is a variable, as with \\set: a text is it as it stands, a list of values is written as IN (${name}) wants it, an object is JSON, and null removes the variable. " +
				"A Go constant or variable of the name takes the value too, and keeps its type. Papermill writes this command for its parameters.",
			FrontEnds: Everywhere, least: 1, most: 1, rest: true, run: parameters,
		},
		{
			Name:      "unset",
			Arguments: "NAME",
			arguments: []complete.Argument{{Kind: complete.OwnVariable}},
			Brief:     "remove a variable",
			FrontEnds: Everywhere, least: 1, most: 1, run: unset,
		},
		{
			Name:      "format",
			Arguments: "[NAME]",
			arguments: []complete.Argument{formats},
			Brief:     "show results in another format, or say which one is in use",
			FrontEnds: Shell | Script, most: 1, words: formatNames, run: format,
		},
		{
			Name:      "timing",
			Arguments: "[on|off]",
			arguments: []complete.Argument{{Kind: complete.Choice, Choices: choices([]string{"on", "off"})}},
			Brief:     "show how long each statement took, or not",
			Help:      "Without an argument it turns to the other. In a notebook it is the time of a cell.",
			FrontEnds: Shell | Notebook, most: 1, run: timing,
		},
		{
			Name:      "pager",
			Arguments: "[on|off|always|PROGRAM]",
			arguments: []complete.Argument{{Kind: complete.Choice, Choices: choices([]string{"on", "off", "always"})}},
			Brief:     "page results that the screen has no room for, or say how it is",
			Help: "The program is the one that is given here or in the configuration, else $PAGER, else less. " +
				"It shows results that end; a live view is never paged.",
			FrontEnds: Shell, most: 1, rest: true, run: pager,
		},
		{
			Name:      "o",
			Arguments: "[FILE]",
			arguments: []complete.Argument{{Kind: complete.Path}},
			Brief:     "write the results that follow to a file, or to the terminal again",
			Help:      "The format is the one in use, see \\format. A file that is there is written anew.",
			FrontEnds: Shell, most: 1, rest: true, run: text(Output),
		},
		{
			Name:      "i",
			Arguments: "FILE",
			arguments: []complete.Argument{{Kind: complete.Path}},
			Brief:     "run a script, or the cells of a notebook",
			Help:      "It runs up to the first statement that fails. A file that it names is looked for from where riffle was started, and not from where the script is. The magics of a notebook's cell hold in it, too.",
			FrontEnds: Everywhere, least: 1, most: 1, rest: true, run: text(Include),
		},
		{
			Name:      "echo",
			Arguments: "[TEXT]",
			arguments: []complete.Argument{{Kind: complete.Text}},
			Brief:     "print a text where rows go",
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
			Brief:     "edit what was entered last, or a file, in $VISUAL or $EDITOR; it is then at the prompt",
			FrontEnds: Shell, most: 1, rest: true, run: text(Edit),
		},
		{
			Name:      "history",
			Arguments: "[COUNT]",
			arguments: []complete.Argument{{Kind: complete.Text}},
			Brief:     "show the last statements that were typed, 20 of them",
			FrontEnds: Shell, most: 1, run: history,
		},
		{
			Name:      "sql",
			Brief:     "take only SQL in a notebook's cell",
			Help:      "In the cell's first line; no cell needs it.",
			FrontEnds: Notebook, magic: only(sqltext.SQL),
		},
		{
			Name:      "go",
			Brief:     "take only Go declarations in a notebook's cell",
			Help:      "In the cell's first line; no cell needs it.",
			FrontEnds: Notebook, magic: only(sqltext.Go),
		},
		{
			Name:      "time",
			Brief:     "show how long a notebook's cell took",
			Help:      "In the cell's first line. \\timing shows it for all that follow.",
			FrontEnds: Notebook, magic: bare(timed),
		},
		{
			Name:      "page",
			Arguments: "NAME",
			arguments: []complete.Argument{{Kind: complete.Subject}},
			Brief:     "show what is known of a command, statement, function, table or view beside the notebook",
			Help:      "NAME? and ?NAME do the same.",
			FrontEnds: Notebook, least: 1, most: 1, rest: true, run: text(Inspect),
		},
		{
			Name:      "trace",
			Brief:     "print Flink's stack trace of the last error",
			FrontEnds: Shell | Notebook, run: trace,
		},
		{
			Name: "clear", Bare: []string{"clear"},
			Brief:     "clear the screen, in a notebook what the cell has shown",
			FrontEnds: Shell | Notebook, run: act(Clear),
		},
		{
			Name: "quit", Aliases: []string{"exit"}, Bare: []string{"quit", "exit"},
			Brief:     "leave riffle; what still runs is cancelled",
			Help:      "In the shell Ctrl-D on an empty line does the same.",
			FrontEnds: Shell | Script, run: act(Quit),
		},
	}
}
