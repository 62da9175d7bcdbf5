// Package trial calls Go functions with constants, without Flink:
//
//	Grade(Net(95)) = 'A'
//	  ─► Parse   the calls and the constants, each with its place in the text (parse.go)
//	  ─► Run     constants ─► columns of one value (column.go) ─► Program.Call ─► a column of results
//	  ─► Outcome the results as package render shows them (shown.go), and whether they are the expected ones
//
// A constant has the type of its parameter, if that type has the value. So 1 can be an argument of TINYINT, for which
// a query needs a CAST. A result that is an argument of another call is taken as in a query: it has the type of
// the parameter, or it is a number and the parameter is of a wider type.
package trial

import (
	"context"
	"fmt"
	"slices"
	"time"

	"github.com/apache/arrow/go/v15/arrow"
	"github.com/apache/arrow/go/v15/arrow/array"

	"riffle/session/sqltext"
	"riffle/udfhost/sqltype"
)

// Program has the functions that calls can name.
type Program interface {
	// Function finds a function, ignoring case.
	Function(name string) (Function, bool)
	// Names returns the names of all functions.
	Names() []string
	// Call calls a function once. Each argument is a column of one value, which the caller keeps. The results
	// are a column, which the caller releases: for a scalar function one value. took is the time of the call.
	Call(ctx context.Context, name string, arguments []arrow.Array) (results arrow.Array, took time.Duration, err error)
}

// Function is a function of a Program.
type Function struct {
	Name       string
	Parameters []Parameter
	Result     Type
	Table      bool // it returns rows, which Run refuses
}

// Parameter is a parameter of a Function.
type Parameter struct {
	Name string
	Type
	Default string // the constant that calls without an argument get; "" if they must have one
}

// Type is the type of a parameter or of a result. Its SQL text has no precision if a parameter accepts any.
type Type struct {
	SQL   string
	Arrow arrow.DataType
}

// Trial is a call, and perhaps the result that is expected of it.
type Trial struct {
	call     *expression
	expected *expression // nil if none is
}

// Outcome is the result of a Trial.
type Outcome struct {
	// Type is the SQL type of the results. Field has it in its metadata, for package render, and is named after
	// the call as it was written.
	Type  string
	Field arrow.Field
	// Results has the results. Expected has the one that was expected, and is nil if none was. Both are columns
	// of Field's type.
	Results, Expected arrow.Array
	// Met says that the results are the expected ones.
	Met  bool
	Took time.Duration // of all calls
}

// Release releases the columns.
func (o *Outcome) Release() {
	o.Results.Release()
	if o.Expected != nil {
		o.Expected.Release()
	}
}

// Error is an error at a place of the text that was parsed.
type Error struct {
	Span          sqltext.Span
	Message, Hint string
	Err           error // of the function, or nil
}

func (e *Error) Error() string { return e.Message }

func (e *Error) Unwrap() error { return e.Err }

// Run makes the call. TIMESTAMP_LTZ constants are read in zone. The receiver releases the outcome. Errors about the
// text or of a function are *Error.
func (t *Trial) Run(ctx context.Context, p Program, zone *time.Location) (*Outcome, error) {
	r := &run{ctx: ctx, program: p, zone: zone}
	results, f, err := r.evaluate(t.call)
	if err != nil {
		return nil, err
	}
	defer results.Release()
	o := &Outcome{Type: f.Result.SQL, Took: r.took}
	if t.expected != nil {
		c := conversion{what: "the expected result of " + f.Name, zone: zone}
		expected, err := c.column(t.expected, readType(f.Result.SQL), results.DataType())
		if err != nil {
			return nil, err
		}
		defer expected.Release()
		o.Met, o.Expected = array.Equal(results, expected), shown(expected)
	}
	o.Results = shown(results)
	o.Field = arrow.Field{
		Name: t.call.text, Type: o.Results.DataType(), Nullable: true,
		Metadata: arrow.NewMetadata([]string{sqltype.MetadataKey}, []string{f.Result.SQL}),
	}
	return o, nil
}

// run is a Trial that runs.
type run struct {
	ctx     context.Context
	program Program
	zone    *time.Location
	took    time.Duration
}

// evaluate makes a call, after those among its arguments. The caller releases the results.
func (r *run) evaluate(call *expression) (arrow.Array, Function, error) {
	f, err := r.function(call)
	if err != nil {
		return nil, f, err
	}
	var arguments []arrow.Array
	defer func() {
		for _, a := range arguments {
			a.Release()
		}
	}()
	parts, err := arranged(f, call)
	if err != nil {
		return nil, f, err
	}
	for i, part := range parts {
		a, err := r.argument(f, i, part)
		if err != nil {
			return nil, f, err
		}
		arguments = append(arguments, a)
	}
	results, took, err := r.program.Call(r.ctx, f.Name, arguments)
	r.took += took
	switch {
	case r.ctx.Err() != nil:
		return nil, f, context.Cause(r.ctx)
	case err != nil:
		return nil, f, &Error{Span: call.name, Message: err.Error(), Err: err}
	}
	return results, f, nil
}

// function finds the function of a call, and checks its kind.
func (r *run) function(call *expression) (Function, error) {
	name := call.value
	f, found := r.program.Function(name)
	if !found {
		hint := "declare it first: func " + name + "(…) …"
		if near := sqltext.Nearest(name, slices.Values(r.program.Names())); near != "" {
			hint = "did you mean " + near + "?"
		}
		return f, &Error{Span: call.name, Message: "no Go function is called " + name, Hint: hint}
	}
	if f.Table {
		return f, &Error{
			Span: call.name, Message: f.Name + " is a table function, which only a query can call",
			Hint: "use a query: SELECT * FROM TABLE(" + call.text + ")",
		}
	}
	return f, nil
}

// argument returns an argument as a column of one value.
func (r *run) argument(f Function, i int, e *expression) (arrow.Array, error) {
	c := conversion{what: fmt.Sprintf("argument %d of %s", i+1, f.Name), zone: r.zone}
	parameter := f.Parameters[i]
	if e.form != aCall {
		dt, err := c.fitted(e, readType(parameter.SQL), parameter.Arrow)
		if err != nil {
			return nil, err
		}
		return c.column(e, readType(parameter.SQL), dt)
	}
	results, inner, err := r.evaluate(e)
	if err != nil {
		return nil, err
	}
	defer results.Release()
	return c.result(e, results, inner.Result.SQL, parameter.Type)
}
