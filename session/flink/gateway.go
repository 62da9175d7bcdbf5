// Package flink connects riffle to Flink. It starts a JVM with the gateway (package jvm holds its
// Java side), plans and runs statements there, and receives the rows of queries.
//
// A statement is sent by Gateway.Execute on the planning connection and returns as an Answer: done,
// a few rows, a job, or a Query. The rows of a query take another way. Flink's sink tasks connect to
// the gateway's receiver (receiver.go), send a hello with their query and subtask (package frame),
// and then send Arrow record batches. Query.Next delivers the batches.
//
// This package and package jvm contain what depends on the version of Flink: how Flink is found and
// started, what riffle changes in its planner and runtime, and what its errors mean. Three other places
// contain facts of Flink 2.3 and say so: the words and statements of its SQL (session/sqltext,
// session/statement), and the errors of its Fn API in Arrow columns (udfhost/sqltype, udfhost/coder).
// Callers of Execute do not depend on any of it.
package flink

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"os"
	"path/filepath"
	"sync"
	"sync/atomic"

	"riffle/session/gateway"
	"riffle/session/py4j"
)

// Gateway is a running JVM with a table environment and a cluster.
type Gateway struct {
	process *process
	remote  bool // the cluster existed before the gateway
	rows    *receiver
	log     *slog.Logger
	pack    Pack // nil if functions do not travel
	costs   func(string)

	// planning is the connection for everything that plans. Calcite keeps state
	// in thread-locals, and a connection is a thread: see Environment.java.
	planning  *py4j.Conn
	abandoned atomic.Int64 // statements whose caller gave up and which are still being planned

	mu   sync.Mutex
	idle []*py4j.Conn // for all other calls, as many as there were calls at a time
	done bool

	fresh freshness // of Health's figures

	watchers sync.WaitGroup
	ctx      context.Context // ends with the gateway
	cancel   context.CancelFunc
}

// Start starts a JVM and returns when its table environment is ready. The cluster may still be
// starting; the first job waits for it.
func Start(ctx context.Context, l Launch, log *slog.Logger) (*Gateway, error) {
	if l.Remote != "" {
		if err := resolve(ctx, l.Remote); err != nil {
			return nil, err
		}
	}
	rows, err := listenForRows(l.RowsAddress, log)
	if err != nil {
		return nil, err
	}
	p, err := startProcess(ctx, l)
	if err != nil {
		rows.close()
		return nil, err
	}
	g := &Gateway{process: p, remote: l.Remote != "", rows: rows, log: log, pack: l.Pack, costs: l.Costs}
	g.ctx, g.cancel = context.WithCancel(context.WithoutCancel(ctx))
	if g.planning, err = p.dial(ctx); err == nil {
		err = g.call(ctx, g.planning, nil, "awaitEnvironment")
	}
	if err != nil {
		g.Close()
		return nil, err
	}
	return g, nil
}

// Close ends the JVM, all its jobs, and all pending calls. On an existing cluster it ends only queries.
func (g *Gateway) Close() {
	if g.remote {
		g.leave()
	}
	g.mu.Lock()
	g.done = true
	idle := g.idle
	g.idle = nil
	g.mu.Unlock()
	g.cancel()
	g.process.kill()
	g.rows.close()
	if g.planning != nil {
		g.planning.Close()
	}
	for _, c := range idle {
		c.Close()
	}
	g.watchers.Wait()
}

// Exited returns a channel that is closed when the JVM has ended, by Close or on its own.
func (g *Gateway) Exited() <-chan struct{} { return g.process.exited }

// Addr returns the address of the Py4J server, and RowsAddr that of the socket to which the sinks of
// queries connect. Both are on loopback and require a token.
func (g *Gateway) Addr() string { return g.process.addr }

// RowsAddr is described at Addr.
func (g *Gateway) RowsAddr() string { return g.rows.listener.Addr().String() }

// PID returns the process id of the JVM.
func (g *Gateway) PID() int { return g.process.cmd.Process.Pid }

// Log returns the path of the JVM's log.
func (g *Gateway) Log() string { return g.process.log }

// Configure sets the session's settings to options. Every other setting returns to its value at the
// start. It fails if there is no data for the time zone, which the results of queries need.
func (g *Gateway) Configure(ctx context.Context, options map[string]string) error {
	var a struct {
		Zone string `json:"zone"`
	}
	if err := g.plan(ctx, &a, "configure", map[string]any{"options": options}); err != nil {
		return err
	}
	zone, isSet := options["table.local-time-zone"]
	if _, err := location(a.Zone); err != nil && isSet {
		return &gateway.Fault{Diagnosis: gateway.Diagnosis{Message: "the data of the time zone " + zone + " was not found", At: zone, Hint: zoneHint}}
	}
	return nil
}

// TrySetting checks that a job can have a setting, and sets nothing.
func (g *Gateway) TrySetting(ctx context.Context, key, value string) error {
	return g.plan(ctx, nil, "trySetting", map[string]any{"key": key, "value": value})
}

// Register replaces all functions that it has registered before. If Flink rejects one of the new
// functions, the earlier ones stay registered, and no other.
func (g *Gateway) Register(ctx context.Context, functions []gateway.Function) error {
	request := map[string]any{"functions": functions}
	switch shipped, err := g.ship(ctx, functions); {
	case err != nil:
		return err
	case shipped != nil:
		request["shipped"] = shipped
	}
	return g.plan(ctx, nil, "register", request)
}

// Names returns the names that are visible in the current catalog and database.
func (g *Gateway) Names(ctx context.Context) (gateway.Names, error) {
	var n gateway.Names
	return n, g.call(ctx, g.planning, &n, "names")
}

