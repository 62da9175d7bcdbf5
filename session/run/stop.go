package run

import (
	"context"
	"errors"

	"riffle/session"
	"riffle/session/command"
	"riffle/session/sqltext"
)

var (
	// ErrInterrupted says that the user has interrupted a statement, with Ctrl-C or a
	// notebook's button.
	ErrInterrupted = errors.New("interrupted")
	// ErrQuit says that a statement has asked to quit.
	ErrQuit = errors.New("quit")
)

// Stopped is the error of a text that was ended by a statement. If an included text was ended, its
// Stopped is the Err of the including text's Stopped.
type Stopped struct {
	Err    error
	NotRun int // number of statements after that one, which were not run
}

func (s *Stopped) Error() string { return s.Err.Error() }

func (s *Stopped) Unwrap() error { return s.Err }

// NotRun returns the number of statements that were not run in each of the texts that an error has
// ended, the innermost text first. Texts without such statements are omitted.
func NotRun(err error) []int {
	var s *Stopped
	if !errors.As(err, &s) {
		return nil
	}
	left := NotRun(s.Err)
	if s.NotRun > 0 {
		left = append(left, s.NotRun)
	}
	return left
}

// stop returns the error of a text in which a statement failed and others are left; nil if the
// text continues.
func (r *Runner) stop(ctx context.Context, err error, left int) error {
	switch cause := context.Cause(ctx); {
	case err == nil, errors.Is(err, ErrQuit):
		return err
	case cause != nil && !errors.Is(err, cause):
		err = cause
	case cause != nil, errors.Is(err, ErrInterrupted):
	default:
		r.Display.Failure = err
		if r.Continue {
			r.failed++
			r.Front.Failed(err)
			r.Display.NextName = "" // it was for the statement that failed
			return nil
		}
	}
	return &Stopped{err, left}
}

// placed adds the position of its statement to an error, unless the error has one or does not
// belong to a statement.
func placed(st session.Statement, err error) error {
	switch {
	case err == nil, errors.As(err, new(*session.Error)), errors.As(err, new(*Stopped)),
		errors.Is(err, ErrQuit), errors.Is(err, ErrInterrupted):
		return err
	}
	if st.Class == sqltext.Command {
		return command.Failed(st, err)
	}
	e := session.Fail(st, st.Word, err.Error(), "")
	e.Err = err
	return e
}
