package statement

func queries() Section {
	return Section{
		Title: "Queries",
		Text:  "The result of an unbounded query is shown while it grows. Ctrl-C ends the query; in a script, `--rows` and `--for` end it.",
		Setup: `CREATE TABLE orders (id BIGINT, item STRING, amount INT, placed TIMESTAMP(3),
  WATERMARK FOR placed AS placed - INTERVAL '5' SECOND)
WITH ('connector' = 'filesystem', 'path' = '${dir}/orders', 'format' = 'csv');
INSERT INTO orders VALUES
  (1, 'tea',  3, TIMESTAMP '2026-01-01 08:00:00'),
  (2, 'milk', 1, TIMESTAMP '2026-01-01 08:00:20'),
  (3, 'tea',  2, TIMESTAMP '2026-01-01 08:01:10'),
  (4, 'rice', 5, TIMESTAMP '2026-01-01 08:01:40');
SET 'execution.runtime-mode' = 'batch';`,
		Kinds: []Kind{
			{Verb: "SELECT", Forms: []Form{
				{Syntax: "SELECT … FROM … [WHERE …] [ORDER BY …] [LIMIT n]",
					Note:    "A streaming query with `ORDER BY … LIMIT n` returns a table that stays sorted while it changes; `--changelog` shows the changes in the order in which they arrive. Without `LIMIT`, a bounded result is sorted when it is complete, and an unbounded one can only be sorted by its time attribute.",
					Example: "SELECT id, item FROM orders WHERE amount > 1 ORDER BY id LIMIT 2;"},
				{Syntax: "SELECT … GROUP BY … [HAVING …]",
					Note:    "A streaming query updates its table in place; `--changelog` shows each change.",
					Example: "SELECT item, SUM(amount) AS total FROM orders GROUP BY item HAVING COUNT(*) > 1;"},
				{Syntax: "SELECT … GROUP BY GROUPING SETS | ROLLUP | CUBE",
					Example: "SELECT item, COUNT(*) AS n FROM orders WHERE item <> 'tea' GROUP BY ROLLUP (item) ORDER BY item;"},
				{Syntax: "SELECT DISTINCT …",
					Example: "SELECT DISTINCT item FROM orders ORDER BY item;"},
				{Syntax: "SELECT … UNION [ALL] | INTERSECT | EXCEPT SELECT …",
					Example: "(SELECT 1 AS n) UNION ALL (SELECT 2) EXCEPT (SELECT 1);"},
				{Syntax: "SELECT … JOIN … ON …",
					Example: "SELECT a.id, b.id AS other FROM orders AS a JOIN orders AS b ON a.item = b.item AND a.id < b.id;"},
				{Syntax: "SELECT … FROM t CROSS JOIN UNNEST(…)",
					Example: "SELECT n FROM (VALUES (ARRAY[1, 2])) AS t(list) CROSS JOIN UNNEST(list) AS u(n);"},
				{Syntax: "SELECT … OVER (…)",
					Example: "SELECT id, SUM(amount) OVER (ORDER BY placed) AS so_far FROM orders ORDER BY id;"},
				{Syntax: "SELECT … FROM TUMBLE | HOP | CUMULATE | SESSION(TABLE t, DESCRIPTOR(c), …)",
					Example: `SELECT window_start, SUM(amount) AS total
FROM TUMBLE(TABLE orders, DESCRIPTOR(placed), INTERVAL '1' MINUTE)
GROUP BY window_start, window_end ORDER BY window_start;`},
				{Syntax: "SELECT … FROM t /*+ OPTIONS('key' = 'value') */",
					Note:    "A hint after a table sets its options for one query. Join hints come right after SELECT.",
					Example: "SELECT COUNT(*) AS n FROM orders /*+ OPTIONS('csv.ignore-parse-errors' = 'true') */;"},
				{Syntax: "SELECT … FROM t MATCH_RECOGNIZE (…)",
					Note: "Only in streaming mode.",
					Example: `SET 'execution.runtime-mode' = 'streaming';
SELECT * FROM orders MATCH_RECOGNIZE (
  ORDER BY placed
  MEASURES A.id AS less, B.id AS more
  AFTER MATCH SKIP PAST LAST ROW
  PATTERN (A B) DEFINE B AS B.amount > A.amount);
RESET 'execution.runtime-mode';`},
			}},
			{Verb: "WITH", Forms: []Form{{Syntax: "WITH name AS (SELECT …) SELECT …",
				Example: "WITH big AS (SELECT * FROM orders WHERE amount > 2) SELECT COUNT(*) AS n FROM big;"}}},
			{Verb: "VALUES", Forms: []Form{{Syntax: "VALUES (…), (…)",
				Example: "VALUES (1, 'one'), (2, 'two');"}}},
			{Verb: "TABLE", Forms: []Form{{Syntax: "TABLE t",
				Note:    "Returns all rows and columns of the table.",
				Example: "CREATE TEMPORARY VIEW small AS SELECT id FROM orders WHERE amount < 3;\nTABLE small;"}}},
		},
	}
}

