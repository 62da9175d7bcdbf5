package flink

import (
	"slices"
	"strings"

	"riffle/session/flink/dist"
	"riffle/session/gateway"
	"riffle/session/mention"
)

// rules replace Flink's messages. They are tried in this order, each on all causes.
// docs/errors.md shows the results, and a test compares it with real faults.
var rules = slices.Concat(settingRules, []rule{
	// Syntax errors.
	by(`(?:Encountered "(.*?)"|Incorrect syntax near the keyword '(\w+)') at line \d+, column \d+\.(.*)`, syntax),
	by(`Lexical error at line \d+, column \d+\.\s+Encountered: (.+?) after`, lexical),
	on(`Non-query expression encountered in illegal context`, gateway.Diagnosis{Message: "a query is expected here"}),
	on(`Illegal (\w+) literal '?(.*?)'?: not in format '(.*?)'`, gateway.Diagnosis{Message: "'$2' is not a $1", Hint: "write $1 '$3'"}),

	// Names that do not exist.
	on(`Object '(.+?)' not found`, gateway.Diagnosis{Message: "there is no table or view $1", Kind: gateway.TableName, Unknown: "$1"}),
	on(`Column '(.+?)' not found in any table`, gateway.Diagnosis{Message: "there is no column $1", Kind: gateway.ColumnName, Unknown: "$1"}),
	by(`Column '([^'.]+)(\.[^']+)' not found in table '([^'.]+)'`, noField),
	on(`Column '(.+?)' not found in table '(.+?)'`, gateway.Diagnosis{Message: "$2 has no column $1", Kind: gateway.ColumnName, Unknown: "$1"}),
	on(`Unknown target column '(.+?)'`, gateway.Diagnosis{Message: "there is no column $1 to insert into", Kind: gateway.TargetName, Unknown: "$1"}),
	on(`Unknown identifier '(.+?)'`, gateway.Diagnosis{Message: "there is no column $1", Kind: gateway.IdentifierName, Unknown: "$1"}),
	on(`Table '(.+?)' not found`, gateway.Diagnosis{Message: "there is no table or alias $1 in FROM", Kind: gateway.RelationName, Unknown: "$1"}),
	by(`No match found for function signature ([^(]+)\((.*?)\)\.?(?:\s+Supported signatures are:\s+(.*))?$`, noFunction),
	on(`(?:Could not execute SHOW CREATE TABLE\. )?Tables? (?:or views )?with (?:the )?identifier ['`+"`"+`](.+?)['`+"`"+`] (?:does not|doesn't) exist`,
		gateway.Diagnosis{Message: "there is no table $1", At: "$1", Kind: gateway.TableName, Unknown: "$1"}),
	on(`(?:Could not execute SHOW CREATE VIEW\. )?View with identifier ['`+"`"+`](.+?)['`+"`"+`] (?:does not|doesn't) exist`,
		gateway.Diagnosis{Message: "there is no view $1", At: "$1", Kind: gateway.ViewName, Unknown: "$1"}),
	on(`Cannot find table '(.+?)' in any of the catalogs`,
		gateway.Diagnosis{Message: "there is no table $1", At: "$1", Kind: gateway.TableName, Unknown: "$1"}),
	on(`Table (\S+) doesn't exist or is a temporary table`,
		gateway.Diagnosis{Message: "there is no table $1", At: "$1", Kind: gateway.TableName, Unknown: "$1"}),
	on(`View (\S+) doesn't exist or is a temporary view`,
		gateway.Diagnosis{Message: "there is no view $1", At: "$1", Kind: gateway.ViewName, Unknown: "$1"}),
	on(`Source table '(.+?)' of the LIKE clause not found`,
		gateway.Diagnosis{Message: "there is no table $1", At: "$1", Kind: gateway.TableName, Unknown: "$1"}),
	on(`Temporary (table|view)(?: or view)? with identifier '(.+?)' does not exist`,
		gateway.Diagnosis{Message: "there is no temporary $1 $2", At: "$2"}),
	on(`Sink '(.+?)' does not exists`, gateway.Diagnosis{
		Message: "$1 is a view, and views cannot be inserted into", At: "$1",
		Hint: "INSERT INTO the table that it reads, or CREATE TABLE one"}),
	on(`A catalog with name \[(.+?)\] does not exist`, gateway.Diagnosis{Message: "there is no catalog $1", At: "$1", Kind: gateway.CatalogName, Unknown: "$1"}),
	on(`Catalog (\S+) does not exist`, gateway.Diagnosis{Message: "there is no catalog $1", At: "$1", Kind: gateway.CatalogName, Unknown: "$1"}),
	on(`A database with name \[(.+?)\] does not exist in the catalog: \[(.+?)\]`,
		gateway.Diagnosis{Message: "there is no database $1 in $2", At: "$1", Kind: gateway.DatabaseName, Unknown: "$1"}),
	on(`Database (\S+) does not exist in Catalog (\S+?)\.`, gateway.Diagnosis{Message: "there is no database $1 in $2", At: "$1", Kind: gateway.DatabaseName, Unknown: "$1"}),
	on(`Database '(.+?)'\.'(.+?)' doesn't exist`, gateway.Diagnosis{Message: "there is no database $2 in $1", At: "$2", Kind: gateway.DatabaseName, Unknown: "$2"}),
	on(`Function with the identifier '(.+?)' doesn't exist`, gateway.Diagnosis{Message: "there is no function $1", At: "$1", Kind: gateway.FunctionName, Unknown: "$1"}),
	on(`Cannot obtain metadata information from Catalog (\S+?)\.?$`, gateway.Diagnosis{Message: "there is no catalog $1", At: "$1", Kind: gateway.CatalogName, Unknown: "$1"}),
	on(`(?:Could not drop temporary system function\. A function named '|Temporary catalog function )(\S+?)'? doesn't exist`,
		gateway.Diagnosis{Message: "there is no function $1", At: "$1", Kind: gateway.FunctionName, Unknown: "$1"}),
	on(`Function (?:\S+\.)?(\S+) does not exist in Catalog`, gateway.Diagnosis{Message: "there is no function $1", At: "$1", Kind: gateway.FunctionName, Unknown: "$1"}),
	on(`No module with name '(.+?)' exists`, gateway.Diagnosis{Message: "there is no module $1", At: "$1", Hint: "SHOW FULL MODULES lists them"}),
	on(`(?:The c|C)olumn `+"`(.+?)`"+` does not exist in the (?:base )?table`, gateway.Diagnosis{Message: "there is no column $1 in the table", At: "$1", Kind: gateway.TargetName, Unknown: "$1"}),
	on(`Table (?:\(or view\) )?(?:\S+\.)?(\S+) already exists in Catalog`, gateway.Diagnosis{
		Message: "table or view $1 already exists", At: "$1", Hint: "drop it first, or use IF NOT EXISTS"}),
	on(`Database (\S+) already exists in Catalog`, gateway.Diagnosis{
		Message: "database $1 already exists", At: "$1", Hint: "CREATE DATABASE IF NOT EXISTS keeps it"}),
	on(`Catalog (\S+) already exists`, gateway.Diagnosis{
		Message: "catalog $1 already exists", At: "$1", Hint: "CREATE CATALOG IF NOT EXISTS keeps it"}),
	on(`Function (?:\S+\.)?(\S+) already exists in Catalog`, gateway.Diagnosis{
		Message: "function $1 already exists", At: "$1", Hint: "drop it first, or use IF NOT EXISTS"}),
	on(`(?:A regular Column named '(.+?)' already exists in the table|Column `+"`(.+?)`"+` already exists in the table)`,
		gateway.Diagnosis{Message: "column $1$2 already exists", At: "$1$2"}),
	on(`Column '(.+?)' is ambiguous`, gateway.Diagnosis{
		Message: "$1 is in more than one table", Hint: "qualify it: t.$1, where t is the table or its alias"}),
	on(`Duplicate relation name '(.+?)' in FROM clause`, gateway.Diagnosis{
		Message: "two tables in FROM are called $1", Hint: "give one of them an alias: … AS other"}),

	// Columns of a definition.
	on(`The rowtime attribute field '(.+?)' is not defined in the table schema, at line \d+, column \d+\s+Available fields: \[(.*?)\]`,
		gateway.Diagnosis{Message: "there is no column $1 for the watermark", Kind: gateway.OtherName, Unknown: "$1"}, "$2"),
	by(`Invalid data type of (time field|expression) for watermark definition\..*the (?:time field|watermark expression) type is (.+?)$`, watermarkType),
	on(`Flink doesn't support ENFORCED mode for PRIMARY KEY`, gateway.Diagnosis{
		Message: "Flink does not enforce a PRIMARY KEY, and requires NOT ENFORCED", At: "PRIMARY", Hint: "write PRIMARY KEY (…) NOT ENFORCED"}),
	on(`Primary key column '(.+?)' is not defined in the schema`, gateway.Diagnosis{Message: "there is no column $1 for the primary key"}),
	on(`Invalid primary key '.*?'\. Column '(.+?)' does not exist`,
		gateway.Diagnosis{Message: "there is no column $1 for the primary key", At: "$1", Kind: gateway.TargetName, Unknown: "$1"}),
	on(`Table '.*?' declares metadata columns, but`, gateway.Diagnosis{Message: "its connector does not support METADATA columns"}),
	on(`Partition column '(.+?)' not defined in the table schema\. Available columns: \[(.*?)\]`,
		gateway.Diagnosis{Message: "there is no column $1 to partition by", At: "$1", Unknown: "$1"}, "$2"),
	on(`VIEW definition and input fields not match:\s+Def fields: \[(.*?)\]\.\s+Input fields: \[(.*?)\]`,
		gateway.Diagnosis{Message: "the view has columns $1, but its query has $2", Hint: "list as many columns as the query returns"}),

	on(`^Failed to execute ALTER TABLE statement\.\n([^\n]+)`, gateway.Diagnosis{Message: "$1"}),

	// Types.
	on(`Illegal use of 'NULL'`, gateway.Diagnosis{Message: "NULL has no type here", Hint: "write CAST(NULL AS INT), with the type you need"}),
	on(`implicit type conversion between (\S+) and (\S+) is not supported`, gateway.Diagnosis{
		Message: "$1 and $2 cannot be compared", Hint: "CAST one of them to the other's type"}),
	on(`Parameters must be of the same type`, gateway.Diagnosis{
		Message: "its values have no common type", Hint: "CAST them to one type"}),
	on(`argument (\d+) of (\S+) is (.+), the function takes (.+): write (CAST\(… AS .+\))$`, gateway.Diagnosis{
		Message: "argument $1 of $2 is $3, not $4", Hint: "write $5", AtArgument: true}),
	on(`argument (\d+) of (\S+) is (.+), the function takes (.+), and there is (no CAST from one to the other)$`, gateway.Diagnosis{
		Message: "argument $1 of $2 is $3, not $4", Hint: "there is $5"}),
	by(`Invalid argument type at position (\d+)\. Data type (.+?) expected but (.+?) passed`, wrongArgument),
	by(`Cannot apply '(.+?)' to arguments of type '(.*?)'\. Supported form\(s\): (.*)$`, cannotApply),
	by(`Invalid function call:\s+([^(]+)\((.*)\)$`, invalidCall),
	on(`Function '(\S+?)' cannot be used as a table function`, gateway.Diagnosis{
		Message: "$1 returns one value, not a table", At: "$1", Hint: "call it in SELECT: SELECT $1(…); a table function in Go returns iter.Seq"}),
	on(`Cannot call table function here: '(\S+?)'`, gateway.Diagnosis{
		Message: "$1 returns rows, not one value", At: "$1", Hint: "join it: FROM …, LATERAL TABLE($1(…)) AS x"}),
	on(`Invalid number of arguments to function '(.+?)'\. Was expecting (\d+) arguments`,
		gateway.Diagnosis{Message: "$1 is called with the wrong number of arguments", Hint: "it takes $2"}),
	on(`Illegal mixing of types in CASE or COALESCE`, gateway.Diagnosis{
		Message: "the branches of CASE or COALESCE have no common type", Hint: "CAST them to one: CAST(… AS STRING)"}),
	on(`Cast function cannot convert value of type (.+?) to type (\S+)`, gateway.Diagnosis{Message: "$1 cannot be CAST to $2"}),
	on(`WHERE clause must be a condition`, gateway.Diagnosis{Message: "WHERE needs a condition", Hint: "write a comparison: … = …, … IS NOT NULL"}),
	on(`Type mismatch in column (\d+) of (\w+)`, gateway.Diagnosis{
		Message: "column $1 has different types in the two queries of $2", Hint: "CAST one of them to the other's type"}),
	on(`Column count mismatch in (\w+)`, gateway.Diagnosis{Message: "the two queries of $1 have different numbers of columns"}),
	on(`Values passed to (VALUES|IN) operator must have compatible types`, gateway.Diagnosis{
		Message: "the rows of $1 have different types or different numbers of columns",
		Hint:    "use the same number of columns in each row, and CAST values to one type"}),
	by(`Column types of query result and sink for '(.+?)' do not match\.\s+Cause: (.+?)\s+Query schema: \[(.*?)\]\s+Sink schema:\s+\[(.*?)\]$`, insertMismatch),
	on(`Column '(.+?)' has no default value and does not allow NULLs`, gateway.Diagnosis{
		Message: "column $1 is NOT NULL, but the INSERT has no value for it", Hint: "add $1 to the columns of the INSERT"}),

	on(`INSERT OVERWRITE requires that the underlying DynamicTableSink of table '(.+?)' implements`, gateway.Diagnosis{
		Message: "the connector of $1 does not support INSERT OVERWRITE", At: "$1", Hint: "use INSERT INTO, which appends"}),
	on(`(?:INNER, LEFT, RIGHT or FULL join requires a condition)`, gateway.Diagnosis{
		Message: "JOIN needs a condition", Hint: "add ON a.x = b.x, or use CROSS JOIN for all pairs"}),
	on(`Ordinal out of range`, gateway.Diagnosis{Message: "the query has no column with that number"}),

	// Grouping.
	on(`Expression '(.+?)' is not being grouped`, gateway.Diagnosis{
		Message: "$1 is neither grouped by nor aggregated", Hint: "add it to GROUP BY, or aggregate it: MAX($1)"}),
	on(`Aggregate expression is illegal in WHERE clause`, gateway.Diagnosis{
		Message: "WHERE cannot contain an aggregate, because it is evaluated before grouping", Hint: "move the condition to HAVING"}),
	on(`OVER must be applied to aggregate function`, gateway.Diagnosis{
		Message: "OVER needs an aggregate function directly before it", Hint: "remove OVER, or use an aggregate function; write a FILTER inside it: SUM(CASE WHEN … THEN 1 END) OVER (…)"}),
	on(`FILTER must be applied to aggregate function`, gateway.Diagnosis{
		Message: "FILTER works only after an aggregate function", Hint: "use CASE WHEN … THEN … END instead"}),
	on(`DISTINCT/ALL not allowed with (\S+) function`, gateway.Diagnosis{
		Message: "$1 is not an aggregate function and does not take DISTINCT or ALL", Hint: "remove the word, or use SELECT DISTINCT for distinct rows"}),
	on(`Aggregate expressions cannot be nested`, gateway.Diagnosis{
		Message: "aggregates cannot be nested", Hint: "compute the inner one in a subquery"}),

	// Streaming and batch.
	on(`Sort on a non-time-attribute field is not supported`, gateway.Diagnosis{
		Message: "a streaming query can only be sorted by its time attribute, ascending", At: "ORDER",
		Hint: "order by the column that has the watermark, or add LIMIT n"}),
	on(`FETCH is missed, which on streaming table is not supported currently`, gateway.Diagnosis{
		Message: "OFFSET needs a LIMIT in streaming mode", At: "OFFSET",
		Hint: "add LIMIT n, or with bounded tables SET 'execution.runtime-mode' = 'batch'"}),
	on(`ON CONFLICT clause is only allowed for upsert sinks\. The sink '(.+?)' is not an upsert sink because (.+?)\.?$`, gateway.Diagnosis{
		Message: "ON CONFLICT needs a sink that takes upserts, and $1 is not one: $2", At: "ON",
		Hint: "remove ON CONFLICT, or use a connector that takes upserts, with a PRIMARY KEY (upsert-kafka, jdbc)"}),
	on(`The query has an upsert key that differs from the primary key of the sink table '(.+?)'\. Primary key: \[(.*?)\], upsert key: \[(.*?)\]`, gateway.Diagnosis{
		Message: "the query's rows have the key ($3), but the primary key of $1 is ($2), so several of them can have one primary key", At: "$1", Hint: conflictHint}),
	on(`The query has an upsert key that differs from the primary key of the sink table '(.+?)'\. Primary key: \[(.*?)\]`, gateway.Diagnosis{
		Message: "the query's rows have no key, but the primary key of $1 is ($2), so several of them can have one primary key", At: "$1", Hint: conflictHint}),
	on(`(?:Unsupported function signature\. Function must not be overloaded or use varargs|.*cannot be cast to class \S*SqlOperandMetadata)`, gateway.Diagnosis{
		Message: "this function does not take arguments by name", Hint: "pass them in order, without =>"}),
	on(`The key of BinaryMapData must not be null`, gateway.Diagnosis{
		Message: "a map has NULL as a key, which functions cannot take", Hint: "leave it out in the query, or replace it with COALESCE"}),
	by(`Could not find any jdbc factory that can handle url 'jdbc:(\w+):`, noDialect),
	on(`Connection to (\S+?) refused\. Check that the hostname and port are correct`, gateway.Diagnosis{
		Message: "no database answers at $1", Hint: "check the url of the table, and that the database is running"}),
	on(`Property group\.id is required when using committed offset`, gateway.Diagnosis{
		Message: "Kafka needs a consumer group to start from its committed offsets",
		Hint:    "add 'properties.group.id' = '…' to WITH, or 'scan.startup.mode' = 'earliest-offset'"}),
	by(`Table sink '(.+?)' doesn't support consuming (update and delete|update|delete) changes which is produced by node (\w+)`, appendOnly),
	on(`The column\(s\): .*?generated by non-deterministic function: (\w+)[^)]*\) can not satisfy the determinism requirement`, gateway.Diagnosis{
		Message: "$1 is not deterministic, and it would have to return the same value again when a row is retracted", At: "$1",
		Hint: "call it where rows are still append-only, or SET 'table.optimizer.non-deterministic-update.strategy' = 'IGNORE', which can leave outdated rows in the result"}),
	on(`There exists non deterministic function: '(\w+).*?' in condition`, gateway.Diagnosis{
		Message: "$1 is not deterministic, and a condition would have to return the same value again when a row is retracted", At: "$1",
		Hint: "call it where rows are still append-only, or SET 'table.optimizer.non-deterministic-update.strategy' = 'IGNORE', which can leave outdated rows in the result"}),
	on(`a compiled plan cannot tell two calls of (\w+) apart`, gateway.Diagnosis{
		Message: "a compiled plan cannot distinguish two calls of $1, which is not deterministic", At: "$1",
		Hint: "call it once in a subquery and use its result twice"}),
	by(`(\w+) cannot be called in (.+) \[([A-Z_]+)\]$`, strandedCall),
	on(`unexpected correlate variable`, gateway.Diagnosis{
		Message: "Flink does not support this use of outer columns in a subquery", At: "EXISTS",
		Hint: "rewrite it without them: a IN (SELECT c FROM …), or JOIN (SELECT c, COUNT(*) AS n FROM … GROUP BY c) AS s ON a = s.c"}),
	on(`the statement is nested too deeply`, gateway.Diagnosis{
		Message: tooDeepMessage, Hint: deepHint}),
	on(`Window aggregate only support (.+?) as the time unit\.`, gateway.Diagnosis{
		Message: "a window cannot be measured in months or years", At: "INTERVAL", Hint: "use $1"}),
	on(`The window function requires the timecol is a time attribute type, but is (.+?)\.`, gateway.Diagnosis{
		Message: "the window's column is $1, which is not a time attribute", At: "DESCRIPTOR", Hint: watermarkHint}),
	on(`The window function .*? requires the timecol to be TIMESTAMP or TIMESTAMP_LTZ, but is (.+?)\.`, gateway.Diagnosis{
		Message: "the window's column is $1, not TIMESTAMP or TIMESTAMP_LTZ", At: "DESCRIPTOR", Hint: watermarkHint}),
	on(`Window aggregate can only be defined over a time attribute column, but (.+?) encountered`, gateway.Diagnosis{
		Message: "the window's column is $1, which is not a time attribute", At: "GROUP", Hint: watermarkHint}),
	on(`(\w+) table function based aggregate requires (?:maxSize|size) must be an integral multiple of (\w+), but got \w+ (\d+ ms) and \w+ (\d+ ms)`, gateway.Diagnosis{
		Message: "the window of $1 is $3, which is not a multiple of its $2 of $4", At: "$1"}),
	on(`Event-Time Temporal Table Join requires both primary key and row time attribute in versioned table, but no (.+?) can be found`, gateway.Diagnosis{
		Message: "the table joined FOR SYSTEM_TIME AS OF has no $1", At: "FOR",
		Hint: "it needs both: PRIMARY KEY (…) NOT ENFORCED and WATERMARK FOR … AS …"}),
	on(`Unsupported time travel expression: (\S+) `, gateway.Diagnosis{
		Message: "FOR SYSTEM_TIME AS OF needs a column of the left table, not $1", At: "FOR",
		Hint: "declare proc AS PROCTIME() in its CREATE TABLE, and write AS OF o.proc"}),
	by(`class \S*SqlBasicCall cannot be cast to class \S*SqlIdentifier`, patternKeys),
	on(`You must specify either rowtime or proctime for order by`, gateway.Diagnosis{
		Message: "MATCH_RECOGNIZE needs ORDER BY with a time attribute first", At: "MATCH_RECOGNIZE", Hint: watermarkHint}),
	on(`Querying an unbounded table '(.+?)' in batch mode is not allowed`, gateway.Diagnosis{
		Message: "$1 is unbounded, and batch mode needs bounded tables", At: "$1", Hint: "SET 'execution.runtime-mode' = 'streaming'"}),
	on(`(UPDATE|DELETE) statement is not supported for streaming mode`, gateway.Diagnosis{
		Message: "$1 works only in batch mode, with connectors that support it", Hint: "SET 'execution.runtime-mode' = 'batch'"}),
	on(`(TRUNCATE TABLE|ANALYZE TABLE)(?: statement)? is not supported (?:in|for) streaming mode`, gateway.Diagnosis{
		Message: "$1 works only in batch mode", Hint: "SET 'execution.runtime-mode' = 'batch'"}),
	on(`Can't perform (delete|update) operation of the table (\S+) because`, gateway.Diagnosis{
		Message: "the connector of $2 cannot $1 rows", At: "$2"}),
	on(`TRUNCATE TABLE statement is not supported for the table (\S+) since`, gateway.Diagnosis{
		Message: "the connector of $1 cannot be truncated", At: "$1"}),
	on(`(?:getProcedure|listProcedures) is not implemented for class \S*?(\w+)\.?$`, gateway.Diagnosis{
		Message: "the current catalog has no procedures", Hint: "catalogs such as Paimon and Iceberg have procedures"}),
	on(`getTable\(ObjectPath, long\) is not implemented`, gateway.Diagnosis{
		Message: "the catalog does not keep older versions of tables", At: "FOR", Hint: "catalogs such as Paimon support FOR SYSTEM_TIME AS OF with a timestamp"}),
	on(`Unknown expression type 'class \S*RexDynamicParam'`, gateway.Diagnosis{
		Message: "? stands for a parameter of a prepared statement, which Flink SQL does not have",
		Hint:    `\set name value defines a variable: write ${name}`}),
	on(`There are not enough rules to produce a node`, gateway.Diagnosis{
		Message: "Flink cannot plan this query", Hint: `\trace shows its plan`}),
	on(`Could not register temporary (?:system|catalog) function\. A function (?:named )?'(.+?)' does already exist`, gateway.Diagnosis{
		Message: "function $1 already exists", At: "$1", Hint: "drop it first, or use another name"}),
	by(`riffle: a name for functions: '(.+)' (\w+) '(.*)' '(.*)'$`, refusedName),
	on(`Function '(.+?)' does not extend from`, gateway.Diagnosis{Message: "the class $1 is not a Flink function", At: "$1"}),
	on(`^Unsupported query: `, gateway.Diagnosis{Message: "Flink parses this statement but cannot run it"}),
	on(`Unsupported SQL query! executeSql\(\) only accepts`, gateway.Diagnosis{Message: "Flink's table environment does not run this statement"}),

	// Connectors, formats, catalogs and their options.
	by(`Could not find any factory for identifier '(.+?)' that implements '\S*?(\w+)' in the classpath\.\s*(?:Available factory identifiers are:\s*(.*))?$`, noFactory),
	on(`Could not find any factories that implement '\S+ModelProviderFactory'`, gateway.Diagnosis{
		Message: "no model provider is installed", Hint: "add its jar, for example " + mention.Command("jar org.apache.flink:flink-model-openai:"+dist.Version)}),
	by(`Could not find any (format) factory for identifier '(.+?)' in the classpath`, noFormat),
	by(`One or more required options are missing\.\s+Missing required options are:\s+(.+)$`, missingOptions),
	by(`Unsupported options found for '(.+?)'\.\s+Unsupported options:\s+(.+?)\s+Supported options:\s+(.+)$`, unknownOption),
	needsOption(`Table options do not contain an option key 'connector'`, "connector", gateway.Diagnosis{
		Message: "the table has no connector", Hint: "add WITH ('connector' = '…', …)"}),
	on(`Connector '(.+?)' can only be used as a (source|sink)\.`, gateway.Diagnosis{Message: "the connector $1 is only a $2"}),
	needsOption(`Catalog options do not contain an option key 'type'`, "type", gateway.Diagnosis{
		Message: "the catalog's type is missing", At: "WITH", Hint: "add WITH ('type' = '…', …)"}),
	on(`jar or artifact resource \[(.+?)\] not found`, gateway.Diagnosis{Message: "there is no file $1", At: "$1"}),
	on(`file resource \[(.+?)\] not found`, gateway.Diagnosis{Message: "there is no file $1", At: "$1"}),
	on(`Cannot instantiate user-defined function '(.+?)'`, gateway.Diagnosis{
		Message: "the class of the function $1 was not found", At: "$1", Hint: "add its jar: ADD JAR '/path/to/the.jar'"}),
	by(`^(org[./]apache[./]hadoop[./][\w./$]+)$`, func(f *exception, found []string) gateway.Diagnosis { return noClass(f, found[1]) }), // all that Java says of one that is not there

	// Savepoints.
	on(`Blocking output edge exists in running tasks`, gateway.Diagnosis{
		Message: "a batch job has no savepoints", Hint: mention.Command("cancel ends it")}),
	on(`(?:.*The requested operation is not available while the JobManager is initializing|.*Not all required tasks are currently running)`, gateway.Diagnosis{
		Message: "some of the job's tasks are not running, and a savepoint needs all of them", Hint: "try again when all tasks run; a job with finished tasks cannot have a savepoint", NotYet: true}),
	on(`Size of the state is larger than the maximum permitted memory-backed state\.`, gateway.Diagnosis{
		Message: "the job's state is larger than 5 MB, the limit of checkpoints in memory",
		Hint:    "SET 'execution.checkpointing.storage' = 'filesystem' and 'execution.checkpointing.dir' = 'file:///…' before the job starts"}),
	on(`.*Cannot map checkpoint/savepoint state for operator`, gateway.Diagnosis{
		Message: "the savepoint belongs to another statement", Hint: recoveryHint}),
	on(`Cannot find checkpoint or savepoint file/directory '(.+?)'`, gateway.Diagnosis{
		Message: "there is no savepoint $1", Hint: recoveryHint}),
	on(`Failed to create savepoint directory at (.+)$`, gateway.Diagnosis{Message: "the savepoint folder $1 cannot be created"}),
}, placeRules, []rule{
	// Faults of a running job.
	on(`(?:/ by zero|Division by zero)$`, gateway.Diagnosis{Message: "division by zero", Hint: "with NULLIF(x, 0) as the divisor, the result is NULL"}),
	by(`Fail to deserialize at field: (.+?)\.$`, wrongField),
	on(`Failed to deserialize (\w+) '(.*)'\.$`, gateway.Diagnosis{
		Message: "a row of the source is not valid $1: $2", Hint: "WITH ('json.ignore-parse-errors' = 'true') skips such rows"}),
	by(`For input string: ['"](.*?)['"]`, wrongText),
	by(`(?:Infinite or NaN$|Character [NI] is neither a decimal digit number)`, notFinite),
	on(`Text '(.+?)' could not be parsed`, gateway.Diagnosis{Message: "'$1' is not a date or time", Hint: "TRY_CAST returns NULL instead"}),
	on(`Failed to parse json string: (.*)$`, gateway.Diagnosis{Message: "'$1' is not valid JSON", Hint: "TRY_PARSE_JSON returns NULL instead"}),
	on(`Array has more than one element`, gateway.Diagnosis{Message: "ELEMENT needs an array with one element", Hint: "select an element by its index, from 1: a[1]"}),
	on(`Column '(.+?)' is NOT NULL, however, a null value is being written into it`, gateway.Diagnosis{
		Message: "a row has NULL for column $1, which is NOT NULL",
		Hint:    "SET 'table.exec.sink.not-null-enforcer' = 'DROP' skips such rows; or replace the NULL in the query with COALESCE, which needs a source column that is not declared NOT NULL"}),
	on(`SingleValueAggFunction received more than one element`, gateway.Diagnosis{
		Message: "a scalar subquery returned more than one row", Hint: "add LIMIT 1, or aggregate it with MAX"}),
}, callRules, joinedRules, fileRules, connectorRules, clusterRules, overRules)

const recoveryHint = "RESET 'execution.state-recovery.path' if you do not want to resume from a savepoint"

const conflictHint = "end the INSERT with ON CONFLICT DO DEDUPLICATE (the last row wins; its state keeps all rows), DO NOTHING (the first row wins) or DO ERROR (the job fails)"

const watermarkHint = "declare one in CREATE TABLE: WATERMARK FOR ts AS ts - INTERVAL '5' SECOND, or ts AS PROCTIME()"

// notFinite diagnoses a NaN or Infinity for which Java has no decimal number. Flink computes constants when it plans. It
// leaves a DOUBLE that is not finite to the job, but fails for a FLOAT.
func notFinite(f *exception, _ []string) gateway.Diagnosis {
	if strings.Contains(f.Trace, "ExpressionReducer") {
		return gateway.Diagnosis{Message: "Flink cannot plan a query with a constant FLOAT that is NaN or Infinity", Hint: "use DOUBLE instead of FLOAT"}
	}
	return gateway.Diagnosis{Message: "NaN and Infinity cannot be CAST to DECIMAL", Hint: "TRY_CAST returns NULL instead"}
}
