package flink_test

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"testing"
	"time"

	"riffle/session/flink"
	"riffle/session/gateway"
)

// Flink answers with its last fetch, however slow the next one is. That answer is not used.
func TestFreshnessWaitsForTheNextFetch(t *testing.T) {
	const slow = 5 // answers until the fetch after them is done
	asked := 0
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		asked++
		switch {
		case asked <= 2: // nothing has been fetched since Flink began
			fmt.Fprint(w, "[]")
		case asked <= slow:
			fmt.Fprint(w, `[{"id": "Status.JVM.CPU.Time", "sum": 1.0}]`)
		default:
			fmt.Fprint(w, `[{"id": "Status.JVM.CPU.Time", "sum": 2.0}]`)
		}
	}))
	defer server.Close()
	var f flink.Freshness
	for range 2 { // metrics after none are new; then there is nothing to wait for
		if fresh, err := f.Await(t.Context(), server.URL); !fresh || err != nil {
			t.Fatalf("%t, %v", fresh, err)
		}
	}
	asked = 2
	var late flink.Freshness // there are metrics, of an unknown time
	if fresh, err := late.Await(t.Context(), server.URL); !fresh || err != nil || asked <= slow {
		t.Errorf("%t, %v, asked %d times", fresh, err, asked)
	}
}

// A caller that gives up does not wait until another one has its answer.
func TestFreshnessIsGivenUp(t *testing.T) {
	asked, answer := make(chan struct{}), make(chan struct{})
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		close(asked)
		<-answer
	}))
	defer server.Close()
	var f flink.Freshness
	first := make(chan struct{})
	go func() {
		defer close(first)
		_, _ = f.Await(t.Context(), server.URL) // an empty answer, which is an error
	}()
	<-asked
	ctx, cancel := context.WithCancel(t.Context())
	second := make(chan error)
	go func() {
		_, err := f.Await(ctx, server.URL)
		second <- err
	}()
	cancel()
	select {
	case err := <-second:
		if !errors.Is(err, context.Canceled) {
			t.Errorf("given up with %v", err)
		}
		close(answer)
	case <-time.After(time.Minute):
		t.Error("it waits for another caller's answer")
		close(answer)
		<-second
	}
	<-first
}

// Figures that were not requested for a while are current.
func TestHealthIsOfNow(t *testing.T) {
	const rate = 2000
	run(t, fmt.Sprintf("CREATE TEMPORARY TABLE unwatched (id BIGINT) WITH ('connector' = 'datagen', 'rows-per-second' = '%d')", rate))
	q := query(t, "SELECT id FROM unwatched")
	defer q.Cancel(t.Context())
	awaitHealth(t, q.Job, func(h gateway.Health) bool { return h.RowsIn > 0 })
	var rows int64
	for rows < 5*rate {
		d, err := q.Next(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		if d.Record != nil {
			rows += d.Record.NumRows()
			d.Record.Release()
		}
	}
	h, err := shared.Health(t.Context(), q.Job)
	if err != nil || h.RowsIn >= 0 && h.RowsIn < rows-3*rate {
		t.Errorf("%d rows in, %v; %d have arrived", h.RowsIn, err, rows)
	}
}
