//go:build unix

// Package columns is linked into guests whose functions have arguments or results with dates,
// times, timestamps, decimals or maps. It reads and writes columns of the types for which Go has no
// type of its own, and which users know from packages time and riffle.
//
// A value that SQL does not have, such as February 30, is rejected: its row fails.
package columns

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
	"time"
	_ "time/tzdata" // the jail has no files

	"riffle/udfhost/guest/riffle"
	"riffle/udfhost/guest/runtime"
)

// Names of types for the glue.
type (
	Instant  = time.Time
	Date     = riffle.Date
	Time     = riffle.Time
	DateTime = riffle.DateTime
	Decimal  = riffle.Decimal
)

const secondsOfDay = 24 * 60 * 60

// The first and the last second that SQL has.
var (
	firstSecond = time.Date(1, 1, 1, 0, 0, 0, 0, time.UTC).Unix()
	lastSecond  = time.Date(9999, 12, 31, 23, 59, 59, 0, time.UTC).Unix()
)

// DateColumn is an argument of DATE.
type DateColumn struct{ days []int32 }

// Dates returns the values of argument i.
func Dates(c *runtime.Call, i int) DateColumn { return DateColumn{runtime.Int32s(c, i)} }

// At returns the value of row i.
func (d DateColumn) At(i int) riffle.Date {
	return riffle.DateOf(time.Unix(int64(d.days[i])*secondsOfDay, 0).UTC())
}

// SetDate appends a DATE.
func SetDate(c *runtime.Call, p *runtime.Part, v riffle.Date) {
	if !v.IsValid() || v.Year < 1 || v.Year > 9999 {
		c.Reject("there is no date " + v.String() + " in SQL")
	}
	p.SetInt32(int32(v.DaysSince(riffle.Date{Year: 1970, Month: 1, Day: 1})))
}

// TimeColumn is an argument of TIME.
type TimeColumn struct{ nanos []int64 }

// Times returns the values of argument i.
func Times(c *runtime.Call, i int) TimeColumn { return TimeColumn{runtime.Int64s(c, i)} }

// At returns the value of row i.
func (t TimeColumn) At(i int) riffle.Time { return riffle.TimeSince(time.Duration(t.nanos[i])) }

// SetTime appends a TIME.
func SetTime(c *runtime.Call, p *runtime.Part, v riffle.Time) {
	if !v.IsValid() {
		c.Reject("there is no time of day " + v.String() + " in SQL")
	}
	p.SetInt64(int64(v.SinceMidnight()))
}

// instants are an argument of TIMESTAMP or TIMESTAMP_LTZ.
type instants struct {
	units     []int64
	nanos     []int32 // of the millisecond; nil if the units say it all
	perSecond int64
	perUnit   int64 // nanoseconds
}

func instantsOf(c *runtime.Call, i int) instants {
	units, nanos, digits := runtime.Column[int64, int32](c, i)
	perSecond := int64(1)
	for range digits {
		perSecond *= 10
	}
	return instants{units, nanos, perSecond, int64(time.Second) / perSecond}
}

func (t *instants) at(i int) time.Time {
	units := t.units[i]
	seconds := units / t.perSecond
	nanos := (units - seconds*t.perSecond) * t.perUnit
	if t.nanos != nil {
		nanos += int64(t.nanos[i])
	}
	return time.Unix(seconds, nanos)
}

// DateTimeColumn is an argument of TIMESTAMP.
type DateTimeColumn struct{ *instants }

// DateTimes returns the values of argument i.
func DateTimes(c *runtime.Call, i int) DateTimeColumn {
	at := instantsOf(c, i)
	return DateTimeColumn{&at}
}

// At returns the value of row i.
func (d DateTimeColumn) At(i int) riffle.DateTime { return riffle.DateTimeOf(d.at(i).UTC()) }

// SetDateTime appends a TIMESTAMP.
func SetDateTime(c *runtime.Call, p *runtime.Part, v riffle.DateTime) {
	if !v.IsValid() {
		c.Reject("there is no timestamp " + v.String() + " in SQL")
	}
	SetInstant(c, p, v.In(time.UTC))
}

// InstantColumn is an argument of TIMESTAMP_LTZ.
type InstantColumn struct {
	*instants
	call *runtime.Call
	zone *time.Location // nil if Go does not know the session's
}

// Instants returns the values of argument i, in the session's time zone.
func Instants(c *runtime.Call, i int) InstantColumn {
	at := instantsOf(c, i)
	return InstantColumn{&at, c, c.InZone(load).(*time.Location)}
}

// At returns the value of row i.
func (t InstantColumn) At(i int) time.Time {
	at := t.at(i)
	if t.zone == nil {
		t.call.Reject(fmt.Sprintf("the session's time zone %q is not known to Go: SET 'table.local-time-zone' to another", t.call.Zone()))
		return at
	}
	return at.In(t.zone)
}

// SetInstant appends a TIMESTAMP_LTZ.
func SetInstant(c *runtime.Call, p *runtime.Part, v time.Time) {
	seconds, nanos := v.Unix(), v.Nanosecond()
	if seconds < firstSecond || seconds > lastSecond {
		c.Reject("there is no timestamp " + v.UTC().Format("2006-01-02 15:04:05") + " in SQL")
	}
	p.SetTimestamp(seconds*1000+int64(nanos/1e6), int32(nanos%1e6))
}

// load finds a location by Flink's names of zones: those of the IANA database, and "GMT+05:30". It returns a
// *time.Location, which is nil if Go does not know the name.
func load(name string) any {
	if shift, ok := strings.CutPrefix(name, "GMT"); ok && len(shift) == len("+05:30") {
		if at, err := time.Parse("-07:00", shift); err == nil {
			_, seconds := at.Zone()
			return time.FixedZone(name, seconds)
		}
	}
	location, err := time.LoadLocation(name)
	if err != nil {
		return (*time.Location)(nil)
	}
	return location
}

// DecimalColumn is an argument of DECIMAL.
type DecimalColumn struct {
	digits []halves
	scale  int
}

type halves struct {
	low  uint64
	high int64
}

// Decimals returns the values of argument i.
func Decimals(c *runtime.Call, i int) DecimalColumn {
	digits, _, scale := runtime.Column[halves, byte](c, i)
	return DecimalColumn{digits, scale}
}

// At returns the value of row i.
func (d DecimalColumn) At(i int) riffle.Decimal {
	return riffle.FromBits(d.digits[i].high, d.digits[i].low, d.scale)
}

// SetDecimal appends a DECIMAL. The host, which knows the type, checks that it fits.
func SetDecimal(_ *runtime.Call, p *runtime.Part, v riffle.Decimal) {
	high, low, scale := v.Bits()
	p.SetDecimal(high, low, uint8(scale))
}

// Sorted returns the keys of a map in their order, so that equal maps become equal values.
func Sorted[M ~map[K]V, K cmp.Ordered, V any](m M) []K {
	keys := make([]K, 0, len(m))
	for k := range m {
		keys = append(keys, k)
	}
	slices.Sort(keys)
	return keys
}
