package flink

import (
	"os"
	"strings"
	"testing"
	"time"
)

func TestLocation(t *testing.T) {
	at := time.Date(2024, 7, 1, 0, 0, 0, 0, time.UTC)
	for zone, offset := range map[string]int{
		"Z":                0,
		"+05:30":           5*3600 + 30*60,
		"-03:30":           -(3*3600 + 30*60),
		"+05:53:28":        5*3600 + 53*60 + 28,
		"Asia/Kolkata":     5*3600 + 30*60,
		"America/New_York": -4 * 3600,
	} {
		loc, err := location(zone)
		if err != nil {
			t.Errorf("%s: %v", zone, err)
			continue
		}
		if _, got := at.In(loc).Zone(); got != offset {
			t.Errorf("%s is %d s from UTC, want %d", zone, got, offset)
		}
	}
	for _, zone := range []string{"", "Local", "Mars/Olympus"} {
		if loc, err := location(zone); err == nil {
			t.Errorf("%q is %v", zone, loc)
		}
	}
}

// testdata/zones.txt lists the zones of Java 17. Go has data for all of them, except those of
// SystemV/, which only Java has: a query in one of them fails and says to SET another one.
func TestZonesOfJava(t *testing.T) {
	zones, err := os.ReadFile("testdata/zones.txt")
	if err != nil {
		t.Fatal(err)
	}
	for zone := range strings.FieldsSeq(string(zones)) {
		if _, err := location(zone); err != nil && !strings.HasPrefix(zone, "SystemV/") {
			t.Error(err)
		}
	}
}
