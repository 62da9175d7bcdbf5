-- riffle in a minute: a stream, a Go function, windows, and a batch query.
--
--   go run ./cmd/riffle run examples/quickstart.sql

-- Flink's own generator makes ten thousand orders. They are numbered, so every run
-- gives the same results.
CREATE TABLE orders (
    id      BIGINT,
    product AS CASE MOD(id, 3) WHEN 0 THEN 'tea' WHEN 1 THEN 'coffee' ELSE '珈琲' END,
    amount  AS CAST(MOD(id * 7919, 100000) AS DOUBLE) / 100,
    ts      AS TO_TIMESTAMP_LTZ(id * 100, 3),
    WATERMARK FOR ts AS ts
) WITH (
    'connector' = 'datagen',
    'rows-per-second' = '1000000',
    'number-of-rows' = '10000',
    'fields.id.kind' = 'sequence',
    'fields.id.start' = '1',
    'fields.id.end' = '10000'
);
--> OK

-- 1. An append-only stream: rows are shown as they arrive.
SELECT id, product, amount FROM orders WHERE amount > 998;
--> ┌──────┬─────────┬────────┐
--> │   id │ product │ amount │
--> ├──────┼─────────┼────────┤
--> │  101 │ 珈琲    │ 998.19 │
--> │  644 │ 珈琲    │ 998.36 │
--> │ 1187 │ 珈琲    │ 998.53 │
--> │ 1730 │ 珈琲    │  998.7 │
--> │ 2273 │ 珈琲    │ 998.87 │
--> │ 2816 │ 珈琲    │ 999.04 │
--> │ 3359 │ 珈琲    │ 999.21 │
--> │ 3902 │ 珈琲    │ 999.38 │
--> │ 4445 │ 珈琲    │ 999.55 │
--> │ 4988 │ 珈琲    │ 999.72 │
--> │ 5531 │ 珈琲    │ 999.89 │
--> │ 5632 │ coffee  │ 998.08 │
--> │ 6175 │ coffee  │ 998.25 │
--> │ 6718 │ coffee  │ 998.42 │
--> │ 7261 │ coffee  │ 998.59 │
--> │ 7804 │ coffee  │ 998.76 │
--> │ 8347 │ coffee  │ 998.93 │
--> │ 8890 │ coffee  │  999.1 │
--> │ 9433 │ coffee  │ 999.27 │
--> │ 9976 │ coffee  │ 999.44 │
--> └──────┴─────────┴────────┘

-- 2. A Go function. Flink can call it as soon as it is compiled.
func Grade(amount float64) string {
	switch {
	case amount >= 900:
		return "gold"
	case amount >= 500:
		return "silver"
	}
	return "plain"
}
--> Grade(DOUBLE) → STRING

-- The result changes with every order: one table, updated in place.
SELECT Grade(amount) AS grade, COUNT(*) AS n, ROUND(AVG(amount), 2) AS average
FROM orders
GROUP BY Grade(amount);
--> ┌────────┬──────┬─────────┐
--> │ grade  │    n │ average │
--> ├────────┼──────┼─────────┤
--> │ plain  │ 5001 │  249.98 │
--> │ silver │ 4001 │  700.02 │
--> │ gold   │  998 │  949.95 │
--> └────────┴──────┴─────────┘

-- 3. Windows: the watermark decides when a window is complete.
SELECT window_start, window_end, COUNT(*) AS n, MAX(amount) AS dearest
FROM TUMBLE(TABLE orders, DESCRIPTOR(ts), INTERVAL '5' MINUTE)
GROUP BY window_start, window_end;
--> ┌─────────────────────────┬─────────────────────────┬──────┬─────────┐
--> │ window_start            │ window_end              │    n │ dearest │
--> ├─────────────────────────┼─────────────────────────┼──────┼─────────┤
--> │ 1970-01-01 00:00:00.000 │ 1970-01-01 00:05:00.000 │ 2999 │  999.04 │
--> │ 1970-01-01 00:05:00.000 │ 1970-01-01 00:10:00.000 │ 3000 │  999.89 │
--> │ 1970-01-01 00:10:00.000 │ 1970-01-01 00:15:00.000 │ 3000 │   999.1 │
--> │ 1970-01-01 00:15:00.000 │ 1970-01-01 00:20:00.000 │ 1001 │  999.44 │
--> └─────────────────────────┴─────────────────────────┴──────┴─────────┘

-- 4. The same table in batch mode: one final result, sorted.
SET 'execution.runtime-mode' = 'batch';
--> OK

SELECT product, COUNT(*) AS n, SUM(amount) AS revenue
FROM orders
GROUP BY product
ORDER BY revenue DESC;
--> ┌─────────┬──────┬────────────┐
--> │ product │    n │    revenue │
--> ├─────────┼──────┼────────────┤
--> │ coffee  │ 3334 │ 1669309.73 │
--> │ 珈琲    │ 3333 │  1666350.0 │
--> │ tea     │ 3333 │ 1663290.27 │
--> └─────────┴──────┴────────────┘
