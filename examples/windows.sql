-- Event time: watermarks, four kinds of windows, and a join of two streams.
--
--   go run ./cmd/riffle run examples/windows.sql
--   go run ./cmd/riffle demo examples/windows.sql

-- Twelve clicks of two people. The pauses between clicks grow by four seconds each
-- time, so that the session windows below have gaps to find.
CREATE TABLE clicks (
    id    INT,
    who   AS IF(MOD(id, 3) = 0, 'Ada', 'Bo'),
    ts    AS TO_TIMESTAMP_LTZ(id * id * 2000, 3),
    WATERMARK FOR ts AS ts - INTERVAL '5' SECOND
) WITH (
    'connector' = 'datagen',
    'number-of-rows' = '12',
    'fields.id.kind' = 'sequence',
    'fields.id.start' = '1',
    'fields.id.end' = '12'
);
--> OK
SET 'table.local-time-zone' = 'UTC';
--> OK

-- ts is also the time attribute of the stream, marked *ROWTIME*.
\d clicks
--> ┌──────┬────────────────────────────┬──────┬──────┬──────────────────────────────────────────────┬────────────────────────────┐
--> │ name │ type                       │ null │ key  │ extras                                       │ watermark                  │
--> ├──────┼────────────────────────────┼──────┼──────┼──────────────────────────────────────────────┼────────────────────────────┤
--> │ id   │ INT                        │ TRUE │ NULL │ NULL                                         │ NULL                       │
--> │ who  │ VARCHAR(3)                 │ TRUE │ NULL │ AS IF(MOD(`id`, 3) = 0, 'Ada', 'Bo')         │ NULL                       │
--> │ ts   │ TIMESTAMP_LTZ(3) *ROWTIME* │ TRUE │ NULL │ AS `TO_TIMESTAMP_LTZ`(`id` * `id` * 2000, 3) │ `ts` - INTERVAL '5' SECOND │
--> └──────┴────────────────────────────┴──────┴──────┴──────────────────────────────────────────────┴────────────────────────────┘

-- One window for each minute. A window is shown when the watermark has passed its end.
SELECT window_start, COUNT(*) AS clicks, LISTAGG(who) AS who
FROM TUMBLE(TABLE clicks, DESCRIPTOR(ts), INTERVAL '1' MINUTE)
GROUP BY window_start, window_end;
--> ┌─────────────────────────┬────────┬─────────────────┐
--> │ window_start            │ clicks │ who             │
--> ├─────────────────────────┼────────┼─────────────────┤
--> │ 1970-01-01 00:00:00.000 │      5 │ Bo,Bo,Ada,Bo,Bo │
--> │ 1970-01-01 00:01:00.000 │      2 │ Ada,Bo          │
--> │ 1970-01-01 00:02:00.000 │      2 │ Bo,Ada          │
--> │ 1970-01-01 00:03:00.000 │      1 │ Bo              │
--> │ 1970-01-01 00:04:00.000 │      2 │ Bo,Ada          │
--> └─────────────────────────┴────────┴─────────────────┘

-- Windows of two minutes, starting every minute: every click is in two of them.
SELECT window_start, window_end, COUNT(*) AS clicks
FROM HOP(TABLE clicks, DESCRIPTOR(ts), INTERVAL '1' MINUTE, INTERVAL '2' MINUTE)
GROUP BY window_start, window_end;
--> ┌─────────────────────────┬─────────────────────────┬────────┐
--> │ window_start            │ window_end              │ clicks │
--> ├─────────────────────────┼─────────────────────────┼────────┤
--> │ 1969-12-31 23:59:00.000 │ 1970-01-01 00:01:00.000 │      5 │
--> │ 1970-01-01 00:00:00.000 │ 1970-01-01 00:02:00.000 │      7 │
--> │ 1970-01-01 00:01:00.000 │ 1970-01-01 00:03:00.000 │      4 │
--> │ 1970-01-01 00:02:00.000 │ 1970-01-01 00:04:00.000 │      3 │
--> │ 1970-01-01 00:03:00.000 │ 1970-01-01 00:05:00.000 │      3 │
--> │ 1970-01-01 00:04:00.000 │ 1970-01-01 00:06:00.000 │      2 │
--> └─────────────────────────┴─────────────────────────┴────────┘

