package kernel_test

import (
	"context"
	"errors"
	"strings"
	"testing"
	"time"

	"riffle/kernel"
	"riffle/session"
	"riffle/session/gateway"
	"riffle/session/gateway/gatewaytest"
	"riffle/udfhost/golang"
)

// prepared returns a client of a kernel with cells that come before all others.
func prepared(t *testing.T, wrong []error, before ...string) *client {
	t.Helper()
	_, at := startKernel(t, func(c *kernel.Config) {
		c.Wrong = wrong
		for _, text := range before {
			c.Before = append(c.Before, session.Cell{Text: text, Name: "init.sql"})
		}
	})
	return connect(t, at)
}

func TestCellsComeBehindTheConfiguration(t *testing.T) {
	c := prepared(t, nil, `\set from_before 7`, "CREATE TEMPORARY VIEW from_init AS SELECT ${from_before} AS n; SELECT 'unseen'")
	r := c.execute("SELECT n + 1 AS m FROM from_init; DROP TEMPORARY VIEW from_init")
	r.wantOK(t)
	if text := r.picture(t).data("text/plain"); !strings.Contains(text, "│ 8 │") || strings.Contains(r.stdout, "unseen") {
		t.Errorf("%s%s", r.stdout, text)
	}
}

// An error in the configuration fails the first cell, once. The rest of the configuration takes
// effect.
func TestWrongConfigurationFailsTheFirstCell(t *testing.T) {
	c := prepared(t, []error{errors.New("config.toml:1: one"), errors.New("config.toml:2: two")}, "SELECT nope; \\echo skipped", `\set behind_it 1`)
	r := c.execute("%echo first")
	lines := r.of("error")
	if r.reply["status"] != "error" || r.reply["evalue"] != "config.toml:1: one" || len(lines) != 1 || strings.Contains(r.stdout, "first") {
		t.Errorf("%v %s", r.reply, r.stdout)
	}
	if text := strings.Join(texts(lines[0].content["traceback"]), "\n"); !strings.Contains(text, "the next cell runs without them") {
		t.Errorf("%s", text)
	}
	if !strings.Contains(r.stderr, "config.toml:2: two") || !strings.Contains(r.stderr, "init.sql:1:8") {
		t.Errorf("%s", r.stderr)
	}
	r = c.execute("%echo second; %set behind_it")
	r.wantOK(t)
}

func texts(list any) []string {
	var all []string
	for _, item := range list.([]any) {
		all = append(all, item.(string))
	}
	return all
}

// An interrupt ends the cells that come before those of clients.
func TestInterruptEndsWhatComesBefore(t *testing.T) {
	ticks(t, newClient(t))
	c := prepared(t, nil, endless)
	id := c.request(c.shell, "execute_request", map[string]any{"code": "%echo not run"})
	for len(shared.Queries()) == 0 {
		time.Sleep(10 * time.Millisecond)
	}
	c.ask(c.control, "interrupt_request", map[string]any{})
	if r := c.finish(id); r.reply["ename"] != "Interrupted" || r.stdout != "" {
		t.Errorf("%v %s", r.reply, r.stdout)
	}
	c.execute("%echo second").wantOK(t)
}

// A background query of the init statements that fails is reported below a cell.
func TestFailureOfWhatWasBegunBefore(t *testing.T) {
	q, g := gatewaytest.NewQuery(), gatewaytest.New()
	g.Answer = func(_ context.Context, _, name string) (gateway.Answer, error) {
		return q.Answer("job-"+name, "+I"), nil
	}
	store := golang.New(golang.Options{})
	s := session.New(t.Context(), session.Config{
		Functions: store, Harness: noHarness{}, Boot: func(context.Context) (gateway.Gateway, error) { return g, nil },
	})
	t.Cleanup(func() {
		s.Close()
		if err := store.Close(); err != nil {
			t.Error(err)
		}
	})
	_, at := serveKernel(t, s, func(c *kernel.Config) { c.Before = []session.Cell{{Text: "SELECT id FROM t &", Name: "init.sql"}} })
	c := connect(t, at)
	c.execute("%echo 1").wantOK(t)
	q.End(&gateway.Fault{Diagnosis: gateway.Diagnosis{Message: "the disk is full"}})
	said := ""
	for until := time.Now().Add(wait); !strings.Contains(said, "init.sql:1:1: the disk is full") && time.Now().Before(until); {
		r := c.execute("%wait")
		said += r.stderr
	}
	if !strings.Contains(said, "init.sql:1:1: the disk is full") {
		t.Errorf("says %q", said)
	}
}

type noHarness struct{}

func (noHarness) StopQuery(string) {}

// A table that ends below another cell is sent with the cell that waits, for clients
// that take nothing of cells that are done.
func TestWaitForAllThatEnds(t *testing.T) {
	c := newClient(t)
	c.execute("CREATE TEMPORARY TABLE ending (n BIGINT) WITH ('connector' = 'datagen', 'number-of-rows' = '120', 'rows-per-second' = '100')").wantOK(t)
	defer c.execute("DROP TEMPORARY TABLE ending")
	c.execute("SELECT COUNT(*) AS n FROM ending &").wantOK(t)
	c.execute("CREATE TEMPORARY TABLE swallowed (n BIGINT) WITH ('connector' = 'blackhole'); INSERT INTO swallowed SELECT * FROM ending; DROP TEMPORARY TABLE swallowed").wantOK(t)
	r := c.execute("%wait")
	r.wantOK(t)
	updates := r.of("update_display_data")
	if len(updates) == 0 {
		t.Fatal("nothing came with the cell")
	}
	if text := updates[len(updates)-1].data("text/plain"); !contains(text, "│ 120 │", "finished") {
		t.Errorf("%s", text)
	}
	c.execute(`func Faulty(n int) (int, error) { if n >= 0 { return 0, errors.New("no more") }; return n, errors.New("no more") }`).wantOK(t)
	c.execute("SELECT Faulty(n) FROM ending &").wantOK(t)
	if r := c.execute("%wait"); r.reply["status"] != "error" || !strings.Contains(r.reply["evalue"].(string), "has failed: ") {
		t.Errorf("%v", r.reply)
	}
}
