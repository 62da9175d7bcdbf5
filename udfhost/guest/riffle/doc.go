// Package riffle holds the Go types for SQL's dates, times and decimal numbers,
// for use in functions. A cell uses it without an import.
//
//	DATE       Date
//	TIME       Time
//	TIMESTAMP  DateTime
//	DECIMAL    Decimal
//
// Date, Time and DateTime say what a calendar and a clock show, without a time
// zone. A point in time, SQL's TIMESTAMP_LTZ, is a [time.Time]. From one to the
// other leads a time zone: [DateTime.In] and [DateTimeOf].
package riffle
