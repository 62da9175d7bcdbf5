package repl

import (
	"context"
	"fmt"

	"riffle/render"
	"riffle/session"
	"riffle/session/command"
	"riffle/session/query"
)

// watch tells what a job in the background prints, and of its end. Its subscription has
// no batches: it is told, or the job has no rows.
func (s *Shell) watch(ctx context.Context, st session.Statement, reply session.Reply) {
	defer reply.Events.Close()
	for {
		e, err := reply.Events.Next(ctx)
		if err != nil {
			return
		}
		said := command.EventText(command.Shell, reply.Query.ID(), e)
		switch e := e.(type) {
		case query.Printed, query.Notice:
			if !s.options.Quiet {
				s.console.notice(said)
			}
		case query.FailedRows:
			s.console.notice(said)
		case query.Restarted:
			if said != "" {
				s.console.notice(said)
			}
		case query.Ended:
			text := fmt.Sprintf("%s %s (%s)", reply.Query.ID(), e.State, elapsed(e.Elapsed))
			if e.Err != nil {
				text += "\n" + s.console.failed(render.WithoutControls(session.Explain(e.Err)))
			}
			s.console.notice(text)
			return
		}
	}
}

// leaveBehind lets a query go on in the background.
func (s *Shell) leaveBehind(ctx context.Context, st session.Statement, q *query.Query) {
	s.print(q.ID() + ` runs in the background: \show ` + q.ID() + ` shows it, \cancel ` + q.ID() + " ends it")
	events := q.Subscribe(query.ProgressOnly)
	s.tasks.Go(func() { s.watch(ctx, st, session.Reply{Query: q, Events: events}) })
}
