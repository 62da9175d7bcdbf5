package statement

func modules() Section {
	return Section{
		Title: "Modules",
		Text:  "A module provides functions. Flink comes with the module `core`. Other modules, such as Hive's, come with a jar.",
		Kinds: []Kind{
			{Verb: "SHOW MODULES", Forms: []Form{
				{Syntax: "SHOW MODULES", Example: "SHOW MODULES;"},
				{Syntax: "SHOW FULL MODULES", Example: "SHOW FULL MODULES;"},
			}},
			{Verb: "UNLOAD MODULE", Forms: []Form{{Syntax: "UNLOAD MODULE m", Example: "UNLOAD MODULE core;"}}},
			{Verb: "LOAD MODULE", Forms: []Form{
				{Syntax: "LOAD MODULE m [WITH ('key' = 'value', …)]", Example: "LOAD MODULE core;"},
				{Syntax: "LOAD MODULE m without its jar", Refused: "the jar has not been added", Example: "LOAD MODULE hive;"},
			}},
			{Verb: "USE MODULES", Forms: []Form{{Syntax: "USE MODULES m, …", Note: "If several modules have a function, the first of them provides it.", Example: "USE MODULES core;"}}},
		},
	}
}

func jars() Section {
	return Section{
		Title: "Jars",
		Text: "Jars provide connectors, formats, catalogs and functions. `riffle -j FILE` adds a jar at the start, and `-l FOLDER` adds all jars in a folder. " +
			"`\\jar GROUP:ARTIFACT:VERSION` downloads a jar and its dependencies with Maven. " +
			"The order does not matter: a jar that an earlier one depends on, such as Hadoop or a JDBC driver, can be added later, even after a statement has failed without it.\n\n" +
			"`HADOOP_CLASSPATH`, `HADOOP_CONF_DIR`, `HADOOP_HOME` and `YARN_CONF_DIR` in riffle's environment have the same effect as with Flink's own scripts: " +
			"Flink's class path includes their jars and folders. Hadoop's file systems, such as `hdfs://`, need this. For catalogs and formats such as Iceberg, Paimon and Parquet, " +
			"`\\jar org.apache.hadoop:hadoop-client-runtime:3.4.1` is enough.",
		Kinds: []Kind{
			{Verb: "ADD JAR", Forms: []Form{{Syntax: "ADD JAR 'file'",
				Note:    "The file is a path, relative to the folder in which riffle was started, or a URL that Flink can read.",
				Example: "ADD JAR '${dir}/shelf.jar';"}}},
			{Verb: "SHOW JARS", Forms: []Form{{Syntax: "SHOW JARS", Example: "\\format csv\nSHOW JARS;"}}},
			{Verb: "REMOVE JAR", Forms: []Form{
				{Syntax: "REMOVE JAR 'file'",
					Note:    "Objects that already use its classes, such as a catalog, keep working.",
					Example: "REMOVE JAR '${dir}/shelf.jar';\nSHOW JARS;"},
				{Syntax: "REMOVE JAR of a jar that was not added", Refused: "there is no such jar", Example: "REMOVE JAR 'missing.jar';"},
			}},
		},
	}
}

func jobs() Section {
	return Section{
		Title:      "Jobs",
		Text:       "`\\queries` lists the jobs of this session by their names in riffle, and `\\cancel` cancels one.",
		Setup:      "CREATE TABLE numbers (n BIGINT) WITH ('connector' = 'datagen', 'rows-per-second' = '10');",
		Background: "SET 'pipeline.name' = 'count';\nSELECT n FROM numbers;",
		Kinds: []Kind{
			{Verb: "SHOW JOBS", Forms: []Form{{Syntax: "SHOW JOBS",
				Note: "Also lists jobs that have ended recently.", Example: "SHOW JOBS;"}}},
			{Verb: "DESCRIBE JOB", Forms: []Form{{Syntax: "DESCRIBE | DESC JOB 'id'", Example: "DESCRIBE JOB '${job}';"}}},
			{Verb: "STOP JOB", Forms: []Form{
				{Syntax: "STOP JOB 'id' WITH SAVEPOINT [WITH DRAIN]", Refused: "the folder for savepoints is not set",
					Example: "STOP JOB '${job}' WITH SAVEPOINT;"},
				{Syntax: "STOP JOB 'id' [WITH SAVEPOINT [WITH DRAIN]]",
					Note:    "Without a savepoint the job is cancelled.",
					Example: "SET 'execution.checkpointing.savepoint-dir' = 'file://${dir}/savepoints';\n\\format csv\nSTOP JOB '${job}' WITH SAVEPOINT;"},
				{Syntax: "STOP JOB of an unknown job", Refused: "there is no such job",
					Example: "STOP JOB '00000000000000000000000000000000';"},
			}},
		},
	}
}

func settings() Section {
	return Section{
		Title: "Settings",
		Text: "SET and RESET change Flink's options for this session. Options that begin with `sql-client.` belong to Flink's SQL Client and are ignored; " +
			"use `\\format`, `\\timing` and `--changelog` instead.",
		Kinds: []Kind{
			{Verb: "SET", Forms: []Form{
				{Syntax: "SET 'key' = 'value'", Note: "A value without quotes ends at the first space.",
					Example: "SET 'parallelism.default' = '2';\nSET table.local-time-zone = UTC;"},
				{Syntax: "SET", Note: "Lists the options that were set. Secret values are shown as ******.",
					Example: "SET 's3.secret-key' = 'geheim';\nSET;"},
			}},
			{Verb: "RESET", Forms: []Form{
				{Syntax: "RESET 'key'", Example: "RESET 's3.secret-key';"},
				{Syntax: "RESET", Note: "Resets all options.", Example: "RESET;\nSET;"},
			}},
		},
	}
}
