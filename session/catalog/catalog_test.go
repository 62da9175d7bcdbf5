package catalog_test

import (
	"context"
	"log/slog"
	"slices"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"riffle/session/catalog"
	"riffle/session/complete"
	"riffle/session/gateway"
	"riffle/udfhost/golang"
)

// reader answers from its fields, and counts its calls.
type reader struct {
	mu        sync.Mutex
	names     gateway.Names
	down      bool
	asked     []string
	factories func() []gateway.Factory
	turn      sync.Mutex
}

func (r *reader) ask(what string) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.asked = append(r.asked, what)
}

func (r *reader) all() []string {
	r.mu.Lock()
	defer r.mu.Unlock()
	return slices.Clone(r.asked)
}

func (r *reader) TakeTurn(context.Context) (func(), error) {
	r.turn.Lock()
	return r.turn.Unlock, nil
}

func (r *reader) Names(context.Context) (gateway.Names, error) {
	r.ask("names")
	return r.names, nil
}

func (r *reader) Columns(_ context.Context, tables []string) (map[string][]gateway.Column, error) {
	r.ask("columns")
	found := map[string][]gateway.Column{}
	for _, table := range tables {
		found[table] = []gateway.Column{{Name: "price", Type: "DOUBLE"}}
	}
	return found, nil
}

func (r *reader) Options(context.Context) ([]gateway.Option, error) {
	r.ask("options")
	return nil, nil
}

func (r *reader) Factories(context.Context) ([]gateway.Factory, error) {
	r.ask("factories")
	return r.factories(), nil
}

func (r *reader) Up() bool { return !r.down }

func (r *reader) Program() *golang.Program { return nil }

func (r *reader) Packages() map[string][]string { return nil }

func (r *reader) Members(context.Context, string) ([]golang.Member, error) { return nil, nil }

func run(t *testing.T, r *reader) *catalog.Catalog {
	c := catalog.New(r, nil, slog.New(slog.DiscardHandler))
	ctx, cancel := context.WithCancel(context.Background())
	ended := make(chan struct{})
	go func() {
		defer close(ended)
		c.Run(ctx)
	}()
	t.Cleanup(func() {
		cancel()
		<-ended
	})
	synctest.Wait() // until it listens
	return c
}

func candidates(c *catalog.Catalog, text string) []string {
	var names []string
	for _, found := range c.Complete(text, len(text), complete.Names{}).Candidates {
		names = append(names, found.Text)
	}
	return names
}

// Names are read once when no statement has run for a while, however many statements there
// were.
func TestNamesAreReadWhenItIsQuiet(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := &reader{names: gateway.Names{Tables: []string{"orders"}}}
		c := run(t, r)
		for range 10 {
			c.Planned(true)
			time.Sleep(100 * time.Millisecond)
		}
		synctest.Wait()
		if asked := r.all(); len(asked) > 0 {
			t.Errorf("while statements ran: %q", asked)
		}
		time.Sleep(time.Second)
		if asked := r.all(); !slices.Equal(asked, []string{"names"}) {
			t.Errorf("when it was quiet: %q", asked)
		}
		if got := candidates(c, "SELECT * FROM o"); !slices.Contains(got, "orders") {
			t.Errorf("candidates %q", got)
		}
	})
}

// While a user types, names are read at once, unless Flink is still starting.
func TestAnticipatedNamesAreReadAtOnce(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := &reader{down: true}
		c := run(t, r)
		c.Planned(true)
		if c.Prefetch("SELECT * FROM o", 15, complete.Names{}) {
			t.Error("waits for a Flink that is not up")
		}
		r.down = false
		begun := time.Now()
		if !c.Prefetch("SELECT * FROM o", 15, complete.Names{}) {
			t.Error("does not wait for the names")
		}
		synctest.Wait()
		if asked := r.all(); !slices.Equal(asked, []string{"names"}) || time.Since(begun) > 0 {
			t.Errorf("after %s: %q", time.Since(begun), asked)
		}
		if c.Prefetch("SELECT * FROM o", 15, complete.Names{}) {
			t.Error("waits for names that are there")
		}
	})
}

// The columns of a table are read once, and are forgotten when names change.
func TestColumnsAreReadOnce(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := &reader{names: gateway.Names{Tables: []string{"orders"}}}
		c := run(t, r)
		c.Planned(true)
		time.Sleep(time.Second)
		const text = "SELECT p FROM orders"
		for range 3 {
			c.Prefetch(text, 8, complete.Names{})
			synctest.Wait()
		}
		if asked := r.all(); !slices.Equal(asked, []string{"names", "columns"}) {
			t.Errorf("asked for %q", asked)
		}
		found := c.Complete(text, 8, complete.Names{})
		if len(found.Candidates) == 0 || found.Candidates[0].Text != "price" {
			t.Errorf("candidates %+v", found.Candidates)
		}
		c.Planned(true)
		time.Sleep(time.Second)
		c.Prefetch(text, 8, complete.Names{})
		synctest.Wait()
		if asked := r.all(); !slices.Equal(asked, []string{"names", "columns", "names", "columns"}) {
			t.Errorf("after a statement: %q", asked)
		}
	})
}

// Factories that were read while the jars changed are read again.
func TestFactoriesOfOlderJars(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := &reader{}
		c := run(t, r)
		r.factories = func() []gateway.Factory {
			c.JarsChanged()
			r.factories = func() []gateway.Factory { return []gateway.Factory{{Kind: "connector", Name: "kafka"}} }
			return []gateway.Factory{{Kind: "connector", Name: "old"}}
		}
		const text = "CREATE TABLE t (a INT) WITH ('connector' = '"
		var got []string
		for range 2 {
			c.Prefetch(text, len(text), complete.Names{})
			synctest.Wait()
			got = candidates(c, text)
		}
		if !slices.Contains(got, "kafka") && !slices.Contains(got, "'kafka'") || slices.Contains(got, "old") {
			t.Errorf("candidates %q after %q", got, r.all())
		}
	})
}
