package cluster_test

import (
	"io"
	"testing"

	"riffle/session/query"

	"github.com/apache/arrow/go/v15/arrow/array"
)

// eachRow calls a function with the first column of each row, a BIGINT, up to the query's end.
func eachRow(t *testing.T, events *query.Subscription, row func(first int64)) (ended query.Ended) {
	t.Helper()
	defer events.Close()
	for {
		e, err := events.Next(t.Context())
		if err == io.EOF {
			return ended
		}
		if err != nil {
			t.Fatal(err)
		}
		switch e := e.(type) {
		case query.Batch:
			for _, v := range e.Record.Column(0).(*array.Int64).Int64Values() {
				row(v)
			}
			e.Record.Release()
		case query.Ended:
			ended = e
		}
	}
}
