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

// Front is what a Runner needs from a front end. Only the goroutine that runs the text calls it.
type Front interface {
	// Await calls do for a part of a statement that may take a while. It ends do when the user
	// interrupts, and then returns ErrInterrupted. doing returns what is in progress, or "".
	Await(ctx context.Context, st session.Statement, doing func() string, do func(context.Context) error) error
	// Query shows the query that a statement has started, and takes ownership of reply.Events. It
	// returns when the query has ended, when its bound is reached, or at once if the statement
	// runs in the background.
	Query(ctx context.Context, st session.Statement, reply session.Reply, b Bound) error
	// Answer shows the result of a command, and performs the actions that the command needs from a
	// front end. The caller keeps the rows.
	Answer(ctx context.Context, st session.Statement, a command.Answer) error
	// Done says what was done, and how long it took; 0 if the time is not shown. "" shows nothing.
	Done(message string, took time.Duration)
	// Note shows a remark on the result. "" shows nothing.
	Note(text string)
	// Warn shows a warning although nothing has failed, also if the user has asked for rows and
	// errors only.
	Warn(text string)
	// Print prints a line to the output of rows.
	Print(text string) error
	// Failed reports a statement that failed, if the text continues after it.
	Failed(err error)
}

// Runner runs texts in a session. It is for use by one goroutine.
type Runner struct {
	Session *session.Session
	Front   Front
	Kind    command.FrontEnd // the front end whose commands are available
	Display *command.Display
	Events  query.Mode // the mode of subscriptions to queries
	// SnapshotAfter returns the number of changes after which the Front shows a snapshot of a
	// query's table; 0 for no snapshot. See query.Query.RequestedSnapshot. It may be nil.
	SnapshotAfter func(Bound) int64
	// Ask asks the user for a line. It is nil if there is no user to ask.
	Ask func(ctx context.Context, prompt string) (string, error)
	// Continue says that a script continues after a statement that fails.
	Continue bool

	magics   magics // of the text that is running
	included int    // how deep texts include each other
	failed   int
}

// Failed returns the number of statements that have failed without ending their text.
func (r *Runner) Failed() int { return r.failed }
