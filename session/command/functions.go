package command

import (
	"context"
	"strings"

	"github.com/apache/arrow/go/v15/arrow"
	"github.com/apache/arrow/go/v15/arrow/array"
	"github.com/apache/arrow/go/v15/arrow/memory"
)

// functions lists the session's own functions. Those in Go have a signature, the first line
// of their comment and the cell that declares them.
func functions(ctx context.Context, env *Env, args []string) (Answer, error) {
	listed, err := lists("functions", "SHOW USER FUNCTIONS")(ctx, env, args)
	if err != nil || listed.Rows == nil {
		return listed, err
	}
	defer listed.Rows.Release()
	rows := array.NewRecordBuilder(memory.DefaultAllocator, arrow.NewSchema([]arrow.Field{
		{Name: "function", Type: arrow.BinaryTypes.String},
		{Name: "declared in", Type: arrow.BinaryTypes.String, Nullable: true},
		{Name: "comment", Type: arrow.BinaryTypes.String, Nullable: true},
	}, nil))
	defer rows.Release()
	for i := range int(listed.Rows.NumRows()) {
		appendFunction(rows, env, listed.Rows.Column(0).ValueStr(i))
	}
	return Answer{Rows: rows.NewRecord(), OptionalColumns: []string{"comment", "declared in"}}, nil
}

func appendFunction(rows *array.RecordBuilder, env *Env, name string) {
	column := func(i int) *array.StringBuilder { return rows.Field(i).(*array.StringBuilder) }
	f, found := env.Session.Function(name)
	if !found { // of SQL or of a jar
		column(0).Append(name)
		column(1).AppendNull()
		column(2).AppendNull()
		return
	}
	column(0).Append(f.Signature)
	column(1).Append(f.Cell)
	comment, _, _ := strings.Cut(strings.TrimSpace(f.Doc), "\n")
	if comment == "" {
		column(2).AppendNull()
		return
	}
	column(2).Append(comment)
}
