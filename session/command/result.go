package command

import (
	"context"
	"errors"
	"fmt"
	"iter"
	"os"
	"strconv"
	"strings"
	"time"

	"github.com/apache/arrow/go/v15/arrow"

	"riffle/render"
	"riffle/session/changelog"
	"riffle/session/mention"
	"riffle/session/query"
	"riffle/udfhost/wholefile"
)

// text returns the handler of a command whose front end needs its argument.
func text(a Action) func(context.Context, *Env, []string) (Answer, error) {
	return func(_ context.Context, _ *Env, args []string) (Answer, error) {
		return Answer{Action: a, Text: strings.Join(args, " ")}, nil
	}
}

func watch(_ context.Context, _ *Env, args []string) (Answer, error) {
	every := 2.0
	if len(args) > 0 {
		var err error
		if every, err = strconv.ParseFloat(args[0], 64); err != nil || every < 0.1 || every > 86400 {
			return Answer{}, wrong(args[0], "%s is not a number of seconds from 0.1 to 86400", args[0])
		}
	}
	return Answer{Action: Watch, Every: time.Duration(every * float64(time.Second))}, nil
}

func history(_ context.Context, _ *Env, args []string) (Answer, error) {
	count := 20
	if len(args) > 0 {
		var err error
		if count, err = strconv.Atoi(args[0]); err != nil || count < 1 {
			return Answer{}, wrong(args[0], "%s is not a positive number", args[0])
		}
	}
	return Answer{Action: History, Count: count}, nil
}

func last(_ context.Context, env *Env, args []string) (Answer, error) {
	q := env.Session.Last()
	if q == nil {
		return Answer{}, errors.New("no result yet")
	}
	a := Answer{Action: Last, Query: q}
	if len(args) > 0 {
		a.Text = strings.ToLower(args[0])
		if err := env.Display.known(a.Text); err != nil {
			return Answer{}, err
		}
	}
	return a, nil
}

func extensions() string { return strings.Join(render.Extensions(), " ") }

// save writes a query's table to a file, which appears when it is complete.
func save(_ context.Context, env *Env, args []string) (Answer, error) {
	q, path := env.Session.Last(), args[len(args)-1]
	if len(args) > 1 {
		var ok bool
		if q, ok = env.Session.Result(args[0]); !ok {
			return Answer{}, wrong(args[0], "no table of %s: %s lists the running queries, and the last result is kept too", args[0], mention.Command("queries"))
		}
	}
	switch {
	case q == nil:
		return Answer{}, errors.New("no result yet")
	case len(args) == 1 && env.Display.Refused:
		return Answer{}, fmt.Errorf("the last statement failed and has no result: %s saves the one before it", mention.Command("save "+q.ID()+" FILE"))
	}
	table, ok := q.Table()
	if !ok {
		return Answer{}, fmt.Errorf("%s has no table", q.ID())
	}
	defer table.Release()
	format, ok := render.FormatOf(path)
	if !ok {
		return Answer{}, wrong(path, "the file name needs one of these extensions: %s", extensions())
	}
	remarks, err := write(path, 0o666, format, q, table)
	if err != nil {
		return Answer{}, err
	}
	said := fmt.Sprintf("%s: %s saved to %s", q.ID(), render.Counted(int64(table.Rows()), "row"), path)
	if hidden := table.Stats().Hidden; hidden > 0 {
		remarks = append(remarks, fmt.Sprintf("%d more rows were not kept", hidden))
	}
	if end, ended := env.Session.Outcome(q.ID()); ended && end.State == query.Failed {
		remarks = append(remarks, "the query failed, so rows can be missing")
	}
	return Answer{Text: strings.Join(append([]string{said}, remarks...), "; ")}, nil
}

// shareTable keeps a query's table in an Arrow file, which the front end writes.
func shareTable(_ context.Context, env *Env, args []string) (Answer, error) {
	q, ok := env.Session.Result(args[0])
	switch {
	case !ok:
		return Answer{}, noQuery(args[0])
	case q.Started().Schema == nil:
		return Answer{}, wrong(args[0], "%s has no rows", args[0])
	}
	a := Answer{Action: Share, Query: q}
	if len(args) > 1 {
		if a.Text = args[1]; !strings.HasSuffix(strings.ToLower(a.Text), ".arrow") {
			return Answer{}, wrong(a.Text, "the file name must end in .arrow: %s.arrow", a.Text)
		}
	}
	return a, nil
}

// WriteArrow writes a query's table to an Arrow file that only the user can read. The file is always
// complete: an existing one is replaced atomically.
func WriteArrow(path string, q *query.Query) (remarks []string, err error) {
	table, ok := q.Table()
	if !ok {
		return nil, fmt.Errorf("%s has no table", q.ID())
	}
	defer table.Release()
	return write(path, 0o600, "arrow", q, table)
}

// write writes a table to a file, which appears when it is complete.
func write(path string, mode os.FileMode, format string, q *query.Query, table *changelog.Snapshot) (remarks []string, err error) {
	err = wholefile.Create(path, mode, func(w *os.File) error {
		remarks, err = render.Save(w, format, table.Schema(), render.Options{DataOnly: true, Location: q.Started().Location}, chunks(table))
		return err
	})
	return remarks, err
}

// chunks yields a table's rows in batches.
func chunks(table *changelog.Snapshot) iter.Seq2[arrow.Record, error] {
	const chunk = 8192
	return func(yield func(arrow.Record, error) bool) {
		for lo := 0; lo < table.Rows(); lo += chunk {
			rows, err := table.Slice(lo, min(lo+chunk, table.Rows()))
			more := yield(rows, err)
			if err != nil {
				return
			}
			rows.Release()
			if !more {
				return
			}
		}
	}
}
