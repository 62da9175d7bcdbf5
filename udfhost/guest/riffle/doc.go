// Package riffle defines Go types for SQL's dates, times and decimal numbers, for
// the columns of vectorized functions, and the Context, with which a function counts
// and reads parameters of its job. A cell uses it without an import.
//
//	DATE       Date
//	TIME       Time
//	TIMESTAMP  DateTime
//	DECIMAL    Decimal
//
// Date, Time and DateTime hold what a calendar and a clock show, without a time
// zone. A point in time, SQL's TIMESTAMP_LTZ, is a [time.Time]. [DateTime.In] and
// [DateTimeOf] convert between the two, given a time zone.
package riffle
