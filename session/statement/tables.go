package statement

func tables() Section {
	return Section{
		Title: "Tables",
		Text: "Flink's own catalog keeps tables in memory until the session ends. " +
			"A TEMPORARY table lasts until the session ends in any catalog, and hides a permanent table of the same name.",
		Setup: "CREATE TABLE words (word STRING) WITH ('connector' = 'filesystem', 'path' = '${dir}/words', 'format' = 'csv');\n" +
			"INSERT INTO words VALUES 'tea', 'milk';",
		Kinds: []Kind{
			{Verb: "CREATE TABLE", Forms: []Form{
				{Syntax: "CREATE [TEMPORARY] TABLE [IF NOT EXISTS] t (columns, keys, watermark) [COMMENT '…'] [DISTRIBUTED …] [PARTITIONED BY (…)] WITH ('key' = 'value', …)",
					Example: `CREATE TABLE orders (
  id BIGINT, item STRING, cents INT, placed TIMESTAMP_LTZ(3),
  price AS cents / 100.0,
  WATERMARK FOR placed AS placed - INTERVAL '5' SECOND,
  PRIMARY KEY (id) NOT ENFORCED
) COMMENT 'of the shop' WITH ('connector' = 'datagen', 'number-of-rows' = '10');`},
				{Syntax: "CREATE TABLE t [(…)] WITH (…) LIKE other [(INCLUDING | EXCLUDING | OVERWRITING …)]",
					Example: "CREATE TEMPORARY TABLE more_orders WITH ('number-of-rows' = '20') LIKE orders (EXCLUDING WATERMARKS);"},
				{Syntax: "CREATE TABLE t WITH (…) AS query",
					Note:    "Creates the table and starts a job that fills it. If Flink's JVM crashes, riffle restores the table but does not restart the job.",
					Example: "CREATE TABLE upper_words WITH ('connector' = 'filesystem', 'path' = '${dir}/upper', 'format' = 'csv')\nAS SELECT UPPER(word) AS word FROM words;\nSELECT * FROM upper_words;"},
				{Syntax: "CREATE OR REPLACE TABLE t WITH (…) AS query",
					Example: "CREATE OR REPLACE TABLE upper_words WITH ('connector' = 'blackhole') AS SELECT word, 1 AS n FROM words;\nDESCRIBE upper_words;"},
			}},
			{Verb: "REPLACE TABLE", Forms: []Form{{Syntax: "REPLACE TABLE t WITH (…) AS query",
				Note:    "The table must exist.",
				Example: "REPLACE TABLE upper_words WITH ('connector' = 'blackhole') AS SELECT word FROM words;"}}},
			{Verb: "SHOW CREATE TABLE", Forms: []Form{{Syntax: "SHOW CREATE TABLE t",
				Note:    "Values of secret options, such as a password, are shown as ******.",
				Example: "CREATE TEMPORARY TABLE remote (id BIGINT) WITH ('connector' = 'jdbc', 'password' = 'geheim');\nSHOW CREATE TABLE remote;"}}},
			{Verb: "DESCRIBE", Forms: []Form{{Syntax: "DESCRIBE | DESC [EXTENDED] t",
				Example: "DESCRIBE orders;"}}},
			{Verb: "DESC", Forms: []Form{{Syntax: "DESC …", Note: "DESC is short for DESCRIBE in every statement.",
				Example: "DESC words;"}}},
			{Verb: "SHOW COLUMNS", Forms: []Form{{Syntax: "SHOW COLUMNS FROM | IN t [[NOT] LIKE 'pattern']",
				Example: "SHOW COLUMNS FROM orders LIKE 'p%';"}}},
			{Verb: "SHOW TABLES", Forms: []Form{{Syntax: "SHOW TABLES [FROM | IN [catalog.]database] [[NOT] LIKE 'pattern']",
				Note:    "Lists views as well.",
				Example: "SHOW TABLES;\nSHOW TABLES IN default_database LIKE 'o%';"}}},
			{Verb: "ALTER TABLE", Forms: []Form{
				{Syntax: "ALTER TABLE t RENAME TO u",
					Example: "ALTER TABLE orders RENAME TO sales;"},
				{Syntax: "ALTER TABLE t RENAME column TO other",
					Example: "ALTER TABLE sales RENAME item TO article;"},
				{Syntax: "ALTER TABLE t ADD column type [FIRST | AFTER c] | (…)",
					Example: "ALTER TABLE sales ADD (town STRING COMMENT 'of the buyer' AFTER id, shop INT);"},
				{Syntax: "ALTER TABLE t MODIFY column type | (…)",
					Example: "ALTER TABLE sales MODIFY shop BIGINT FIRST;"},
				{Syntax: "ALTER TABLE t DROP column | (…)",
					Example: "ALTER TABLE sales DROP (town, shop);"},
				{Syntax: "ALTER TABLE t DROP PRIMARY KEY | CONSTRAINT name",
					Example: "ALTER TABLE sales DROP PRIMARY KEY;"},
				{Syntax: "ALTER TABLE t ADD | MODIFY [CONSTRAINT name] PRIMARY KEY (…) NOT ENFORCED",
					Example: "ALTER TABLE sales ADD CONSTRAINT sale PRIMARY KEY (id) NOT ENFORCED;\nALTER TABLE sales DROP CONSTRAINT sale;"},
				{Syntax: "ALTER TABLE t DROP WATERMARK",
					Example: "ALTER TABLE sales DROP WATERMARK;"},
				{Syntax: "ALTER TABLE t ADD | MODIFY WATERMARK FOR column AS …",
					Example: "ALTER TABLE sales ADD WATERMARK FOR placed AS placed;"},
				{Syntax: "ALTER TABLE t ADD | MODIFY DISTRIBUTION …, DROP DISTRIBUTION",
					Note:    "Only for connectors that distribute rows into buckets.",
					Example: "ALTER TABLE sales ADD DISTRIBUTION BY HASH(id) INTO 4 BUCKETS;\nALTER TABLE sales MODIFY DISTRIBUTION INTO 3 BUCKETS;\nALTER TABLE sales DROP DISTRIBUTION;"},
				{Syntax: "ALTER TABLE t SET ('key' = 'value', …)",
					Example: "ALTER TABLE sales SET ('rows-per-second' = '5');"},
				{Syntax: "ALTER TABLE t RESET ('key', …)",
					Example: "ALTER TABLE sales RESET ('rows-per-second');\nDESCRIBE sales;"},
			}},
			{Verb: "DROP TABLE", Forms: []Form{{Syntax: "DROP [TEMPORARY] TABLE [IF EXISTS] t",
				Example: "DROP TABLE sales;\nDROP TEMPORARY TABLE IF EXISTS more_orders;"}}},
		},
	}
}

