package guest

import (
	"fmt"
	"strings"
	"time"
)

// Kind is the kind of a Failure.
type Kind int

// The kinds of Failure.
const (
	Returned Kind = iota // the function returned an error; the guest continues
	Panicked             // the function panicked; the guest continues
	Overdue              // no progress within Options.RowTimeout; the guest was ended
	Exited               // the function ended its process
	Crashed              // the process died: a fatal error, a signal, no memory
	BadValue             // the function's SQL type cannot hold its result
)

// Place is a line of the user's source.
type Place struct {
	File     string // the cell
	Line     int    // 0: unknown
	Function string // the Go function, as in "Grade", "Point.Norm" or "Grade.func1"
}

func (p Place) String() string { return fmt.Sprintf("%s:%d", p.File, p.Line) }

// Failure is the error of a call that the user's code has caused.
type Failure struct {
	Kind     Kind
	Function string // the SQL function that was called; "" while the program started
	Row      int    // from 0, in the rows passed to Call; -1: unknown
	// Batch is the number of rows of which a vectorized function got all at once; 0 if the failure is that of a
	// row.
	Batch int
	// Arguments are the values of the function's arguments in the row, as text that is cut to
	// a few words.
	Arguments []string
	Message   string // in the program's own words
	Place     Place
	Waited    time.Duration // if Overdue, how long the host has waited
}

// Error returns one line that says what failed, where in the source, and in which function with which
// arguments: "panic: no such thing at cell[3]:6 in Grade(4.5)". The row is known only within its batch.
// It is counted from 1, and is included only if there are no arguments that identify it.
func (f *Failure) Error() string {
	var b strings.Builder
	message := strings.ReplaceAll(strings.TrimSpace(f.Message), "\n", "; ")
	switch f.Kind {
	case Returned, BadValue:
		fmt.Fprintf(&b, "%s: %s", f.called(), message)
	case Panicked:
		fmt.Fprintf(&b, "panic: %s", message)
	case Overdue:
		fmt.Fprintf(&b, "no progress for %v, the function was stopped", f.Waited)
	case Exited, Crashed:
		b.WriteString(message)
	}
	if f.Place.Line > 0 {
		fmt.Fprintf(&b, " at %v", f.Place)
	}
	switch {
	case f.Function == "":
		b.WriteString(" while the program's variables were initialized")
	case f.Kind != Returned && f.Kind != BadValue:
		b.WriteString(" in " + f.called())
	}
	if inner := f.Place.Function; inner != "" && inner != f.Function && f.Function != "" {
		b.WriteString(" (" + inner + ")")
	}
	switch {
	case f.Batch == 1:
		b.WriteString(", in a batch of 1 row")
	case f.Batch > 1:
		fmt.Fprintf(&b, ", in a batch of %d rows", f.Batch)
	case f.Row >= 0 && len(f.Arguments) == 0:
		fmt.Fprintf(&b, ", row %d", f.Row+1)
	}
	return b.String()
}

// called returns the function with those of its arguments that are known.
func (f *Failure) called() string {
	if len(f.Arguments) == 0 {
		return f.Function
	}
	return f.Function + "(" + strings.Join(f.Arguments, ", ") + ")"
}
