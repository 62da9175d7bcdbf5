package statement

func catalogs() Section {
	return Section{
		Title: "Catalogs and databases",
		Text: "Flink comes with one type of catalog, `generic_in_memory`. Other types come with the jar of the system that they connect to. " +
			"Their contents outlive the session, so riffle does not repeat changes to them when it restores a session after a crash of Flink's JVM.",
		Kinds: []Kind{
			{Verb: "CREATE CATALOG", Forms: []Form{{Syntax: "CREATE CATALOG [IF NOT EXISTS] c [COMMENT '…'] WITH ('type' = '…', …)",
				Example: "CREATE CATALOG shop COMMENT 'ours' WITH ('type' = 'generic_in_memory');"}}},
			{Verb: "ALTER CATALOG", Forms: []Form{
				{Syntax: "ALTER CATALOG c SET ('key' = 'value', …)",
					Example: "ALTER CATALOG shop SET ('default-database' = 'main');"},
				{Syntax: "ALTER CATALOG c RESET ('key', …)", Example: "ALTER CATALOG shop RESET ('default-database');"},
				{Syntax: "ALTER CATALOG c COMMENT '…'", Example: "ALTER CATALOG shop COMMENT 'of the shop';"},
			}},
			{Verb: "SHOW CREATE CATALOG", Forms: []Form{{Syntax: "SHOW CREATE CATALOG c", Example: "SHOW CREATE CATALOG shop;"}}},
			{Verb: "DESCRIBE CATALOG", Forms: []Form{{Syntax: "DESCRIBE | DESC CATALOG [EXTENDED] c", Example: "DESCRIBE CATALOG EXTENDED shop;"}}},
			{Verb: "SHOW CATALOGS", Forms: []Form{{Syntax: "SHOW CATALOGS [[NOT] LIKE | ILIKE 'pattern']", Example: "SHOW CATALOGS;"}}},
			{Verb: "USE CATALOG", Forms: []Form{{Syntax: "USE CATALOG c", Example: "USE CATALOG shop;"}}},
			{Verb: "SHOW CURRENT CATALOG", Forms: []Form{{Syntax: "SHOW CURRENT CATALOG", Example: "SHOW CURRENT CATALOG;"}}},
			{Verb: "CREATE DATABASE", Forms: []Form{{Syntax: "CREATE DATABASE [IF NOT EXISTS] [c.]d [COMMENT '…'] [WITH ('key' = 'value', …)]",
				Example: "CREATE DATABASE sales COMMENT 'this year' WITH ('owner' = 'ann');"}}},
			{Verb: "ALTER DATABASE", Forms: []Form{{Syntax: "ALTER DATABASE [c.]d SET ('key' = 'value', …)", Example: "ALTER DATABASE sales SET ('owner' = 'bob');"}}},
			{Verb: "DESCRIBE DATABASE", Refused: grammarOnly, Forms: []Form{{
				Syntax: "DESCRIBE DATABASE [EXTENDED] [c.]d", Example: "DESCRIBE DATABASE sales;"}}},
			{Verb: "SHOW DATABASES", Forms: []Form{{Syntax: "SHOW DATABASES [FROM | IN c] [[NOT] LIKE | ILIKE 'pattern']", Example: "SHOW DATABASES IN shop LIKE 's%';"}}},
			{Verb: "USE", Forms: []Form{{Syntax: "USE [c.]d", Example: "USE shop.sales;"}}},
			{Verb: "SHOW CURRENT DATABASE", Forms: []Form{{Syntax: "SHOW CURRENT DATABASE", Example: "SHOW CURRENT DATABASE;"}}},
			{Verb: "DROP DATABASE", Forms: []Form{{Syntax: "DROP DATABASE [IF EXISTS] [c.]d [RESTRICT | CASCADE]",
				Note:    "The current database cannot be dropped. A database that is not empty can only be dropped with CASCADE.",
				Example: "USE default_catalog.default_database;\nDROP DATABASE shop.sales CASCADE;"}}},
			{Verb: "DROP CATALOG", Forms: []Form{{Syntax: "DROP CATALOG [IF EXISTS] c", Example: "DROP CATALOG shop;"}}},
		},
	}
}

