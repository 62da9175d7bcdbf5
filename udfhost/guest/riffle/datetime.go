package riffle

import (
	"fmt"
	"strings"
	"time"
)

// DateTime is a date and a time of day: SQL's TIMESTAMP. It is no point in time
// until a time zone is given.
type DateTime struct {
	Date Date
	Time Time
}

// DateTimeOf is what calendar and clock show at t in its location. In another
// one it is DateTimeOf(t.In(loc)).
func DateTimeOf(t time.Time) DateTime { return DateTime{DateOf(t), TimeOf(t)} }

// ParseDateTime reads date and time as in "2024-02-29 15:04:05.123", or with a
// "T" between them.
func ParseDateTime(s string) (DateTime, error) {
	t, err := time.Parse(time.DateTime, strings.Replace(s, "T", " ", 1))
	if err != nil || strings.Contains(s, ",") {
		return DateTime{}, fmt.Errorf("%q is not a date and time such as 2024-02-29 15:04:05", s)
	}
	return DateTimeOf(t), nil
}

// String is date and time as in "2024-02-29 15:04:05.123".
func (d DateTime) String() string { return d.Date.String() + " " + d.Time.String() }

// IsValid reports whether there is such a day and a clock shows such a time.
func (d DateTime) IsValid() bool { return d.Date.IsValid() && d.Time.IsValid() }

// In is the point in time at which calendar and clock show d in a location. As
// in Flink's CAST, what they show twice, when clocks are put back, is the first
// of the two; what they never show, when clocks are put forward, is as much
// later as the clocks are put forward.
func (d DateTime) In(loc *time.Location) time.Time {
	shown := d.utc()
	// The offsets before and after the only change of clocks that can be near.
	before, after := offset(shown.Add(-24*time.Hour), loc), offset(shown.Add(24*time.Hour), loc)
	first, second := shown.Add(-before), shown.Add(-after)
	if offset(first, loc) != before && offset(second, loc) == after {
		return second.In(loc)
	}
	return first.In(loc)
}

// offset is by how much the clocks of a location are ahead of UTC at t.
func offset(t time.Time, loc *time.Location) time.Duration {
	_, seconds := t.In(loc).Zone()
	return time.Duration(seconds) * time.Second
}

func (d DateTime) utc() time.Time {
	return time.Date(d.Date.Year, d.Date.Month, d.Date.Day,
		d.Time.Hour, d.Time.Minute, d.Time.Second, d.Time.Nanosecond, time.UTC)
}

// Add is the date and time that is by a duration later, on days of 24 hours.
func (d DateTime) Add(by time.Duration) DateTime { return DateTimeOf(d.utc().Add(by)) }

// Sub is the duration from e to d, on days of 24 hours.
func (d DateTime) Sub(e DateTime) time.Duration { return d.utc().Sub(e.utc()) }

// Compare is -1 if d is before e, 1 if it is after e, and 0 if they are the same.
func (d DateTime) Compare(e DateTime) int { return d.utc().Compare(e.utc()) }

// Before reports whether d is before e.
func (d DateTime) Before(e DateTime) bool { return d.Compare(e) < 0 }

// After reports whether d is after e.
func (d DateTime) After(e DateTime) bool { return d.Compare(e) > 0 }

// MarshalText is String, for package encoding/json and others.
func (d DateTime) MarshalText() ([]byte, error) { return []byte(d.String()), nil }

// UnmarshalText is ParseDateTime.
func (d *DateTime) UnmarshalText(text []byte) (err error) {
	*d, err = ParseDateTime(string(text))
	return err
}
