package command

import (
	"context"
	"errors"
	"fmt"
	"io"
	"strings"

	"github.com/apache/arrow/go/v15/arrow"
	"github.com/apache/arrow/go/v15/arrow/array"
	"github.com/apache/arrow/go/v15/arrow/memory"

	"riffle/session"
	"riffle/session/changelog"
	"riffle/session/query"
)

// lists returns the handler of a command that lists things by means of a statement.
func lists(things, sql string) func(context.Context, *Env, []string) (Answer, error) {
	return func(ctx context.Context, env *Env, args []string) (Answer, error) {
		statement := sql
		if len(args) > 0 { // a pattern of names
			statement += " LIKE '" + strings.ReplaceAll(pattern(args[0]), "'", "''") + "'"
		}
		rows, err := env.execute(ctx, statement)
		if err == nil && rows != nil && rows.NumRows() == 0 {
			rows.Release()
			if len(args) == 0 {
				return Answer{Text: "no " + things}, nil
			}
			all, err := env.execute(ctx, sql)
			if err != nil {
				return Answer{}, err
			}
			defer all.Release()
			return Answer{Text: fmt.Sprintf("none of the %d %s matches %s", all.NumRows(), things, args[0])}, nil
		}
		return Answer{Rows: rows}, err
	}
}

// pattern converts a pattern with the shell's * and ? to one of SQL.
func pattern(text string) string { return strings.NewReplacer("*", "%", "?", "_").Replace(text) }

// describe lists tables and views, or describes the columns of one or the calls of a
// function.
func describe(ctx context.Context, env *Env, args []string) (Answer, error) {
	if len(args) == 0 {
		return lists("tables or views", "SHOW TABLES")(ctx, env, nil)
	}
	rows, err := env.execute(ctx, "DESCRIBE "+quoted(args[0]))
	if err != nil && ctx.Err() == nil {
		if text, _ := functionHelp(env.Session, args[0]); text != "" {
			return Answer{Text: text}, nil
		}
		if function, failed := env.execute(ctx, "DESCRIBE FUNCTION EXTENDED "+quoted(args[0])); failed == nil {
			return Answer{Rows: function}, nil
		}
	}
	return Answer{Rows: rows}, err
}

// quoted returns a path of names as SQL needs it: a part that is a keyword is put in
// back-ticks.
func quoted(path string) string {
	if strings.Contains(path, "`") {
		return path
	}
	return "`" + strings.ReplaceAll(path, ".", "`.`") + "`"
}

// explainPlan draws the plan of a statement.
func explainPlan(ctx context.Context, env *Env, args []string) (Answer, error) {
	statement := strings.TrimRight(strings.TrimSpace(args[0]), ";")
	if q, ok := env.Session.Result(statement); ok {
		statement = q.Planned()
	}
	statement, err := explained(statement)
	if err != nil {
		return Answer{}, err
	}
	rows, err := env.execute(ctx, "EXPLAIN CHANGELOG_MODE "+statement)
	if err != nil {
		return Answer{}, err
	}
	defer rows.Release()
	var text strings.Builder
	for i := range int(rows.NumRows()) {
		text.WriteString(rows.Column(0).ValueStr(i))
	}
	plan := drawPlan(text.String())
	repeated := repeatedCalls(plan, func(name string) bool {
		_, found := env.Session.Function(name)
		return found
	})
	if operator := functionOperator(plan, env.Session.Settings()); operator != "" {
		plan += "\n\n" + strings.Join(append([]string{operator}, repeated...), "\n")
	}
	return Answer{Text: shortenTexts(plan)}, nil
}

// execute runs the SQL that a command stands for, and returns all its rows, without the row
// kind, or nil.
func (env *Env) execute(ctx context.Context, sql string) (arrow.Record, error) {
	cell := session.Cell{Text: sql, Name: "the command's statement", Sigil: env.FrontEnd.mark()}
	statements := cell.Statements()
	if len(statements) != 1 {
		return nil, fmt.Errorf("one statement is expected, not %d", len(statements))
	}
	reply, err := env.Session.Execute(ctx, statements[0], query.Lossless)
	if err != nil || reply.Events == nil {
		return nil, err
	}
	defer reply.Events.Close()
	var rows arrow.Record
	for {
		event, err := reply.Events.Next(ctx)
		switch {
		case err == io.EOF && rows == nil:
			return empty(reply.Query.Started().Schema), nil
		case err == io.EOF:
			return rows, nil
		case err != nil:
			return nil, errors.Join(err, reply.Query.Cancel(context.WithoutCancel(ctx)))
		}
		switch event := event.(type) {
		case query.Batch:
			if rows != nil {
				rows.Release() // descriptions come in one batch
			}
			schema := changelog.DataSchema(event.Record.Schema())
			rows = array.NewRecord(schema, event.Record.Columns()[:schema.NumFields()], event.Record.NumRows())
			event.Record.Release()
		case query.Ended:
			if event.State == query.Failed {
				return nil, event.Err
			}
		}
	}
}

func empty(schema *arrow.Schema) arrow.Record {
	b := array.NewRecordBuilder(memory.DefaultAllocator, changelog.DataSchema(schema))
	defer b.Release()
	return b.NewRecord()
}
