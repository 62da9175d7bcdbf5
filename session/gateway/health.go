package gateway

import "time"

// Health is how a running job does, as Flink's REST endpoint tells it: about a
// second old, and never older than two.
type Health struct {
	State       string // Flink's word, e.g. RUNNING
	Parallelism int    // the highest of its tasks
	// RowsIn are the rows that its sources have given so far; -1 if Flink does not
	// tell yet.
	RowsIn int64
	// Silent are the sources that have given no row so far, of those of which Flink
	// tells.
	Silent []string
	// RowsOut are the rows that came to what writes them; -1 if Flink does not tell yet.
	RowsOut int64
	// Deployed: all of its tasks run, or have ended.
	Deployed bool
	// Backpressure is the share of its time, from 0 to 1, in which the task that
	// waits most waited for the tasks behind it.
	Backpressure float64
	// Watermark is the event time up to which the result is complete; zero if the
	// job has no watermark, or none yet.
	Watermark time.Time
	// Drained: the sources have ended, and the watermark with them.
	Drained    bool
	Checkpoint *Checkpoint // the last; nil if none has completed
	Failed     int         // checkpoints that failed
}

// Checkpoint is a completed one.
type Checkpoint struct {
	ID   int64
	At   time.Time     // when it was complete
	Took time.Duration // from its trigger until then
}

// Complaint is what a connector has logged as wrong, as an error or for a while again:
// many connectors wait for a server that is not there without an end, and say so in
// their log only.
type Complaint struct {
	Logger  string // the class that says it
	Message string // one line
	Times   int
}
