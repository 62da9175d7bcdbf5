-- riffle in a minute: a stream, a function in Go, windows, and a batch answer.
--
--   go run ./cmd/riffle run examples/quickstart.sql

-- Orders come from Flink's own generator: ten thousand of them, numbered, so that
-- every run gives the same answers.
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

-- 1. A stream that only grows: rows are shown as they come.
SELECT id, product, amount FROM orders WHERE amount > 998;

-- 2. A function in Go. It runs inside Flink as soon as it is compiled.
func Grade(amount float64) string {
	switch {
	case amount >= 900:
		return "gold"
	case amount >= 500:
		return "silver"
	}
	return "plain"
}

-- A result that changes with every order: one table, updated in place.
SELECT Grade(amount) AS grade, COUNT(*) AS n, ROUND(AVG(amount), 2) AS average
FROM orders
GROUP BY Grade(amount);

-- 3. Windows: the watermark says when one is complete.
SELECT window_start, window_end, COUNT(*) AS n, MAX(amount) AS dearest
FROM TUMBLE(TABLE orders, DESCRIPTOR(ts), INTERVAL '5' MINUTE)
GROUP BY window_start, window_end;

-- 4. The same table as a batch: one answer, in order.
SET 'execution.runtime-mode' = 'batch';

SELECT product, COUNT(*) AS n, SUM(amount) AS revenue
FROM orders
GROUP BY product
ORDER BY revenue DESC;
