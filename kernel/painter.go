package kernel

import (
	"context"
	"slices"
	"sync"
	"time"
)

// How often displays change. All are painted at the same tick, with silence up to
// the next: a client that connects counts itself as ready when nothing has come for
// 200 ms, and never would while each display has a rhythm of its own.
const (
	tickEvery = 250 * time.Millisecond // of the cell that is carried out, 4 Hz
	// background is for those of cells that are done.
	background = 500 * time.Millisecond
	// After a request for the kernel's info, a client that is connecting is left in
	// peace.
	holdFor = 600 * time.Millisecond
	// Nobody may be looking when no client has said anything for long.
	drowsyAfter, drowsy = 5 * time.Minute, 5 * time.Second
	asleepAfter, asleep = time.Hour, time.Minute
)

// painter sends what changes by itself: displays, and gathered text. It is one
// goroutine, run.
type painter struct {
	mu          sync.Mutex
	displays    []*display
	pending     []*output // with text
	silentUntil time.Time // nothing is sent before
	last        time.Time // a client said something
	painted     time.Time // those in the background, last

	also func(time.Time) // is told when displays in the background are painted

	sending sync.Mutex // held while one thing is drawn and sent; mu is taken inside
}

func newPainter() *painter { return &painter{last: time.Now()} }

func (p *painter) run(ctx context.Context) {
	tick := time.NewTimer(tickEvery)
	defer tick.Stop()
	for {
		select {
		case now := <-tick.C:
			p.tick(now)
			tick.Reset(tickEvery) // a ticker that was late would tick again too soon
		case <-ctx.Done():
			return
		}
	}
}

// tick sends what is due, outside of the lock.
func (p *painter) tick(now time.Time) {
	p.mu.Lock()
	if now.Before(p.silentUntil) {
		p.mu.Unlock()
		return
	}
	texts := p.pending
	p.pending = nil
	const late = 10 * time.Millisecond // that a tick may be
	all := now.Sub(p.painted) >= p.pace(now)-late
	if all {
		p.painted = now
	}
	displays := slices.Clone(p.displays)
	p.mu.Unlock()
	for _, o := range texts {
		if !p.send(o.flush) {
			p.pend(o)
		}
	}
	for _, d := range displays {
		if (all || d.watched()) && p.send(d.paint) && d.over() {
			p.remove(d)
		}
	}
	if all && p.also != nil {
		p.send(func() { p.also(now) })
	}
}

// send does what sends something, unless a client has asked for silence meanwhile: then
// it is left to a later tick.
func (p *painter) send(what func()) bool {
	p.sending.Lock()
	defer p.sending.Unlock()
	if p.isHeld() {
		return false
	}
	what()
	return true
}

// pace is how often displays in the background are painted; p.mu is held.
func (p *painter) pace(now time.Time) time.Duration {
	switch quiet := now.Sub(p.last); {
	case quiet >= asleepAfter:
		return asleep
	case quiet >= drowsyAfter:
		return drowsy
	}
	return background
}

// heard notes that a client has said something.
func (p *painter) heard() {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.last = time.Now()
}

// hurry has displays in the background painted at the next tick.
func (p *painter) hurry() {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.painted = time.Time{}
}

// hold keeps the painter silent for a while. What it is drawing is sent first.
func (p *painter) hold() {
	p.mu.Lock()
	p.silentUntil = time.Now().Add(holdFor)
	p.mu.Unlock()
	p.sending.Lock() // waits for what is under way
	defer p.sending.Unlock()
}

func (p *painter) isHeld() bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	return time.Now().Before(p.silentUntil)
}

// add has a display painted until it is over.
func (p *painter) add(d *display) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if !slices.Contains(p.displays, d) {
		p.displays = append(p.displays, d)
	}
}

func (p *painter) remove(d *display) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.displays = slices.DeleteFunc(p.displays, func(other *display) bool { return other == d })
}

// pend has an output's text sent at the next tick. The painter's lock is taken
// inside the output's.
func (p *painter) pend(o *output) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if !slices.Contains(p.pending, o) {
		p.pending = append(p.pending, o)
	}
}

// settle sends the displays that have changed as effects of the cell that is about
// to end: a client that runs cells without a person, such as nbclient, takes
// nothing any more that is an effect of a cell that has ended.
func (p *painter) settle(o *output) {
	p.mu.Lock()
	displays := slices.Clone(p.displays)
	p.mu.Unlock()
	for _, d := range displays {
		d.settle(o)
		if d.over() {
			p.remove(d)
		}
	}
}
