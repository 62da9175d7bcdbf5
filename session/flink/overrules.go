package flink

import "riffle/session/gateway"

// overRules are those on OVER in streaming mode, and on ranks that are filtered.
var overRules = []rule{
	on(`The window can only be ordered by a single time column`, gateway.Diagnosis{
		Message: "OVER wants ORDER BY one time attribute in a query without an end", At: "OVER",
		Hint: "OVER (PARTITION BY … ORDER BY ts), where ts has a watermark or is PROCTIME()"}),
	on(`The window can only be ordered in ASCENDING mode`, gateway.Diagnosis{
		Message: "OVER can only be ordered ascending in a query without an end", At: "OVER",
		Hint: "ROW_NUMBER() takes DESC with a filter, WHERE rownum <= n; others work with bounded tables" + inBatch}),
	on(`Non-time attribute sort is not supported for bounded OVER window`, gateway.Diagnosis{
		Message: "OVER with ROWS or RANGE wants ORDER BY a time attribute in a query without an end", At: "OVER", Hint: watermarkHint}),
	on(`Over Agg: Unsupported use of OVER windows\. All aggregates must be computed on the same window`, gateway.Diagnosis{
		Message: "all OVER of a query must be the same window in streaming mode", At: "OVER",
		Hint: "compute one below the other: SELECT …, SUM(a) OVER (…) FROM (SELECT *, COUNT(*) OVER (…) AS n FROM t)"}),
	on(`(\w+) in streaming mode gives rows of equal order other ranks`, gateway.Diagnosis{
		Message: "Flink ranks rows of equal order wrong in streaming mode", At: "$1", Hint: "ROW_NUMBER() works; $1 does with bounded tables" + inBatch}),
	on(`LAG in streaming mode needs the order of a time attribute`, gateway.Diagnosis{
		Message: "LAG needs ORDER BY a time attribute in streaming mode", At: "LAG", Hint: watermarkHint}),
	on(`Please explicitly cast default value`, gateway.Diagnosis{
		Message: "the default of LAG must have the type of its column", At: "LAG", Hint: "for example LAG(n, 1, CAST(0 AS BIGINT))"}),
	on(`Unmaterialized BinaryRawValueData cannot be compared`, gateway.Diagnosis{
		Message: "an aggregate that keeps a list of values needs ORDER BY a time attribute in streaming mode", At: "OVER", Hint: watermarkHint}),
	on(`^LEAD Function is not supported in stream mode`, gateway.Diagnosis{
		Message: "LEAD needs rows that have not come yet in streaming mode", At: "LEAD", Hint: "LAG looks back; LEAD works with bounded tables" + inBatch}),
	on(`^(\w+) Function is not supported in stream mode`, gateway.Diagnosis{
		Message: "$1 needs all rows, which streaming mode never has", At: "$1", Hint: "it works with bounded tables" + inBatch}),
	on(`^(\w+)\(\) on streaming table is not supported currently`, gateway.Diagnosis{
		Message: "$1 is not there in streaming mode", At: "$1", Hint: "ROW_NUMBER() works; $1 does with bounded tables" + inBatch}),
	on(`OVER RANGE FOLLOWING windows are not supported yet`, gateway.Diagnosis{
		Message: "a window of OVER ends at the current row in streaming mode", At: "OVER",
		Hint: "write … AND CURRENT ROW; others work with bounded tables" + inBatch}),
	on(`Rank end is not specified\.`, gateway.Diagnosis{
		Message: "a filter on ROW_NUMBER() needs an upper bound in streaming mode", At: "ROW_NUMBER", Hint: "for example WHERE rownum <= 10"}),
	on(`Over Agg: The window rank function requires order by clause with non-constant fields`, gateway.Diagnosis{
		Message: "ROW_NUMBER() needs the ORDER BY of a column", At: "OVER", Hint: "OVER (PARTITION BY … ORDER BY …)"}),
	on(`StreamPhysicalOverAggregate doesn't support consuming \w+(?: and \w+)? changes`, gateway.Diagnosis{
		Message: "OVER cannot be computed over rows that change", At: "OVER",
		Hint: "compute it below what changes the rows, or with bounded tables" + inBatch}),
	on(`Windowed aggregate expression is illegal in (\w+) clause`, gateway.Diagnosis{
		Message: "$1 comes before OVER is computed", Hint: "filter around it: SELECT * FROM (SELECT …, SUM(a) OVER (…) AS s FROM t) WHERE s > 3"}),
}

// inBatch follows what works with bounded tables.
const inBatch = " after SET 'execution.runtime-mode' = 'batch'"