func changes() Section {
	return Section{
		Title: "INSERT",
		Text: "INSERT starts a job that writes rows. A script waits until the job ends; the shell does so only if `table.dml-sync` is true. " +
			"`\\queries` lists running jobs, and `\\cancel` cancels one. If Flink's JVM crashes, the job is not restarted.",
		Setup: `CREATE TABLE visits (who STRING, n INT, at_day STRING) PARTITIONED BY (at_day)
WITH ('connector' = 'filesystem', 'path' = '${dir}/visits', 'format' = 'json');
SET 'execution.runtime-mode' = 'batch';`,
		Kinds: []Kind{
			{Verb: "INSERT", Forms: []Form{
				{Syntax: "INSERT INTO t [(columns)] VALUES … | SELECT …",
					Note:    "Columns that are not listed become NULL.",
					Example: "INSERT INTO visits VALUES ('ann', 1, 'mon'), ('bob', 2, 'tue');\nINSERT INTO visits (who, at_day) SELECT 'eve', 'mon';\nSELECT * FROM visits ORDER BY who;"},
				{Syntax: "INSERT INTO t PARTITION (column = value) SELECT …",
					Example: "INSERT INTO visits PARTITION (at_day = 'wed') SELECT 'dan', 4;\nSELECT * FROM visits WHERE at_day = 'wed';"},
				{Syntax: "INSERT OVERWRITE t [PARTITION (…)] VALUES … | SELECT …",
					Note:    "Only in batch mode, and only with connectors that support it.",
					Example: "INSERT OVERWRITE visits PARTITION (at_day = 'mon') VALUES ('zoe', 9);\nSELECT * FROM visits WHERE at_day = 'mon';"},
			}},
			{Verb: "EXECUTE", Forms: []Form{{Syntax: "EXECUTE INSERT … | SELECT …",
				Note:    "Has the same effect as the statement without EXECUTE.",
				Example: "EXECUTE INSERT INTO visits VALUES ('kim', 5, 'sun');\nEXECUTE SELECT who FROM visits WHERE at_day = 'sun';"}}},
			{Verb: "UPSERT", Refused: "Flink only has INSERT INTO, which updates rows by primary key if the table has one", Forms: []Form{{
				Syntax: "UPSERT INTO t …", Example: "UPSERT INTO visits VALUES ('ann', 1, 'mon');"}}},
			{Verb: "MERGE", Refused: grammarOnly, Forms: []Form{{
				Syntax: "MERGE INTO t USING … ON … WHEN MATCHED THEN …",
				Example: `MERGE INTO visits USING visits AS v ON visits.who = v.who
WHEN MATCHED THEN UPDATE SET n = 1;`}}},
		},
	}
}

