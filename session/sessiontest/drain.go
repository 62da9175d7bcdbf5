package sessiontest

import (
	"context"
	"fmt"
	"io"
	"slices"
	"strings"
	"testing"
	"time"

	"riffle/session/changelog"
	"riffle/session/query"
)

// Outcome is what a subscriber has received.
type Outcome struct {
	Started query.Started
	Changes []string // "+I a 1"
	Table   []string // the folded rows, sorted
	Anew    int      // number of restarts
	Notices []string
	Printed []query.Printed
	Failed  []query.FailedRows
	Failing []query.Failing
	Ended   query.Ended
}

// Drain reads events up to their end, folds the rows into their table, and closes the subscription.
func Drain(t *testing.T, events *query.Subscription) Outcome {
	t.Helper()
	defer events.Close()
	var out Outcome
	var view *changelog.View
	for {
		e, err := events.Next(t.Context())
		if err == io.EOF {
			break
		}
		if err != nil {
			t.Fatal(err)
		}
		switch e := e.(type) {
		case query.Started:
			out.Started = e
		case query.Notice:
			out.Notices = append(out.Notices, e.Text)
		case query.Restarted:
			out.Anew++
			out.Changes = nil
			if view != nil {
				view.Close()
				view = nil
			}
		case query.Batch:
			if view == nil {
				if view, err = out.Started.View(); err != nil {
					t.Fatal(err)
				}
			}
			out.Changes = append(out.Changes, changes(t, e)...)
			if err := view.Apply(e.Record); err != nil {
				t.Fatal(err)
			}
			e.Record.Release()
		case query.Printed:
			out.Printed = append(out.Printed, e)
		case query.Failing:
			out.Failing = append(out.Failing, e)
		case query.FailedRows:
			out.Failed = append(out.Failed, e)
		case query.Ended:
			out.Ended = e
		}
	}
	if view != nil {
		out.Table = rowsOf(t, view.Snapshot())
		view.Close()
	}
	return out
}

func changes(t *testing.T, b query.Batch) []string {
	t.Helper()
	kinds, err := changelog.Kinds(b.Record)
	if err != nil {
		t.Fatal(err)
	}
	out := make([]string, len(kinds))
	for i, kind := range kinds {
		out[i] = kind.String()
		for _, column := range b.Record.Columns()[:b.Record.NumCols()-1] {
			out[i] += " " + column.ValueStr(i)
		}
	}
	return out
}

// Table returns the rows of a query's own table, sorted.
func Table(t *testing.T, q *query.Query) []string {
	t.Helper()
	snapshot, ok := q.Table()
	if !ok {
		t.Fatalf("%s has no table", q.ID())
	}
	return rowsOf(t, snapshot)
}

// rowsOf returns the rows of a snapshot, which it releases, sorted.
func rowsOf(t *testing.T, snapshot *changelog.Snapshot) []string {
	t.Helper()
	defer snapshot.Release()
	record, err := snapshot.Record()
	if err != nil {
		t.Fatal(err)
	}
	defer record.Release()
	rows := make([]string, record.NumRows())
	for i := range rows {
		var values []string
		for _, column := range record.Columns() {
			values = append(values, column.ValueStr(i))
		}
		rows[i] = strings.Join(values, " ")
	}
	slices.Sort(rows)
	return rows
}

// SequenceTable returns the statement for a table of the numbers from 1 on, in a column id.
func SequenceTable(name string, rows int) string {
	return fmt.Sprintf("CREATE TEMPORARY TABLE %s (id BIGINT) WITH ('connector' = 'datagen', 'rows-per-second' = '100000000', "+
		"'number-of-rows' = '%d', 'fields.id.kind' = 'sequence', 'fields.id.start' = '1', 'fields.id.end' = '%d')", name, rows, rows)
}

// AwaitRows waits until a query has rows. It does not read from its first subscriber.
func AwaitRows(t *testing.T, q *query.Query) {
	t.Helper()
	events := q.Subscribe(query.ProgressOnly)
	defer events.Close()
	AwaitEvent(t, events, func(e query.Event) bool { _, ok := e.(query.Progress); return ok })
}

// AwaitEvent reads events up to the first for which wanted returns true.
func AwaitEvent(t *testing.T, events *query.Subscription, wanted func(query.Event) bool) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	for {
		e, err := events.Next(ctx)
		if err != nil {
			t.Fatal(err)
		}
		switch e := e.(type) {
		case query.Batch:
			e.Record.Release()
		case query.Ended:
			t.Fatalf("ended: %v, %v", e.State, e.Err)
		}
		if wanted(e) {
			return
		}
	}
}
