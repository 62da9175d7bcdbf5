package session

import (
	"fmt"
	"os"
	"strings"
	"time"
	_ "time/tzdata" // for machines that have no zone data of their own
)

// zoneSetting is Flink's option for the time zone of TIMESTAMP_LTZ values.
const zoneSetting = "table.local-time-zone"

// zoneOf returns the time zone of a session with some settings, under the name by which Flink tells it to functions.
// Without a setting it is the machine's, as in Flink's JVM. An offset such as +05:30 is named GMT+05:30.
func zoneOf(settings map[string]string) (name string, location *time.Location, err error) {
	name = settings[zoneSetting]
	if name == "" || name == "default" {
		name = machineZone()
	}
	offset := strings.TrimPrefix(strings.TrimPrefix(name, "GMT"), "UTC")
	if at, err := time.Parse("-07:00", offset); err == nil {
		_, seconds := at.Zone()
		name = "GMT" + offset
		return name, time.FixedZone(name, seconds), nil
	}
	if name == "Z" {
		name = "UTC"
	}
	if location, err = time.LoadLocation(name); err != nil {
		return "", nil, fmt.Errorf("the data of the time zone %s was not found: SET '%s' to another one", name, zoneSetting)
	}
	return name, location, nil
}

// machineZone returns the name of the machine's time zone, found as Java finds it on Linux. Go's own local zone has no
// name.
func machineZone() string {
	if zone := strings.TrimPrefix(os.Getenv("TZ"), ":"); zone != "" {
		return zone
	}
	if text, err := os.ReadFile("/etc/timezone"); err == nil && strings.TrimSpace(string(text)) != "" {
		return strings.TrimSpace(string(text))
	}
	target, err := os.Readlink("/etc/localtime")
	if _, zone, found := strings.Cut(target, "zoneinfo/"); err == nil && found {
		return zone
	}
	return "UTC"
}
