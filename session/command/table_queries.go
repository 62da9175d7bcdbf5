package command

import "riffle/session/complete"

func queryCommands() []Command {
	return []Command{
		{
			Name: "queries", Aliases: []string{"q", "jobs"},
			Brief: "list running queries and jobs",
			Help: "rows_in counts the rows read from the sources. changes counts the changes received, and changes_per_s is their average rate. " +
				"watermark is the event time up to which the result is complete. \\show and \\cancel take the query's name.",
			FrontEnds: Everywhere, run: queries,
		},
		{
			Name:      "show",
			Arguments: "QUERY",
			arguments: []complete.Argument{{Kind: complete.Running}},
			Brief:     "bring a background query to the foreground: \\show q3",
			Help:      "In the shell, Ctrl-C then cancels the query, and the key b sends it to the background again. In a notebook, the table is shown below this cell too, and the query stays in the background.",
			FrontEnds: Shell | Notebook, least: 1, most: 1, run: show,
		},
		{
			Name:      "cancel",
			Arguments: "[QUERY|all|set]",
			arguments: []complete.Argument{{Kind: complete.Running}},
			Brief:     "cancel a query or job: \\cancel q3, \\cancel all",
			Help: "The command returns when Flink has accepted the request; \\queries lists the query until it has ended. all cancels every query and every INSERT job of the session. " +
				"set discards the statement set that BEGIN STATEMENT SET opened, with its INSERTs. " +
				"Without an argument, a notebook asks which query to cancel.",
			FrontEnds: Everywhere, most: 1, run: cancel,
		},
		{
			Name:      "stop",
			Arguments: "QUERY | JOB [FOLDER]",
			arguments: []complete.Argument{{Kind: complete.Running}, {Kind: complete.Path}},
			Brief:     "stop an INSERT job with a savepoint",
			Help: "For example \\stop q3 /tmp/savepoints. The job must be that of an INSERT, because a query's rows are in this session and cannot be resumed. If the job's tasks are still starting, the command waits for them. " +
				"Without a folder, the savepoint is written to the one of SET 'execution.checkpointing.savepoint-dir'. To resume, SET 'execution.state-recovery.path' = 'path of the savepoint' " +
				"and run the same statement. \\cancel ends a job without a savepoint.",
			FrontEnds: Everywhere, least: 1, most: 2, rest: true, run: stop,
		},
		{
			Name:      "attach",
			Arguments: "JOB",
			arguments: []complete.Argument{{Kind: complete.Text}},
			Brief:     "follow a job of an existing cluster, whoever submitted it: \\attach JOB",
			Help: "JOB is the id that SHOW JOBS lists. The command shows the state of the job. The job is then listed in \\queries under a number of this session, and its failure is reported here. " +
				"\\stop stops it with a savepoint, and \\cancel cancels it; \\cancel all and the end of the session do not. It works with riffle --cluster.",
			FrontEnds: Everywhere, least: 1, most: 1, run: attach,
		},
		{
			Name:      "wait",
			Arguments: "[QUERY] [rows=N] [for=TIME] [then=cancel] [else=fail]",
			arguments: []complete.Argument{{Kind: complete.Running, Optional: true}, waits, waits, waits, waits},
			Brief:     "wait for a background query: \\wait q3 rows=100 for=10s",
			Help: "The command waits until the query has received rows=N rows, until the time of for= is over, or until the query ends, whichever is first. " +
				"Without arguments it waits for all queries that end by themselves. With options only, it waits for the query that was started last. " +
				"Rows are counted as in \\queries: each change of an updating result counts, and an INSERT counts the rows it has written, which Flink does not report after its end. " +
				"If rows are missing when the time is over, the command says how many; with else=fail this is an error. A connector that fails before it has read a row is an error too. then=cancel cancels the query at the end. " +
				"In a notebook, %%wait rows=100 for=10s as the first line of a cell limits how long the cell waits for each streaming query. The query is then " +
				"cancelled, or continues below the cell with then=background. A query that ends by itself is not limited. " +
				"SET 'riffle.notebook.wait' = 'rows=100 for=10s' does the same for all cells.",
			FrontEnds: Everywhere, most: 5, magic: boundedWait, run: wait,
		},
		{
			Name:      "name",
			Arguments: "[QUERY] NAME",
			arguments: []complete.Argument{{Kind: complete.Result, Optional: true}, {Kind: complete.Text}},
			Brief:     "name the next query, or an existing one: \\name q3 totals",
			Help: "The name can be used wherever a query's number can: \\show totals, \\plot totals, \\save totals totals.csv. Without a query, the name is given to the next query or job. " +
				"If another query already has the name, the name moves to the new query; the other one keeps its number and continues to run. " +
				"The table of an ended query is kept while the query has a name. " +
				"In a notebook, %%name totals in the first lines of a cell names the cell's first query.",
			FrontEnds: Everywhere, least: 1, most: 2, magic: named, run: name,
		},
		{
			Name:      "stats",
			Arguments: "[QUERY]",
			arguments: []complete.Argument{{Kind: complete.Called}},
			Brief:     "show calls, errors and time of Go functions, per query",
			Help: "The running queries and the last ended ones are shown. A row that the plan passes to a function in two places counts twice. ns_per_row is the function's own time " +
				"plus the way to its process and back. share is that time as a fraction of the query's running time, per subtask. " +
				"metrics are what functions count and measure with a riffle.Context.",
			FrontEnds: Everywhere, most: 1, run: stats,
		},
	}
}
