// Package flink is riffle's way into Flink: it launches a JVM with the gateway
// (package jvm holds its Java side), plans and runs statements there, and
// receives the rows of queries.
//
// A statement goes out through Gateway.Execute, on the one planning connection,
// and comes back as an Answer: done, a few rows, a job, or a Query. A query's
// rows do not take that way. Flink's sink tasks connect to the gateway's
// receiver (receiver.go), say in a hello which query and subtask they are
// (package frame), and send Arrow record batches, which Query.Next delivers.
//
// Nothing outside this package knows a Flink version.
package flink

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"log/slog"
	"os"
	"path/filepath"
	"sync"
	"time"

	"github.com/apache/arrow/go/v15/arrow"

	"riffle/session/py4j"
	"riffle/udfhost/coder"
)

// Gateway is a running JVM with a table environment and a cluster.
type Gateway struct {
	process *process
	rows    *receiver
	log     *slog.Logger

	// planning is the connection for everything that plans. Calcite keeps state
	// in thread-locals, and a connection is a thread: see Environment.java.
	planning *py4j.Conn

	mu   sync.Mutex
	idle []*py4j.Conn // for everything else
	done bool

	fresh freshness // of what Health tells

	watchers sync.WaitGroup
	ctx      context.Context // ends with the gateway
	cancel   context.CancelFunc
}

