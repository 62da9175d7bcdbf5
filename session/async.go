package session

import (
	"cmp"
	"errors"
	"fmt"
	"regexp"
	"strconv"
	"strings"
	"time"

	"riffle/session/cell"
	"riffle/session/sqltext"
	"riffle/udfhost/engine"
	"riffle/udfhost/payload"
)

// Flink's settings for its own asynchronous functions, which riffle's obey. The first has an older name.
const (
	concurrentKey      = "table.exec.async-scalar.max-concurrent-operations"
	concurrentKeyOfOld = "table.exec.async-scalar.buffer-capacity"
	timeoutKey         = "table.exec.async-scalar.timeout"
	strategyKey        = "table.exec.async-scalar.retry-strategy"
	delayKey           = "table.exec.async-scalar.retry-delay"
	retriesKey         = "table.exec.async-scalar.max-attempts"
)

// The greatest values that are passed on. A guest has memory and connections for about this many rows at a time.
const (
	maxConcurrent = 10_000
	maxRetries    = 1_000_000
)

// calls says how functions are called, according to the settings. It is part of what a function is registered with.
type calls struct {
	onError engine.OnError
	async   payload.Async
}

func callsOf(settings map[string]string) calls {
	return calls{onError(settings), asyncCalls(settings)}
}

// asyncCalls returns how asynchronous functions are called. Settings that are not set have Flink's defaults, except for the
// number of rows at a time (10) and the timeout (3 minutes), which is that of all functions here.
func asyncCalls(settings map[string]string) payload.Async {
	a := engine.DefaultAsync
	if n, err := strconv.Atoi(strings.TrimSpace(cmp.Or(settings[concurrentKey], settings[concurrentKeyOfOld]))); err == nil && n > 0 {
		a.Concurrent = min(n, maxConcurrent)
	}
	if d, err := parseFlinkDuration(settings[timeoutKey]); err == nil && d > 0 {
		a.Timeout = max(1, d.Milliseconds())
	}
	if d, err := parseFlinkDuration(settings[delayKey]); err == nil {
		a.Delay = d.Milliseconds()
	}
	if n, err := strconv.Atoi(strings.TrimSpace(settings[retriesKey])); err == nil && n >= 0 {
		a.Retries = min(n, maxRetries)
	}
	if strings.EqualFold(strings.TrimSpace(settings[strategyKey]), "NO_RETRY") {
		a.Retries, a.Delay = 0, 0
	}
	return a
}

// checkCalls rejects values with which no asynchronous function could be called, and which Flink takes.
func checkCalls(sql cell.SQL, setting sqltext.Setting) error {
	n, noNumber := strconv.Atoi(strings.TrimSpace(setting.Value))
	d, noTime := parseFlinkDuration(setting.Value)
	hint := ""
	switch key := setting.Key; {
	case (key == concurrentKey || key == concurrentKeyOfOld) && noNumber == nil && n < 1:
		hint = "it must be at least 1"
	case key == retriesKey && noNumber == nil && n < 0:
		hint = "it must be at least 0"
	case key == timeoutKey && noTime == nil && d == 0:
		hint = "it must be longer than 0"
	default:
		return nil
	}
	return sql.Fail(setting.ValueSpan, fmt.Sprintf("'%s' is not a value of %s", setting.Value, setting.Key), hint)
}

// flinkUnits are the units of a duration in Flink's settings (TimeUtils.java).
var flinkUnits = map[string]time.Duration{
	"d": 24 * time.Hour, "day": 24 * time.Hour, "days": 24 * time.Hour,
	"h": time.Hour, "hour": time.Hour, "hours": time.Hour,
	"m": time.Minute, "min": time.Minute, "minute": time.Minute, "minutes": time.Minute,
	"s": time.Second, "sec": time.Second, "secs": time.Second, "second": time.Second, "seconds": time.Second,
	"": time.Millisecond, "ms": time.Millisecond, "milli": time.Millisecond, "millis": time.Millisecond,
	"millisecond": time.Millisecond, "milliseconds": time.Millisecond,
	"µs": time.Microsecond, "micro": time.Microsecond, "micros": time.Microsecond,
	"microsecond": time.Microsecond, "microseconds": time.Microsecond,
	"ns": time.Nanosecond, "nano": time.Nanosecond, "nanos": time.Nanosecond,
	"nanosecond": time.Nanosecond, "nanoseconds": time.Nanosecond,
}

var (
	flinkDuration = regexp.MustCompile(`^(\d+)\s*(\pL*)$`)
	isoDuration   = regexp.MustCompile(`^pt(?:(\d+)h)?(?:(\d+)m)?(?:(\d+(?:\.\d+)?)s)?$`)
)

// parseFlinkDuration reads a duration as Flink writes it: "3 min", "500ms", "PT3M".
func parseFlinkDuration(text string) (time.Duration, error) {
	text = strings.ToLower(strings.TrimSpace(text))
	if m := flinkDuration.FindStringSubmatch(text); m != nil {
		unit, known := flinkUnits[m[2]]
		n, err := strconv.ParseInt(m[1], 10, 64)
		if !known || err != nil || n > int64(maxDuration/unit) {
			return 0, fmt.Errorf("%q is not a duration", text)
		}
		return time.Duration(n) * unit, nil
	}
	m := isoDuration.FindStringSubmatch(text)
	if m == nil || text == "pt" {
		return 0, errors.New("it is not a duration")
	}
	var sum string
	for i, unit := range []string{"h", "m", "s"} {
		if m[i+1] != "" {
			sum += m[i+1] + unit
		}
	}
	return time.ParseDuration(sum)
}

// maxDuration is the longest duration that is passed on.
const maxDuration = 100 * 365 * 24 * time.Hour
