package flink

import "riffle/session/gateway"

// overRules match errors about OVER in streaming mode, and about filtered ranks.
var overRules = []rule{
	on(`The window can only be ordered by a single time column`, gateway.Diagnosis{
		Message: "in a streaming query, OVER needs ORDER BY with one time attribute", At: "OVER",
		Hint: "OVER (PARTITION BY … ORDER BY ts), where ts has a watermark or is PROCTIME()"}),
	on(`The window can only be ordered in ASCENDING mode`, gateway.Diagnosis{
		Message: "in a streaming query, OVER can only be ordered ascending", At: "OVER",
		Hint: "ROW_NUMBER() supports DESC with a filter, WHERE rownum <= n; other functions work with bounded tables" + inBatch}),
	on(`Non-time attribute sort is not supported for bounded OVER window`, gateway.Diagnosis{
		Message: "in a streaming query, OVER with ROWS or RANGE needs ORDER BY with a time attribute", At: "OVER", Hint: watermarkHint}),
	on(`Over Agg: Unsupported use of OVER windows\. All aggregates must be computed on the same window`, gateway.Diagnosis{
		Message: "in streaming mode, all OVER clauses of a query must have the same window", At: "OVER",
		Hint: "nest the queries: SELECT …, SUM(a) OVER (…) FROM (SELECT *, COUNT(*) OVER (…) AS n FROM t)"}),
	on(`(\w+) in streaming mode gives rows of equal order other ranks`, gateway.Diagnosis{
		Message: "in streaming mode, Flink ranks rows with equal values incorrectly", At: "$1", Hint: "use ROW_NUMBER(); $1 works with bounded tables" + inBatch}),
	on(`LAG in streaming mode needs the order of a time attribute`, gateway.Diagnosis{
		Message: "in streaming mode, LAG needs ORDER BY with a time attribute", At: "LAG", Hint: watermarkHint}),
	on(`Please explicitly cast default value`, gateway.Diagnosis{
		Message: "the default of LAG must have the type of its column", At: "LAG", Hint: "for example LAG(n, 1, CAST(0 AS BIGINT))"}),
	on(`Unmaterialized BinaryRawValueData cannot be compared`, gateway.Diagnosis{
		Message: "in streaming mode, an aggregate that collects values needs ORDER BY with a time attribute", At: "OVER", Hint: watermarkHint}),
	on(`^LEAD Function is not supported in stream mode`, gateway.Diagnosis{
		Message: "in streaming mode, LEAD would need rows that have not arrived yet", At: "LEAD", Hint: "LAG looks back; LEAD works with bounded tables" + inBatch}),
	on(`^(\w+) Function is not supported in stream mode`, gateway.Diagnosis{
		Message: "$1 needs all rows, which a streaming query never has", At: "$1", Hint: "it works with bounded tables" + inBatch}),
	on(`^(\w+)\(\) on streaming table is not supported currently`, gateway.Diagnosis{
		Message: "$1 is not supported in streaming mode", At: "$1", Hint: "use ROW_NUMBER(); $1 works with bounded tables" + inBatch}),
	on(`OVER RANGE FOLLOWING windows are not supported yet`, gateway.Diagnosis{
		Message: "in streaming mode, an OVER window must end at the current row", At: "OVER",
		Hint: "write … AND CURRENT ROW; other windows work with bounded tables" + inBatch}),
	on(`Rank end is not specified\.`, gateway.Diagnosis{
		Message: "in streaming mode, a filter on ROW_NUMBER() needs an upper bound", At: "ROW_NUMBER", Hint: "for example WHERE rownum <= 10"}),
	on(`Over Agg: The window rank function requires order by clause with non-constant fields`, gateway.Diagnosis{
		Message: "ROW_NUMBER() needs ORDER BY with a column", At: "OVER", Hint: "OVER (PARTITION BY … ORDER BY …)"}),
	on(`StreamPhysicalOverAggregate doesn't support consuming \w+(?: and \w+)? changes`, gateway.Diagnosis{
		Message: "OVER does not support updating input", At: "OVER",
		Hint: "compute it where rows are still append-only, or with bounded tables" + inBatch}),
	on(`Windowed aggregate expression is illegal in (\w+) clause`, gateway.Diagnosis{
		Message: "$1 is evaluated before OVER", Hint: "filter in an outer query: SELECT * FROM (SELECT …, SUM(a) OVER (…) AS s FROM t) WHERE s > 3"}),
}

// inBatch ends a hint about something that works with bounded tables.
const inBatch = " after SET 'execution.runtime-mode' = 'batch'"
