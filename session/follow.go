package session

import (
	"context"
	"fmt"

	"riffle/session/query"
	"riffle/session/report"
	"riffle/udfhost/engine"
)

// follow follows the functions of a job on a cluster.
func (s *Session) follow(started query.Started) query.Functions {
	return report.New(s.ctx,
		func(ctx context.Context) ([]engine.Report, error) { return s.reports(ctx, started.Job) },
		func(err error) {
			if s.ctx.Err() == nil {
				s.config.Notice(fmt.Sprintf("%s: what its functions printed, and which rows failed, could not be read from the cluster: %v", started.Query, err))
			}
		})
}

// reports reads what the workers of a job on a cluster report.
func (s *Session) reports(ctx context.Context, job string) ([]engine.Report, error) {
	g, err := s.gateways.Starting(ctx)
	if err != nil {
		return nil, err
	}
	texts, err := g.FunctionReports(ctx, job)
	if err != nil {
		return nil, err
	}
	var reports []engine.Report
	for _, text := range texts {
		r, err := engine.ParseReport(text)
		if err != nil {
			return nil, err
		}
		reports = append(reports, r)
	}
	return reports, nil
}
