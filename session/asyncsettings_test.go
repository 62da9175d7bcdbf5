package session

import (
	"testing"
	"time"

	"riffle/udfhost/payload"
)

// Flink's settings for asynchronous functions have the same meaning here.
func TestAsyncSettings(t *testing.T) {
	const prefix = "table.exec.async-scalar."
	for _, test := range []struct {
		settings map[string]string
		want     payload.Async
	}{
		{nil, payload.Async{Concurrent: 200, Timeout: 10_000, Retries: 3, Delay: 100}},
		{map[string]string{"max-concurrent-operations": "10", "timeout": "3 min"}, payload.Async{Concurrent: 10, Timeout: 180_000, Retries: 3, Delay: 100}},
		{map[string]string{"buffer-capacity": "7", "retry-delay": "PT1.5S", "max-attempts": "1"}, payload.Async{Concurrent: 7, Timeout: 10_000, Retries: 1, Delay: 1500}},
		{map[string]string{"buffer-capacity": "7", "max-concurrent-operations": "8", "retry-strategy": "no_retry"}, payload.Async{Concurrent: 8, Timeout: 10_000}},
		{map[string]string{"timeout": "1 µs", "max-attempts": "0", "max-concurrent-operations": "1000000"}, payload.Async{Concurrent: maxConcurrent, Timeout: 1, Delay: 100}},
	} {
		settings := map[string]string{}
		for key, value := range test.settings {
			settings[prefix+key] = value
		}
		if got := asyncCalls(settings); got != test.want {
			t.Errorf("%v: %+v", test.settings, got)
		}
	}
}

func TestFlinkDurations(t *testing.T) {
	for text, want := range map[string]time.Duration{
		"3 min": 3 * time.Minute, "500ms": 500 * time.Millisecond, "100": 100 * time.Millisecond, " 2 H ": 2 * time.Hour,
		"1 day": 24 * time.Hour, "PT3M": 3 * time.Minute, "PT1H2M3.5S": time.Hour + 2*time.Minute + 3500*time.Millisecond, "0 s": 0,
	} {
		if got, err := parseFlinkDuration(text); err != nil || got != want {
			t.Errorf("%q: %v, %v", text, got, err)
		}
	}
	for _, text := range []string{"", "x", "3 parsecs", "PT", "-1 s", "99999999999999999999 s", "9999999999 d"} {
		if got, err := parseFlinkDuration(text); err == nil {
			t.Errorf("%q: %v", text, got)
		}
	}
}