-- Windows of three minutes, with the count so far after each minute.
SELECT window_start, window_end, COUNT(*) AS clicks
FROM CUMULATE(TABLE clicks, DESCRIPTOR(ts), INTERVAL '1' MINUTE, INTERVAL '3' MINUTE)
GROUP BY window_start, window_end;
--> ┌─────────────────────────┬─────────────────────────┬────────┐
--> │ window_start            │ window_end              │ clicks │
--> ├─────────────────────────┼─────────────────────────┼────────┤
--> │ 1970-01-01 00:00:00.000 │ 1970-01-01 00:01:00.000 │      5 │
--> │ 1970-01-01 00:00:00.000 │ 1970-01-01 00:02:00.000 │      7 │
--> │ 1970-01-01 00:00:00.000 │ 1970-01-01 00:03:00.000 │      9 │
--> │ 1970-01-01 00:03:00.000 │ 1970-01-01 00:04:00.000 │      1 │
--> │ 1970-01-01 00:03:00.000 │ 1970-01-01 00:05:00.000 │      3 │
--> │ 1970-01-01 00:03:00.000 │ 1970-01-01 00:06:00.000 │      3 │
--> └─────────────────────────┴─────────────────────────┴────────┘

-- A visit ends when a person has not clicked for 30 seconds.
SELECT who, window_start, TIMESTAMPDIFF(SECOND, window_start, window_end) - 30 AS seconds, COUNT(*) AS clicks
FROM SESSION(TABLE clicks PARTITION BY who, DESCRIPTOR(ts), INTERVAL '30' SECOND)
GROUP BY who, window_start, window_end;
--> ┌─────┬─────────────────────────┬─────────┬────────┐
--> │ who │ window_start            │ seconds │ clicks │
--> ├─────┼─────────────────────────┼─────────┼────────┤
--> │ Ada │ 1970-01-01 00:00:18.000 │       0 │      1 │
--> │ Bo  │ 1970-01-01 00:00:02.000 │      48 │      4 │
--> │ Ada │ 1970-01-01 00:01:12.000 │       0 │      1 │
--> │ Bo  │ 1970-01-01 00:01:38.000 │      30 │      2 │
--> │ Ada │ 1970-01-01 00:02:42.000 │       0 │      1 │
--> │ Bo  │ 1970-01-01 00:03:20.000 │       0 │      1 │
--> │ Bo  │ 1970-01-01 00:04:02.000 │       0 │      1 │
--> │ Ada │ 1970-01-01 00:04:48.000 │       0 │      1 │
--> └─────┴─────────────────────────┴─────────┴────────┘

-- Which clicks of Ada and Bo are at most ten seconds apart? Flink drops a click from
-- its state as soon as no later click can match it.
CREATE TEMPORARY VIEW ada AS SELECT * FROM clicks WHERE who = 'Ada';
--> OK
CREATE TEMPORARY VIEW bo AS SELECT * FROM clicks WHERE who = 'Bo';
--> OK

SELECT ada.id AS ada, bo.id AS bo, TIMESTAMPDIFF(SECOND, bo.ts, ada.ts) AS seconds
FROM ada JOIN bo ON ada.ts BETWEEN bo.ts - INTERVAL '10' SECOND AND bo.ts + INTERVAL '10' SECOND;
--> ┌─────┬────┬─────────┐
--> │ ada │ bo │ seconds │
--> ├─────┼────┼─────────┤
--> │   3 │  2 │      10 │
--> └─────┴────┴─────────┘
