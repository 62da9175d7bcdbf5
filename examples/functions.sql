-- Go functions: Flink can call them a tenth of a second after you type them.
--
--   go run ./cmd/riffle run examples/functions.sql

CREATE TEMPORARY VIEW people AS SELECT * FROM (VALUES
    (1, 'Ada Lovelace',   DATE '1815-12-10', ARRAY['analyst', 'poet']),
    (2, 'Grace Hopper',   DATE '1906-12-09', ARRAY['admiral']),
    (3, 'Édith Clarke',   DATE '1883-02-10', ARRAY['engineer', 'teacher']),
    (4, CAST(NULL AS STRING), CAST(NULL AS DATE), ARRAY['unknown'])
) AS t (id, name, born, roles);
--> OK

-- The Go types decide the SQL types of the arguments and the result. The standard
-- library needs no import.
func Initials(name string) string {
	var out strings.Builder
	for word := range strings.FieldsSeq(name) {
		r, _ := utf8.DecodeRuneInString(word)
		out.WriteRune(unicode.ToUpper(r))
		out.WriteByte('.')
	}
	return out.String()
}
--> Initials(STRING) → STRING

-- If the argument is NULL, the result is NULL, and the function is not called.
SELECT id, name, Initials(name) AS initials FROM people;
--> ┌────┬──────────────┬──────────┐
--> │ id │ name         │ initials │
--> ├────┼──────────────┼──────────┤
--> │  1 │ Ada Lovelace │ A.L.     │
--> │  2 │ Grace Hopper │ G.H.     │
--> │  3 │ Édith Clarke │ É.C.     │
--> │  4 │ NULL         │ NULL     │
--> └────┴──────────────┴──────────┘

-- With pointers, a function can take and return NULL.
func Greeting(name *string) *string {
	if name == nil {
		nobody := "Hello, whoever you are"
		return &nobody
	}
	if strings.HasPrefix(*name, "G") {
		return nil
	}
	hello := "Hello " + *name
	return &hello
}
--> Greeting(STRING) → STRING

SELECT id, Greeting(name) AS greeting FROM people;
--> ┌────┬────────────────────────┐
--> │ id │ greeting               │
--> ├────┼────────────────────────┤
--> │  1 │ Hello Ada Lovelace     │
--> │  2 │ NULL                   │
--> │  3 │ Hello Édith Clarke     │
--> │  4 │ Hello, whoever you are │
--> └────┴────────────────────────┘

-- Slices are arrays. A function can call other functions.
func Titles(name string, roles []string) []string {
	out := make([]string, 0, len(roles))
	for i, role := range roles {
		out = append(out, fmt.Sprintf("%d. %s %s", i+1, role, Initials(name)))
	}
	return out
}
--> Titles(STRING, ARRAY<STRING>) → ARRAY<STRING>

SELECT id, Titles(name, roles) AS titles FROM people WHERE name IS NOT NULL;
--> ┌────┬─────────────────────────────────────┐
--> │ id │ titles                              │
--> ├────┼─────────────────────────────────────┤
--> │  1 │ [1. analyst A.L., 2. poet A.L.]     │
--> │  2 │ [1. admiral G.H.]                   │
--> │  3 │ [1. engineer É.C., 2. teacher É.C.] │
--> └────┴─────────────────────────────────────┘

-- A function that returns an iterator is a table function: it returns rows.
func Parts(name string) iter.Seq[string] { return strings.FieldsSeq(name) }
--> Parts(STRING) → TABLE(STRING)

SELECT id, part FROM people LEFT JOIN LATERAL TABLE(Parts(name)) AS p (part) ON TRUE;
--> ┌────┬──────────┐
--> │ id │ part     │
--> ├────┼──────────┤
--> │  1 │ Ada      │
--> │  1 │ Lovelace │
--> │  2 │ Grace    │
--> │  2 │ Hopper   │
--> │  3 │ Édith    │
--> │  3 │ Clarke   │
--> │  4 │ NULL     │
--> └────┴──────────┘

-- By default an error fails the query, and the message shows the arguments. With the
-- setting below, a row that fails gives NULL instead and is counted.
func Root(n float64) (float64, error) {
	if n < 0 {
		return 0, fmt.Errorf("no root of %g", n)
	}
	return math.Sqrt(n), nil
}
--> Root(DOUBLE) → DOUBLE

SET 'riffle.functions.on-error' = 'null';
--> OK

SELECT n, Root(n) AS root FROM (VALUES (4e0), (-1e0), (2e0)) AS t (n);
--> q5: 1 call of Root failed, its result is NULL: Root(-1): no root of -1
--> ┌──────┬────────────────────┐
--> │    n │               root │
--> ├──────┼────────────────────┤
--> │  4.0 │                2.0 │
--> │ -1.0 │               NULL │
--> │  2.0 │ 1.4142135623730951 │
--> └──────┴────────────────────┘

-- A function whose first parameter is a context.Context can wait: many of its calls are in progress at a time.
func Slow(ctx context.Context, n int64) (int64, error) {
	select {
	case <-time.After(100 * time.Millisecond): // such as an answer of a service
		return n * n, nil
	case <-ctx.Done(): // the row takes too long, or the query has ended
		return 0, ctx.Err()
	}
}
--> Slow(BIGINT) → BIGINT, asynchronous, not deterministic: it selects between channels

CREATE TEMPORARY TABLE numbers (n BIGINT) WITH ('connector' = 'datagen', 'fields.n.kind' = 'sequence', 'fields.n.start' = '1', 'fields.n.end' = '500');
--> OK

SELECT COUNT(*) AS calls, SUM(Slow(n)) AS squares FROM numbers;
--> ┌───────┬──────────┐
--> │ calls │  squares │
--> ├───────┼──────────┤
--> │   500 │ 41791750 │
--> └───────┴──────────┘

-- The first parameter *riffle.Context, which SQL does not see, is for metrics, log lines and parameters of the job.
func Price(ctx *riffle.Context, product string) *string {
	prices := map[string]float64{"tea": 3.5, "coffee": 4}
	price, found := prices[product]
	if !found {
		ctx.Counter("misses").Inc(1)
		ctx.Logger().Warn("no price", "product", product)
		return nil
	}
	text := fmt.Sprintf("%.2f %s", price, ctx.JobParameter("currency", "USD"))
	return &text
}
--> Price(STRING) → STRING

SET 'pipeline.global-job-parameters' = 'currency:EUR';
--> OK

SELECT product, Price(product) AS price FROM (VALUES ('tea'), ('coffee'), ('milk')) AS t (product);
--> q7 Price: level=WARN msg="no price" product=milk
--> ┌─────────┬──────────┐
--> │ product │ price    │
--> ├─────────┼──────────┤
--> │ tea     │ 3.50 EUR │
--> │ coffee  │ 4.00 EUR │
--> │ milk    │ NULL     │
--> └─────────┴──────────┘
