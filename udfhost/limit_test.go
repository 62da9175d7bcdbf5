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
	free := bundleTime{overdue: func(error) { t.Error("a bundle without a limit is overdue") }}
	if err := free.spend(func() error { return nil }); err != nil || free.used != 0 {
		t.Error(err, free.used)
	}
}
