package udfhost

import (
	"slices"
	"testing"
)

// A bundle asks when more than maxWaiting bytes of results wait in Flink, and for as many elements as leave no more than
// enoughWaiting.
func TestPace(t *testing.T) {
	played, s := playState(t, "")
	p := &pace{stream: s.stream, bundle: "7"}
	for range 9 {
		if p.full() {
			t.Fatalf("waits with %d bytes", p.bytes)
		}
		p.add(1 << 20)
	}
	if !p.full() {
		t.Fatalf("does not wait with %d bytes", p.bytes)
	}
	if err := p.wait(t.Context()); err != nil {
		t.Fatal(err)
	}
	if p.emitted != 5 || p.bytes != 4<<20 || len(p.waiting) != 4 {
		t.Errorf("asks for %d elements, so that %d of %d bytes wait", p.emitted, len(p.waiting), p.bytes)
	}
	// An element that is too large alone waits until all before it have been emitted.
	p.add(20 << 20)
	if err := p.wait(t.Context()); err != nil || p.emitted != 9 || p.full() {
		t.Errorf("asks for %d elements, %v", p.emitted, err)
	}
	if got := played.took(); !slices.Equal(got, []string{"get 7", "get 7"}) {
		t.Errorf("asked %q", got)
	}
	// Flink is told how many there were.
	if info := p.report()[0]; info.Urn != resultsURN || string(info.Payload) != "10" {
		t.Errorf("reports %v", info)
	}
	if unpaced := (*pace)(nil); unpaced.report() != nil {
		t.Error("a bundle without a pace reports its results")
	}
}