func partitions() Section {
	return Section{
		Title: "Partitions and statistics",
		Setup: `CREATE TABLE visits (who STRING, n INT, at_day STRING) PARTITIONED BY (at_day)
WITH ('connector' = 'filesystem', 'path' = '${dir}/visits', 'format' = 'csv');
SET 'execution.runtime-mode' = 'batch';
INSERT INTO visits VALUES ('ann', 1, 'mon'), ('bob', 2, 'tue');
CREATE TABLE towns (town STRING) WITH ('connector' = 'filesystem', 'path' = '${dir}/towns', 'format' = 'csv');
INSERT INTO towns VALUES 'Basel', 'Bern';`,
		Kinds: []Kind{
			{Verb: "ALTER TABLE", Forms: []Form{
				{Syntax: "ALTER TABLE t ADD [IF NOT EXISTS] PARTITION (…) [WITH (…)] …",
					Note:    "Flink's own catalog only knows the partitions that were added with this statement.",
					Example: "ALTER TABLE visits ADD PARTITION (at_day = 'mon') PARTITION (at_day = 'tue');"},
				{Syntax: "ALTER TABLE t DROP [IF EXISTS] PARTITION (…), …",
					Example: "ALTER TABLE visits DROP PARTITION (at_day = 'tue');"},
			}},
			{Verb: "SHOW PARTITIONS", Forms: []Form{{Syntax: "SHOW PARTITIONS t [PARTITION (…)]",
				Example: "SHOW PARTITIONS visits;"}}},
			{Verb: "ANALYZE TABLE", Forms: []Form{{Syntax: "ANALYZE TABLE t [PARTITION (…)] COMPUTE STATISTICS [FOR COLUMNS … | FOR ALL COLUMNS]",
				Note:    "Only in batch mode. Counts the rows, and collects statistics of the columns, for the planner.",
				Example: "ANALYZE TABLE towns COMPUTE STATISTICS FOR ALL COLUMNS;"},
				{Syntax: "ANALYZE TABLE … PARTITION in Flink's own catalog", Refused: "this catalog cannot look up partitions by their values",
					Example: "ANALYZE TABLE visits PARTITION (at_day = 'mon') COMPUTE STATISTICS;"}}},
		},
	}
}

