package gatewaytest

import (
	"context"
	"sync"

	"github.com/apache/arrow/go/v15/arrow"
	"github.com/apache/arrow/go/v15/arrow/array"
	"github.com/apache/arrow/go/v15/arrow/memory"

	"riffle/session/changelog"
	"riffle/session/gateway"
)

// Query sends what the test specifies, when the test specifies it.
type Query struct {
	deliveries chan gateway.Delivery
	end        chan error
	cancel     sync.Once
}

// NewQuery returns a query that has sent nothing yet.
func NewQuery() *Query {
	return &Query{deliveries: make(chan gateway.Delivery), end: make(chan error, 1)}
}

// Send waits until the session receives a delivery, or the context ends.
func (q *Query) Send(ctx context.Context, d gateway.Delivery) error {
	select {
	case q.deliveries <- d:
		return nil
	case <-ctx.Done():
		if d.Record != nil {
			d.Record.Release()
		}
		return ctx.Err()
	}
}

// End ends the query. Only the first call has an effect. io.EOF means that it has finished.
func (q *Query) End(err error) { q.cancel.Do(func() { q.end <- err }) }

// Next implements [gateway.Query].
func (q *Query) Next(ctx context.Context) (gateway.Delivery, error) {
	select {
	case d := <-q.deliveries:
		return d, nil
	case err := <-q.end:
		return gateway.Delivery{}, err
	case <-ctx.Done():
		return gateway.Delivery{}, ctx.Err()
	}
}

// Cancel ends the query as cancelled.
func (q *Query) Cancel(context.Context) error {
	q.End(gateway.ErrCancelled)
	return nil
}

// Disconnected implements [gateway.Query].
func (q *Query) Disconnected() bool { return false }

// Answer returns the answer to a statement whose rows the query sends: a job with one column id.
func (q *Query) Answer(job string, kinds ...string) gateway.Answer {
	return gateway.Answer{Job: job, Bounded: true, Query: q, Result: &gateway.Result{Schema: schema, Kinds: kinds}}
}

var schema = arrow.NewSchema([]arrow.Field{
	{Name: "id", Type: arrow.PrimitiveTypes.Int64},
	changelog.KindField(),
}, nil)

// Rows returns a record batch of ids, all with one row kind. The receiver releases it.
func Rows(kind changelog.Kind, ids ...int64) arrow.Record {
	b := array.NewRecordBuilder(memory.DefaultAllocator, schema)
	defer b.Release()
	for _, id := range ids {
		b.Field(0).(*array.Int64Builder).Append(id)
		b.Field(1).(*array.Int8Builder).Append(int8(kind))
	}
	return b.NewRecord()
}
