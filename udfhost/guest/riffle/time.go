package riffle

import (
	"cmp"
	"fmt"
	"strings"
	"time"
)

// Time is a time of day: SQL's TIME. Flink keeps only milliseconds of it. The zero value is midnight.
type Time struct {
	Hour, Minute, Second, Nanosecond int
}

// TimeOf returns the time of day of t in its location.
func TimeOf(t time.Time) Time { return Time{t.Hour(), t.Minute(), t.Second(), t.Nanosecond()} }

// TimeSince returns the time of day d after midnight, or before midnight if d is negative.
func TimeSince(d time.Duration) Time { return TimeOf(time.Unix(0, 0).UTC().Add(d)) }

// ParseTime parses a time of day such as "15:04:05" or "15:04:05.123456789".
func ParseTime(s string) (Time, error) {
	t, err := time.Parse(time.TimeOnly, s)
	if err != nil || strings.Contains(s, ",") {
		return Time{}, fmt.Errorf("%q is not a time of day such as 15:04:05.123", s)
	}
	return TimeOf(t), nil
}

// String formats the time of day as in "15:04:05", with the fraction of the second up to its last
// digit that is not zero.
func (t Time) String() string {
	s := fmt.Sprintf("%02d:%02d:%02d", t.Hour, t.Minute, t.Second)
	if t.Nanosecond != 0 {
		s += strings.TrimRight(fmt.Sprintf(".%09d", t.Nanosecond), "0")
	}
	return s
}

// IsValid reports whether a clock shows such a time.
func (t Time) IsValid() bool { return TimeSince(t.SinceMidnight()) == t }

// SinceMidnight returns the time since midnight, on a day of 24 hours.
func (t Time) SinceMidnight() time.Duration {
	return time.Duration(t.Hour)*time.Hour + time.Duration(t.Minute)*time.Minute +
		time.Duration(t.Second)*time.Second + time.Duration(t.Nanosecond)
}

// Compare returns -1 if t is before u, 1 if it is after u, and 0 if they are the same.
func (t Time) Compare(u Time) int { return cmp.Compare(t.SinceMidnight(), u.SinceMidnight()) }

// Before reports whether t is before u.
func (t Time) Before(u Time) bool { return t.Compare(u) < 0 }

// After reports whether t is after u.
func (t Time) After(u Time) bool { return t.Compare(u) > 0 }

// MarshalText returns String, for package encoding/json and others.
func (t Time) MarshalText() ([]byte, error) { return []byte(t.String()), nil }

// UnmarshalText parses text as ParseTime does.
func (t *Time) UnmarshalText(text []byte) (err error) {
	*t, err = ParseTime(string(text))
	return err
}
