package command

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/apache/arrow/go/v15/arrow"
	"github.com/apache/arrow/go/v15/arrow/array"
	"github.com/apache/arrow/go/v15/arrow/memory"

	"riffle/session/query"
	"riffle/udfhost/engine"
)

func stats(_ context.Context, env *Env, args []string) (Answer, error) {
	columns := []arrow.Field{
		{Name: "query", Type: arrow.BinaryTypes.String},
		{Name: "state", Type: arrow.BinaryTypes.String},
		{Name: "function", Type: arrow.BinaryTypes.String},
		{Name: "rows", Type: arrow.PrimitiveTypes.Int64},
		{Name: "batches", Type: arrow.PrimitiveTypes.Int64},
		{Name: "failed", Type: arrow.PrimitiveTypes.Int64},
		{Name: "on_error", Type: arrow.BinaryTypes.String},
		{Name: "ns_per_row", Type: arrow.PrimitiveTypes.Int64, Nullable: true},
		{Name: "share", Type: arrow.BinaryTypes.String},
	}
	used := slices.DeleteFunc(env.Session.Usage(), func(u query.Usage) bool {
		return len(args) > 0 && u.Query != args[0] && u.Number != args[0]
	})
	if slices.ContainsFunc(used, hasMetrics) {
		columns = append(columns, arrow.Field{Name: "metrics", Type: arrow.BinaryTypes.String, Nullable: true})
	}
	rows := array.NewRecordBuilder(memory.DefaultAllocator, arrow.NewSchema(columns, nil))
	defer rows.Release()
	for _, u := range used {
		for _, f := range u.Functions {
			appendUsage(rows, u, f)
		}
	}
	record := rows.NewRecord()
	switch {
	case record.NumRows() > 0:
		return Answer{Rows: record}, nil
	case len(args) > 0:
		return Answer{}, wrong(args[0], "no Go function has run for %s", args[0])
	}
	return Answer{Text: "no query has run a Go function"}, nil
}

func appendUsage(rows *array.RecordBuilder, u query.Usage, f query.FunctionUsage) {
	text := func(column int, text string) { rows.Field(column).(*array.StringBuilder).Append(text) }
	number := func(column int, n int64) { rows.Field(column).(*array.Int64Builder).Append(n) }
	state := "ended"
	if u.Running {
		state = "running"
	}
	text(0, u.Query)
	text(1, state)
	text(2, f.Function)
	number(3, f.Rows)
	number(4, f.Batches)
	number(5, f.Failed)
	text(6, string(f.OnError))
	if f.Rows == 0 {
		rows.Field(7).AppendNull()
	} else {
		number(7, f.Time.Nanoseconds()/f.Rows)
	}
	text(8, share(f.Time, u.Elapsed*time.Duration(max(f.Subtasks, 1))))
	switch {
	case len(rows.Fields()) == metricsColumn:
	case len(f.Metrics) == 0:
		rows.Field(metricsColumn).AppendNull()
	default:
		text(metricsColumn, metricsText(f.Metrics))
	}
}

// metricsColumn is the index of the column that exists only if a function has metrics.
const metricsColumn = 9

func hasMetrics(u query.Usage) bool {
	return slices.ContainsFunc(u.Functions, func(f query.FunctionUsage) bool { return len(f.Metrics) > 0 })
}

// metricsText returns metrics in one line.
func metricsText(all []engine.Metric) string {
	texts := make([]string, len(all))
	for i, m := range all {
		texts[i] = m.String()
	}
	return strings.Join(texts, ", ")
}

// share returns a part of a time in percent.
func share(part, whole time.Duration) string {
	if whole <= 0 {
		return "0 %"
	}
	percent := 100 * part.Seconds() / whole.Seconds()
	if percent > 0 && percent < 1 {
		return "< 1 %"
	}
	return fmt.Sprintf("%.0f %%", percent)
}