func rows() Section {
	return Section{
		Title: "DELETE, UPDATE, TRUNCATE, CALL",
		Text: "These statements need a connector or a catalog that supports them, such as Paimon's. No connector that comes with Flink does. " +
			"The examples use the `shelf` connector of riffle's tests, which stores a table in files. They run in batch mode.",
		Setup: `ADD JAR '${dir}/shelf.jar';
SET 'execution.runtime-mode' = 'batch';
CREATE TABLE stock (item STRING, n INT) WITH ('connector' = 'shelf', 'path' = '${dir}/stock', 'format' = 'csv');
INSERT INTO stock VALUES ('tea', 3), ('milk', 1), ('rice', 5);
CREATE TABLE plain (item STRING, n INT) WITH ('connector' = 'filesystem', 'path' = '${dir}/plain', 'format' = 'csv');`,
		Kinds: []Kind{
			{Verb: "UPDATE", Forms: []Form{
				{Syntax: "UPDATE t SET column = … [WHERE …]",
					Example: "UPDATE stock SET n = n + 1 WHERE item = 'tea';\nSELECT * FROM stock ORDER BY item;"},
				{Syntax: "UPDATE … with an unsuitable connector", Refused: "the filesystem connector does not support UPDATE",
					Example: "UPDATE plain SET n = 0;"},
			}},
			{Verb: "DELETE", Forms: []Form{{Syntax: "DELETE FROM t [WHERE …]",
				Example: "DELETE FROM stock WHERE n < 2;\nSELECT * FROM stock ORDER BY item;"}}},
			{Verb: "TRUNCATE TABLE", Forms: []Form{{Syntax: "TRUNCATE TABLE t",
				Example: "TRUNCATE TABLE stock;\nSELECT COUNT(*) AS n FROM stock;"}}},
			{Verb: "CALL", Forms: []Form{
				{Syntax: "CALL [catalog.][database.]procedure(…)",
					Note: "Procedures belong to catalogs. Write a named argument as `name => value`. " +
						"Jobs that a procedure starts run in the session's Flink. If a job is still running when the procedure returns, it is listed by `\\queries`, like the job of an INSERT. " +
						"If the procedure waits for its job, Ctrl-C cancels the job. As in Flink, `SET 'table.dml-sync' = 'true'` makes some procedures wait.",
					Example: "CREATE CATALOG shelves WITH ('type' = 'shelf');\nCALL shelves.main.count_to(3);"},
				{Syntax: "CALL … in a catalog without procedures", Refused: "Flink's own catalog has no procedures",
					Example: "CALL count_to(3);"},
			}},
			{Verb: "SHOW PROCEDURES", Forms: []Form{
				{Syntax: "SHOW PROCEDURES [FROM | IN database] [[NOT] LIKE | ILIKE 'pattern']",
					Example: "SHOW PROCEDURES IN shelves.main LIKE 'count%';"},
				{Syntax: "SHOW PROCEDURES in a catalog without procedures", Refused: "Flink's own catalog has no procedures",
					Example: "SHOW PROCEDURES;"},
			}},
		},
	}
}

func sets() Section {
	return Section{
		Title: "Statement sets",
		Text:  "A statement set runs several INSERTs as one job, which reads a shared source only once if possible.",
		Setup: `CREATE TABLE numbers (n BIGINT) WITH ('connector' = 'datagen', 'number-of-rows' = '3',
  'fields.n.kind' = 'sequence', 'fields.n.start' = '1', 'fields.n.end' = '3');
CREATE TABLE odd  (n BIGINT) WITH ('connector' = 'filesystem', 'path' = '${dir}/odd',  'format' = 'csv');
CREATE TABLE even (n BIGINT) WITH ('connector' = 'filesystem', 'path' = '${dir}/even', 'format' = 'csv');`,
		Kinds: []Kind{
			{Verb: "EXECUTE STATEMENT SET", Forms: []Form{{Syntax: "EXECUTE STATEMENT SET BEGIN insert; … END",
				Example: `EXECUTE STATEMENT SET BEGIN
  INSERT INTO odd  SELECT n FROM numbers WHERE MOD(n, 2) = 1;
  INSERT INTO even SELECT n FROM numbers WHERE MOD(n, 2) = 0;
END;
SELECT * FROM odd;`}}},
			{Verb: "BEGIN STATEMENT SET", Forms: []Form{{Syntax: "BEGIN STATEMENT SET; insert; … END;",
				Note: "Each INSERT is checked when you enter it; END runs them all. An INSERT that fails the check is not added to the set.",
				Example: `BEGIN STATEMENT SET;
INSERT INTO odd  SELECT n FROM numbers WHERE MOD(n, 2) = 1;
INSERT INTO even SELECT n FROM numbers WHERE MOD(n, 2) = 0;
END;
SELECT * FROM even;`}}},
			{Verb: "END", Forms: []Form{{Syntax: "END",
				Note:    "Runs the open statement set. If the set is empty, nothing runs.",
				Example: "BEGIN STATEMENT SET;\nEND;"}}},
		},
	}
}

