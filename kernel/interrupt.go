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
	// An interrupt while no cell runs asks; a second one within this time ends the queries in
	// the background.
	again = 5 * time.Second
	// calm is how long interrupts are ignored after one has ended a cell: people press the
	// button until the cell ends, and once more.
	calm = 3 * time.Second
)

// againToEnd is in a table's caption during that time.
var againToEnd = fmt.Sprintf("interrupt again within %.0f s to end it", again.Seconds())

// stopping lets every client end queries in the background: by its interrupt button, pressed
// twice.
type stopping struct {
	mu    sync.Mutex
	quiet time.Time // until when interrupts without a running cell are ignored
	until time.Time // until when an interrupt ends the queries that were asked about
}

// interrupt ends the running cells and aborts the waiting ones. If no cell runs or waits, it applies
// to the queries in the background.
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

// inBackground returns what runs while no cell does: queries, whose rows exist only here, and
// the names of jobs that write.
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

// cancelInBackground cancels a query that no cell waits for. If that fails, it reports the
// error below the query's own cell.
func (k *Kernel) cancelInBackground(q *query.Query, home *output) {
	ctx, cancel := context.WithTimeout(k.serving, cancelWithin)
	defer cancel()
	if err := q.Cancel(ctx); err != nil {
		home.print("stderr", render.WithoutControls(fmt.Sprintf("%s could not be cancelled: %v", q.ID(), err)))
	}
}

// pressed is the effect of an interrupt while no cell runs.
type pressed uint8

const (
	nothing pressed = iota
	asks            // reports that another interrupt ends what is in the background
	ends
)

// rest makes the kernel ignore interrupts for a while.
func (s *stopping) rest(now time.Time) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.quiet, s.until = now.Add(calm), time.Time{}
}

// press returns an interrupt that finds no cell.
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
