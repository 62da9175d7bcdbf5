package command

import (
	"context"
	"fmt"
	"path"
	"strings"

	"github.com/apache/arrow/go/v15/arrow"
	"github.com/apache/arrow/go/v15/arrow/array"
	"github.com/apache/arrow/go/v15/arrow/memory"

	"riffle/session"
)

// functions lists the session's own functions, with what is known about those in Go. Before Flink has started there are no
// others.
func functions(ctx context.Context, env *Env, args []string) (Answer, error) {
	if env.Session.WithoutFlink() {
		return goFunctions(env, args)
	}
	listed, err := lists("functions", "SHOW USER FUNCTIONS")(ctx, env, args)
	if err != nil || listed.Rows == nil {
		return listed, err
	}
	defer listed.Rows.Release()
	rows := newFunctionRows()
	defer rows.Release()
	for i := range int(listed.Rows.NumRows()) {
		name := listed.Rows.Column(0).ValueStr(i)
		if f, found := env.Session.Function(name); found {
			rows.append(env.Session, f)
		} else { // of SQL or of a jar
			rows.appendName(name)
		}
	}
	return rows.answer(), nil
}

// goFunctions lists the functions in Go.
func goFunctions(env *Env, args []string) (Answer, error) {
	rows := newFunctionRows()
	defer rows.Release()
	all := env.Session.GoFunctions()
	some := 0
	for _, f := range all {
		if len(args) > 0 {
			matches, err := path.Match(strings.ToLower(args[0]), strings.ToLower(f.Name))
			if err != nil {
				return Answer{}, wrong(args[0], "%s is not a pattern", args[0])
			}
			if !matches {
				continue
			}
		}
		some++
		rows.append(env.Session, f)
	}
	switch {
	case len(all) == 0:
		return Answer{Text: "no functions"}, nil
	case some == 0:
		return Answer{Text: fmt.Sprintf("none of the %d functions matches %s", len(all), args[0])}, nil
	}
	return rows.answer(), nil
}

// functionRows are the rows of the list of functions.
type functionRows struct{ *array.RecordBuilder }

func newFunctionRows() functionRows {
	return functionRows{array.NewRecordBuilder(memory.DefaultAllocator, arrow.NewSchema([]arrow.Field{
		{Name: "function", Type: arrow.BinaryTypes.String},
		{Name: "kind", Type: arrow.BinaryTypes.String, Nullable: true},
		{Name: "declared in", Type: arrow.BinaryTypes.String, Nullable: true},
		{Name: "version", Type: arrow.PrimitiveTypes.Int64, Nullable: true},
		{Name: "rows", Type: arrow.PrimitiveTypes.Int64, Nullable: true},
		{Name: "ns_per_row", Type: arrow.PrimitiveTypes.Int64, Nullable: true},
		{Name: "comment", Type: arrow.BinaryTypes.String, Nullable: true},
	}, nil))}
}

func (r functionRows) answer() Answer {
	return Answer{Rows: r.NewRecord(), OptionalColumns: []string{"kind", "version", "ns_per_row", "rows", "comment", "declared in"}}
}

// append appends a function in Go.
func (r functionRows) append(s *session.Session, f session.Function) {
	text := func(i int, text string) {
		if text == "" {
			r.Field(i).AppendNull()
			return
		}
		r.Field(i).(*array.StringBuilder).Append(text)
	}
	number := func(i int, n int64) { r.Field(i).(*array.Int64Builder).Append(n) }
	comment, _, _ := strings.Cut(strings.TrimSpace(f.Doc), "\n")
	rows, took := s.Work(f.Name)
	text(0, f.Signature)
	text(1, f.Kind)
	text(2, fmt.Sprintf("%s:%d", f.Cell, f.Line))
	number(3, int64(f.Version))
	number(4, rows)
	if rows == 0 {
		r.Field(5).AppendNull()
	} else {
		number(5, took.Nanoseconds()/rows)
	}
	text(6, comment)
}

// appendName appends a function of which only the name is known.
func (r functionRows) appendName(name string) {
	r.Field(0).(*array.StringBuilder).Append(name)
	for _, field := range r.Fields()[1:] {
		field.AppendNull()
	}
}
