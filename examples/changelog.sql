-- Changing tables: streams of updates, and the tables that they make.
--
--   go run ./cmd/riffle run examples/changelog.sql

-- Prices of three stocks, in turn.
CREATE TABLE ticks (
    id     INT,
    symbol AS CASE MOD(id, 3) WHEN 0 THEN 'AAA' WHEN 1 THEN 'BBB' ELSE 'CCC' END,
    price  AS 100 + MOD(id * 37, 17),
    ts     AS TO_TIMESTAMP_LTZ(id * 1000, 3),
    WATERMARK FOR ts AS ts
) WITH (
    'connector' = 'datagen',
    'number-of-rows' = '9',
    'fields.id.kind' = 'sequence',
    'fields.id.start' = '1',
    'fields.id.end' = '9'
);
--> OK

-- One row for each stock, changed in place.
SELECT symbol, COUNT(*) AS n, MAX(price) AS highest FROM ticks GROUP BY symbol;
--> ┌────────┬───┬─────────┐
--> │ symbol │ n │ highest │
--> ├────────┼───┼─────────┤
--> │ BBB    │ 3 │     112 │
--> │ CCC    │ 3 │     115 │
--> │ AAA    │ 3 │     110 │
--> └────────┴───┴─────────┘

-- The plan shows which kinds of changes each operator sends.
\explain SELECT symbol, COUNT(*) AS n, MAX(price) AS highest FROM ticks GROUP BY symbol
--> GroupAggregate [+I -U +U]  groupBy=[symbol], select=[symbol, COUNT(*) AS n, MAX(price) AS highest]
--> └─ Exchange [+I]  distribution=[hash[symbol]]
-->    └─ Calc [+I]  select=[symbol, price]
-->       └─ WatermarkAssigner [+I]  rowtime=[ts], watermark=[ts]
-->          └─ Calc [+I]  select=[id, CASE(=(MOD(id, 3), 0), _UTF-16LE'AAA', =(MOD(id, 3), 1), _UTF-16LE'BBB', _UTF-16LE'CCC') AS symbol, +(100, MOD(*(id, 37), 17)) AS price, TO_TIMESTAMP_LTZ(*(id, 1000), 3) AS ts]
-->             └─ TableSourceScan ticks [+I]  fields=[id]
-->
--> +I a new row, +U a row after its update, -U a row before its update

-- The last price of each stock.
CREATE TEMPORARY VIEW latest AS
SELECT symbol, price, ts FROM (
    SELECT *, ROW_NUMBER() OVER (PARTITION BY symbol ORDER BY ts DESC) AS place FROM ticks
) WHERE place = 1;
--> OK

SELECT symbol, price FROM latest;
--> ┌────────┬───────┐
--> │ symbol │ price │
--> ├────────┼───────┤
--> │ BBB    │   104 │
--> │ CCC    │   107 │
--> │ AAA    │   110 │
--> └────────┴───────┘

-- The two most expensive ticks of each stock: rows enter the result and leave it again.
SELECT symbol, place, price FROM (
    SELECT *, ROW_NUMBER() OVER (PARTITION BY symbol ORDER BY price DESC, id) AS place FROM ticks
) WHERE place <= 2;
--> ┌────────┬───────┬───────┐
--> │ symbol │ place │ price │
--> ├────────┼───────┼───────┤
--> │ BBB    │     1 │   112 │
--> │ CCC    │     1 │   115 │
--> │ AAA    │     1 │   110 │
--> │ BBB    │     2 │   104 │
--> │ CCC    │     2 │   107 │
--> │ AAA    │     2 │   109 │
--> └────────┴───────┴───────┘

-- Every tick with the average of the last three.
SELECT id, symbol, price, AVG(CAST(price AS DOUBLE)) OVER (
    PARTITION BY symbol ORDER BY ts ROWS BETWEEN 2 PRECEDING AND CURRENT ROW) AS average
FROM ticks;
--> ┌────┬────────┬───────┬────────────────────┐
--> │ id │ symbol │ price │            average │
--> ├────┼────────┼───────┼────────────────────┤
--> │  1 │ BBB    │   103 │              103.0 │
--> │  2 │ CCC    │   106 │              106.0 │
--> │  3 │ AAA    │   109 │              109.0 │
--> │  4 │ BBB    │   112 │              107.5 │
--> │  5 │ CCC    │   115 │              110.5 │
--> │  6 │ AAA    │   101 │              105.0 │
--> │  7 │ BBB    │   104 │ 106.33333333333333 │
--> │  8 │ CCC    │   107 │ 109.33333333333333 │
--> │  9 │ AAA    │   110 │ 106.66666666666667 │
--> └────┴────────┴───────┴────────────────────┘

-- A pattern: a price falls and then rises again.
SELECT * FROM ticks MATCH_RECOGNIZE (
    PARTITION BY symbol ORDER BY ts
    MEASURES A.price AS before_it, B.price AS bottom, C.price AS after_it
    AFTER MATCH SKIP TO NEXT ROW
    PATTERN (A B C)
    DEFINE B AS B.price < A.price, C AS C.price > B.price
);
--> ┌────────┬───────────┬────────┬──────────┐
--> │ symbol │ before_it │ bottom │ after_it │
--> ├────────┼───────────┼────────┼──────────┤
--> │ AAA    │       109 │    101 │      110 │
--> └────────┴───────────┴────────┴──────────┘
