package kernel

import (
	"context"
	"slices"
	"sync"
	"time"
)

// The rhythm of displays. All are painted at the same tick, followed by silence until the next:
// a connecting client considers itself ready when nothing has arrived for 200 ms, which would
// never happen if each display had its own rhythm.
const (
	tickEvery = 250 * time.Millisecond // of the running cell, 4 Hz
	// background is the interval for displays of cells that are done.
	background = 500 * time.Millisecond
	// After a request for the kernel's info, a connecting client gets a pause.
	holdFor = 600 * time.Millisecond
	// If no client has sent a message for long, probably nobody is looking.
	drowsyAfter, drowsy = 5 * time.Minute, 5 * time.Second
	asleepAfter, asleep = time.Hour, time.Minute
)

// painter sends what changes by itself: displays, and collected text. It is one goroutine, run.
type painter struct {
	mu          sync.Mutex
	displays    []*display
	pending     []*output // with text
	silentUntil time.Time // nothing is sent before
	last        time.Time // when a client last sent a message
	painted     time.Time // those in the background, last

	also func(time.Time) // called when displays in the background are painted

	sending sync.Mutex // held while something is drawn and sent; mu is locked inside
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

// tick sends what is due, without holding the lock.
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

// send calls what, which sends something, unless a client has requested silence in the
// meantime: then a later tick does it.
func (p *painter) send(what func()) bool {
	p.sending.Lock()
	defer p.sending.Unlock()
	if p.isHeld() {
		return false
	}
	what()
	return true
}

// pace returns the interval for painting displays in the background; p.mu is held.
func (p *painter) pace(now time.Time) time.Duration {
	switch quiet := now.Sub(p.last); {
	case quiet >= asleepAfter:
		return asleep
	case quiet >= drowsyAfter:
		return drowsy
	}
	return background
}

// heard records that a client has sent a message.
func (p *painter) heard() {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.last = time.Now()
}

// hurry makes the next tick paint the displays in the background.
func (p *painter) hurry() {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.painted = time.Time{}
}

// hold silences the painter for a while. What it is drawing is sent first.
func (p *painter) hold() {
	p.mu.Lock()
	p.silentUntil = time.Now().Add(holdFor)
	p.mu.Unlock()
	p.sending.Lock() // waits for what is in progress
	defer p.sending.Unlock()
}

func (p *painter) isHeld() bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	return time.Now().Before(p.silentUntil)
}

// add adds a display, which is painted until it is over.
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

// pend makes the next tick send an output's text. The painter's lock is taken inside the
// output's.
func (p *painter) pend(o *output) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if !slices.Contains(p.pending, o) {
		p.pending = append(p.pending, o)
	}
}

// settle sends the displays that have changed as effects of the cell that is about to end: a
// client that runs cells unattended, such as nbclient, ignores effects of cells that have
// ended.
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
