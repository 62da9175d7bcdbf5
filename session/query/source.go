package query

import (
	"context"
	"io"

	"github.com/apache/arrow/go/v15/arrow"

	"riffle/session/gateway"
)

// Source provides a query's rows.
type Source interface {
	gateway.Query
	// Health returns the state of the job. It is empty for a result without a job.
	Health(ctx context.Context) (Health, error)
	// Complaints returns the problems that connectors have logged since the query began.
	Complaints() ([]gateway.Complaint, error)
}

// LocalRows is the source of a result whose rows have already arrived. It takes ownership of the
// records.
type LocalRows struct{ Records []arrow.Record }

func (l *LocalRows) Next(context.Context) (gateway.Delivery, error) {
	if len(l.Records) == 0 {
		return gateway.Delivery{}, io.EOF
	}
	d := gateway.Delivery{Record: l.Records[0]}
	l.Records = l.Records[1:]
	return d, nil
}

func (l *LocalRows) Cancel(context.Context) error { return nil }

func (l *LocalRows) Complaints() ([]gateway.Complaint, error) { return nil, nil }

func (l *LocalRows) Health(context.Context) (Health, error) { return Health{}, nil }

// Job is the source of a job without rows of its own.
type Job struct {
	Gateway gateway.Gateway
	ID      string
	LogFrom int64 // the end of the gateway's log when the job began
}

func (j Job) Next(ctx context.Context) (gateway.Delivery, error) {
	if err := j.Gateway.AwaitJob(ctx, j.ID); err != nil {
		return gateway.Delivery{}, err
	}
	return gateway.Delivery{}, io.EOF
}

func (j Job) Cancel(ctx context.Context) error { return j.Gateway.CancelJob(ctx, j.ID) }

func (j Job) Health(ctx context.Context) (Health, error) { return j.Gateway.Health(ctx, j.ID) }

func (j Job) Complaints() ([]gateway.Complaint, error) { return j.Gateway.Complaints(j.LogFrom) }

// JobRows is the source of a job that sends rows.
type JobRows struct {
	Rows gateway.Query
	Job
}

func (j JobRows) Next(ctx context.Context) (gateway.Delivery, error) { return j.Rows.Next(ctx) }

func (j JobRows) Cancel(ctx context.Context) error { return j.Rows.Cancel(ctx) }
