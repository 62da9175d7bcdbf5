package engine

import (
	"context"
	"fmt"
	"log/slog"
	"strings"
	"time"

	"github.com/apache/arrow/go/v15/arrow"

	"riffle/udfhost/operation"
	"riffle/udfhost/payload"
)

// Alone calls functions of one program without a query, in a process of its own. The process starts with the first
// call. A failing function is always an error, whatever the session has set for failing rows.
type Alone struct {
	program  *Program
	instance *instance
	setting  Setting
}

// Setting is what the functions of an Alone get from the session.
type Setting struct {
	Zone       string            // in which they see a TIMESTAMP_LTZ, as Flink names it
	Parameters map[string]string // of the job
	Async      payload.Async     // how those that are asynchronous are called; zero: DefaultAsync
}

// OpenAlone returns an Alone for a program. printed is called with each line that the functions print, as far as the
// limits of a query's output allow, from any goroutine until Close returns. The caller closes the Alone.
func (e *Engine) OpenAlone(ctx context.Context, p *Program, s Setting, printed func(Line)) (*Alone, error) {
	opened, err := e.Open(ctx, operation.Caller{Worker: "alone", Zone: s.Zone, Log: slog.New(slog.DiscardHandler)})
	if err != nil {
		return nil, err
	}
	in := opened.(*instance)
	in.account.follow(Observer{Printed: printed, Failed: func(Usage) {}})
	return &Alone{p, in, s}, nil
}

// Call calls a function once. Each argument is a column of one value of a type that the parameter accepts; the caller
// keeps it. The results are a column, which the caller releases: of a scalar function one value. took is the time of the
// call, without the start of the process. When Call returns, printed has received the lines of the call. The error is a
// *guest.Failure if the user's code has caused it.
func (a *Alone) Call(ctx context.Context, function string, arguments []arrow.Array) (results arrow.Array, took time.Duration, err error) {
	called := a.program.Named(function)
	if called == nil {
		return nil, 0, fmt.Errorf("no go function is called %s", function)
	}
	types := make([]arrow.DataType, len(arguments))
	for i, argument := range arguments {
		types[i] = argument.DataType()
	}
	of := payload.Payload{Kind: called.Kind, Program: a.program.Hash, Function: called.Name, Async: a.setting.Async}
	f, err := a.instance.Function(ctx, of, types, nil)
	if err != nil {
		return nil, 0, err
	}
	f.(operation.OfTask).SetTask(operation.Task{Subtasks: 1, Parameters: a.setting.Parameters})
	defer a.instance.account.flush()
	begun := time.Now()
	results, err = f.Call(ctx, arguments, 1)
	return results, time.Since(begun), err
}

// Usage returns what the functions have done so far, by name.
func (a *Alone) Usage() []Usage { return a.instance.account.usage() }

// Close ends the process. A pending Call returns an error.
func (a *Alone) Close() error { return a.instance.Close() }

// Named finds a function of the program by its name, ignoring case as SQL does. It returns nil if there is none.
func (p *Program) Named(name string) *Function {
	for i := range p.Functions {
		if strings.EqualFold(p.Functions[i].Name, name) {
			return &p.Functions[i]
		}
	}
	return nil
}