func functions() Section {
	return Section{
		Title: "Functions",
		Text:  "A Go `func` needs no statement: its declaration already makes it a SQL function. The statements below are for functions in jars and in Python.",
		Setup: "ADD JAR '${dir}/shelf.jar';\nfunc Twice(n int64) int64 { return 2 * n }",
		Kinds: []Kind{
			{Verb: "CREATE FUNCTION", Forms: []Form{
				{Syntax: "CREATE [TEMPORARY | TEMPORARY SYSTEM] FUNCTION [IF NOT EXISTS] f AS 'class' [LANGUAGE JAVA | SCALA] [USING JAR 'file', …]",
					Note:    "A TEMPORARY SYSTEM function is available in every database. The class of a temporary function must exist when the function is created; other classes are loaded when the function is used.",
					Example: "CREATE TEMPORARY SYSTEM FUNCTION shout AS 'shelf.Shout';\nCREATE FUNCTION shout2 AS 'shelf.Shout' USING JAR '${dir}/shelf.jar';\nSELECT shout('tea') AS a, shout2('milk') AS b;"},
				{Syntax: "CREATE [TEMPORARY | TEMPORARY SYSTEM] FUNCTION f AS 'module.name' LANGUAGE PYTHON",
					Note:    "The function can be created but not called: riffle takes the place of Flink's Python workers, and runs only Go.",
					Example: "CREATE FUNCTION py AS 'mine.f' LANGUAGE PYTHON;\nDROP FUNCTION py;"},
			}},
			{Verb: "ALTER FUNCTION", Forms: []Form{{Syntax: "ALTER [TEMPORARY | TEMPORARY SYSTEM] FUNCTION [IF EXISTS] f AS 'class' [LANGUAGE …]",
				Note:    "Flink cannot alter a temporary system function.",
				Example: "ALTER FUNCTION shout2 AS 'shelf.Shout' LANGUAGE JAVA;"}}},
			{Verb: "DESCRIBE FUNCTION", Forms: []Form{{Syntax: "DESCRIBE | DESC FUNCTION [EXTENDED] f",
				Note:    "For a function in Go, the answer has its signature, comment and place, and the rows that queries have passed to it: see functions.md.",
				Example: "DESCRIBE FUNCTION shout;\nDESCRIBE FUNCTION EXTENDED shout;"}}},
			{Verb: "SHOW FUNCTIONS", Forms: []Form{
				{Syntax: "SHOW FUNCTIONS [FROM | IN database] [[NOT] LIKE | ILIKE 'pattern']", Example: "SHOW FUNCTIONS LIKE 'shou%';"},
				{Syntax: "SHOW USER FUNCTIONS [FROM | IN database] [[NOT] LIKE | ILIKE 'pattern']", Note: "Lists Go functions as well.", Example: "SHOW USER FUNCTIONS;"},
			}},
			{Verb: "DROP FUNCTION", Forms: []Form{{Syntax: "DROP [TEMPORARY | TEMPORARY SYSTEM] FUNCTION [IF EXISTS] f",
				Example: "DROP TEMPORARY SYSTEM FUNCTION shout;\nDROP FUNCTION IF EXISTS shout2;"}}},
		},
	}
}

