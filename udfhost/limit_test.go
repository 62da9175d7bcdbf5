package udfhost

import (
	"strings"
	"testing"
	"time"
)

// All parts of a bundle's work count together, and what comes after the limit is overdue at once.
func TestBundleTime(t *testing.T) {
	overdue := make(chan error, 2)
	b := bundleTime{limit: time.Hour, used: time.Hour - 50*time.Millisecond, overdue: func(err error) { overdue <- err }}
	wait := func() error { return <-overdue }
	const want = "functions have taken more than 1h0m0s for one bundle of rows"
	for range 2 {
		if err := b.spend(wait); err == nil || !strings.HasPrefix(err.Error(), want) {
			t.Errorf("%v", err)
		}
	}
	if b.used < b.limit {
		t.Errorf("%v are used", b.used)
	}
	// What does not count is not overdue.
	paused := bundleTime{limit: 100 * time.Millisecond, overdue: func(err error) { t.Error(err) }}
	err := paused.spend(func() error {
		return paused.except(func() error {
			time.Sleep(200 * time.Millisecond)
			return nil
		})
	})
	if err != nil || paused.used >= paused.limit {
		t.Errorf("%v, %v are used", err, paused.used)
	}
	free := bundleTime{overdue: func(error) { t.Error("a bundle without a limit is overdue") }}
	if err := free.spend(func() error { return free.except(func() error { return nil }) }); err != nil || free.used != 0 {
		t.Error(err, free.used)
	}
}