// Start launches a JVM and returns when its table environment is there. The
// cluster may still be starting: the first job waits for it.
func Start(ctx context.Context, l Launch, log *slog.Logger) (*Gateway, error) {
	rows, err := listenForRows(log)
	if err != nil {
		return nil, err
	}
	p, err := startProcess(ctx, l)
	if err != nil {
		rows.close()
		return nil, err
	}
	g := &Gateway{process: p, rows: rows, log: log}
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

// Close ends the JVM with all its jobs, and everything that waits for it.
func (g *Gateway) Close() {
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

// Exited is closed when the JVM has ended, wanted or not.
func (g *Gateway) Exited() <-chan struct{} { return g.process.exited }

// Addr is the address of the Py4J server, and RowsAddr that of the socket where
// the sinks of queries connect. Both are on loopback and want a token.
func (g *Gateway) Addr() string { return g.process.addr }

// RowsAddr is described at Addr.
func (g *Gateway) RowsAddr() string { return g.rows.listener.Addr().String() }

// PID is the process id of the JVM.
func (g *Gateway) PID() int { return g.process.cmd.Process.Pid }

// Log is the path of the JVM's log.
func (g *Gateway) Log() string { return g.process.log }

// Answer is what a statement came to. Exactly one of Query, Job and Rows is set,
// or none: the statement is done and has nothing to show.
type Answer struct {
	Query   *Query
	Job     string       // id of a job without rows of its own (INSERT …)
	Bounded bool         // whether that job ends by itself
	Rows    *LocalResult // the statement's own few rows (SHOW …, DESCRIBE …)
	LogEnd  int64        // of the JVM's log before it, see Complaints
	// Journal is a statement that brings the effect of this one back in another
	// gateway; "" if nothing of it is lost with this gateway.
	Journal string
	// Function is the last part of the name of the function that Journal makes, changes
	// or drops; "" for none.
	Function string
	// Unstable are functions that are not deterministic and that a query or a job
	// calls for rows which are taken back.
	Unstable []string
	// Functions are the Go functions that the plan of a query or a job calls.
	Functions []string
	// Undeclared is the Go function that the statement drops, which whoever has
	// declared it is to do; "" for none.
	Undeclared string
	// Replaced is what a function that the statement created replaces, and Hides are
	// the Go functions that now have the names of functions of a module.
	Replaced Verdict
	Hides    []string
}

// LocalResult is a result that is here already. The receiver Releases the records.
type LocalResult struct {
	Schema   *arrow.Schema // data columns, then __kind
	Records  []arrow.Record
	Location *time.Location      // of TIMESTAMP_LTZ values
	Texts    map[string][]string // see Query
}

// planned is the gateway's answer to a statement, see Environment.java.
type planned struct {
	Kind    string     `json:"kind"`
	Job     string     `json:"job"`
	Schema  []byte     `json:"schema"`
	Rows    []byte     `json:"rows"`
	Kinds   []string   `json:"kinds"`
	Keys    [][]int    `json:"keys"`
	Order   []OrderKey `json:"order"`
	Hidden  int        `json:"hidden"`
	Limit   int64      `json:"limit"`
	Bounded bool       `json:"bounded"`
	Journal string     `json:"journal"`
	// Function is described at Answer.
	Function string `json:"function"`
	// Unstable are described at Answer.
	Unstable []string `json:"unstable"`
	// Texts are the columns with values that travel as text, and the types of these.
	Texts map[string][]string `json:"texts"`
	Zone  string              `json:"zone"` // see location

	Functions  []string `json:"functions"`
	Undeclared string   `json:"undeclared"`
	Replaced   string   `json:"replaced"`
	Hides      []string `json:"hides"`

	err error
}

// Execute plans and runs one statement, without its semicolon. If it is a query,
// it runs under the given name, which must not be in use.
//
// Planning cannot be stopped from here. If ctx ends during it, Execute returns
// at once, and a job that comes of it after all is cancelled.
func (g *Gateway) Execute(ctx context.Context, sql, name string) (Answer, error) {
	q := newQuery(g, g.rows, name)
	g.rows.add(q) // before the job exists: its sink may connect at any time
	logEnd := g.LogEnd()
	result := make(chan planned, 1)
	g.watchers.Go(func() {
		var p planned
		p.err = g.plan(g.ctx, &p, "execute", map[string]any{"sql": sql, "sink": g.rows.sinkOptions(name)})
		result <- p
	})
	var answer Answer
	var err error
	select {
	case p := <-result:
		answer, err = g.answer(p, q)
	case <-ctx.Done():
		err = ctx.Err()
		g.watchers.Go(func() {
			if p := <-result; p.Job != "" {
				g.giveUp(p.Job)
			}
		})
	}
	answer.LogEnd = logEnd
	if answer.Query == nil {
		g.rows.remove(q)
		q.drop()
	}
	return answer, err
}

// giveUp cancels a job that no statement wants any more.
func (g *Gateway) giveUp(job string) {
	if err := g.CancelJob(g.ctx, job); err != nil {
		g.log.Warn("a job whose statement was given up goes on", "job", job, "error", err)
	}
}

func (g *Gateway) answer(p planned, q *Query) (Answer, error) {
	switch {
	case p.err != nil:
		return Answer{}, p.err
	case p.Kind == "query":
		schema, err := decodeSchema(p.Schema)
		if err == nil {
			q.Location, err = location(p.Zone)
		}
		if err != nil {
			g.watchers.Go(func() { g.giveUp(p.Job) })
			return Answer{}, err
		}
		q.Job, q.Schema, q.Kinds, q.Keys, q.Bounded, q.Texts = p.Job, schema, p.Kinds, p.Keys, p.Bounded, p.Texts
		q.Limit = p.Limit
		q.Order, q.Hidden = p.Order, p.Hidden
		close(q.described)
		g.watchers.Go(func() { q.watch(g.ctx) })
		return Answer{Query: q, Functions: p.Functions, Unstable: p.Unstable}, nil
	case p.Kind == "job":
		return Answer{Job: p.Job, Bounded: p.Bounded, Journal: p.Journal, Functions: p.Functions, Unstable: p.Unstable}, nil
	case p.Kind == "rows":
		local, err := decodeRows(p.Rows)
		if err == nil {
			local.Texts = p.Texts
			local.Location, err = location(p.Zone)
		}
		return Answer{Rows: local, Journal: p.Journal}, err
	}
	return Answer{Journal: p.Journal, Function: p.Function, Undeclared: p.Undeclared, Replaced: Verdict{Other: p.Replaced}, Hides: p.Hides}, nil
}

func decodeSchema(message []byte) (*arrow.Schema, error) {
	r, err := coder.NewStreamReader(bytes.NewReader(message))
	if err != nil {
		return nil, fmt.Errorf("read the result's schema: %w", err)
	}
	defer r.Release()
	return r.Schema(), nil
}

func decodeRows(stream []byte) (*LocalResult, error) {
	r, err := coder.NewStreamReader(bytes.NewReader(stream))
	if err != nil {
		return nil, fmt.Errorf("read the result: %w", err)
	}
	defer r.Release()
	local := &LocalResult{Schema: r.Schema()}
	for {
		record, err := r.Next()
		if err == io.EOF {
			return local, nil
		}
		if err != nil {
			for _, r := range local.Records {
				r.Release()
			}
			return nil, fmt.Errorf("read the result: %w", err)
		}
		local.Records = append(local.Records, record)
	}
}

// Configure makes options the session's settings; every other setting has its
// start value again.
func (g *Gateway) Configure(ctx context.Context, options map[string]string) error {
	return g.plan(ctx, nil, "configure", map[string]any{"options": options})
}

// Function is a scalar function to register: Flink sends its arguments to the
// Fn API harness, as Arrow batches, with the payload to tell what to do.
type Function struct {
	Name      string   `json:"name"`
	Payload   []byte   `json:"payload"`
	Arguments []string `json:"arguments"` // SQL types; see ArgumentTypes.java
	Result    string   `json:"result"`
	// ByRow: the function gets its arguments row by row, and not as Arrow columns.
	ByRow bool `json:"byRow,omitempty"`
	// Skips leaves out the rows that the function host says are not to be kept.
	Skips bool `json:"skips,omitempty"`
	// Varies: equal arguments can have different results.
	Varies bool `json:"varies,omitempty"`
}

// Register registers functions in place of all that it has registered before. If
// Flink refuses one of them, those before are still there, and no other.
func (g *Gateway) Register(ctx context.Context, functions []Function) error {
	return g.plan(ctx, nil, "register", map[string]any{"functions": functions})
}

// Names are what a statement can refer to.
type Names struct {
	Catalog   string   `json:"catalog"`   // the current one
	Database  string   `json:"database"`  // the current one
	Tables    []string `json:"tables"`    // and views, of the current database
	Views     []string `json:"views"`     // of the current database
	Functions []string `json:"functions"` // the user's own that can be called by one word
	Catalogs  []string `json:"catalogs"`
	Databases []string `json:"databases"` // of the current catalog
	// BuiltIn are the functions of Flink and its modules that SQL can call.
	BuiltIn []BuiltIn `json:"builtIn"`
}

// BuiltIn is a function with the forms of its calls, a line each.
type BuiltIn struct {
	Name  string `json:"name"`
	Forms string `json:"forms"`
}

// Names lists what is visible in the current catalog and database.
func (g *Gateway) Names(ctx context.Context) (Names, error) {
	var n Names
	return n, g.call(ctx, g.planning, &n, "names")
}

// Column is a column of a table, with its SQL type.
type Column struct {
	Name string `json:"name"`
	Type string `json:"type"`
}

// Columns are those of tables of the current database, by table.
func (g *Gateway) Columns(ctx context.Context, tables []string) (map[string][]Column, error) {
	var a struct {
		Tables map[string][]Column `json:"tables"`
	}
	err := g.plan(ctx, &a, "columns", map[string]any{"tables": tables})
	return a.Tables, err
}

// AwaitJob waits for a job's end: nil if it finished, [ErrCancelled], or a
// [*Fault] if it failed.
func (g *Gateway) AwaitJob(ctx context.Context, job string) error {
	var end struct {
		State string `json:"state"`
		Fault *Fault `json:"fault"`
	}
	err := g.control(ctx, &end, "awaitJob", job)
	switch {
	case err != nil:
		return err
	case end.Fault != nil:
		if dir := filepath.Dir(g.process.log); deleted(dir) {
			return &FolderError{Dir: dir, Err: end.Fault}
		}
		return end.Fault
	case end.State == "CANCELED":
		return ErrCancelled
	}
	return nil
}

// FolderError is the failure of a job after the gateway's folder was deleted:
// functions start from there, and large results are put there.
type FolderError struct {
	Dir string
	Err error
}

func (e *FolderError) Error() string { return "riffle's folder " + e.Dir + " has been deleted" }

func (e *FolderError) Unwrap() error { return e.Err }

// deleted tells whether a gateway's folder was. Flink makes parts of it anew, but
// not the configuration of its log.
func deleted(dir string) bool {
	_, err := os.Stat(filepath.Join(dir, loggingFile))
	return errors.Is(err, fs.ErrNotExist)
}

// CancelJob asks for a job's cancellation.
func (g *Gateway) CancelJob(ctx context.Context, job string) error {
	return g.control(ctx, nil, "cancelJob", job)
}

// RunningJobs are the ids of the session's jobs that have not ended.
func (g *Gateway) RunningJobs(ctx context.Context) ([]string, error) {
	var a struct {
		Jobs []struct {
			ID string `json:"id"`
		} `json:"jobs"`
	}
	if err := g.control(ctx, &a, "runningJobs"); err != nil {
		return nil, err
	}
	ids := make([]string, len(a.Jobs))
	for i, job := range a.Jobs {
		ids[i] = job.ID
	}
	return ids, nil
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

// control makes a call on a connection of its own, so that it neither waits for
// planning nor holds it up. If ctx ends first the connection is given up.
func (g *Gateway) control(ctx context.Context, result any, method string, args ...any) error {
	c, err := g.connection(ctx)
	if err != nil {
		return err
	}
	err = g.call(ctx, c, result, method, args...)
	var fault *Fault
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
		if ctx.Err() == nil && g.lost() {
			return g.process.diagnose(errors.New("flink's JVM has ended"))
		}
		return fmt.Errorf("gateway %s: %w", method, err)
	}
	text, ok := value.(string)
	if !ok {
		return fmt.Errorf("gateway %s answered %T", method, value)
	}
	if err := decode(text, result); err != nil {
		var fault *Fault
		if errors.As(err, &fault) {
			return fault
		}
		return fmt.Errorf("gateway %s: unreadable answer: %w", method, err)
	}
	return nil
}

// lost tells whether the JVM is gone; a cut connection is noticed a moment
// before the process is.
func (g *Gateway) lost() bool {
	select {
	case <-g.process.exited:
		return true
	case <-time.After(200 * time.Millisecond):
		return false
	}
}
