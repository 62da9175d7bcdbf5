package operation

import (
	"context"
	"log/slog"

	"github.com/apache/arrow/go/v15/arrow"

	"riffle/udfhost/payload"
)

// Engine runs the user's functions. It is the harness's interface to the code that compiles and
// executes them; udfhost depends on no implementation.
type Engine interface {
	// Open opens an Instance for one worker: one running query and subtask.
	Open(ctx context.Context, caller Caller) (Instance, error)
}

// Caller is the worker that an Instance works for.
type Caller struct {
	Worker string       // unique within a Host, for logs
	Query  string       // the session's name of the query; "" if the job has none
	Zone   string       // the session's time zone, as Flink names it
	Log    *slog.Logger // writes to the session's log and to Flink's
}

// Instance is an Engine's side of one worker. Its methods are called from several goroutines,
// because a worker runs all the operators of a query's subtask.
type Instance interface {
	// Function resolves the payload with which a function was registered in Flink, for one
	// place in one operator. It is called once for each place, before the first batch. It
	// returns an error for a kind of function that the engine does not know.
	//
	// args are the types of the arrays that Call will get: those of Flink's coder for a
	// column, and the inner function's Result for a nested call. A nil entry is a constant.
	// The wire carries the value of a constant but not its type, so the function's own
	// parameter type decides, and Args must return it.
	//
	// result is the type that Flink's coder requires. It is nil for a nested call, whose
	// result never reaches Flink; the function's own result type is used then.
	//
	// An error fails the query with the error's text. The text must be one line.
	Function(ctx context.Context, p payload.Payload, args []arrow.DataType, result arrow.DataType) (Function, error)

	// Close ends the instance at once: a pending Call returns an error. It is called once.
	Close() error
}

// Together is an Instance that makes several calls at less cost than one after the other.
type Together interface {
	Instance

	// CallAll makes calls for the same rows, in their order, and returns the results of all of them
	// as new references. The rules of Function.Call apply to each. If a call fails, CallAll returns
	// its error, and the calls after it are not made.
	CallAll(ctx context.Context, calls []Invocation, rows int) ([]arrow.Array, error)
}

// Reporter is an Instance that reports what its functions have done.
type Reporter interface {
	Instance

	// Report returns a report of everything so far, or nil for none.
	Report() []byte
}

// Invocation is a call of a Function, of the Instance that has resolved it.
type Invocation struct {
	Function Function
	Args     []arrow.Array
}

// Function is one resolved function at one place of one operator. The harness never runs two
// Calls of one Function at the same time. Calls of different Functions of one Instance do overlap.
type Function interface {
	// Args returns the types of the arrays that Call expects: those given to
	// Instance.Function, with nil replaced by the function's own parameter type.
	Args() []arrow.DataType

	// Result returns the type of the arrays that Call returns.
	Result() arrow.DataType

	// Call evaluates the function on a batch. args has one array of rows values for each
	// argument. The caller keeps its references, so to keep an array longer than the call,
	// retain it. Call returns exactly rows results of type Result, as a new reference that
	// the caller releases.
	//
	// An error fails the bundle, and with it the query. The text must be one line that names
	// the function and the place in the user's text.
	Call(ctx context.Context, args []arrow.Array, rows int) (arrow.Array, error)
}

// Skipper is a Function that can exclude rows from the result of a query. Flink pairs results
// with rows by position, so an operator cannot omit a row; the plan has to filter. See
// [payload.Kept].
type Skipper interface {
	// Skipped returns the rows of the last Call that are to be excluded, one bit each, least
	// significant first; nil for none. The Function owns the slice, which is valid until the
	// next Call.
	Skipped() []byte
}
