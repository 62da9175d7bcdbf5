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
			Name:      "df",
			Arguments: "[PATTERN]",
			arguments: []complete.Argument{{Kind: complete.FunctionName}},
			Brief:     "list the functions of this session",
			Help:      "Functions in Go are listed with their signature, the first line of their comment, and the cell that declares them. \\d NAME shows the whole comment.",
			FrontEnds: Everywhere, most: 1, run: functions,
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
	}
}
