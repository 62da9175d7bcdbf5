package kernel

import (
	"cmp"
	"context"
	"sync"
	"time"

	"riffle/render"
	"riffle/session"
)

// displays are those of queries that run, by the query's name.
type displays struct {
	mu      sync.Mutex
	byQuery map[string]*display
}

// display is the table of one query, as it is shown in one place or several. All of
// it follows from the query: it is drawn from the query's own table.
type display struct {
	id    string
	query *session.Query
	home  *output // of the cell whose query it is

	mu         sync.Mutex
	shown      bool          // it was displayed
	foreground bool          // its cell is carried out
	sent       picture       // last
	settled    string        // the body that was sent last as an effect of a cell that ran
	end        string        // the state in which its query ended, "" while it runs
	final      *picture      // drawn at the end, when the table was still there
	drawn      chan struct{} // closed when final is; nil if nobody follows the query
	done       bool          // the final picture was sent
}

// displayOf is the display of a query, a new one if there is none.
func (k *Kernel) displayOf(q *session.Query, home *output) *display {
	k.displays.mu.Lock()
	defer k.displays.mu.Unlock()
	d := k.displays.byQuery[q.ID()]
	if d == nil {
		d = &display{id: "riffle-" + k.name + "-" + q.ID(), query: q, home: home}
		k.displays.byQuery[q.ID()] = d
	}
	return d
}

func (k *Kernel) forget(d *display) {
	k.displays.mu.Lock()
	defer k.displays.mu.Unlock()
	delete(k.displays.byQuery, d.query.ID())
}

func (d *display) isShown() bool {
	d.mu.Lock()
	defer d.mu.Unlock()
	return d.shown
}

func (d *display) watched() bool {
	d.mu.Lock()
	defer d.mu.Unlock()
	return d.foreground
}

func (d *display) setForeground(on bool) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.foreground = on
}

// over tells whether nothing will change any more and all of it was sent, also as an
// effect of a cell that ran.
func (d *display) over() bool {
	d.mu.Lock()
	defer d.mu.Unlock()
	return d.done && d.settled == d.sent.body
}

// show displays the table below a cell, where it will be updated from then on.
func (d *display) show(o *output) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.display(o)
}

// display is show; d.mu is held.
func (d *display) display(o *output) {
	p := d.draw()
	d.shown, d.sent, d.settled, d.done = true, p, p.body, d.final != nil
	o.publish("", "display_data", d.content(p))
}

// showFirst is show, unless it was shown or its query has ended meanwhile.
func (d *display) showFirst(o *output) bool {
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.shown || d.final != nil {
		return false
	}
	d.display(o)
	return true
}

// paint sends the table if it has changed, as an effect of a cell.
func (d *display) paint(o *output) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.update(o)
}

// update is paint; d.mu is held.
func (d *display) update(o *output) (changed bool) {
	if !d.shown || d.done {
		return false
	}
	p := d.draw()
	d.done = d.final != nil
	if p.body == d.sent.body {
		return false
	}
	d.sent = p
	if d.foreground {
		d.settled = p.body
	}
	o.publish("display "+d.id, "update_display_data", d.content(p))
	return true
}

// settle sends the table if it has changed since a cell last ended.
func (d *display) settle(o *output) {
	d.mu.Lock()
	defer d.mu.Unlock()
	if !d.shown || d.update(o) {
		d.settled = d.sent.body
		return
	}
	if d.settled != d.sent.body {
		d.settled = d.sent.body
		o.publish("display "+d.id, "update_display_data", d.content(d.sent))
	}
}

// finish draws the last picture. The query's table must still be there.
func (d *display) finish(state string) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.end = state
	p := d.draw()
	d.final = &p
	if d.drawn != nil {
		close(d.drawn)
	}
}

// follow notes that somebody follows the query, and will call finish.
func (d *display) follow() {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.drawn = make(chan struct{})
}

// awaitEnd waits for the last picture of a query that has just ended.
func (d *display) awaitEnd(ctx context.Context) {
	d.mu.Lock()
	drawn := d.drawn
	d.mu.Unlock()
	select {
	case <-d.query.Done():
	default:
		return
	}
	if drawn == nil {
		return
	}
	select {
	case <-drawn:
	case <-ctx.Done():
	}
}

func (d *display) content(p picture) object {
	return object{
		"data": p.bundle, "metadata": object{}, "transient": object{"display_id": d.id},
	}
}

// draw makes a picture of the table as it is; d.mu is held.
func (d *display) draw() picture {
	if d.final != nil {
		return *d.final
	}
	table, ok := d.query.Table()
	if !ok { // its end has been told to somebody, and will be to us
		return d.sent
	}
	defer table.Release()
	started := d.query.Started()
	total := int64(table.Rows() + int(table.Stats().Hidden))
	if !started.Updating() {
		total = d.query.Rows()
	}
	l := look{
		caption:  d.captions(total),
		location: started.Location,
		latest:   !started.Updating() && !started.Bounded,
	}
	if d.end == "" {
		l.stamp = "updated " + time.Now().Format(time.TimeOnly)
		l.progress = started.Bounded
	}
	return l.draw(table, total)
}

// captions are what is said of the query: its name and how it is.
func (d *display) captions(total int64) []string {
	var parts []string
	if d.query.Started().Job != "" {
		parts = append(parts, d.query.ID(), cmp.Or(d.end, "running"))
	}
	return append(parts, render.Counted(total, "row"))
}
