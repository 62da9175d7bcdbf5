package command

import "riffle/session/complete"

func catalogCommands() []Command {
	return []Command{
		{
			Name:      "d",
			Arguments: "[NAME]",
			arguments: []complete.Argument{{Kind: complete.Relation}},
			Brief:     "list tables and views, or describe one, or a function",
			FrontEnds: Everywhere, most: 1, rest: true, run: describe,
		},
		{
			Name:      "dt",
			Arguments: "[PATTERN]",
			arguments: []complete.Argument{{Kind: complete.TableName}},
			Brief:     "list tables and views; * matches any text: \\dt ord*",
			FrontEnds: Everywhere, most: 1, run: lists("tables or views", "SHOW TABLES"),
		},
		{
			Name:      "dv",
			Arguments: "[PATTERN]",
			arguments: []complete.Argument{{Kind: complete.Text}},
			Brief:     "list views",
			FrontEnds: Everywhere, most: 1, run: lists("views", "SHOW VIEWS"),
		},
		{
			Name: "df", Aliases: []string{"functions"},
			Arguments: "[PATTERN]",
			arguments: []complete.Argument{{Kind: complete.FunctionName}},
			Brief:     "list the functions of this session",
			Help: "A function in Go has its signature, its kind, the cell and line of its declaration, its version, which is how often it was declared, and the first line of its comment. " +
				"rows and ns_per_row are the rows that queries have passed to it and their time: the running queries and the last ended ones, as in \\stats. " +
				"DESCRIBE FUNCTION NAME; shows the same for one function, with the whole comment.",
			FrontEnds: Everywhere, most: 1, run: functions,
		},
		{
			Name:      "try",
			Arguments: "[CALL [= RESULT]]",
			arguments: []complete.Argument{{Kind: complete.Call}},
			Brief:     "call a Go function with constants, without Flink",
			Help: "For example \\try Grade(95, 'x'). The call takes milliseconds and does not wait for Flink. Arguments are constants of SQL: 1.5, 'text' or \"text\", TRUE, NULL, X'00ff', " +
				"DATE '2024-02-29', TIME '15:04:05', TIMESTAMP '2024-02-29 15:04:05', TIMESTAMP_LTZ with a time in the session's time zone, ARRAY[1, 2], MAP['a', 1], ROW(1, 'a'). A call can be an argument of another. " +
				"A constant has the type of its parameter, so it needs no CAST. Each \\try starts a process of its own, so package variables have their initial values. " +
				"\\try Grade(95) = 'A' fails unless the result is 'A'; = NULL expects NULL. riffle check runs such cases in a script.",
			FrontEnds: Everywhere, most: 1, rest: true, run: try,
		},
		{
			Name:      "dn",
			Arguments: "[PATTERN]",
			arguments: []complete.Argument{{Kind: complete.DatabaseName}},
			Brief:     "list databases",
			FrontEnds: Everywhere, most: 1, run: lists("databases", "SHOW DATABASES"),
		},
		{
			Name:      "dc",
			Arguments: "[PATTERN]",
			arguments: []complete.Argument{{Kind: complete.CatalogName}},
			Brief:     "list catalogs",
			FrontEnds: Everywhere, most: 1, run: lists("catalogs", "SHOW CATALOGS"),
		},
		{
			Name:      "dm",
			Arguments: "[PATTERN]",
			arguments: []complete.Argument{{Kind: complete.Text}},
			Brief:     "list models",
			FrontEnds: Everywhere, most: 1, run: lists("models", "SHOW MODELS"),
		},
		{
			Name:      "explain",
			Arguments: "STATEMENT | QUERY",
			arguments: []complete.Argument{{Kind: complete.SQL}},
			Brief:     "draw a plan, with the changes of each operator",
			Help:      "The name or number of a query stands for its statement. EXPLAIN prints the plan as Flink writes it.",
			FrontEnds: Everywhere, least: 1, most: 1, rest: true, run: explainPlan,
		},
		{
			Name:      "jar",
			Arguments: "GROUP:ARTIFACT:VERSION",
			arguments: []complete.Argument{{Kind: complete.Text}},
			Brief:     "add a connector or Maven artifact with dependencies",
			Help: "For example \\jar org.apache.flink:flink-sql-avro:2.3.0. Maven downloads the artifact once, with your Maven settings. Dependencies that Flink contains are left out. The jars are added as with ADD JAR; " +
				"SHOW JARS lists them. To add a file, use ADD JAR 'path'.",
			FrontEnds: Everywhere, least: 1, most: 1, run: jar,
		},
		{
			Name:      "get",
			Arguments: "[MODULE[@VERSION]]",
			arguments: []complete.Argument{{Kind: complete.Text}},
			Brief:     "add a Go module for functions, or list the modules",
			Help: "For example \\get golang.org/x/text@v0.43.0. Go in cells can then import the packages of the module; those whose name no other package has need no import. " +
				"The path of a package adds its module. Without a version, or with @latest, the newest is added; write the version that \\get shows to get the same one again. @none removes a module. " +
				"The go command downloads modules, with your settings (GOPROXY, GOPRIVATE and others). Only \\get downloads them.",
			FrontEnds: Everywhere, most: 1, run: getModule,
		},
	}
}
