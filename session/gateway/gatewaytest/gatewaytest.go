// Package gatewaytest provides a Gateway and a Query that a test scripts. No Flink runs, and
// everything happens in the order that the test specifies. It is for behavior that is riffle's
// own, such as restarts, slow subscribers, the journal, and statements whose caller gave up.
// What Flink does with a statement is tested on a real Flink.
package gatewaytest

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
	"sync"

	"riffle/session/gateway"
)

// Gateway behaves as its fields say. Set them before it is used.
type Gateway struct {
	// Answer returns the answer to a statement; if it is nil, every statement is done at once.
	// Calls may come from several goroutines.
	Answer func(ctx context.Context, sql, name string) (gateway.Answer, error)
	// Before is called before each change of the JVM's side, "configure" or "register". Its error
	// is returned by the call, which then has no effect. May be nil.
	Before func(call string) error
	// Parse reports whether a text is one complete statement; if it is nil, every text is.
	Parse func(sql string) bool
	// Restarted says how often a job was restarted; if it is nil, no job was.
	Restarted func(job string) gateway.Restarts

	mu         sync.Mutex
	calls      []string
	settings   map[string]string
	registered []gateway.Function
	exited     chan struct{}
	lost       bool
	jobs       map[string]chan error
}

// New returns a Gateway that accepts every call.
func New() *Gateway {
	return &Gateway{exited: make(chan struct{}), jobs: map[string]chan error{}}
}

// Calls returns the calls so far that change something, in their order: "execute SELECT 1",
// "configure a=b c=d", "register F G", "cancel JOB".
func (g *Gateway) Calls() []string {
	g.mu.Lock()
	defer g.mu.Unlock()
	return slices.Clone(g.calls)
}

// Configured returns the settings that Configure has set.
func (g *Gateway) Configured() map[string]string {
	g.mu.Lock()
	defer g.mu.Unlock()
	return maps.Clone(g.settings)
}

// Registered returns the payloads of the registered functions, by name.
func (g *Gateway) Registered() map[string]string {
	g.mu.Lock()
	defer g.mu.Unlock()
	functions := map[string]string{}
	for _, f := range g.registered {
		functions[f.Name] = string(f.Payload)
	}
	return functions
}

// Lose ends the gateway as a crash of its JVM does.
func (g *Gateway) Lose() {
	g.mu.Lock()
	defer g.mu.Unlock()
	if !g.lost {
		g.lost = true
		close(g.exited)
	}
}

// EndJob ends a job for which [Gateway.AwaitJob] waits. A nil error means that it finished.
func (g *Gateway) EndJob(job string, err error) { g.job(job) <- err }

func (g *Gateway) job(id string) chan error {
	g.mu.Lock()
	defer g.mu.Unlock()
	if g.jobs[id] == nil {
		g.jobs[id] = make(chan error, 1)
	}
	return g.jobs[id]
}

// begin records a call, unless the gateway is lost.
func (g *Gateway) begin(call string) error {
	g.mu.Lock()
	defer g.mu.Unlock()
	if g.lost {
		return &gateway.LostError{Reason: "the Flink JVM has ended", Err: errors.New("killed")}
	}
	if call != "" {
		g.calls = append(g.calls, call)
	}
	return nil
}

// change makes a change on the JVM's side.
func (g *Gateway) change(method, call string, do func()) error {
	if err := g.begin(call); err != nil {
		return err
	}
	if g.Before != nil {
		if err := g.Before(method); err != nil {
			return err
		}
	}
	g.mu.Lock()
	defer g.mu.Unlock()
	do()
	return nil
}

// Execute implements [gateway.Gateway], as the other methods do.
func (g *Gateway) Execute(ctx context.Context, sql, name string) (gateway.Answer, error) {
	if err := g.begin("execute " + sql); err != nil || g.Answer == nil {
		return gateway.Answer{}, err
	}
	return g.Answer(ctx, sql, name)
}

func (g *Gateway) Abandoned() bool { return false }

func (g *Gateway) Configure(_ context.Context, options map[string]string) error {
	call := "configure"
	for _, key := range slices.Sorted(maps.Keys(options)) {
		call += fmt.Sprintf(" %s=%s", key, options[key])
	}
	return g.change("configure", call, func() { g.settings = maps.Clone(options) })
}

func (g *Gateway) Register(_ context.Context, functions []gateway.Function) error {
	var names []string
	for _, f := range functions {
		names = append(names, f.Name)
	}
	return g.change("register", "register "+strings.Join(names, " "), func() { g.registered = slices.Clone(functions) })
}

func (g *Gateway) Judge(_ context.Context, functions []gateway.Named) ([]gateway.Verdict, error) {
	return make([]gateway.Verdict, len(functions)), g.begin("")
}

func (g *Gateway) Parses(_ context.Context, sql string) (bool, error) {
	return g.Parse == nil || g.Parse(sql), g.begin("")
}

func (g *Gateway) Names(context.Context) (gateway.Names, error) {
	return gateway.Names{Catalog: "default_catalog", Database: "default_database"}, g.begin("")
}

func (g *Gateway) Columns(context.Context, []string) (map[string][]gateway.Column, error) {
	return nil, g.begin("")
}

func (g *Gateway) Settings(context.Context) ([]string, error) { return nil, g.begin("") }

func (g *Gateway) TrySetting(context.Context, string, string) error { return g.begin("") }

func (g *Gateway) Options(context.Context) ([]gateway.Option, error) { return nil, g.begin("") }

func (g *Gateway) Factories(context.Context) ([]gateway.Factory, error) { return nil, g.begin("") }

func (g *Gateway) AwaitJob(ctx context.Context, job string) error {
	select {
	case err := <-g.job(job):
		return err
	case <-g.exited:
		return g.begin("")
	case <-ctx.Done():
		return ctx.Err()
	}
}

// CancelJob ends the job as cancelled.
func (g *Gateway) CancelJob(_ context.Context, job string) error {
	if err := g.begin("cancel " + job); err != nil {
		return err
	}
	g.EndJob(job, gateway.ErrCancelled)
	return nil
}

func (g *Gateway) Health(context.Context, string) (gateway.Health, error) {
	return gateway.Health{State: "RUNNING", Deployed: true, RowsIn: -1, RowsOut: -1}, g.begin("")
}

func (g *Gateway) Restarts(_ context.Context, job string) (gateway.Restarts, error) {
	if g.Restarted == nil {
		return gateway.Restarts{}, g.begin("")
	}
	return g.Restarted(job), g.begin("")
}

func (g *Gateway) FunctionReports(context.Context, string) ([]string, error) { return nil, g.begin("") }

func (g *Gateway) Complaints(int64) ([]gateway.Complaint, error) { return nil, g.begin("") }

func (g *Gateway) Exited() <-chan struct{} { return g.exited }

func (g *Gateway) Close() { g.Lose() }
