package statement

func catalogs() Section {
	return Section{
		Title: "Catalogs and databases",
		Text: "Flink's `generic_in_memory` is the only catalog that comes with riffle's Flink; others come with the jar of what they connect to. " +
			"What a catalog of its own keeps outlives the session, so riffle does not repeat changes of it when the JVM is lost.",
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
				Note:    "Not the one in use, and without CASCADE not one that holds anything.",
				Example: "USE default_catalog.default_database;\nDROP DATABASE shop.sales CASCADE;"}}},
			{Verb: "DROP CATALOG", Forms: []Form{{Syntax: "DROP CATALOG [IF EXISTS] c", Example: "DROP CATALOG shop;"}}},
		},
	}
}

func functions() Section {
	return Section{
		Title: "Functions",
		Text:  "A Go `func` needs no statement: it is a function when it is typed. These are for functions in jars and in Python.",
		Setup: "ADD JAR '${dir}/shelf.jar';\nfunc Twice(n int64) int64 { return 2 * n }",
		Kinds: []Kind{
			{Verb: "CREATE FUNCTION", Forms: []Form{
				{Syntax: "CREATE [TEMPORARY | TEMPORARY SYSTEM] FUNCTION [IF NOT EXISTS] f AS 'class' [LANGUAGE JAVA | SCALA] [USING JAR 'file', …]",
					Note:    "A TEMPORARY SYSTEM function is found in every database. A class is looked for when the function is used, unless it is temporary.",
					Example: "CREATE TEMPORARY SYSTEM FUNCTION shout AS 'shelf.Shout';\nCREATE FUNCTION shout2 AS 'shelf.Shout' USING JAR '${dir}/shelf.jar';\nSELECT shout('tea') AS a, shout2('milk') AS b;"},
				{Syntax: "CREATE [TEMPORARY | TEMPORARY SYSTEM] FUNCTION f AS 'module.name' LANGUAGE PYTHON",
					Note:    "It can be registered, and not run: Flink's Python workers are riffle's here, and they run Go.",
					Example: "CREATE FUNCTION py AS 'mine.f' LANGUAGE PYTHON;\nDROP FUNCTION py;"},
			}},
			{Verb: "ALTER FUNCTION", Forms: []Form{{Syntax: "ALTER [TEMPORARY | TEMPORARY SYSTEM] FUNCTION [IF EXISTS] f AS 'class' [LANGUAGE …]",
				Note:    "Flink cannot alter a temporary system function.",
				Example: "ALTER FUNCTION shout2 AS 'shelf.Shout' LANGUAGE JAVA;"}}},
			{Verb: "DESCRIBE FUNCTION", Forms: []Form{{Syntax: "DESCRIBE | DESC FUNCTION [EXTENDED] f",
				Example: "DESCRIBE FUNCTION Twice;\nDESCRIBE FUNCTION EXTENDED shout;"}}},
			{Verb: "SHOW FUNCTIONS", Forms: []Form{
				{Syntax: "SHOW FUNCTIONS [FROM | IN database] [[NOT] LIKE | ILIKE 'pattern']", Example: "SHOW FUNCTIONS LIKE 'shou%';"},
				{Syntax: "SHOW USER FUNCTIONS [FROM | IN database] [[NOT] LIKE | ILIKE 'pattern']", Note: "Those of Go are among them.", Example: "SHOW USER FUNCTIONS;"},
			}},
			{Verb: "DROP FUNCTION", Forms: []Form{{Syntax: "DROP [TEMPORARY | TEMPORARY SYSTEM] FUNCTION [IF EXISTS] f",
				Example: "DROP TEMPORARY SYSTEM FUNCTION shout;\nDROP FUNCTION IF EXISTS shout2;"}}},
		},
	}
}

func models() Section {
	return Section{
		Title: "Models",
		Text: "A model is a definition; who computes it is its provider, which comes with a jar, such as flink-model-openai. " +
			"The example's provider is one of riffle's own tests, `shelf`.",
		Setup: "ADD JAR '${dir}/shelf.jar';\nCREATE VIEW texts AS SELECT 'tea' AS line;",
		Kinds: []Kind{
			{Verb: "CREATE MODEL", Forms: []Form{
				{Syntax: "CREATE [TEMPORARY] MODEL [IF NOT EXISTS] m INPUT (…) OUTPUT (…) [COMMENT '…'] WITH ('provider' = '…', …)",
					Example: "CREATE MODEL loud INPUT (line STRING) OUTPUT (louder STRING) WITH ('provider' = 'shelf', 'api-key' = 'geheim');\n" +
						"SELECT * FROM ML_PREDICT(TABLE texts, MODEL loud, DESCRIPTOR(line));"},
				{Syntax: "CREATE MODEL m WITH (…) AS query", Refused: grammarOnly,
					Example: "CREATE MODEL trained WITH ('provider' = 'shelf') AS SELECT line, line AS louder FROM texts;"},
				{Syntax: "A model whose provider is missing", Refused: "its jar is not there",
					Example: "CREATE TEMPORARY MODEL other INPUT (line STRING) OUTPUT (louder STRING) WITH ('provider' = 'openai');\n" +
						"SELECT * FROM ML_PREDICT(TABLE texts, MODEL other, DESCRIPTOR(line));"},
			}},
			{Verb: "SHOW CREATE MODEL", Forms: []Form{{Syntax: "SHOW CREATE MODEL m", Example: "SHOW CREATE MODEL loud;"}}},
			{Verb: "DESCRIBE MODEL", Forms: []Form{{Syntax: "DESCRIBE | DESC MODEL [EXTENDED] m", Example: "DESCRIBE MODEL loud;"}}},
			{Verb: "SHOW MODELS", Forms: []Form{{Syntax: "SHOW MODELS [FROM | IN database] [[NOT] LIKE 'pattern']",
				Note: "Temporary ones are not among them.", Example: "SHOW MODELS;"}}},
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
		Text:  "In Flink 2.3 these are grammar only.",
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
