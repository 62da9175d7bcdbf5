package golang

import (
	"cmp"
	"fmt"
	"go/token"
	"slices"
	"strings"
)

// Problem is one reason why a cell was rejected.
type Problem struct {
	Cell    string // as Cell.Name; another cell's if that no longer compiles
	Line    int    // in that cell or file, from 1; 0: no particular line
	Column  int    // in bytes, from 1; 0: unknown
	Message string
	// Dependent is the declaration of another cell that would no longer
	// compile, if the problem lies there.
	Dependent string
	// Missing is the import path of a package that no module of the session has; "" for other problems.
	Missing string
}

func (p Problem) String() string {
	where := p.Cell
	if p.Line > 0 {
		where = fmt.Sprintf("%s:%d", where, p.Line)
	}
	if p.Column > 0 {
		where = fmt.Sprintf("%s:%d", where, p.Column)
	}
	if p.Dependent != "" {
		return fmt.Sprintf("%s (%s) would no longer compile: %s", p.Dependent, where, p.Message)
	}
	return where + ": " + p.Message
}

// Error says what is wrong with a cell. The Store is unchanged.
type Error struct {
	Problems []Problem // at least one; those of the cell itself first
}

// Error returns the first problem in one line, and the number of the others.
func (e *Error) Error() string {
	first := e.Problems[0].String()
	switch more := len(e.Problems) - 1; more {
	case 0:
		return first
	case 1:
		return first + " (and 1 more error)"
	default:
		return fmt.Sprintf("%s (and %d more errors)", first, more)
	}
}

func (e *Error) add(at token.Position, message, dependent string) {
	e.Problems = append(e.Problems, Problem{
		Cell: at.Filename, Line: at.Line, Column: at.Column, Message: message, Dependent: dependent,
	})
}

// sort puts the problems into the order in which people read them: those of the cell, then
// those of others, by line.
func (e *Error) sort() {
	slices.SortStableFunc(e.Problems, func(a, b Problem) int {
		return cmp.Or(strings.Compare(a.Dependent, b.Dependent), strings.Compare(a.Cell, b.Cell),
			cmp.Compare(a.Line, b.Line), cmp.Compare(a.Column, b.Column))
	})
}

// or returns err, or e if it has a problem.
func (e *Error) or() error {
	if len(e.Problems) == 0 {
		return nil
	}
	return e
}

func problemAt(at token.Position, format string, args ...any) error {
	e := &Error{}
	e.add(at, fmt.Sprintf(format, args...), "")
	return e
}
