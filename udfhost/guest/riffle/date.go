package riffle

import (
	"fmt"
	"time"
)

// Date is a calendar day: SQL's DATE. The zero value is not a valid date.
type Date struct {
	Year  int // 1 to 9999 in SQL
	Month time.Month
	Day   int // from 1
}

// DateOf returns the date of t in its location.
func DateOf(t time.Time) Date {
	year, month, day := t.Date()
	return Date{year, month, day}
}

// ParseDate parses a date such as "2024-02-29".
func ParseDate(s string) (Date, error) {
	t, err := time.Parse(time.DateOnly, s)
	if err != nil {
		return Date{}, fmt.Errorf("%q is not a date such as 2024-02-29", s)
	}
	return DateOf(t), nil
}

// String formats the date as in "2024-02-29".
func (d Date) String() string { return fmt.Sprintf("%04d-%02d-%02d", d.Year, int(d.Month), d.Day) }

// IsValid reports whether the day exists.
func (d Date) IsValid() bool { return DateOf(d.midnight()) == d }

func (d Date) midnight() time.Time { return DateTime{Date: d}.utc() }

// In returns the time at which the date begins in a location.
func (d Date) In(loc *time.Location) time.Time { return DateTime{Date: d}.In(loc) }

// AddDays returns the date n days later, or earlier if n is negative.
func (d Date) AddDays(n int) Date { return DateOf(d.midnight().AddDate(0, 0, n)) }

// DaysSince returns the number of days from s to d.
func (d Date) DaysSince(s Date) int {
	return int((d.midnight().Unix() - s.midnight().Unix()) / (24 * 60 * 60))
}

// Weekday returns the day of the week.
func (d Date) Weekday() time.Weekday { return d.midnight().Weekday() }

// Compare returns -1 if d is before e, 1 if it is after e, and 0 if they are the same.
func (d Date) Compare(e Date) int { return d.midnight().Compare(e.midnight()) }

// Before reports whether d is before e.
func (d Date) Before(e Date) bool { return d.Compare(e) < 0 }

// After reports whether d is after e.
func (d Date) After(e Date) bool { return d.Compare(e) > 0 }

// MarshalText returns String, for package encoding/json and others.
func (d Date) MarshalText() ([]byte, error) { return []byte(d.String()), nil }

// UnmarshalText parses text as ParseDate does.
func (d *Date) UnmarshalText(text []byte) (err error) {
	*d, err = ParseDate(string(text))
	return err
}
