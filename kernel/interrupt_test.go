package kernel_test

import (
	"context"
	"strings"
	"testing"

	"riffle/session/query"
)

const asksAgain = "interrupt again within 5 s to end it"

// inBackground runs endless queries in the background until the test ends.
func inBackground(t *testing.T, c *client, n int) []*query.Query {
	t.Helper()
	ticks(t, c)
	for range n {
		c.execute(endless + " &").wantOK(t)
	}
	queries := shared.Queries()
	if len(queries) != n {
		t.Fatalf("%d queries run", len(queries))
	}
	t.Cleanup(func() {
		for _, q := range queries {
			if _, ended := q.End(); !ended {
				if err := q.Cancel(context.WithoutCancel(t.Context())); err != nil {
					t.Error(err)
				}
			}
			<-q.Done()
		}
	})
	return queries
}

func TestTwoInterruptsEndWhatIsInTheBackground(t *testing.T) {
	c := newClient(t)
	const asks, ended = asksAgain, "cancelled"
	queries := inBackground(t, c, 2)
	saying := func(q *query.Query, what string) func(message) bool {
		return func(m message) bool {
			return m.Header.Type == "update_display_data" && contains(m.data("text/html"), q.ID()+" · ", what)
		}
	}
	asked := 0
	for { // as often as it takes on a machine that is slow
		c.ask(c.control, "interrupt_request", map[string]any{})
		m := c.awaitShown(saying(queries[1], ""))
		page := m.data("text/html")
		if strings.Contains(page, asks) {
			asked++
		}
		if strings.Contains(page, ended) {
			if asked == 0 || strings.Contains(page, asks) {
				t.Errorf("asked %d times: %s", asked, m.data("text/plain"))
			}
			break
		}
	}
	for _, q := range queries {
		<-q.Done()
	}
}

// People press the button until the cell has ended, and once more.
func TestInterruptsOfACellSpareTheBackground(t *testing.T) {
	c := newClient(t)
	queries := inBackground(t, c, 1)
	id := c.request(c.shell, "execute_request", map[string]any{"code": endless})
	c.awaitShown(func(m message) bool { return m.Header.Type == "display_data" && m.parent.ID == id })
	c.ask(c.control, "interrupt_request", map[string]any{})
	c.finish(id)
	for range 3 {
		c.ask(c.control, "interrupt_request", map[string]any{})
	}
	own := 0
	c.awaitShown(func(m message) bool {
		if !strings.Contains(m.data("text/html"), queries[0].ID()+" · ") {
			return false
		}
		if strings.Contains(m.data("text/html"), asksAgain) {
			t.Errorf("it asks: %s", m.data("text/plain"))
		}
		own++
		return own == 3
	})
	if _, ended := queries[0].End(); ended {
		t.Error("it was ended")
	}
}

// What an INSERT writes is kept: its job is cancelled only by name, and a message says so.
func TestInterruptsSpareInsert(t *testing.T) {
	c := newClient(t)
	ticks(t, c)
	c.execute("CREATE TEMPORARY TABLE IF NOT EXISTS hole (id INT) WITH ('connector' = 'blackhole');\nINSERT INTO hole SELECT id FROM ticks").wantOK(t)
	job := shared.Queries()[0]
	for range 3 {
		c.ask(c.control, "interrupt_request", map[string]any{})
	}
	r := c.execute("%echo next")
	if want := job.ID() + ": an interrupt does not end an INSERT in the background; %cancel " + job.ID() + " does\n"; r.stderr != want {
		t.Errorf("%q", r.stderr)
	}
	if _, ended := job.End(); ended {
		t.Error("it was ended")
	}
	c.execute("%cancel all").wantOK(t)
	<-job.Done()
}
