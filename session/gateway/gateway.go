// Package gateway defines what the session needs from Flink, as plain data. The session
// calls a Gateway, and package flink implements it for a real JVM. This package starts nothing,
// connects to nothing and parses nothing, so a test can script a Gateway of its own.
//
// A statement is sent by Execute and returns as an Answer. If the statement is done, the
// answer has no Job. If it returns rows, the answer has a Result that describes them. The rows
// are in Records if they are already available. Otherwise a Query sends them, one Delivery
// after the other, while the job runs. Errors of a statement or a job are *Fault. A call to
// a gateway that is gone returns a *LostError.
package gateway

import (
	"context"
	"errors"
	"time"

	"github.com/apache/arrow/go/v15/arrow"
)

// Gateway is a running Flink with one table environment. Statements are planned one after the
// other. The other methods may be called at any time.
type Gateway interface {
	// Execute plans and runs one statement. If it starts a query, the query has the given name.
	Execute(ctx context.Context, sql, name string) (Answer, error)
	// Abandoned reports whether a statement whose caller gave up is still being planned. The
	// next statement waits for it.
	Abandoned() bool
	// Configure sets the settings to options: those that differ from the settings at the start.
	Configure(ctx context.Context, options map[string]string) error
	// TrySetting returns an error if no job could have a setting. It changes nothing.
	TrySetting(ctx context.Context, key, value string) error
	// Register replaces the session's Go functions with functions. If it fails, the functions
	// of before are still registered.
	Register(ctx context.Context, functions []Function) error
	// Judge checks whether functions can have their names, and registers nothing. It returns
	// one verdict for each function.
	Judge(ctx context.Context, functions []Named) ([]Verdict, error)
	// Parses reports whether the parser reads a text as one statement.
	Parses(ctx context.Context, sql string) (bool, error)
	Names(ctx context.Context) (Names, error)
	// Columns returns the columns of tables of the current database, by table.
	Columns(ctx context.Context, tables []string) (map[string][]Column, error)
	// Settings returns the keys of all options that Flink knows, including deprecated ones.
	// Options describes those to offer in completion.
	Settings(ctx context.Context) ([]string, error)
	Options(ctx context.Context) ([]Option, error)
	// Factories returns the factories that WITH can name, including those in the session's jars.
	Factories(ctx context.Context) ([]Factory, error)
	// AwaitJob waits for a job's end. It returns nil if the job finished, [ErrCancelled], or a
	// *Fault.
	AwaitJob(ctx context.Context, job string) error
	CancelJob(ctx context.Context, job string) error
	Health(ctx context.Context, job string) (Health, error)
	// Restarts returns how often Flink has restarted a job. It asks for less than Health.
	Restarts(ctx context.Context, job string) (Restarts, error)
	// FunctionReports returns the last report of each worker that runs the functions of a job on a
	// cluster, as package engine writes it.
	FunctionReports(ctx context.Context, job string) ([]string, error)
	// Complaints returns the problems that connectors have logged since a position in the log,
	// the last first; see [Answer.LogEnd].
	Complaints(from int64) ([]Complaint, error)
	// Exited returns a channel that is closed when the gateway is lost. From then on its
	// methods return a *LostError.
	Exited() <-chan struct{}
	Close()
}

