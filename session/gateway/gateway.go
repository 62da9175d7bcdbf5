// Package gateway is what the session needs of a Flink, in plain data: the
// session calls a Gateway, and package flink implements it for a real JVM. Nothing
// here starts, connects or parses anything, so a test can script a Gateway of its own.
//
// A statement goes out through Execute and comes back as an Answer. One that is done
// has no Job. One that shows something has a Result, which describes its rows: they
// are in Records if they are here already, and else a Query sends them one Delivery
// after the other while the job runs. What is wrong with a statement or a job comes as
// a *Fault, and what needs a gateway that is gone comes to a *LostError.
package gateway

import (
	"context"
	"errors"
	"time"

	"github.com/apache/arrow/go/v15/arrow"
)

// Gateway is a running Flink with one table environment. Statements are planned one
// after the other; the other methods may be called at any time.
type Gateway interface {
	// Execute plans and runs one statement; a query of it runs under name.
	Execute(ctx context.Context, sql, name string) (Answer, error)
	// Abandoned tells whether a statement that was given up is still being planned:
	// the next one waits for it.
	Abandoned() bool
	// Configure makes options the settings that differ from the start.
	Configure(ctx context.Context, options map[string]string) error
	// Register makes functions the session's Go functions, in place of all that were
	// registered before. If it fails, those before are still registered.
	Register(ctx context.Context, functions []Function) error
	// Judge asks whether functions can have their names, and registers nothing. There
	// is one verdict for each.
	Judge(ctx context.Context, functions []Named) ([]Verdict, error)
	// Parses tells whether the parser reads a text as one statement.
	Parses(ctx context.Context, sql string) (bool, error)
	Names(ctx context.Context) (Names, error)
	// Columns are those of tables of the current database, by table.
	Columns(ctx context.Context, tables []string) (map[string][]Column, error)
	// Settings are the options that Flink knows, older keys too, and Options describes
	// those to offer.
	Settings(ctx context.Context) ([]string, error)
	Options(ctx context.Context) ([]Option, error)
	// Factories are what WITH can name, those of the session's jars too.
	Factories(ctx context.Context) ([]Factory, error)
	// AwaitJob waits for a job's end: nil if it finished, [ErrCancelled], or a *Fault.
	AwaitJob(ctx context.Context, job string) error
	CancelJob(ctx context.Context, job string) error
	Health(ctx context.Context, job string) (Health, error)
	// Complaints are what connectors have logged as wrong from a place of the log on,
	// the last first; see [Answer.LogEnd].
	Complaints(from int64) ([]Complaint, error)
	// Exited is closed when the gateway is lost: from then on its methods return
	// a *LostError.
	Exited() <-chan struct{}
	Close()
}

// Answer is what a statement came to.
type Answer struct {
	Job     string // Flink's id of the job that it started; "" if it is done
	Bounded bool   // the job ends by itself
	// Result describes the rows; nil if there is nothing to show.
	Result *Result
	// Query sends the rows of Result while the job runs; nil without a job or if the
	// job has no rows of its own (INSERT …).
	Query Query
	// Records are the rows of Result that are here already (SHOW …, DESCRIBE …). The
	// receiver Releases them.
	Records []arrow.Record
	// Jobs are those that a procedure has submitted (CALL …) and that have not ended
	// well by the time it returns Records.
	Jobs   []SubmittedJob
	LogEnd int64 // of Flink's log before the statement, see [Gateway]'s Complaints
	// Journal is a statement that brings the effect of this one back in another
	// gateway; "" if nothing of it is lost with this gateway. It is set in an answer
	// that comes with an error, too, if the statement has had its effect.
	Journal string
	// Function is the last part of the name of the function that Journal makes, changes
	// or drops; "" for none.
	Function string
	// Unstable are functions that are not deterministic and that a query or a job
	// calls for rows which are taken back.
	Unstable []string
	// Functions are the Go functions that the plan of a query or a job calls.
	Functions []string
	// Undeclared is the Go function that the statement drops: the session, which has
	// declared it, removes it. "" for none.
	Undeclared string
	// Replaced is what a function that the statement created replaces, and Hides are
	// the Go functions that now have the names of functions of a module.
	Replaced Verdict
	Hides    []string
}

// SubmittedJob is a job of a procedure's.
type SubmittedJob struct {
	ID      string
	Bounded bool // it ends by itself
}

// Result describes the rows of a statement.
type Result struct {
	Schema *arrow.Schema // data columns, then the row kind, see package changelog
	Kinds  []string      // row kinds that can occur: "+I", "-U", "+U", "-D"
	Keys   [][]int       // upsert keys as column indexes, the shortest first
	// Order is how ORDER BY sorts the rows; empty where they come in the order in
	// which they are to be shown. Its keys that are not selected are the last
	// Hidden data columns.
	Order  []OrderKey
	Hidden int
	// Limit is the number of rows with which the result is complete although its
	// job may go on; 0 if the plan does not say. Such a result only adds rows.
	Limit int64
	// Location is the time zone of TIMESTAMP_LTZ values: table.local-time-zone when
	// the statement was planned.
	Location *time.Location
	// Texts are the columns with values that travel as text, and the types of
	// these: VARIANT, RAW and BITMAP.
	Texts map[string][]string
}

// OrderKey is a column that rows are sorted by.
type OrderKey struct {
	Column     int  `json:"column"`
	Descending bool `json:"descending"`
	NullsLast  bool `json:"nullsLast"`
}

// Query sends the rows of a job. One that is not read to its end must be cancelled.
type Query interface {
	// Next returns the next delivery. At the end it returns io.EOF if the job finished
	// and all rows are here, [ErrCancelled] after Cancel, and else what went wrong, as
	// a *Fault where the job failed. It has one caller.
	Next(ctx context.Context) (Delivery, error)
	// Cancel ends the job. It returns when Flink has taken the request; Next reports
	// the end.
	Cancel(ctx context.Context) error
}

// Delivery is a record batch or the news that the job was restarted.
type Delivery struct {
	Subtask, Attempt int
	Record           arrow.Record // owned by the receiver, who must Release it
	Restarted        bool         // no record: everything before this is void
}

// ErrCancelled is how a job ends that was cancelled.
var ErrCancelled = errors.New("cancelled")

// Function is a Go function to register: Flink sends its arguments to the function
// host, with the payload to tell what to do.
type Function struct {
	Name      string   `json:"name"`
	Payload   []byte   `json:"payload"`   // its kind and its options too, see package payload
	Arguments []string `json:"arguments"` // SQL types
	Result    string   `json:"result"`    // likewise
}
