package kernel

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"sync"
	"time"

	"riffle/render"
	"riffle/session/query"
)

const (
	// An interrupt that finds no cell to end asks, and a second one within this
	// time ends the queries in the background.
	again = 5 * time.Second
	// calm is how long after a cell was ended by an interrupt the next ones do nothing:
	// people press the button until the cell ends, and once more.
	calm = 3 * time.Second
)

// againToEnd is said in a table's caption while it holds.
var againToEnd = fmt.Sprintf("interrupt again within %.0f s to end it", again.Seconds())

// stopping is the way to end queries in the background that every client has: its
// button for an interrupt, twice.
type stopping struct {
	mu    sync.Mutex
	quiet time.Time // up to which interrupts that find no cell do nothing
	until time.Time // up to which one ends what was asked about
}

// interrupt ends the cells that are carried out, and what waits behind them. If
// there are none, it is about the queries in the background.
func (k *Kernel) interrupt() {
	found := false
	for _, s := range k.subshells.all() {
		found = s.interrupt() || found
	}
	if found {
		return
	}
	now := time.Now()
	queries, jobs := k.inBackground()
	switch k.stopping.press(now) {
	case asks:
		for _, q := range queries {
			k.askAbout(q, now.Add(again))
		}
		k.painter.hurry()
	case ends:
		for _, q := range queries {
			own := k.displaysOf(q)
			if i := slices.IndexFunc(own, func(d *display) bool { return d.warned(now) }); i >= 0 { // others began since
				k.tasks.Go(func() { k.cancelInBackground(q, own[i].below()) })
			}
		}
		if len(jobs) > 0 {
			k.Notice(fmt.Sprintf("%s: an interrupt does not end an INSERT in the background; %%cancel %s does", strings.Join(jobs, ", "), jobs[0]))
		}
	}
}

func (k *Kernel) askAbout(q *query.Query, until time.Time) {
	for _, d := range k.displaysOf(q) {
		d.warn(until)
	}
}

// inBackground are what runs while no cell does: queries, whose rows are nowhere
// but here, and the names of jobs that write.
func (k *Kernel) inBackground() (queries []*query.Query, jobs []string) {
	for _, q := range k.session.Queries() {
		switch started := q.Started(); {
		case started.Schema != nil:
			queries = append(queries, q)
		case started.Job != "":
			jobs = append(jobs, q.ID())
		}
	}
	return queries, jobs
}

// cancelInBackground ends a query that no cell waits for. If that fails, it is said below the query's own cell.
func (k *Kernel) cancelInBackground(q *query.Query, home *output) {
	ctx, cancel := context.WithTimeout(k.serving, cancelWithin)
	defer cancel()
	if err := q.Cancel(ctx); err != nil {
		home.print("stderr", render.WithoutControls(fmt.Sprintf("%s could not be cancelled: %v", q.ID(), err)))
	}
}

// pressed is what an interrupt that finds no cell does.
type pressed uint8

const (
	nothing pressed = iota
	asks            // says that another one ends what is in the background
	ends
)

// rest has interrupts do nothing for a while.
func (s *stopping) rest(now time.Time) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.quiet, s.until = now.Add(calm), time.Time{}
}

// press is an interrupt that finds no cell.
func (s *stopping) press(now time.Time) pressed {
	s.mu.Lock()
	defer s.mu.Unlock()
	does := nothing
	switch {
	case now.Before(s.quiet):
	case now.Before(s.until):
		does = ends
	default:
		s.until = now.Add(again)
		return asks
	}
	s.quiet, s.until = now.Add(calm), time.Time{}
	return does
}
