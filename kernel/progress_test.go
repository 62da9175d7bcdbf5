package kernel_test

import (
	"context"
	"errors"
	"strings"
	"testing"

	"riffle/session"
	"riffle/session/gateway"
	"riffle/udfhost/golang"
)

// The first cell shows how far the download of Flink is: one line, which changes in place.
func TestProgressOfTheFirstStart(t *testing.T) {
	store := golang.New(golang.Options{})
	full := make(chan struct{})
	s := session.New(context.Background(), session.Config{
		Functions: store, Harness: noHarness{},
		Boot: func(ctx context.Context) (gateway.Gateway, error) {
			select {
			case <-full:
				return nil, errors.New("the disk is full")
			case <-ctx.Done():
				return nil, context.Cause(ctx)
			}
		},
	})
	t.Cleanup(func() {
		s.Close()
		if err := store.Close(); err != nil {
			t.Error(err)
		}
	})
	k, at := serveKernel(t, s, nil)
	k.Progress("fetching Flink", 0, 250_000_000) // not visible yet
	c := connect(t, at)
	id := c.request(c.shell, "execute_request", map[string]any{"code": "SELECT 1"})
	shown := c.awaitShown(func(m message) bool { return m.Header.Type == "display_data" })
	if text := shown.data("text/plain"); text != "fetching Flink: 0 % (0 of 250 MB)" {
		t.Errorf("%s", text)
	}
	for _, step := range []struct {
		done int64
		want string
	}{{92_500_000, "fetching Flink: 37 % (92 of 250 MB)"}, {250_000_000, "fetching Flink: 100 % (250 of 250 MB)"}} {
		k.Progress("fetching Flink", step.done, 250_000_000)
		changed := c.awaitShown(func(m message) bool { return strings.HasSuffix(m.Header.Type, "display_data") })
		if text := changed.data("text/plain"); text != step.want || changed.Header.Type != "update_display_data" || changed.displayID() != shown.displayID() || changed.parent.ID != id {
			t.Errorf("%s %s", changed.Header.Type, text)
		}
	}
	close(full)
	r := c.finish(id)
	if text := r.traceback(t); !strings.Contains(text, "the disk is full") {
		t.Errorf("%s", text)
	}
	if r := c.execute("%echo next"); len(r.of("display_data")) != 0 {
		t.Error("a later cell shows what is done")
	}
}
