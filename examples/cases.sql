-- Tests of Go functions. The script contains no SQL, so it runs without Flink:
--
--   go run ./cmd/riffle check examples/cases.sql

// Grade rates an amount.
func Grade(amount float64) string {
	if amount > 900 {
		return "gold"
	}
	return "plain"
}

// Net is the price without a tax of 19 %.
//riffle:result DECIMAL(10, 2)
func Net(gross riffle.Decimal) riffle.Decimal { return gross.Quo(riffle.NewDecimal(119, 2), 2) }

// Tags splits a list of words, which may be NULL.
func Tags(list *string) []string {
	if list == nil {
		return nil
	}
	return strings.Fields(*list)
}

// Weekend says whether a time is on a weekend, where the session is.
func Weekend(at time.Time) bool { return at.Weekday() == time.Saturday || at.Weekday() == time.Sunday }

-- A case fails unless the function returns this result.
\try Grade(950) = 'gold'
\try Grade(95) = 'plain'

-- A plain Go type is never NULL: the function is not called.
\try Grade(NULL) = NULL
\try Tags(NULL) = ARRAY[]
\try Tags('a  b') = ARRAY['a', 'b']

-- A call can be an argument.
\try Net(119) = 100.00
\try Grade(Net(1190)) = 'gold'

-- TIMESTAMP_LTZ is read in the session's time zone.
\try Weekend(TIMESTAMP_LTZ '2024-03-02 00:30:00') = TRUE
\try Weekend(TIMESTAMP_LTZ '2024-03-01 23:30:00') = FALSE