const materializedRefusal = "only Flink's SQL Gateway can refresh a materialized table; CREATE TABLE … AS starts a job that fills a table"

func materialized() Section {
	return Section{
		Title: "Materialized tables",
		Text: "Flink's planner accepts these statements, but its SQL Gateway and a workflow scheduler refresh the tables. " +
			"Without them the table would stay empty, so riffle rejects these statements.",
		Setup: "CREATE TABLE numbers (n BIGINT) WITH ('connector' = 'datagen', 'number-of-rows' = '3');",
		Kinds: []Kind{
			{Verb: "CREATE MATERIALIZED TABLE", Refused: materializedRefusal, Forms: []Form{
				{Syntax: "CREATE MATERIALIZED TABLE t [(…)] [WITH (…)] [FRESHNESS = INTERVAL …] [REFRESH_MODE = …] AS query",
					Example: "CREATE MATERIALIZED TABLE latest FRESHNESS = INTERVAL '1' MINUTE AS SELECT MAX(n) AS n FROM numbers;"},
				{Syntax: "CREATE OR ALTER MATERIALIZED TABLE t … AS query",
					Example: "CREATE OR ALTER MATERIALIZED TABLE latest REFRESH_MODE = FULL AS SELECT MAX(n) AS n FROM numbers;"},
			}},
			{Verb: "ALTER MATERIALIZED TABLE", Refused: materializedRefusal, Forms: []Form{
				{Syntax: "ALTER MATERIALIZED TABLE t SUSPEND", Example: "ALTER MATERIALIZED TABLE latest SUSPEND;"},
				{Syntax: "ALTER MATERIALIZED TABLE t RESUME [WITH (…)]", Example: "ALTER MATERIALIZED TABLE latest RESUME;"},
				{Syntax: "ALTER MATERIALIZED TABLE t REFRESH [PARTITION (…)]", Example: "ALTER MATERIALIZED TABLE latest REFRESH;"},
				{Syntax: "ALTER MATERIALIZED TABLE t AS query", Example: "ALTER MATERIALIZED TABLE latest AS SELECT MIN(n) AS n FROM numbers;"},
				{Syntax: "ALTER MATERIALIZED TABLE t SET FRESHNESS = INTERVAL …", Example: "ALTER MATERIALIZED TABLE latest SET FRESHNESS = INTERVAL '2' MINUTE;"},
				{Syntax: "ALTER MATERIALIZED TABLE t SET REFRESH_MODE = FULL | CONTINUOUS", Example: "ALTER MATERIALIZED TABLE latest SET REFRESH_MODE = FULL;"},
				{Syntax: "ALTER MATERIALIZED TABLE t SET ('key' = 'value', …)", Example: "ALTER MATERIALIZED TABLE latest SET ('format' = 'csv');"},
				{Syntax: "ALTER MATERIALIZED TABLE t RESET ('key', …)", Example: "ALTER MATERIALIZED TABLE latest RESET ('format');"},
				{Syntax: "ALTER MATERIALIZED TABLE t ADD … (columns, keys, watermark)", Example: "ALTER MATERIALIZED TABLE latest ADD (PRIMARY KEY (n) NOT ENFORCED);"},
				{Syntax: "ALTER MATERIALIZED TABLE t MODIFY … (columns, keys, watermark)", Example: "ALTER MATERIALIZED TABLE latest MODIFY (n BIGINT COMMENT 'the most');"},
				{Syntax: "ALTER MATERIALIZED TABLE t DROP column", Example: "ALTER MATERIALIZED TABLE latest DROP n;"},
				{Syntax: "ALTER MATERIALIZED TABLE t DROP PRIMARY KEY", Example: "ALTER MATERIALIZED TABLE latest DROP PRIMARY KEY;"},
				{Syntax: "ALTER MATERIALIZED TABLE t DROP CONSTRAINT name", Example: "ALTER MATERIALIZED TABLE latest DROP CONSTRAINT pk;"},
				{Syntax: "ALTER MATERIALIZED TABLE t DROP WATERMARK", Example: "ALTER MATERIALIZED TABLE latest DROP WATERMARK;"},
				{Syntax: "ALTER MATERIALIZED TABLE t ADD DISTRIBUTION …", Example: "ALTER MATERIALIZED TABLE latest ADD DISTRIBUTION BY HASH(n) INTO 4 BUCKETS;"},
				{Syntax: "ALTER MATERIALIZED TABLE t MODIFY DISTRIBUTION …", Example: "ALTER MATERIALIZED TABLE latest MODIFY DISTRIBUTION INTO 3 BUCKETS;"},
				{Syntax: "ALTER MATERIALIZED TABLE t DROP DISTRIBUTION", Example: "ALTER MATERIALIZED TABLE latest DROP DISTRIBUTION;"},
			}},
			{Verb: "DROP MATERIALIZED TABLE", Refused: materializedRefusal, Forms: []Form{{
				Syntax: "DROP MATERIALIZED TABLE [IF EXISTS] t", Example: "DROP MATERIALIZED TABLE IF EXISTS latest;"}}},
			{Verb: "SHOW CREATE MATERIALIZED TABLE", Forms: []Form{{
				Syntax: "SHOW CREATE MATERIALIZED TABLE t", Refused: "there is no such table",
				Example: "SHOW CREATE MATERIALIZED TABLE latest;"}}},
			{Verb: "SHOW MATERIALIZED TABLES", Forms: []Form{{
				Syntax: "SHOW MATERIALIZED TABLES [FROM | IN database] [[NOT] LIKE 'pattern']",
				Note:   "Only some catalogs support materialized tables. Flink's default catalog does not.", Example: "SHOW MATERIALIZED TABLES;"}}},
		},
	}
}