// Columns returns the columns of tables of the current database, by table.
func (g *Gateway) Columns(ctx context.Context, tables []string) (map[string][]gateway.Column, error) {
	var a struct {
		Tables map[string][]gateway.Column `json:"tables"`
	}
	err := g.plan(ctx, &a, "columns", map[string]any{"tables": tables})
	return a.Tables, err
}

// AwaitJob waits for a job's end. It returns nil if the job finished, [gateway.ErrCancelled], or a
// [*gateway.Fault] if it failed.
func (g *Gateway) AwaitJob(ctx context.Context, job string) error {
	var end struct {
		State string     `json:"state"`
		Fault *exception `json:"fault"`
	}
	err := g.control(ctx, &end, "awaitJob", job)
	switch {
	case err != nil:
		return err
	case end.Fault != nil:
		if dir := filepath.Dir(g.process.log); !g.remote && deleted(dir) {
			return folderDeleted(dir, end.Fault)
		}
		end.Fault.remote, end.Fault.ofJob = g.remote, true
		end.Fault.file = g.fileRead(end.Fault.Task)
		return end.Fault.fault()
	case end.State == "CANCELED":
		return gateway.ErrCancelled
	}
	return nil
}

// folderDeleted explains the failure of a job after the gateway's folder was deleted: functions
// start from there, and large results are written there.
func folderDeleted(dir string, f *exception) error {
	return &gateway.Fault{Trace: f.Trace, Diagnosis: gateway.Diagnosis{
		Message: "riffle's folder " + dir + " has been deleted",
		Hint:    "restart riffle: functions and large results need the folder",
	}}
}

// deleted reports whether a gateway's folder was deleted. Flink recreates parts of it, but not
// the configuration of its log.
func deleted(dir string) bool {
	_, err := os.Stat(filepath.Join(dir, loggingFile))
	return errors.Is(err, fs.ErrNotExist)
}

// CancelJob requests the cancellation of a job.
func (g *Gateway) CancelJob(ctx context.Context, job string) error {
	return g.control(ctx, nil, "cancelJob", job)
}

// FunctionReports returns the last report of each worker that runs the functions of a job.
func (g *Gateway) FunctionReports(ctx context.Context, job string) ([]string, error) {
	var a struct {
		Reports []string `json:"reports"`
	}
	return a.Reports, g.control(ctx, &a, "functionReports", job)
}

// AwaitCluster waits until jobs can run and returns the REST endpoint's address.
func (g *Gateway) AwaitCluster(ctx context.Context) (string, error) {
	var a struct {
		REST string `json:"rest"`
	}
	return a.REST, g.control(ctx, &a, "awaitCluster")
}

// exit ends the JVM in an orderly way and waits for it.
func (g *Gateway) exit(ctx context.Context) error {
	c, err := g.connection(ctx)
	if err != nil {
		return err
	}
	defer c.Close()
	if _, err := c.Call(ctx, py4j.EntryPoint, "exit"); err != nil {
		return err
	}
	select {
	case <-g.Exited():
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

func (g *Gateway) plan(ctx context.Context, result any, method string, request any) error {
	text, err := json.Marshal(request)
	if err != nil {
		return err
	}
	return g.call(ctx, g.planning, result, method, string(text))
}

// control makes a call on a connection of its own, so that it neither waits for planning nor
// delays it. If ctx ends first, the connection is abandoned.
func (g *Gateway) control(ctx context.Context, result any, method string, args ...any) error {
	c, err := g.connection(ctx)
	if err != nil {
		return err
	}
	err = g.call(ctx, c, result, method, args...)
	var fault *gateway.Fault
	g.mu.Lock()
	defer g.mu.Unlock()
	if (err == nil || errors.As(err, &fault)) && !g.done {
		g.idle = append(g.idle, c)
	} else {
		c.Close()
	}
	return err
}

func (g *Gateway) connection(ctx context.Context) (*py4j.Conn, error) {
	g.mu.Lock()
	if n := len(g.idle); n > 0 {
		c := g.idle[n-1]
		g.idle = g.idle[:n-1]
		g.mu.Unlock()
		return c, nil
	}
	g.mu.Unlock()
	return g.process.dial(ctx)
}

func (g *Gateway) call(ctx context.Context, c *py4j.Conn, result any, method string, args ...any) error {
	value, err := c.Call(ctx, py4j.EntryPoint, method, args...)
	if err != nil {
		if lost := g.lossBehind(ctx, c, err); lost != nil {
			return lost
		}
		return fmt.Errorf("gateway %s: %w", method, err)
	}
	text, ok := value.(string)
	if !ok {
		return fmt.Errorf("gateway %s answered %T", method, value)
	}
	if err := decode(text, result, g.remote); err != nil {
		var fault *gateway.Fault
		if errors.As(err, &fault) {
			return fault
		}
		return fmt.Errorf("gateway %s: unreadable answer: %w", method, err)
	}
	return nil
}

// lossBehind returns the loss of the JVM that made a call fail on a connection, or nil. If the JVM lives on after the
// connection for planning is lost, it is ended: the session could not plan any more.
func (g *Gateway) lossBehind(ctx context.Context, c *py4j.Conn, err error) error {
	if !errors.Is(err, py4j.ErrLost) && !errors.Is(err, py4j.ErrClosed) {
		return nil
	}
	if g.process.endsSoon(ctx) {
		return g.process.diagnose(errors.New("the Flink JVM has ended"))
	}
	if c != g.planning || ctx.Err() != nil {
		return nil
	}
	g.process.kill()
	return g.process.diagnose(fmt.Errorf("riffle has ended the Flink JVM: %w", err))
}
