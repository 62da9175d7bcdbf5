package query

import (
	"context"
	"errors"
	"fmt"
	"io"
	"sync/atomic"

	"github.com/apache/arrow/go/v15/arrow"

	"riffle/session/gateway"
)

// Source provides a query's rows.
type Source interface {
	// Next and Cancel are those of [gateway.Query].
	Next(ctx context.Context) (gateway.Delivery, error)
	Cancel(ctx context.Context) error
	// Health returns the state of the job. It is empty for a result without a job.
	Health(ctx context.Context) (Health, error)
	// Restarts returns how often Flink has restarted the job.
	Restarts(ctx context.Context) (Restarts, error)
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

func (l *LocalRows) Restarts(context.Context) (Restarts, error) { return Restarts{}, nil }

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

// EnduringJob is the source of a job that continues when its gateway is lost. The job is then followed
// through the next gateway.
type EnduringJob struct {
	id       string
	gateways func(context.Context) (gateway.Gateway, error)
	current  atomic.Pointer[Job]
}

// NewEnduringJob returns the source of a job. gateways returns the gateway that replaces a lost one, and waits
// for it.
func NewEnduringJob(j Job, gateways func(context.Context) (gateway.Gateway, error)) *EnduringJob {
	e := &EnduringJob{id: j.ID, gateways: gateways}
	e.current.Store(&j)
	return e
}

func (e *EnduringJob) Next(ctx context.Context) (gateway.Delivery, error) {
	for {
		d, err := e.current.Load().Next(ctx)
		var lost *gateway.LostError
		if !errors.As(err, &lost) {
			return d, err
		}
		g, err := e.gateways(ctx)
		if err != nil {
			return d, fmt.Errorf("the job %s may continue, but no gateway can ask for it: %w", e.id, err)
		}
		e.current.Store(&Job{Gateway: g, ID: e.id})
	}
}

func (e *EnduringJob) Cancel(ctx context.Context) error { return e.current.Load().Cancel(ctx) }

func (e *EnduringJob) Health(ctx context.Context) (Health, error) {
	return e.current.Load().Health(ctx)
}

func (e *EnduringJob) Restarts(ctx context.Context) (Restarts, error) {
	return e.current.Load().Restarts(ctx)
}

func (e *EnduringJob) Complaints() ([]gateway.Complaint, error) { return e.current.Load().Complaints() }

func (j Job) Cancel(ctx context.Context) error { return j.Gateway.CancelJob(ctx, j.ID) }

func (j Job) Health(ctx context.Context) (Health, error) { return j.Gateway.Health(ctx, j.ID) }

func (j Job) Restarts(ctx context.Context) (Restarts, error) { return j.Gateway.Restarts(ctx, j.ID) }

func (j Job) Complaints() ([]gateway.Complaint, error) { return j.Gateway.Complaints(j.LogFrom) }

// JobRows is the source of a job that sends rows.
type JobRows struct {
	Rows gateway.Query
	Job
}

func (j JobRows) Next(ctx context.Context) (gateway.Delivery, error) { return j.Rows.Next(ctx) }

func (j JobRows) Cancel(ctx context.Context) error { return j.Rows.Cancel(ctx) }

// Health adds what the connections know to what Flink reports. Flink may need seconds for its report.
func (j JobRows) Health(ctx context.Context) (Health, error) {
	disconnected := j.Rows.Disconnected()
	h, err := j.Job.Health(ctx)
	h.Disconnected = !h.Ended() && (disconnected || j.Rows.Disconnected())
	return h, err
}
