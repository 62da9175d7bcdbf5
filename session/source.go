package session

import (
	"context"
	"io"

	"github.com/apache/arrow/go/v15/arrow"

	"riffle/session/gateway"
)

// source is where a query's rows come from.
type source interface {
	gateway.Query
	// Health tells how the job does; nothing of what runs in no cluster.
	Health(ctx context.Context) (Health, error)
	// Complaints are what connectors have logged as wrong since it began.
	Complaints() ([]gateway.Complaint, error)
}

// localRows is the source of a result that is here already.
type localRows struct{ records []arrow.Record }

func (l *localRows) Next(context.Context) (gateway.Delivery, error) {
	if len(l.records) == 0 {
		return gateway.Delivery{}, io.EOF
	}
	d := gateway.Delivery{Record: l.records[0]}
	l.records = l.records[1:]
	return d, nil
}

func (l *localRows) Cancel(context.Context) error { return nil }

func (l *localRows) Complaints() ([]gateway.Complaint, error) { return nil, nil }

func (l *localRows) Health(context.Context) (Health, error) { return Health{}, nil }

// job is the source of a statement that runs without rows of its own.
type job struct {
	gateway gateway.Gateway
	id      string
	logFrom int64 // where the gateway's log was when the job began
}

func (j job) Next(ctx context.Context) (gateway.Delivery, error) {
	if err := j.gateway.AwaitJob(ctx, j.id); err != nil {
		return gateway.Delivery{}, err
	}
	return gateway.Delivery{}, io.EOF
}

func (j job) Cancel(ctx context.Context) error { return j.gateway.CancelJob(ctx, j.id) }

func (j job) Health(ctx context.Context) (Health, error) { return j.gateway.Health(ctx, j.id) }

func (j job) Complaints() ([]gateway.Complaint, error) { return j.gateway.Complaints(j.logFrom) }

// jobRows is the source of a job that sends rows.
type jobRows struct {
	rows gateway.Query
	job
}

func (j jobRows) Next(ctx context.Context) (gateway.Delivery, error) { return j.rows.Next(ctx) }

func (j jobRows) Cancel(ctx context.Context) error { return j.rows.Cancel(ctx) }

func releaseAll(records []arrow.Record) {
	for _, r := range records {
		r.Release()
	}
}