func views() Section {
	return Section{
		Title: "Views",
		Setup: "CREATE TABLE numbers (n BIGINT) WITH ('connector' = 'datagen', 'number-of-rows' = '3');",
		Kinds: []Kind{
			{Verb: "CREATE VIEW", Forms: []Form{{Syntax: "CREATE [TEMPORARY] VIEW [IF NOT EXISTS] v [(columns)] [COMMENT '…'] AS query",
				Note:    "Flink has no CREATE OR REPLACE VIEW; use ALTER VIEW … AS.",
				Example: "CREATE VIEW doubled (d) COMMENT 'twice' AS SELECT 2 * n FROM numbers;\nCREATE TEMPORARY VIEW IF NOT EXISTS single AS SELECT 1 AS n;"}}},
			{Verb: "SHOW CREATE VIEW", Forms: []Form{{Syntax: "SHOW CREATE VIEW v", Example: "SHOW CREATE VIEW doubled;"}}},
			{Verb: "SHOW VIEWS", Forms: []Form{{Syntax: "SHOW VIEWS [FROM | IN database] [[NOT] LIKE 'pattern']", Example: "SHOW VIEWS;"}}},
			{Verb: "ALTER VIEW", Forms: []Form{
				{Syntax: "ALTER VIEW v AS query", Example: "ALTER VIEW doubled AS SELECT n + n AS d FROM numbers;"},
				{Syntax: "ALTER VIEW v RENAME TO w", Example: "ALTER VIEW doubled RENAME TO twice;"},
			}},
			{Verb: "DROP VIEW", Forms: []Form{{Syntax: "DROP [TEMPORARY] VIEW [IF EXISTS] v",
				Example: "DROP VIEW twice;\nDROP TEMPORARY VIEW IF EXISTS single;"}}},
		},
	}
}
