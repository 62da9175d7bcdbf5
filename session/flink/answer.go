package flink

import (
	"bytes"
	"context"
	"fmt"
	"io"

	"github.com/apache/arrow/go/v15/arrow"

	"riffle/session/gateway"
	"riffle/udfhost/coder"
)

// reply is the gateway's answer to a statement, see Environment.java.
type reply struct {
	Kind     string             `json:"kind"`
	Job      string             `json:"job"`
	Schema   []byte             `json:"schema"`
	Rows     []byte             `json:"rows"`
	Kinds    []string           `json:"kinds"`
	Keys     [][]int            `json:"keys"`
	Order    []gateway.OrderKey `json:"order"`
	Hidden   int                `json:"hidden"`
	Limit    int64              `json:"limit"`
	Constant bool               `json:"constant"`
	Bounded  bool               `json:"bounded"`
	Journal  string             `json:"journal"`
	Jobs     []submitted        `json:"jobs"` // by a procedure
	// Function, Unstable and Uncommitted are described at [gateway.Answer].
	Function    string   `json:"function"`
	Unstable    []string `json:"unstable"`
	Uncommitted []string `json:"uncommitted"`
	// Texts are the columns with values that travel as text, and the types of these.
	Texts map[string][]string `json:"texts"`
	Zone  string              `json:"zone"` // see location

	Functions  []string `json:"functions"`
	Undeclared string   `json:"undeclared"`
	Replaced   string   `json:"replaced"`
	Hides      []string `json:"hides"`

	err error
}

// submitted is a job that a procedure has submitted.
type submitted struct {
	ID      string `json:"id"`
	Bounded bool   `json:"bounded"`
}

// Execute plans and runs one statement, without its semicolon. If it is a query, it runs under the
// given name, which must not be in use.
//
// Planning cannot be interrupted. If ctx ends during planning, Execute returns at once, and a job that
// starts afterwards is cancelled.
func (g *Gateway) Execute(ctx context.Context, sql, name string) (gateway.Answer, error) {
	q := newQuery(g, g.rows, name)
	g.rows.add(q) // before the job exists: its sink may connect at any time
	logEnd := g.LogEnd()
	result := make(chan reply, 1)
	g.watchers.Go(func() {
		var p reply
		p.err = g.plan(g.ctx, &p, "execute", map[string]any{"sql": sql, "sink": g.rows.sinkOptions(q)})
		result <- p
	})
	var answer gateway.Answer
	var err error
	select {
	case p := <-result:
		answer, err = g.answer(p, q)
	case <-ctx.Done():
		err = ctx.Err()
		g.abandoned.Add(1)
		g.watchers.Go(func() { g.abandon(name, result) })
	}
	answer.LogEnd = logEnd
	if answer.Query == nil {
		g.rows.remove(q)
		q.drop()
	}
	return answer, err
}

// abandon cleans up after a statement whose caller gave up: nothing of it continues to run.
func (g *Gateway) abandon(name string, result <-chan reply) {
	if err := g.control(g.ctx, nil, "giveUp", name); err != nil {
		g.log.Warn("what a procedure does goes on, though its CALL was given up", "error", err)
	}
	p := <-result
	g.abandoned.Add(-1)
	if p.Job != "" {
		g.giveUp(p.Job)
	}
	for _, job := range p.Jobs {
		g.giveUp(job.ID)
	}
}

// Abandoned reports whether a statement whose caller gave up is still being planned.
func (g *Gateway) Abandoned() bool { return g.abandoned.Load() > 0 }

// giveUp cancels a job whose statement was given up.
func (g *Gateway) giveUp(job string) {
	if err := g.CancelJob(g.ctx, job); err != nil {
		g.log.Warn("a job whose statement was given up goes on", "job", job, "error", err)
	}
}

func (g *Gateway) answer(p reply, q *Query) (gateway.Answer, error) {
	if p.err != nil {
		return gateway.Answer{}, p.err
	}
	answer := gateway.Answer{
		Job: p.Job, Bounded: p.Bounded, Journal: p.Journal, Unstable: p.Unstable, Uncommitted: p.Uncommitted, Functions: p.Functions,
		Function: p.Function, Undeclared: p.Undeclared, Replaced: gateway.Verdict{Other: p.Replaced}, Hides: p.Hides,
	}
	switch p.Kind {
	case "query":
		result, err := p.result(p.Schema)
		if err != nil {
			g.watchers.Go(func() { g.giveUp(p.Job) })
			return gateway.Answer{}, err
		}
		q.job, q.schema, q.bounded = p.Job, result.Schema, p.Bounded
		close(q.described)
		g.watchers.Go(func() { q.watch(g.ctx) })
		answer.Result, answer.Query = result, q
	case "rows":
		result, err := p.result(p.Rows)
		if err == nil {
			answer.Records, err = decodeRows(p.Rows)
		}
		if err != nil {
			return gateway.Answer{Journal: p.Journal}, err
		}
		answer.Result = result
		for _, job := range p.Jobs {
			answer.Jobs = append(answer.Jobs, gateway.SubmittedJob(job))
		}
	}
	return answer, nil
}

// result describes the rows of a stream that begins with a schema.
func (p reply) result(stream []byte) (*gateway.Result, error) {
	schema, err := decodeSchema(stream)
	if err != nil {
		return nil, err
	}
	zone, err := location(p.Zone)
	if err != nil {
		return nil, err
	}
	return &gateway.Result{
		Schema: schema, Kinds: p.Kinds, Keys: p.Keys, Order: p.Order, Hidden: p.Hidden,
		Limit: p.Limit, Constant: p.Constant, Location: zone, Texts: p.Texts,
	}, nil
}

func decodeSchema(stream []byte) (*arrow.Schema, error) {
	r, err := coder.NewStreamReader(bytes.NewReader(stream))
	if err != nil {
		return nil, fmt.Errorf("read the result's schema: %w", err)
	}
	return r.Schema(), nil
}

func decodeRows(stream []byte) ([]arrow.Record, error) {
	r, err := coder.NewStreamReader(bytes.NewReader(stream))
	if err != nil {
		return nil, fmt.Errorf("read the result: %w", err)
	}
	var records []arrow.Record
	for {
		record, err := r.Next()
		if err == io.EOF {
			return records, nil
		}
		if err != nil {
			for _, r := range records {
				r.Release()
			}
			return nil, fmt.Errorf("read the result: %w", err)
		}
		records = append(records, record)
	}
}
