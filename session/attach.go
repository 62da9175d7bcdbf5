package session

import (
	"context"
	"errors"
	"strings"

	"riffle/session/query"
)

// Attached is a job of the cluster that the session did not submit.
type Attached struct {
	Name   string
	Health query.Health
	// Query follows the job. It is nil if the job has ended, and then Err says why if the job failed.
	Query *query.Query
	Known bool // the session had followed the job before
	Err   error
}

// Attach follows a job of an existing cluster, whoever submitted it. The job becomes a query of the session, which
// has no rows.
func (s *Session) Attach(ctx context.Context, job string) (Attached, error) {
	if s.config.Cluster == "" {
		return Attached{}, errors.New("the session has a cluster of its own, and follows all of its jobs: run riffle with --cluster to attach to a job of another cluster")
	}
	release, err := s.gateways.TakeTurn(ctx)
	if err != nil {
		return Attached{}, err
	}
	defer release()
	g, err := s.gateways.Gateway(ctx)
	if err != nil {
		return Attached{}, err
	}
	h, err := g.Health(ctx, job)
	if err != nil {
		return Attached{}, err
	}
	a := Attached{Name: h.Name, Health: h}
	for _, q := range s.Queries() {
		if q.Started().Job == job {
			a.Query, a.Known = q, true
			return a, nil
		}
	}
	if h.Ended() {
		a.Err = g.AwaitJob(ctx, job)
		return a, nil
	}
	name := s.queries.Number()
	s.queries.UseNumber()
	st := Cell{Text: "DESCRIBE JOB '" + job + "'", Name: name}.Statements()[0]
	started := query.Started{Query: name, Job: job, Attached: true}
	reply, err := s.start(started, task{Statement: st, mode: query.ProgressOnly}, s.sourceOf(query.Job{Gateway: g, ID: job}))
	if err != nil {
		return Attached{}, err
	}
	reply.Events.Close()
	a.Query = reply.Query
	return a, nil
}

// Continuing describes the jobs of this session that continue on the cluster when the session ends, each in one
// line.
func (s *Session) Continuing() []string {
	var lines []string
	for _, q := range s.Enduring() {
		if started := q.Started(); !started.Attached {
			lines = append(lines, q.ID()+" continues on the cluster as job "+started.Job+": "+strings.TrimSuffix(q.Summary(), ";"))
		}
	}
	return lines
}
