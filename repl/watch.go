package repl

import (
	"context"
	"fmt"

	"riffle/render"
	"riffle/session"
	"riffle/session/command"
	"riffle/session/query"
)

// watch reports the messages of a query in the background, and its end, until ctx ends.
func (s *Shell) watch(ctx context.Context, q *query.Query, events *query.Subscription) {
	events.SwitchToProgress() // its rows are not shown
	ctx, end := context.WithCancel(ctx)
	s.watches.Store(q, end)
	s.tasks.Go(func() {
		defer end()
		defer events.Close()
		s.hear(ctx, q, events)
	})
}

// endWatch ends the watch of a query that is no longer in the background: its display reports
// on it.
func (s *Shell) endWatch(q *query.Query) {
	if end, ok := s.watches.LoadAndDelete(q); ok {
		end.(context.CancelFunc)()
	}
}

func (s *Shell) hear(ctx context.Context, q *query.Query, events *query.Subscription) {
	for {
		e, err := events.Next(ctx)
		if err != nil {
			return
		}
		said := command.EventText(command.Shell, q.ID(), e)
		switch e := e.(type) {
		case query.Printed, query.Notice:
			if !s.options.Quiet {
				s.console.notice(said)
			}
		case query.FailedRows, query.Failing:
			s.console.notice(said)
		case query.Restarted:
			if said != "" {
				s.console.notice(said)
			}
		case query.Ended:
			text := fmt.Sprintf("%s %s (%s)", q.ID(), e.State, render.Elapsed(e.Elapsed))
			if e.Err != nil {
				text += "\n" + s.console.failed(render.WithoutControls(session.Explain(e.Err)))
			}
			s.console.notice(text)
			s.watches.Delete(q)
			return
		}
	}
}

// leaveBehind sends a query to the background and takes over its events.
func (s *Shell) leaveBehind(ctx context.Context, q *query.Query, events *query.Subscription) {
	s.print(q.ID() + ` runs in the background: \show ` + q.ID() + ` to view, \cancel ` + q.ID() + " to cancel")
	s.watch(ctx, q, events)
}
