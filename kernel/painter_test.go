package kernel

import (
	"testing"
	"time"
)

// If no client sends a message, probably nobody is looking, so displays are updated less often.
func TestPainterDozesOff(t *testing.T) {
	p := newPainter()
	for quiet, want := range map[time.Duration]time.Duration{
		time.Second: background, drowsyAfter - time.Second: background,
		drowsyAfter + time.Second: drowsy, asleepAfter - time.Second: drowsy, asleepAfter + time.Second: asleep,
	} {
		if got := p.pace(p.last.Add(quiet)); got != want {
			t.Errorf("after %s: %s, want %s", quiet, got, want)
		}
	}
	p.last = time.Now().Add(-2 * asleepAfter)
	if p.heard(); p.pace(time.Now()) != background {
		t.Error("a client that speaks does not wake it")
	}
}