func models() Section {
	return Section{
		Title: "Models",
		Text: "CREATE MODEL defines the columns and options of a model. Its provider, such as `openai`, computes the results and comes with a jar, such as flink-model-openai. " +
			"The examples use the `shelf` provider of riffle's tests.",
		Setup: "ADD JAR '${dir}/shelf.jar';\nCREATE VIEW texts AS SELECT 'tea' AS line;",
		Kinds: []Kind{
			{Verb: "CREATE MODEL", Forms: []Form{
				{Syntax: "CREATE [TEMPORARY] MODEL [IF NOT EXISTS] m INPUT (…) OUTPUT (…) [COMMENT '…'] WITH ('provider' = '…', …)",
					Example: "CREATE MODEL loud INPUT (line STRING) OUTPUT (louder STRING) WITH ('provider' = 'shelf', 'api-key' = 'geheim');\n" +
						"SELECT * FROM ML_PREDICT(TABLE texts, MODEL loud, DESCRIPTOR(line));"},
				{Syntax: "CREATE MODEL m WITH (…) AS query", Refused: grammarOnly,
					Example: "CREATE MODEL trained WITH ('provider' = 'shelf') AS SELECT line, line AS louder FROM texts;"},
				{Syntax: "CREATE MODEL m … without the jar of its provider", Refused: "the jar has not been added",
					Example: "CREATE TEMPORARY MODEL other INPUT (line STRING) OUTPUT (louder STRING) WITH ('provider' = 'openai');\n" +
						"SELECT * FROM ML_PREDICT(TABLE texts, MODEL other, DESCRIPTOR(line));"},
			}},
			{Verb: "SHOW CREATE MODEL", Forms: []Form{{Syntax: "SHOW CREATE MODEL m", Example: "SHOW CREATE MODEL loud;"}}},
			{Verb: "DESCRIBE MODEL", Forms: []Form{{Syntax: "DESCRIBE | DESC MODEL [EXTENDED] m", Example: "DESCRIBE MODEL loud;"}}},
			{Verb: "SHOW MODELS", Forms: []Form{{Syntax: "SHOW MODELS [FROM | IN database] [[NOT] LIKE 'pattern']",
				Note: "Does not list temporary models.", Example: "SHOW MODELS;"}}},
			{Verb: "ALTER MODEL", Forms: []Form{
				{Syntax: "ALTER MODEL [IF EXISTS] m SET ('key' = 'value', …)", Example: "ALTER MODEL loud SET ('task' = 'shouting');"},
				{Syntax: "ALTER MODEL [IF EXISTS] m RESET ('key', …)", Example: "ALTER MODEL loud RESET ('task');"},
				{Syntax: "ALTER MODEL [IF EXISTS] m RENAME TO n", Example: "ALTER MODEL loud RENAME TO louder;"},
			}},
			{Verb: "DROP MODEL", Forms: []Form{{Syntax: "DROP [TEMPORARY] MODEL [IF EXISTS] m", Example: "DROP MODEL louder;\nDROP TEMPORARY MODEL IF EXISTS other;"}}},
		},
	}
}

func connections() Section {
	return Section{
		Title: "Connections",
		Text:  "Flink 2.3 has these statements in its grammar but cannot execute them.",
		Kinds: []Kind{
			{Verb: "CREATE CONNECTION", Refused: grammarOnly, Forms: []Form{{Syntax: "CREATE [TEMPORARY] CONNECTION [IF NOT EXISTS] c [COMMENT '…'] WITH (…)",
				Example: "CREATE CONNECTION warehouse WITH ('type' = 'basic');"}}},
			{Verb: "ALTER CONNECTION", Refused: grammarOnly, Forms: []Form{
				{Syntax: "ALTER CONNECTION [IF EXISTS] c SET ('key' = 'value', …)", Example: "ALTER CONNECTION warehouse SET ('type' = 'bearer');"},
				{Syntax: "ALTER CONNECTION [IF EXISTS] c RESET ('key', …)", Example: "ALTER CONNECTION warehouse RESET ('type');"},
				{Syntax: "ALTER CONNECTION [IF EXISTS] c RENAME TO d", Example: "ALTER CONNECTION warehouse RENAME TO store;"},
			}},
			{Verb: "DROP CONNECTION", Refused: grammarOnly, Forms: []Form{{Syntax: "DROP [TEMPORARY] CONNECTION [IF EXISTS] c",
				Example: "DROP CONNECTION warehouse;"}}},
			{Verb: "DESCRIBE CONNECTION", Refused: grammarOnly, Forms: []Form{{Syntax: "DESCRIBE CONNECTION [EXTENDED] c",
				Example: "DESCRIBE CONNECTION warehouse;"}}},
			{Verb: "SHOW CREATE CONNECTION", Refused: grammarOnly, Forms: []Form{{Syntax: "SHOW CREATE CONNECTION c",
				Example: "SHOW CREATE CONNECTION warehouse;"}}},
			{Verb: "SHOW CONNECTIONS", Refused: grammarOnly, Forms: []Form{{Syntax: "SHOW CONNECTIONS [FROM | IN database] [[NOT] LIKE 'pattern']",
				Example: "SHOW CONNECTIONS;"}}},
		},
	}
}