// Answer is the result of a statement.
type Answer struct {
	Job     string // Flink's id of the job that the statement started; "" if the statement is done
	Bounded bool   // the job ends by itself
	// Result describes the rows; nil if there is nothing to show.
	Result *Result
	// Query sends the rows of Result while the job runs; nil without a job, or if the job has
	// no rows of its own (INSERT …).
	Query Query
	// Records are rows of Result that are already available (SHOW …, DESCRIBE …). The receiver
	// releases them.
	Records []arrow.Record
	// Jobs are the jobs that a procedure (CALL …) has submitted and that have not finished
	// successfully by the time it returns Records.
	Jobs   []SubmittedJob
	LogEnd int64 // the end of Flink's log before the statement, see [Gateway]'s Complaints
	// Journal is a statement that restores the effect of this one in another gateway; "" if
	// nothing of it is lost with this gateway. An answer that comes with an error has it too,
	// if the statement has had its effect.
	Journal string
	// Function is the last part of the name of the function that Journal creates, alters or
	// drops, or "".
	Function string
	// Unstable are functions that are not deterministic and that a query or a job calls for
	// rows that are retracted.
	Unstable []string
	// Uncommitted are tables into which an unbounded job writes rows that only a checkpoint
	// commits, while no checkpoints run.
	Uncommitted []string
	// Functions are the Go functions that the plan of a query or a job calls.
	Functions []string
	// Undeclared is the Go function that the statement drops, or "". The session, which has
	// declared it, removes it.
	Undeclared string
	// Replaced says what the created function replaces. Hides are the Go functions that are now
	// hidden by functions of a module.
	Replaced Verdict
	Hides    []string
}

// SubmittedJob is a job that a procedure submitted.
type SubmittedJob struct {
	ID      string
	Bounded bool // the job ends by itself
}

// Result describes the rows of a statement.
type Result struct {
	Schema *arrow.Schema // data columns, then the row kind, see package changelog
	Kinds  []string      // row kinds that can occur: "+I", "-U", "+U", "-D"
	Keys   [][]int       // upsert keys as column indexes, the shortest first
	// Order is how ORDER BY sorts the rows; empty if they arrive in the order in which they
	// are to be shown. Sort keys that the query does not select are the last Hidden data
	// columns.
	Order  []OrderKey
	Hidden int
	// Limit is the number of rows at which the result is complete although its job may
	// continue; 0 if the plan does not say. Such a result only adds rows.
	Limit int64
	// Constant says that the query reads nothing but constants (SELECT 1), so its job ends by itself when it has sent
	// its rows.
	Constant bool
	// Location is the time zone of TIMESTAMP_LTZ values: table.local-time-zone when
	// the statement was planned.
	Location *time.Location
	// Texts maps the columns whose values travel as text to their types: VARIANT, RAW and
	// BITMAP.
	Texts map[string][]string
}

// OrderKey is a column by which rows are sorted.
type OrderKey struct {
	Column     int  `json:"column"`
	Descending bool `json:"descending"`
	NullsLast  bool `json:"nullsLast"`
}

// Query sends the rows of a job. A query that is not read to its end must be cancelled.
type Query interface {
	// Next returns the next delivery. At the end it returns io.EOF if the job finished and
	// all rows have arrived, [ErrCancelled] after Cancel, and otherwise the error, which is a
	// *Fault if the job failed. Only one goroutine may call it.
	Next(ctx context.Context) (Delivery, error)
	// Cancel cancels the job. It returns when Flink has accepted the request. Next reports the
	// end.
	Cancel(ctx context.Context) error
	// Disconnected reports whether a task that sends rows has lost its connection and no other one has replaced it, while
	// the job has not ended. Flink may notice the loss of a TaskManager much later.
	Disconnected() bool
}

// Delivery is a record batch, or the notice that the job has restarted.
type Delivery struct {
	Subtask, Attempt int
	Record           arrow.Record // owned by the receiver, which must release it
	Restarted        bool         // without a record: all earlier deliveries are void
}

// ErrCancelled is the result of a job that was cancelled.
var ErrCancelled = errors.New("cancelled")

// Function is a Go function to register. Flink sends its arguments to the function host. The
// payload says which function to call.
type Function struct {
	Name       string      `json:"name"`
	Payload    []byte      `json:"payload"` // its kind and options, see package payload
	Parameters []Parameter `json:"parameters"`
	Result     string      `json:"result"` // a SQL type
}

// Parameter is a parameter of a Function.
type Parameter struct {
	Name string `json:"name"` // by which calls can name an argument
	Type string `json:"type"` // a SQL type
	// Default is an expression in SQL that has the type; "" if the parameter is required.
	Default string `json:"default,omitempty"`
	// Struct is the name of the Go struct whose fields a ROW becomes, or "".
	Struct string `json:"struct,omitempty"`
}
