package query

import (
	"strings"
	"time"

	"github.com/apache/arrow/go/v15/arrow"

	"riffle/session/changelog"
	"riffle/session/sqltext"
)

// Event is something that happens to a query. The set is closed: Started first,
// then any of Batch, Progress, Notice, Printed, FailedRows and Restarted, and
// Ended last.
type Event interface{ event() }

// Started says what will come.
type Started struct {
	Query string       // the session's name of the query, e.g. q3
	Span  sqltext.Span // the statement in its cell's text
	Job   string       // Flink's job id; "" for a result without a job (SHOW …)

	// Schema has the data columns and then the row kind, see package changelog;
	// nil for a job without rows of its own (INSERT …).
	Schema *arrow.Schema
	// Order is how ORDER BY sorts the rows that a View shows; none where they come
	// in the order in which they are to be shown. Changes are not sorted.
	Order []changelog.Key
	// sent is the schema of batches: it has the columns of Order that are not
	// selected too, before the row kind. nil if each key is selected.
	sent  *arrow.Schema
	Kinds []string // row kinds that can occur, e.g. "+I", "-U", "+U"
	// UpsertKeys are the keys that the plan knows, as column indexes, the
	// shortest first; none if a row is known only by its whole value.
	UpsertKeys [][]int
	Bounded    bool // the query ends by itself
	// Limit is the number of rows with which the result is complete, whether its
	// job ends by itself or not; 0 if that cannot be told.
	Limit int64
	// Location is the time zone in which TIMESTAMP_LTZ values are shown: what
	// table.local-time-zone was when the query began.
	Location *time.Location
	// Functions are the Go functions that its plan calls.
	Functions []string
	Text      bool // the rows are one text of several lines (EXPLAIN, SHOW CREATE …)
}

// Updating tells whether rows are changed or taken back later.
func (s Started) Updating() bool {
	for _, kind := range s.Kinds {
		if kind != "+I" {
			return true
		}
	}
	return false
}

// Folded says, of a result whose plan only adds rows and that changes some all the
// same, what becomes of these in its table: see changelog.Stats.Widened.
func (s Started) Folded() string {
	if len(s.UpsertKeys) == 0 {
		return "rows change although the plan is append-only: without a key, a changed row is added as another row"
	}
	schema := s.Schema
	if s.sent != nil {
		schema = s.sent
	}
	var key []string
	for _, column := range s.UpsertKeys[0] {
		key = append(key, schema.Field(column).Name)
	}
	return "rows change, which the plan does not say: a changed row replaces that of the same " + strings.Join(key, ", ")
}

// Batch is a record batch of changes, with the columns that the query's table needs:
// who shows changes takes their Visible part. It comes to lossless subscribers. The
// query holds a reference for each of them: that subscriber owns it and must Release
// it, once.
type Batch struct {
	Changes int64 // that the query has received, with these
	Record  arrow.Record
}

// Progress says that there are more changes, how many by now. It comes to ProgressOnly
// subscribers, and of several that were not read there is only the last.
type Progress struct{ Changes int64 }

// Notice is a line for the user.
type Notice struct{ Text string }

// Printed is a line that a function of the query printed. Lines beyond a rate
// and beyond a number are held back, and counted.
type Printed struct {
	Query    string
	Function string // "" for what was printed before a call
	Text     string // as it was printed, without its end: not safe for a terminal
	// Suppressed lines were held back since the last Printed; at the end of a query
	// there may be a Printed that says no more than that.
	Suppressed int64
	Last       bool // it is the last line that is shown: the others are only counted
}

// FailedRows tells of rows for which a function failed without failing the
// query, as riffle.functions.on-error says. It comes before Ended for each such
// function, and for a query that does not end by itself with the first row too.
type FailedRows struct {
	Function string
	Rows     int64 // a row counts in each place that calls the function for it
	Skipped  bool  // they were left out; else the results are NULL
	First    string
}

// Restarted makes everything received so far void, since the job began again. Batches
// that follow make the whole table.
type Restarted struct{ Reason string }

// EndState is how a query ended.
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
	Elapsed time.Duration
	Err     error // of a failed query, an *Error
}

func (Started) event()    {}
func (Batch) event()      {}
func (Progress) event()   {}
func (Notice) event()     {}
func (Printed) event()    {}
func (FailedRows) event() {}
func (Restarted) event()  {}
func (Ended) event()      {}
