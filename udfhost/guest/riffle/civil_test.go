package riffle

import (
	"cmp"
	"encoding/json"
	"testing"
	"time"
	_ "time/tzdata"

	"pgregory.net/rapid"
)

// Dates and times agree with package time, and convert back to the same point in time.
func TestCivilTypes(t *testing.T) {
	zones := []*time.Location{time.UTC, time.FixedZone("", -3600)}
	for _, name := range []string{"Asia/Kolkata", "America/New_York", "Australia/Lord_Howe"} {
		zone, err := time.LoadLocation(name)
		if err != nil {
			t.Fatal(err)
		}
		zones = append(zones, zone)
	}
	rapid.Check(t, func(r *rapid.T) {
		zone := rapid.SampledFrom(zones).Draw(r, "zone")
		at := time.Unix(rapid.Int64Range(-62135500000, 253402200000).Draw(r, "seconds"), rapid.Int64Range(0, 999_999_999).Draw(r, "nanoseconds")).In(zone)
		d := DateTimeOf(at)
		if want := at.Format("2006-01-02 15:04:05.999999999"); d.String() != want {
			r.Fatalf("%v is %v", at, d)
		}
		// A time that clocks show twice is the first of the two.
		if back := d.In(zone); !back.Equal(at) && (DateTimeOf(back) != d || back.After(at)) {
			r.Fatalf("%v became %v", at, back)
		}
		text, err := json.Marshal(d)
		var read DateTime
		if err == nil {
			err = json.Unmarshal(text, &read)
		}
		if err != nil || read != d || !d.IsValid() {
			r.Fatalf("%v became %v by %s, %v", d, read, text, err)
		}
		by := time.Duration(rapid.Int64Range(-1e18, 1e18).Draw(r, "by"))
		if later := d.Add(by); later.Sub(d) != by || later.Compare(d) != cmp.Compare(by, 0) {
			r.Fatalf("%v and %v is %v", d, by, later)
		}
		days := rapid.IntRange(-1000, 1000).Draw(r, "days")
		if later := d.Date.AddDays(days); later.DaysSince(d.Date) != days || !later.IsValid() {
			r.Fatalf("%v and %d days is %v", d.Date, days, later)
		}
	})
}

// In does what Flink's CAST does where clocks are put forward and back.
func TestChangeOfClocks(t *testing.T) {
	zone, err := time.LoadLocation("America/New_York")
	if err != nil {
		t.Fatal(err)
	}
	for text, want := range map[string]string{
		"2024-03-10 01:59:59": "2024-03-10T01:59:59-05:00", "2024-03-10 02:00:00": "2024-03-10T03:00:00-04:00",
		"2024-03-10 02:30:00": "2024-03-10T03:30:00-04:00", "2024-03-10 03:00:00": "2024-03-10T03:00:00-04:00",
		"2024-11-03 00:59:59": "2024-11-03T00:59:59-04:00", "2024-11-03 01:30:00": "2024-11-03T01:30:00-04:00",
		"2024-11-03 02:00:00": "2024-11-03T02:00:00-05:00",
	} {
		d, err := ParseDateTime(text)
		if err != nil {
			t.Fatal(err)
		}
		if got := d.In(zone).Format(time.RFC3339); got != want {
			t.Errorf("%s is %s, want %s", text, got, want)
		}
	}
}

func TestInvalidCivilTypes(t *testing.T) {
	for _, d := range []Date{{}, {2023, 2, 29}, {2024, 13, 1}, {2024, 4, 31}, {2024, 1, 0}} {
		if d.IsValid() {
			t.Errorf("%v is valid", d)
		}
	}
	for _, clock := range []Time{{24, 0, 0, 0}, {0, 60, 0, 0}, {0, 0, 60, 0}, {0, 0, 0, 1e9}, {-1, 0, 0, 0}} {
		if clock.IsValid() {
			t.Errorf("%v is valid", clock)
		}
	}
	for _, text := range []string{"", "2024-2-1", "2024-02-30", "2024-02-01x"} {
		if d, err := ParseDate(text); err == nil {
			t.Errorf("%q is %v", text, d)
		}
	}
	for _, text := range []string{"", "24:00:00", "1:00", "12:00:00,5"} {
		if clock, err := ParseTime(text); err == nil {
			t.Errorf("%q is %v", text, clock)
		}
	}
	if d, err := ParseDateTime("2024-02-29T23:59:59.5"); err != nil || d.String() != "2024-02-29 23:59:59.5" {
		t.Errorf("got %v, %v", d, err)
	}
	if d, err := ParseDateTime("2024-02-29"); err == nil {
		t.Errorf("got %v", d)
	}
}