func plans() Section {
	return Section{
		Title: "Compiled plans",
		Text: "A compiled plan is a JSON file with which a later version of Flink can run the same job. The plan refers to Go functions by name: " +
			"the session that executes the plan calls its own function of that name. Flink SQL has no EXPLAIN for compiled plans.",
		Setup: `CREATE TABLE numbers (n BIGINT) WITH ('connector' = 'datagen', 'number-of-rows' = '2',
  'fields.n.kind' = 'sequence', 'fields.n.start' = '1', 'fields.n.end' = '2');
CREATE TABLE doubled (n BIGINT) WITH ('connector' = 'filesystem', 'path' = '${dir}/doubled', 'format' = 'csv');
func Twice(n int64) int64 { return 2 * n }`,
		Kinds: []Kind{
			{Verb: "COMPILE PLAN", Forms: []Form{
				{Syntax: "COMPILE PLAN 'file' [IF NOT EXISTS] FOR insert | STATEMENT SET BEGIN … END",
					Example: "COMPILE PLAN '${dir}/plan.json' FOR INSERT INTO doubled SELECT Twice(n) FROM numbers;"},
				{Syntax: "COMPILE PLAN … when the file exists", Refused: "the file exists; to overwrite it, `SET 'table.plan.force-recompile' = 'true'`",
					Example: "\\format csv\nCOMPILE PLAN '${dir}/plan.json' FOR INSERT INTO doubled SELECT n FROM numbers;"},
			}},
			{Verb: "EXECUTE PLAN", Forms: []Form{{Syntax: "EXECUTE PLAN 'file'",
				Example: "EXECUTE PLAN '${dir}/plan.json';\nSELECT * FROM doubled ORDER BY n LIMIT 2;"}}},
			{Verb: "COMPILE AND EXECUTE PLAN", Forms: []Form{{Syntax: "COMPILE AND EXECUTE PLAN 'file' FOR insert | STATEMENT SET BEGIN … END",
				Example: "COMPILE AND EXECUTE PLAN '${dir}/other.json' FOR INSERT INTO doubled SELECT n FROM numbers;"}}},
		},
	}
}

func explaining() Section {
	return Section{
		Title: "EXPLAIN",
		Setup: `CREATE TABLE numbers (n BIGINT) WITH ('connector' = 'datagen', 'number-of-rows' = '3');
CREATE TABLE nowhere (n BIGINT) WITH ('connector' = 'blackhole');`,
		Kinds: []Kind{
			{Verb: "EXPLAIN", Forms: []Form{
				{Syntax: "EXPLAIN [PLAN FOR] query | insert",
					Example: "EXPLAIN SELECT n FROM numbers WHERE n > 1;"},
				{Syntax: "EXPLAIN ESTIMATED_COST | CHANGELOG_MODE, … statement",
					Example: "EXPLAIN CHANGELOG_MODE SELECT COUNT(*) FROM numbers;"},
				{Syntax: "EXPLAIN PLAN_ADVICE statement",
					Example: "EXPLAIN PLAN_ADVICE SELECT COUNT(*) FROM numbers GROUP BY n;"},
				{Syntax: "EXPLAIN JSON_EXECUTION_PLAN statement",
					Example: "EXPLAIN JSON_EXECUTION_PLAN INSERT INTO nowhere SELECT n FROM numbers;"},
				{Syntax: "EXPLAIN ESTIMATED_COST statement",
					Example: "EXPLAIN ESTIMATED_COST SELECT n FROM numbers;"},
				{Syntax: "EXPLAIN STATEMENT SET BEGIN insert; … END",
					Example: "EXPLAIN STATEMENT SET BEGIN\n  INSERT INTO nowhere SELECT n FROM numbers;\n  INSERT INTO nowhere SELECT -n FROM numbers;\nEND;"},
				{Syntax: "EXPLAIN CREATE TABLE … AS query",
					Example: "EXPLAIN CREATE TABLE copy WITH ('connector' = 'blackhole') AS SELECT n FROM numbers;"},
			}},
		},
	}
}
