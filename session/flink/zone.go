package flink

import (
	"fmt"
	"time"
	_ "time/tzdata" // for machines that have no zone data of their own
)

// location finds a time zone of Java: a region such as Asia/Kolkata, or an offset from UTC as
// ZoneOffset.getId writes it, such as Z, +05:30 or +05:53:28. Go's own local zone is not used,
// because it may differ from Flink's.
func location(zone string) (*time.Location, error) {
	for _, layout := range []string{"Z07:00", "Z07:00:00"} {
		if at, err := time.Parse(layout, zone); err == nil {
			_, seconds := at.Zone()
			return time.FixedZone(zone, seconds), nil
		}
	}
	if zone == "" || zone == "Local" { // these mean something else to Go
		return nil, fmt.Errorf("%q is not a time zone", zone)
	}
	loc, err := time.LoadLocation(zone)
	if err != nil {
		return nil, fmt.Errorf("the data of the time zone %s was not found (%w): SET 'table.local-time-zone' to another one", zone, err)
	}
	return loc, nil
}
