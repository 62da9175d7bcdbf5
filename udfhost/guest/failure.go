package guest

import (
	"fmt"
	"strings"
	"time"
)

// Kind is how a call went wrong.
type Kind int

// The kinds of Failure.
const (
	Returned Kind = iota // the function returned an error; the guest lives on
	Panicked             // the function panicked; the guest lives on
	Overdue              // no progress within Options.RowTimeout; the guest was ended
	Exited               // the function ended its process
	Crashed              // the process died: a fatal error, a signal, no memory
	BadValue             // the function's result is no value of its SQL type
)

// Place is a line of the user's source.
type Place struct {
	File     string // the cell
	Line     int    // 0: not known
	Function string // the Go function, as in "Grade", "Point.Norm" or "Grade.func1"
}

func (p Place) String() string { return fmt.Sprintf("%s:%d", p.File, p.Line) }

// Failure is the error of a call that the user's code is to blame for.
type Failure struct {
	Kind     Kind
	Function string // the SQL function that was called; "" while the program started
	Row      int    // from 0, in the rows given to Call; -1: not known
	// Arguments are the values of the function's arguments in the row, as texts
	// that are cut to a few words.
	Arguments []string
	Message   string // in the program's own words
	Place     Place
	Waited    time.Duration // Overdue: for how long
}

// Error says in one line what, where in the source, and in which function with
// which arguments: "panic: no such thing at cell[3]:6 in Grade(4.5)". The row is
// only known in its batch, counted from 1 as people do, and is said where there
// are no arguments to tell it apart.
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
		b.WriteString(" while the program's variables were initialised")
	case f.Kind != Returned && f.Kind != BadValue:
		b.WriteString(" in " + f.called())
	}
	if inner := f.Place.Function; inner != "" && inner != f.Function && f.Function != "" {
		b.WriteString(" (" + inner + ")")
	}
	if f.Row >= 0 && len(f.Arguments) == 0 {
		fmt.Fprintf(&b, ", row %d", f.Row+1)
	}
	return b.String()
}

// called is the function with its arguments, as far as they are known.
func (f *Failure) called() string {
	if len(f.Arguments) == 0 {
		return f.Function
	}
	return f.Function + "(" + strings.Join(f.Arguments, ", ") + ")"
}
