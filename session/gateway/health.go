package gateway

import "time"

// Health is the state of a running job, as Flink's REST endpoint reports it. It is about one
// second old, and at most two.
type Health struct {
	Name        string // of the job
	State       string // Flink's word, e.g. RUNNING
	Parallelism int    // the highest parallelism of its tasks
	// RowsIn is the number of rows that the sources have emitted; -1 if Flink does not report
	// it yet.
	RowsIn int64
	// Silent are the sources that have emitted no row so far, among those on which Flink
	// reports.
	Silent []string
	// RowsOut is the number of rows that have reached the sinks; -1 if Flink does not report
	// it yet.
	RowsOut int64
	// Deployed says that all tasks of the job are running or have ended.
	Deployed bool
	// Disconnected says that the rows of a task do not arrive any more, see [Query]. Flink may not know that yet: State
	// is then too old.
	Disconnected bool
	// Backpressure is the highest share of time, from 0 to 1, that a task of the job has
	// waited for downstream tasks.
	Backpressure float64
	// Watermark is the event time up to which the result is complete; zero if the
	// job has no watermark, or none yet.
	Watermark time.Time
	// Drained says that the sources, and with them the watermark, have ended.
	Drained    bool
	Checkpoint *Checkpoint // the last completed one, or nil
	Failed     int         // number of failed checkpoints
	// Restarts is empty for a job that has ended.
	Restarts Restarts
}

// Restarts says how often Flink has restarted a job, and why.
type Restarts struct {
	// Times is 0 if the job was never restarted. If Flink restarts parts of the job separately, it can be some seconds
	// old.
	Times int
	// Last is the failure after which the job was restarted last, and At when that was. Last is nil if Flink does not
	// know it any more.
	Last *Fault
	At   time.Time
}

// Ended reports whether the job has ended.
func (h Health) Ended() bool {
	return h.State == "FINISHED" || h.State == "FAILED" || h.State == "CANCELED"
}

// Checkpoint is a completed checkpoint.
type Checkpoint struct {
	ID   int64
	At   time.Time     // when it completed
	Took time.Duration // from its trigger to its completion
}

// Complaint is a problem that a connector has logged, once or repeatedly. Many connectors wait
// without limit for a server that does not answer, and report it only in their log.
type Complaint struct {
	Logger  string // the class that logged it
	Message string // one line
	Times   int
	Error   bool // it was logged as an error, not as a warning
	// Hint is the next step where the message is known; it is then in our words, and
	// Logger is empty.
	Hint string
}

// String returns the complaint as one line, without the hint.
func (c Complaint) String() string {
	if c.Logger == "" {
		return c.Message
	}
	return c.Logger + ": " + c.Message
}
