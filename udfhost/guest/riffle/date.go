package riffle

import (
	"fmt"
	"time"
)

// Date is a day of the calendar: SQL's DATE. The zero value is no date.
type Date struct {
	Year  int // 1 to 9999 in SQL
	Month time.Month
	Day   int // from 1
}

// DateOf is the date that t shows in its location.
func DateOf(t time.Time) Date {
	year, month, day := t.Date()
	return Date{year, month, day}
}

// ParseDate reads a date as in "2024-02-29".
func ParseDate(s string) (Date, error) {
	t, err := time.Parse(time.DateOnly, s)
	if err != nil {
		return Date{}, fmt.Errorf("%q is not a date such as 2024-02-29", s)
	}
	return DateOf(t), nil
}

// String is the date as in "2024-02-29".
func (d Date) String() string { return fmt.Sprintf("%04d-%02d-%02d", d.Year, int(d.Month), d.Day) }

// IsValid reports whether there is such a day.
func (d Date) IsValid() bool { return DateOf(d.midnight()) == d }

func (d Date) midnight() time.Time { return d.In(time.UTC) }

// In is the time at which the date begins in a location.
func (d Date) In(loc *time.Location) time.Time { return DateTime{Date: d}.In(loc) }

// AddDays is the date n days later, or earlier if n is negative.
func (d Date) AddDays(n int) Date { return DateOf(d.midnight().AddDate(0, 0, n)) }

// DaysSince is the number of days from s to d.
func (d Date) DaysSince(s Date) int {
	return int((d.midnight().Unix() - s.midnight().Unix()) / (24 * 60 * 60))
}

// Weekday is the day of the week.
func (d Date) Weekday() time.Weekday { return d.midnight().Weekday() }

// Compare is -1 if d is before e, 1 if it is after e, and 0 if they are the same.
func (d Date) Compare(e Date) int { return d.midnight().Compare(e.midnight()) }

// Before reports whether d is before e.
func (d Date) Before(e Date) bool { return d.Compare(e) < 0 }

// After reports whether d is after e.
func (d Date) After(e Date) bool { return d.Compare(e) > 0 }

// MarshalText is String, for package encoding/json and others.
func (d Date) MarshalText() ([]byte, error) { return []byte(d.String()), nil }

// UnmarshalText is ParseDate.
func (d *Date) UnmarshalText(text []byte) (err error) {
	*d, err = ParseDate(string(text))
	return err
}
