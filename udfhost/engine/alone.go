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
	task     operation.Task
}

// OpenAlone returns an Alone for a program. zone is the time zone in which functions see a TIMESTAMP_LTZ, as Flink names
// it. parameters are those of the job that functions see. printed is called with each line that the functions print, as far as the limits of a query's output allow, from
// any goroutine until Close returns. The caller closes the Alone.
func (e *Engine) OpenAlone(
	ctx context.Context, p *Program, zone string, parameters map[string]string, printed func(Line),
) (*Alone, error) {
	opened, err := e.Open(ctx, operation.Caller{Worker: "alone", Zone: zone, Log: slog.New(slog.DiscardHandler)})
	if err != nil {
		return nil, err
	}
	in := opened.(*instance)
	in.account.follow(Observer{Printed: printed, Failed: func(Usage) {}})
	return &Alone{p, in, operation.Task{Subtasks: 1, Parameters: parameters}}, nil
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
	of := payload.Payload{Kind: called.Kind, Program: a.program.Hash, Function: called.Name}
	f, err := a.instance.Function(ctx, of, types, nil)
	if err != nil {
		return nil, 0, err
	}
	f.(operation.OfTask).SetTask(a.task)
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
