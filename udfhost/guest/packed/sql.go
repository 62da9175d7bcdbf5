//go:build unix

package packed

import (
	"encoding/binary"
	"fmt"
	"strings"
	"time"
	_ "time/tzdata" // the jail has no files

	"riffle/udfhost/guest/riffle"
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

// GetDate reads a DATE.
func GetDate(r *Reader) riffle.Date {
	return riffle.DateOf(time.Unix(int64(GetInt32(r))*secondsOfDay, 0).UTC())
}

// PutDate writes a DATE.
func PutDate(w *Writer, v riffle.Date) {
	if !v.IsValid() || !w.year(v.Year) {
		w.fail("there is no date " + v.String() + " in SQL")
	}
	PutInt32(w, int32(v.DaysSince(riffle.Date{Year: 1970, Month: 1, Day: 1})))
}

// year reports whether SQL has a year.
func (w *Writer) year(year int) bool { return 1 <= year && year <= 9999 }

// GetTime reads a TIME.
func GetTime(r *Reader) riffle.Time { return riffle.TimeSince(time.Duration(GetInt64(r))) }

// PutTime writes a TIME.
func PutTime(w *Writer, v riffle.Time) {
	if !v.IsValid() {
		w.fail("there is no time of day " + v.String() + " in SQL")
	}
	PutInt64(w, int64(v.SinceMidnight()))
}

// GetDateTime reads a TIMESTAMP.
func GetDateTime(r *Reader) riffle.DateTime { return riffle.DateTimeOf(instant(r)) }

// PutDateTime writes a TIMESTAMP.
func PutDateTime(w *Writer, v riffle.DateTime) {
	if !v.IsValid() {
		w.fail("there is no timestamp " + v.String() + " in SQL")
	}
	putInstant(w, v.In(time.UTC))
}

func instant(r *Reader) time.Time {
	seconds := GetInt64(r)
	return time.Unix(seconds, int64(GetInt32(r))).UTC()
}

func putInstant(w *Writer, v time.Time) {
	if !w.year(v.Year()) {
		w.fail("there is no timestamp " + v.Format("2006-01-02 15:04:05") + " in SQL")
	}
	PutInt64(w, v.Unix())
	PutInt32(w, int32(v.Nanosecond()))
}

// GetInstant reads a TIMESTAMP_LTZ, as a time in the session's time zone.
func GetInstant(r *Reader) time.Time {
	at := instant(r)
	if r.zone == nil {
		location, err := load(r.call.Zone())
		if err != nil {
			r.fail(err.Error())
			return at
		}
		r.zone = location
	}
	return at.In(r.zone)
}

// PutInstant writes a TIMESTAMP_LTZ.
func PutInstant(w *Writer, v time.Time) { putInstant(w, v.UTC()) }

// load finds a location by Flink's names of zones: those of the IANA database, and "GMT+05:30".
func load(name string) (*time.Location, error) {
	if shift, ok := strings.CutPrefix(name, "GMT"); ok && len(shift) == len("+05:30") {
		at, err := time.Parse("-07:00", shift)
		if err == nil {
			_, seconds := at.Zone()
			return time.FixedZone(name, seconds), nil
		}
	}
	location, err := time.LoadLocation(name)
	if err != nil {
		return nil, fmt.Errorf("the session's time zone %q is not known to Go: SET 'table.local-time-zone' to another", name)
	}
	return location, nil
}

// GetDecimal reads a DECIMAL.
func GetDecimal(r *Reader) riffle.Decimal {
	b := r.take(17)
	if r.err != nil {
		return riffle.Decimal{}
	}
	return riffle.FromBits(int64(binary.LittleEndian.Uint64(b[9:])), binary.LittleEndian.Uint64(b[1:]), int(b[0]))
}

// PutDecimal writes a DECIMAL. The host, which knows the type, checks that it fits.
func PutDecimal(w *Writer, v riffle.Decimal) {
	high, low, scale := v.Bits()
	w.out = append(w.out, byte(scale))
	w.out = binary.LittleEndian.AppendUint64(w.out, low)
	w.out = binary.LittleEndian.AppendUint64(w.out, uint64(high))
}
