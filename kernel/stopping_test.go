package kernel

import (
	"context"
	"testing"
	"time"
)

func TestSecondInterruptEnds(t *testing.T) {
	var s stopping
	at := time.Now()
	for i, step := range []struct {
		after time.Duration // the step before
		want  pressed
	}{
		{0, asks},
		{again - 1, ends},
		{calm - 1, nothing}, {calm - 1, nothing}, // each has the next ones do nothing
		{calm, asks},
		{again, asks}, // too late
		{time.Second, ends},
	} {
		at = at.Add(step.after)
		if got := s.press(at); got != step.want {
			t.Errorf("%d: %d, want %d", i, got, step.want)
		}
	}
	at = at.Add(calm)
	s.press(at) // asks first
	s.rest(at)  // a cell was ended meanwhile
	if got := s.press(at.Add(time.Second)); got != nothing {
		t.Errorf("after a cell was ended: %d", got)
	}
}

// When a queue is closed, waiting requests are returned as aborted, and no further ones are
// accepted.
func TestClosedQueue(t *testing.T) {
	q := newQueue()
	for range 2 {
		if !q.push(t.Context(), &request{}) {
			t.Fatal("no room")
		}
	}
	q.close()
	if q.push(t.Context(), &request{}) {
		t.Error("it takes more")
	}
	for range 2 {
		if r := q.take(t.Context()); r == nil || !r.aborted {
			t.Errorf("%v", r)
		}
	}
	if r := q.take(t.Context()); r != nil {
		t.Errorf("%v", r)
	}
	full, ctx := newQueue(), context.Background()
	for range queued {
		full.push(ctx, &request{})
	}
	waits := make(chan bool)
	go func() { waits <- full.push(ctx, &request{}) }()
	full.close()
	if <-waits {
		t.Error("there was room for more")
	}
}
