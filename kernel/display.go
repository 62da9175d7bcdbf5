package kernel

import (
	"cmp"
	"strconv"
	"sync"
	"time"

	"riffle/render"
	"riffle/session/changelog"
	"riffle/session/query"
)

// displays are the displays of running queries, by what they show.
type displays struct {
	mu    sync.Mutex
	made  int
	shown map[string]*display
}

// display is a query's table, or a chart of it, shown in one or several places. All of its
// content comes from the query: it is drawn from the query's own table.
type display struct {
	id    string
	key   string // in displays
	query *query.Query
	drawer

	mu         sync.Mutex
	home       *output   // of the cell that created it, or first showed it
	shown      bool      // it was displayed in a visible place
	foreground bool      // its cell is running
	sent       picture   // last
	settled    string    // the body that was last sent as an effect of a running cell
	state      string    // replaces the query's own text about its end; "" for none
	final      *picture  // drawn at the end, when the table was still there
	done       bool      // the final picture was sent
	until      time.Time // until when an interrupt ends the query
}

// drawer draws the content of a display. It is used by one display, under its lock.
type drawer interface {
	draw(m moment) picture
}

// moment is a query's table at a point in time.
type moment struct {
	query *query.Query
	table *changelog.Snapshot
	end   string // the state in which the query ended, "" while it runs
	note  string // on what happens next, "" for none
	waits bool   // a cell waits for the query
}

// total returns the number of rows, of which the table may have only the last.
func (m moment) total() int64 {
	if !m.query.Started().Updating() && !m.table.Stats().Widened {
		return m.query.Rows()
	}
	return int64(m.table.Rows() + int(m.table.Stats().Hidden))
}

// captions returns the lines about the query: its name and state, except for a result without a
// job, then other known facts, and the note.
func (m moment) captions(known ...string) []string {
	var parts []string
	if m.query.Started().Job != "" {
		parts = append(parts, m.query.ID(), cmp.Or(m.end, "running"))
	}
	parts = append(parts, known...)
	if m.table.Stats().Widened {
		parts = append(parts, m.query.Started().Folded())
	}
	if m.note != "" {
		parts = append(parts, m.note)
	}
	return parts
}

// displayOf returns the display of a query's table, and creates it if necessary.
func (k *Kernel) displayOf(q *query.Query, home *output) *display {
	return k.displayAs(q, "", tableDrawer{}, home)
}

// displayAs returns the display of a query for what shows describes, and creates it if
// necessary.
func (k *Kernel) displayAs(q *query.Query, shows string, drawn drawer, home *output) *display {
	k.displays.mu.Lock()
	defer k.displays.mu.Unlock()
	key := q.Number() + " " + shows
	d := k.displays.shown[key]
	if d == nil {
		d = &display{id: "riffle-" + k.name + "-" + q.Number(), key: key, query: q, drawer: drawn, home: home}
		if shows != "" {
			k.displays.made++
			d.id += "-" + strconv.Itoa(k.displays.made)
		}
		k.displays.shown[key] = d
	}
	return d
}

// displaysOf returns all displays of a query.
func (k *Kernel) displaysOf(q *query.Query) []*display {
	k.displays.mu.Lock()
	defer k.displays.mu.Unlock()
	var own []*display
	for _, d := range k.displays.shown {
		if d.query == q {
			own = append(own, d)
		}
	}
	return own
}

// endDisplays draws the last pictures of a query that has ended, and drops its displays. The
// query's table must still exist. A state other than "" replaces the text about how the query
// ended.
func (k *Kernel) endDisplays(q *query.Query, state string) {
	for _, d := range k.displaysOf(q) {
		d.finish(state)
		k.forget(d)
	}
}

func (k *Kernel) forget(d *display) {
	k.displays.mu.Lock()
	defer k.displays.mu.Unlock()
	if k.displays.shown[d.key] == d {
		delete(k.displays.shown, d.key)
	}
}

// below returns the output of the cell that the display is below.
func (d *display) below() *output {
	d.mu.Lock()
	defer d.mu.Unlock()
	return d.home
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

// warn says in the caption, until a point in time, that an interrupt ends the query.
func (d *display) warn(until time.Time) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.until = until
}

func (d *display) warned(now time.Time) bool {
	d.mu.Lock()
	defer d.mu.Unlock()
	return now.Before(d.until)
}

// over reports whether nothing will change any more and everything was sent, also as an effect
// of a running cell.
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

// display is show with d.mu held. Below a silent cell nothing is visible.
func (d *display) display(o *output) {
	if o.silent {
		return
	}
	if d.home.silent {
		d.home = o
	}
	p := d.picture()
	d.shown, d.sent, d.settled, d.done = true, p, p.body, d.final != nil
	o.publish("", "display_data", d.content(p))
}

// showFirst is show, unless the display was shown or its query has ended in the meantime.
func (d *display) showFirst(o *output) bool {
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.shown || d.final != nil {
		return false
	}
	d.display(o)
	return d.shown
}

// paint sends the table if it has changed, as an effect of the cell that it is below.
func (d *display) paint() {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.update(d.home)
}

// update is paint with d.mu held.
func (d *display) update(o *output) (changed bool) {
	if !d.shown || d.done {
		return false
	}
	p := d.picture()
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

// finish draws the last picture. state, unless "", replaces the query's own text about its end.
func (d *display) finish(state string) {
	d.mu.Lock()
	defer d.mu.Unlock()
	if state != "" && state != d.state {
		d.state, d.final, d.done = state, nil, false
	}
	d.picture()
}

func (d *display) content(p picture) object {
	metadata := p.metadata
	if metadata == nil {
		metadata = object{}
	}
	return object{
		"data": p.bundle, "metadata": metadata, "transient": object{"display_id": d.id},
	}
}

// picture draws the current content; d.mu is held.
func (d *display) picture() picture {
	if d.final != nil {
		return *d.final
	}
	m := moment{query: d.query, waits: d.foreground}
	if end, ended := d.query.End(); ended {
		m.end = cmp.Or(d.state, end.State.String())
	} else if time.Now().Before(d.until) {
		m.note = againToEnd
	}
	table, ok := d.query.Table()
	switch {
	case !ok && d.sent.bundle == nil:
		text := d.query.ID() + " has ended, and its table is not kept"
		return picture{bundle: object{"text/plain": text}, body: text}
	case !ok: // its end was reported to others, and soon will be to this display
		return d.sent
	}
	defer table.Release()
	m.table = table
	p := d.draw(m)
	if m.end != "" {
		d.final = &p
	}
	return p
}

// howToEnd is the hint in the caption of a streaming query that blocks later cells.
const howToEnd = "■ (interrupt) cancels the query. Write & at its end to run other cells meanwhile."

// tableDrawer draws a table.
type tableDrawer struct{}

func (tableDrawer) draw(m moment) picture {
	started, total := m.query.Started(), m.total()
	l := look{
		caption:  m.captions(render.Counted(total, "row")),
		location: started.Location,
		latest:   !started.Updating() && !started.Bounded && !m.table.Stats().Widened,
	}
	if m.end == "" {
		l.stamp = "updated " + time.Now().Format(time.TimeOnly)
		l.progress = started.Bounded
		if m.waits && !started.Bounded {
			l.hint = howToEnd
		}
	}
	return l.draw(m.table, total)
}
