// Package run runs texts: entries typed at a prompt, scripts, and cells of notebooks. The
// meaning of a statement is implemented only here. The shell, the script runner and the kernel
// differ in how they wait and in what they draw. Each of them implements Front.
//
//	text ─► Typed, Script, Cell, Stream   split it into statements (text.go)
//	          └─► statement               a magic, a command, SQL or Go (statement.go, magics.go)
//	                 └─► Front            waits for the result and shows it
//
// The first statement that fails ends the text (stop.go).
package run

import (
	"context"
	"time"

	"riffle/session"
	"riffle/session/command"
	"riffle/session/query"
)

// Front is a front end, as far as a Runner needs it. One goroutine calls it, the one that
// runs the text.
type Front interface {
	// Await does what may take a while for a statement. It ends that when the user asks
	// for it, and returns ErrInterrupted then. doing says what goes on, "" if there is
	// nothing to say.
	Await(ctx context.Context, st session.Statement, doing func() string, do func(context.Context) error) error
	// Query shows what a statement has started, and takes over reply.Events. It returns
	// when the query has ended, when its bound is reached, or at once if the statement is
	// to run in the background.
	Query(ctx context.Context, st session.Statement, reply session.Reply, b Bound) error
	// Answer shows what a command came to, and does what it asks of a front end. The
	// rows stay the caller's.
	Answer(ctx context.Context, st session.Statement, a command.Answer) error
	// Done says what was done, and how long it took: 0 where nobody asks. "" says nothing.
	Done(message string, took time.Duration)
	// Note says what there is to know besides the result. "" says nothing.
	Note(text string)
	// Warn says what is wrong although nothing has failed, also to a user who asked
	// for rows and errors only.
	Warn(text string)
	// Print prints a line where rows go.
	Print(text string) error
	// Failed reports a statement that failed, if the text goes on behind it.
	Failed(err error)
}

// Runner carries out texts in a session. It is for one goroutine.
type Runner struct {
	Session *session.Session
	Front   Front
	Kind    command.FrontEnd // whose commands work
	Display *command.Display
	Events  query.Mode // which the Front wants of queries
	// SnapshotAfter says after how many changes the Front shows a query's table as it is
	// then, 0 for never: see query.Query.RequestedSnapshot. It may be nil.
	SnapshotAfter func(Bound) int64
	// Ask asks the user for a line. It is nil where nobody can be asked.
	Ask func(ctx context.Context, prompt string) (string, error)
	// Continue lets a script go on behind a statement that fails.
	Continue bool

	magics   magics // of the text that is carried out
	included int    // how deep texts include each other
	failed   int
}

// Failed is how many statements have failed without ending their text.
func (r *Runner) Failed() int { return r.failed }
