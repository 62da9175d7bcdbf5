package repl

import (
	"context"
	"slices"

	"riffle/session"
	"riffle/session/command"
	"riffle/session/query"
)

// behind is a query that a script has sent to the background, where it runs until the script
// ends. Its rows are not shown. Its errors are reported between two statements.
type behind struct {
	query  *query.Query
	events *query.Subscription
}

// leaveBehind sends a query to the background and takes over its events.
func (r *Script) leaveBehind(q *query.Query, events *query.Subscription) {
	if slices.Contains(r.Session.Enduring(), q) {
		r.say(q.ID() + ": job " + q.Started().Job + " runs in the background")
	} else {
		r.say(q.ID() + " runs in the background until the script ends")
	}
	events.SwitchToProgress()
	r.behind = append(r.behind, behind{q, events})
	r.hearBehind()
}

// hearBehind reports what queries in the background have reported so far.
func (r *Script) hearBehind() {
	r.behind = slices.DeleteFunc(r.behind, func(b behind) bool {
		ended := r.hear(b)
		if ended {
			b.events.Close()
		}
		return ended
	})
}

func (r *Script) hear(b behind) (ended bool) {
	past, end := context.WithCancel(context.Background())
	end() // nothing is waited for
	for {
		e, err := b.events.Next(past)
		if err != nil {
			return ended
		}
		said := command.EventText(command.Script, b.query.ID(), e)
		switch e := e.(type) {
		case query.Notice:
			r.say(said)
		case query.FailedRows, query.Failing:
			r.warn(said)
		case query.Ended:
			if ended = true; e.Err != nil {
				r.warn(b.query.ID() + " failed in the background: " + session.Explain(e.Err))
			}
		}
	}
}
