package operation

import (
	"context"
	"log/slog"

	"github.com/apache/arrow/go/v15/arrow"

	"riffle/udfhost/payload"
)

// Engine runs the user's functions. It is what the harness needs of whatever
// compiles and executes them; udfhost knows nothing of either.
type Engine interface {
	// Open opens an Instance for one worker: one running query and subtask.
	Open(ctx context.Context, caller Caller) (Instance, error)
}

// Caller is the worker that an Instance works for.
type Caller struct {
	Worker string       // unique within a Host, for logs
	Query  string       // the session's name of the query; "" for a job that did not say
	Zone   string       // the session's time zone, as Flink names it
	Log    *slog.Logger // the session's log and Flink's
}

// Instance is what one worker sees of an Engine. Its methods are called from
// several goroutines: a worker runs all the operators of a query's subtask.
type Instance interface {
	// Function resolves what a function was registered with in Flink, for one
	// place in one operator. It is asked once a place, before the first batch.
	// A kind of function that the engine does not know it refuses.
	//
	// args are the types of the arrays that Call is going to get. They are
	// those of Flink's coder for a column and the inner function's Result for
	// a nested call. A nil entry is a constant: the wire carries its value but
	// not its type, so the function's own parameter type decides, and Args must
	// tell it.
	//
	// result is the type that Flink's coder demands; nil for a nested call,
	// whose result never reaches Flink: the function's own then.
	//
	// An error here fails the query with that text; make it one line.
	Function(ctx context.Context, p payload.Payload, args []arrow.DataType, result arrow.DataType) (Function, error)

	// Close ends the instance, whatever it is doing: a pending Call returns an
	// error. It is called once.
	Close() error
}

// Function is one resolved function at one place of one operator. The harness
// never has two Calls of one Function under way; those of different Functions
// of one Instance do overlap.
type Function interface {
	// Args returns the types of the arrays that Call wants: what
	// Instance.Function was given, with the function's own parameter type
	// where that was nil.
	Args() []arrow.DataType

	// Result returns the type of the arrays that Call returns.
	Result() arrow.DataType

	// Call evaluates the function on a batch. args has one array of rows
	// values for each argument, and stays the caller's: whoever keeps one
	// longer than the call retains it. Call returns exactly rows results of
	// type Result, as a new reference that the caller releases.
	//
	// An error fails the bundle, and with it the query; make it one line that
	// says which function, and where in the user's text.
	Call(ctx context.Context, args []arrow.Array, rows int) (arrow.Array, error)
}

// Skipper is a Function that can want rows left out of the result of a query.
// Flink pairs results with rows by their position, so that an operator cannot
// leave out a row; the plan has to. See [payload.Kept].
type Skipper interface {
	// Skipped are the rows of the last Call that are to be left out, a bit each,
	// least significant first; nil for none. It is the Function's until the next
	// Call.
	Skipped() []byte
}
