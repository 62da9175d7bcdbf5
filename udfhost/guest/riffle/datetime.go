package riffle

import (
	"fmt"
	"strings"
	"time"
)

// DateTime is a date and a time of day: SQL's TIMESTAMP. It is not a point in time without
// a time zone.
type DateTime struct {
	Date Date
	Time Time
}

// DateTimeOf returns the date and time of t in its location. For another location use
// DateTimeOf(t.In(loc)).
func DateTimeOf(t time.Time) DateTime { return DateTime{DateOf(t), TimeOf(t)} }

// ParseDateTime parses a date and time such as "2024-02-29 15:04:05.123", also with a "T" between
// them.
func ParseDateTime(s string) (DateTime, error) {
	t, err := time.Parse(time.DateTime, strings.Replace(s, "T", " ", 1))
	if err != nil || strings.Contains(s, ",") {
		return DateTime{}, fmt.Errorf("%q is not a date and time such as 2024-02-29 15:04:05", s)
	}
	return DateTimeOf(t), nil
}

// String formats the date and time as in "2024-02-29 15:04:05.123".
func (d DateTime) String() string { return d.Date.String() + " " + d.Time.String() }

// IsValid reports whether both the date and the time of day are valid.
func (d DateTime) IsValid() bool { return d.Date.IsValid() && d.Time.IsValid() }

// In returns the point in time of d in a location. It follows Flink's CAST: if clocks are put back
// and show d twice, it is the first of the two. If clocks are put forward and never show d, it is
// later by the amount by which they are put forward.
func (d DateTime) In(loc *time.Location) time.Time {
	shown := d.utc()
	if loc == time.UTC {
		return shown
	}
	// The offsets before and after the only change of clocks that can be near.
	before, after := offset(shown.Add(-24*time.Hour), loc), offset(shown.Add(24*time.Hour), loc)
	first, second := shown.Add(-before), shown.Add(-after)
	if offset(first, loc) != before && offset(second, loc) == after {
		return second.In(loc)
	}
	return first.In(loc)
}

// offset returns how far the clocks of a location are ahead of UTC at t.
func offset(t time.Time, loc *time.Location) time.Duration {
	_, seconds := t.In(loc).Zone()
	return time.Duration(seconds) * time.Second
}

func (d DateTime) utc() time.Time {
	return time.Date(d.Date.Year, d.Date.Month, d.Date.Day,
		d.Time.Hour, d.Time.Minute, d.Time.Second, d.Time.Nanosecond, time.UTC)
}

// Add returns d plus a duration. Every day has 24 hours.
func (d DateTime) Add(by time.Duration) DateTime { return DateTimeOf(d.utc().Add(by)) }

// Sub returns the duration from e to d. Every day has 24 hours.
func (d DateTime) Sub(e DateTime) time.Duration { return d.utc().Sub(e.utc()) }

// Compare returns -1 if d is before e, 1 if it is after e, and 0 if they are the same.
func (d DateTime) Compare(e DateTime) int { return d.utc().Compare(e.utc()) }

// Before reports whether d is before e.
func (d DateTime) Before(e DateTime) bool { return d.Compare(e) < 0 }

// After reports whether d is after e.
func (d DateTime) After(e DateTime) bool { return d.Compare(e) > 0 }

// MarshalText returns String, for package encoding/json and others.
func (d DateTime) MarshalText() ([]byte, error) { return []byte(d.String()), nil }

// UnmarshalText parses text as ParseDateTime does.
func (d *DateTime) UnmarshalText(text []byte) (err error) {
	*d, err = ParseDateTime(string(text))
	return err
}
