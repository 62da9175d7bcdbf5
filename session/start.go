package session

import (
	"errors"

	"riffle/session/gateway"
	"riffle/session/query"
	"riffle/session/roster"
)

// start creates a query and runs it. The notices are for its first subscriber.
func (s *Session) start(started query.Started, t task, src query.Source, notices ...string) (Reply, error) {
	c := query.Config{
		Started: started, Statement: t.Statement, Source: src, Notices: notices,
		Harness: s.config.Harness,
		Others:  func() []*query.Query { return s.queries.JobsBut(started.Query) },
	}
	switch {
	case started.Job == "":
	case !s.config.Functions.Elsewhere():
		c.Functions = s.config.Functions.Engine()
	case len(started.Functions) > 0:
		c.Functions = s.follow(started)
	}
	q, events, err := query.New(c, t.mode)
	if err != nil {
		_ = src.Cancel(s.ctx)
		return Reply{}, &Error{Message: err.Error(), Position: t.Cell.Position(t.Span.Start), Err: err}
	}
	reply := Reply{Query: q, Events: events}
	if t.Name != "" && started.Job != "" {
		loser, err := s.queries.Name(q, t.Name)
		if err != nil {
			s.config.Log.Warn("a query's name is not one", "error", err) // the code that created the statement must check the name
		}
		reply.Note = roster.TookOver(t.Name, loser)
	}
	run := s.queries.Add(q)
	over := s.begun(q)
	s.tasks.Go(func() {
		defer over()
		run(s.ctx)
		q.LetFinish(s.ctx)
		s.cancelLost(q)
	})
	return reply, nil
}

// begun records a query until the returned function is called.
func (s *Session) begun(q *query.Query) (over func()) {
	ended := make(chan struct{})
	s.mu.Lock()
	defer s.mu.Unlock()
	s.jobs[q] = ended
	return func() {
		s.mu.Lock()
		defer s.mu.Unlock()
		delete(s.jobs, q)
		close(ended)
	}
}

// letFinish waits for the jobs of queries that have ended, see query.Query.LetFinish.
func (s *Session) letFinish() {
	var ends []<-chan struct{}
	s.mu.Lock()
	for q, over := range s.jobs {
		if _, ended := q.End(); ended {
			ends = append(ends, over)
		}
	}
	s.mu.Unlock()
	for _, over := range ends {
		<-over
	}
}

// cancelLost cancels the job of a query whose gateway was lost, if the job continues on an existing cluster:
// nobody reads its rows any more.
func (s *Session) cancelLost(q *query.Query) {
	started := q.Started()
	end, _ := q.End()
	var lost *gateway.LostError
	if s.config.Cluster == "" || started.Job == "" || started.Schema == nil || !errors.As(end.Err, &lost) {
		return
	}
	g, err := s.gateways.Gateway(s.ctx)
	if err == nil {
		err = g.CancelJob(s.ctx, started.Job)
	}
	if err != nil {
		s.config.Log.Warn("the job of a lost query continues until the cluster misses its heartbeat", "job", started.Job, "error", err)
	}
}
