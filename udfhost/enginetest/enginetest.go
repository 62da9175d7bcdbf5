// Package enginetest provides an Engine for tests of the harness and its operations. Its
// functions are Go closures over Arrow that run in the test's process.
package enginetest

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/apache/arrow/go/v15/arrow"
	"github.com/apache/arrow/go/v15/arrow/array"
	"github.com/apache/arrow/go/v15/arrow/memory"

	"riffle/udfhost/operation"
	"riffle/udfhost/payload"
)

// Closures is an Engine and its own Instance. A payload contains a function's name.
type Closures map[string]Closure

// Closure is one function.
type Closure struct {
	args   []arrow.DataType // nil: the argument and the result are of any one type
	result arrow.DataType
	call   func(ctx context.Context, args []arrow.Array, rows int) (arrow.Array, error)
}

func (c Closures) Open(context.Context, operation.Caller) (operation.Instance, error) { return c, nil }

func (c Closures) Close() error { return nil }

func (c Closures) Function(_ context.Context, p payload.Payload, args []arrow.DataType, result arrow.DataType) (operation.Function, error) {
	f, ok := c[p.Function]
	if !ok {
		return nil, fmt.Errorf("no function %s", p.Function)
	}
	if f.args == nil {
		f.args, f.result = []arrow.DataType{args[0]}, args[0]
		if args[0] == nil {
			f.args[0], f.result = result, result
		}
	}
	return place{f, p.Function}, nil
}

// place is a Closure at one place of an operator.
type place struct {
	Closure
	name string
}

func (f place) Args() []arrow.DataType { return f.args }
func (f place) Result() arrow.DataType { return f.result }
func (f place) String() string         { return f.name }
func (f place) Call(ctx context.Context, args []arrow.Array, rows int) (arrow.Array, error) {
	return f.call(ctx, args, rows)
}

// Skipped implements Skipper for closures with a name for it: they exclude the second row.
func (f place) Skipped() []byte {
	if strings.HasPrefix(f.name, "skip") {
		return []byte{0b10}
	}
	return nil
}

var (
	bigint = arrow.PrimitiveTypes.Int64
	text   = arrow.BinaryTypes.String
)

// Functions returns the functions that tests call.
func Functions() Closures {
	same := func(_ context.Context, args []arrow.Array, _ int) (arrow.Array, error) {
		args[0].Retain()
		return args[0], nil
	}
	ints := func(n int) []arrow.DataType { return slices.Repeat([]arrow.DataType{bigint}, n) }
	return Closures{
		"inc":   Int64s(1, func(v ...int64) int64 { return v[0] + 1 }),
		"add":   Int64s(2, func(v ...int64) int64 { return v[0] + v[1] }),
		"seven": Int64s(0, func(...int64) int64 { return 7 }),
		"skip":  Int64s(1, func(v ...int64) int64 { return v[0] }),
		"upper": {[]arrow.DataType{text}, text, upper},
		"same":  {nil, nil, same},
		"fail": {ints(1), bigint, func(context.Context, []arrow.Array, int) (arrow.Array, error) {
			return nil, errors.New("fail: no luck\nat cell[3]:7")
		}},
		"panic": {ints(1), bigint, func(context.Context, []arrow.Array, int) (arrow.Array, error) { panic("boom") }},
		"short": {ints(1), bigint, func(_ context.Context, args []arrow.Array, rows int) (arrow.Array, error) {
			return array.NewSlice(args[0], 0, int64(rows-1)), nil
		}},
		"wrong": {ints(1), bigint, func(_ context.Context, _ []arrow.Array, rows int) (arrow.Array, error) {
			return array.MakeArrayOfNull(memory.DefaultAllocator, text, rows), nil
		}},
		"nulls": {ints(1), bigint, func(_ context.Context, _ []arrow.Array, rows int) (arrow.Array, error) {
			return array.MakeArrayOfNull(memory.DefaultAllocator, bigint, rows), nil
		}},
		// forever ends only with its worker.
		"forever": {ints(1), bigint, func(ctx context.Context, _ []arrow.Array, _ int) (arrow.Array, error) {
			<-ctx.Done()
			return nil, ctx.Err()
		}},
	}
}

// Int64s returns a function of BIGINTs that applies f to each row without a NULL. Other rows return NULL.
func Int64s(arguments int, f func(v ...int64) int64) Closure {
	return Closure{slices.Repeat([]arrow.DataType{bigint}, arguments), bigint, func(_ context.Context, args []arrow.Array, rows int) (arrow.Array, error) {
		b := array.NewInt64Builder(memory.DefaultAllocator)
		defer b.Release()
		b.Reserve(rows)
		v := make([]int64, len(args))
		for row := range rows {
			if slices.ContainsFunc(args, func(a arrow.Array) bool { return a.IsNull(row) }) {
				b.AppendNull()
				continue
			}
			for i, a := range args {
				v[i] = a.(*array.Int64).Value(row)
			}
			b.UnsafeAppend(f(v...))
		}
		return b.NewArray(), nil
	}}
}

func upper(_ context.Context, args []arrow.Array, rows int) (arrow.Array, error) {
	b := array.NewStringBuilder(memory.DefaultAllocator)
	defer b.Release()
	in := args[0].(*array.String)
	for row := range rows {
		if in.IsNull(row) {
			b.AppendNull()
		} else {
			b.Append(strings.ToUpper(in.Value(row)))
		}
	}
	return b.NewArray(), nil
}
