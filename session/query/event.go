package query

import (
	"strings"
	"time"

	"github.com/apache/arrow/go/v15/arrow"

	"riffle/session/changelog"
	"riffle/session/sqltext"
)

// Event is something that happens to a query. The set is closed: Started comes first, then any
// number of Batch, Progress, Notice, Printed, FailedRows, Restarted and Failing, and Ended comes last.
type Event interface{ event() }

// Started describes the query and its rows.
type Started struct {
	Query string       // the session's name of the query, e.g. q3
	Span  sqltext.Span // of the statement in its cell's text
	Job   string       // Flink's job id; "" for a result without a job (SHOW …)

	// Schema has the data columns and then the row kind, see package changelog; nil for a job
	// without rows of its own (INSERT …).
	Schema *arrow.Schema
	// Order is how ORDER BY sorts the rows that a View shows; empty if they arrive in the
	// order in which they are to be shown. Changes are not sorted.
	Order []changelog.Key
	// sent is the schema of batches. It also has the columns of Order that the query does not
	// select, before the row kind. It is nil if the query selects every sort key.
	sent  *arrow.Schema
	Kinds []string // row kinds that can occur, e.g. "+I", "-U", "+U"
	// UpsertKeys are the upsert keys of the plan, as column indexes, the shortest first; empty
	// if only its whole value identifies a row.
	UpsertKeys [][]int
	Bounded    bool // the query ends by itself
	Attached   bool // the job was not submitted by this session
	// Limit is the number of rows at which the result is complete, whether its job ends by
	// itself or not; 0 if unknown.
	Limit int64
	// Constant says that the query reads nothing but constants, see gateway.Result.
	Constant bool
	// Location is the time zone in which TIMESTAMP_LTZ values are shown: the value of
	// table.local-time-zone when the query began.
	Location *time.Location
	// Functions are the Go functions that the plan calls.
	Functions []string
	Text      bool // the rows are one text of several lines (EXPLAIN, SHOW CREATE …)
}

// Updating reports whether rows can be updated or retracted later.
func (s Started) Updating() bool {
	for _, kind := range s.Kinds {
		if kind != "+I" {
			return true
		}
	}
	return false
}

// Folded describes what the table does with rows that change although the plan only adds rows,
// see changelog.Stats.Widened.
func (s Started) Folded() string {
	if len(s.UpsertKeys) == 0 {
		return "rows change although the plan is append-only: without a key, a changed row is added again"
	}
	schema := s.Schema
	if s.sent != nil {
		schema = s.sent
	}
	var key []string
	for _, column := range s.UpsertKeys[0] {
		key = append(key, schema.Field(column).Name)
	}
	return "rows change although the plan is append-only: they replace rows with the same " + strings.Join(key, ", ")
}

// Batch is a record batch of changes, with the columns that the query's table needs. A subscriber
// that shows changes takes their Visible part. Only lossless subscribers get batches. The query
// adds a reference for each of them. The subscriber owns that reference and must release it once.
type Batch struct {
	Changes int64 // received by the query so far, including this batch
	Record  arrow.Record
}

// Progress says that there are more changes. Changes is the total number so far. Only ProgressOnly
// subscribers get it. An unread Progress is replaced by the next one.
type Progress struct{ Changes int64 }

// Notice is a line for the user.
type Notice struct {
	Text string
	// Passing: it describes a state that can end by itself, such as rows that have not come yet,
	// and not the result.
	Passing bool
}

// Printed is a line that a function of the query printed. Lines that exceed a rate or a total
// number are suppressed and counted.
type Printed struct {
	Query    string
	Function string // "" if the line was printed before the first call
	Text     string // as printed, without the line end: not safe for a terminal
	// Suppressed is the number of lines suppressed since the last Printed. At the end of a
	// query there may be a Printed that only has this number.
	Suppressed int64
	Last       bool // no more lines are shown, further ones are only counted
}

// FailedRows reports rows for which a function failed without failing the query
// (riffle.functions.on-error). One comes before Ended for each such function. For a query that does
// not end by itself, one also comes with the first such row.
type FailedRows struct {
	Function string
	Rows     int64 // a row counts once for each place that calls the function for it
	Table    bool  // it is a table function, which keeps the results that it had before
	Skipped  bool  // the rows were skipped; otherwise the function returned NULL
	First    string
}

// Restarted says that the job has restarted. Everything received before is void, and the batches
// that follow contain the whole table.
type Restarted struct{ Reason string }

// Failing says that the job has failed, and that Flink restarts it. It comes once for each reason.
type Failing struct {
	Reason string // one line
	Hint   string // the next step; "" if unknown
}

// EndState says how a query ended.
type EndState uint8

// How queries end.
const (
	Finished EndState = iota
	Cancelled
	Failed
)

func (s EndState) String() string {
	return [...]string{"finished", "cancelled", "failed"}[s]
}

// Ended is the last event.
type Ended struct {
	State   EndState
	Rows    int64 // changes received
	Writes  bool  // the job has written its rows elsewhere, and Rows is 0
	Elapsed time.Duration
	Err     error // an *Error if the query failed
}

func (Started) event()    {}
func (Batch) event()      {}
func (Progress) event()   {}
func (Notice) event()     {}
func (Printed) event()    {}
func (FailedRows) event() {}
func (Restarted) event()  {}
func (Failing) event()    {}
func (Ended) event()      {}
