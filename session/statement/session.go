package statement

func modules() Section {
	return Section{
		Title: "Modules",
		Text:  "A module brings functions. Flink comes with one, `core`; others come with a jar, as Hive's does.",
		Kinds: []Kind{
			{Verb: "SHOW MODULES", Forms: []Form{
				{Syntax: "SHOW MODULES", Example: "SHOW MODULES;"},
				{Syntax: "SHOW FULL MODULES", Example: "SHOW FULL MODULES;"},
			}},
			{Verb: "UNLOAD MODULE", Forms: []Form{{Syntax: "UNLOAD MODULE m", Example: "UNLOAD MODULE core;"}}},
			{Verb: "LOAD MODULE", Forms: []Form{
				{Syntax: "LOAD MODULE m [WITH ('key' = 'value', …)]", Example: "LOAD MODULE core;"},
				{Syntax: "LOAD MODULE of which the jar is missing", Refused: "its jar is not there", Example: "LOAD MODULE hive;"},
			}},
			{Verb: "USE MODULES", Forms: []Form{{Syntax: "USE MODULES m, …", Note: "The first of them that knows a function has it.", Example: "USE MODULES core;"}}},
		},
	}
}

func jars() Section {
	return Section{
		Title: "Jars",
		Text: "A jar brings connectors, formats, catalogs and functions. `riffle -j FILE` adds one at the start, `-l FOLDER` all of a folder; " +
			"`\\jar GROUP:ARTIFACT:VERSION` adds one that Maven fetches, with all that it needs. " +
			"The order does not matter: a jar that brings what an earlier one lacked, such as Hadoop or a JDBC driver, can come later, even after a statement that failed without it.\n\n" +
			"`HADOOP_CLASSPATH`, `HADOOP_CONF_DIR`, `HADOOP_HOME` and `YARN_CONF_DIR` in riffle's environment do what they do for Flink's own scripts: " +
			"their jars and folders are on the class path of Flink itself. File systems of Hadoop's in paths, such as `hdfs://`, need that; catalogs and formats such as Iceberg, Paimon and Parquet work with " +
			"`\\jar org.apache.hadoop:hadoop-client-runtime:3.4.1` too.",
		Kinds: []Kind{
			{Verb: "ADD JAR", Forms: []Form{{Syntax: "ADD JAR 'file'",
				Note:    "Takes a path from the folder where riffle was started, or a URL that Flink can read.",
				Example: "ADD JAR '${dir}/shelf.jar';"}}},
			{Verb: "SHOW JARS", Forms: []Form{{Syntax: "SHOW JARS", Example: "\\format csv\nSHOW JARS;"}}},
			{Verb: "REMOVE JAR", Forms: []Form{
				{Syntax: "REMOVE JAR 'file'",
					Note:    "What was made of its classes before, such as a catalog, stays.",
					Example: "REMOVE JAR '${dir}/shelf.jar';\nSHOW JARS;"},
				{Syntax: "REMOVE JAR of none", Refused: "it was not added", Example: "REMOVE JAR 'missing.jar';"},
			}},
		},
	}
}

func jobs() Section {
	return Section{
		Title:      "Jobs",
		Text:       "`\\queries` lists those of this session by riffle's names, and `\\cancel` ends one.",
		Setup:      "CREATE TABLE numbers (n BIGINT) WITH ('connector' = 'datagen', 'rows-per-second' = '10');",
		Background: "SET 'pipeline.name' = 'count';\nSELECT n FROM numbers;",
		Kinds: []Kind{
			{Verb: "SHOW JOBS", Forms: []Form{{Syntax: "SHOW JOBS",
				Note: "The last of those that ended are among them.", Example: "SHOW JOBS;"}}},
			{Verb: "DESCRIBE JOB", Forms: []Form{{Syntax: "DESCRIBE | DESC JOB 'id'", Example: "DESCRIBE JOB '${job}';"}}},
			{Verb: "STOP JOB", Forms: []Form{
				{Syntax: "STOP JOB 'id' WITH SAVEPOINT [WITH DRAIN]", Refused: "where to has to be set first",
					Example: "STOP JOB '${job}' WITH SAVEPOINT;"},
				{Syntax: "STOP JOB 'id' [WITH SAVEPOINT [WITH DRAIN]]",
					Note:    "Without a savepoint the job is cancelled.",
					Example: "SET 'execution.checkpointing.savepoint-dir' = 'file://${dir}/savepoints';\n\\format csv\nSTOP JOB '${job}' WITH SAVEPOINT;"},
				{Syntax: "STOP JOB of none", Refused: "there is no such job",
					Example: "STOP JOB '00000000000000000000000000000000';"},
			}},
		},
	}
}

func settings() Section {
	return Section{
		Title: "Settings",
		Text: "Options of Flink, for this session. Those that begin with `sql-client.` are of Flink's SQL Client and change nothing here: " +
			"`\\format`, `\\timing` and `--changelog` are riffle's.",
		Kinds: []Kind{
			{Verb: "SET", Forms: []Form{
				{Syntax: "SET 'key' = 'value'", Note: "Without quotes a value ends at a blank.",
					Example: "SET 'parallelism.default' = '2';\nSET table.local-time-zone = UTC;"},
				{Syntax: "SET", Note: "Lists what was set. Secret values are shown as ******.",
					Example: "SET 's3.secret-key' = 'geheim';\nSET;"},
			}},
			{Verb: "RESET", Forms: []Form{
				{Syntax: "RESET 'key'", Example: "RESET 's3.secret-key';"},
				{Syntax: "RESET", Note: "All of them.", Example: "RESET;\nSET;"},
			}},
		},
	}
}
