package kernel_test

import (
	"fmt"
	"testing"
)

const queryTarget = "riffle.query"

// open opens a comm.
func (c *client) open(comm, target string, data map[string]any) {
	c.t.Helper()
	c.request(c.shell, "comm_open", map[string]any{"comm_id": comm, "target_name": target, "data": data})
}

// heard waits for a message of a comm.
func (c *client) heard(messageType, comm string, is func(data map[string]any) bool) map[string]any {
	c.t.Helper()
	m := c.awaitShown(func(m message) bool {
		return m.Header.Type == messageType && m.content["comm_id"] == comm && is(m.content["data"].(map[string]any))
	})
	return m.content["data"].(map[string]any)
}

func anything(map[string]any) bool { return true }

// tells returns a function that matches a report with a query and a state.
func tells(query, state string) func(map[string]any) bool {
	return func(data map[string]any) bool {
		for _, r := range data["queries"].([]any) {
			if r := r.(map[string]any); r["query"] == query && r["state"] == state {
				return true
			}
		}
		return false
	}
}

func (c *client) comms(target string) string {
	c.t.Helper()
	answer := c.ask(c.shell, "comm_info_request", map[string]any{"target_name": target})
	return fmt.Sprint(answer["comms"])
}

func TestCommOfAQuery(t *testing.T) {
	c := newClient(t)
	query := inBackground(t, c, 1)[0]
	c.open("one", queryTarget, map[string]any{"query": query.ID()})
	first := c.heard("comm_msg", "one", tells(query.ID(), "running"))["queries"].([]any)[0].(map[string]any)
	if first["statement"] != endless || first["bounded"] != false || first["job"] == "" {
		t.Errorf("%v", first)
	}
	c.heard("comm_msg", "one", func(data map[string]any) bool {
		now := data["queries"].([]any)[0].(map[string]any)
		return now["rows"].(float64) > first["rows"].(float64) && now["rows_per_s"].(float64) > 0
	})
	for target, want := range map[string]string{"": "map[one:map[target_name:riffle.query]]", queryTarget: "map[one:map[target_name:riffle.query]]", "else": "map[]"} {
		if got := c.comms(target); got != want {
			t.Errorf("%q: %s", target, got)
		}
	}
	c.request(c.shell, "comm_msg", map[string]any{"comm_id": "one", "data": map[string]any{"cancel": true}})
	c.heard("comm_msg", "one", tells(query.ID(), "cancelled"))
	c.heard("comm_close", "one", anything)
	if got := c.comms(""); got != "map[]" {
		t.Errorf("%s", got)
	}
}

func TestCommOfAllQueries(t *testing.T) {
	c := newClient(t)
	c.open("all", queryTarget, map[string]any{})
	if first := c.heard("comm_msg", "all", anything); len(first["queries"].([]any)) != 0 {
		t.Errorf("%v", first)
	}
	queries := inBackground(t, c, 2)
	c.heard("comm_msg", "all", func(data map[string]any) bool {
		return tells(queries[0].ID(), "running")(data) && tells(queries[1].ID(), "running")(data)
	})
	ask := func(data any) {
		c.request(c.shell, "comm_msg", map[string]any{"comm_id": "all", "data": data})
	}
	for _, wrong := range []any{map[string]any{"cancel": true}, map[string]any{"cancel": 7}, map[string]any{}, "text", map[string]any{"cancel": "q0"}} {
		ask(wrong)
		c.heard("comm_msg", "all", func(data map[string]any) bool { return data["error"] != nil })
	}
	ask(map[string]any{"cancel": queries[0].ID()})
	c.heard("comm_msg", "all", func(data map[string]any) bool {
		return data["queries"] != nil && tells(queries[0].ID(), "cancelled")(data) && tells(queries[1].ID(), "running")(data)
	})
	c.heard("comm_msg", "all", func(data map[string]any) bool { // reported once
		return data["queries"] != nil && len(data["queries"].([]any)) == 1
	})
	c.request(c.shell, "comm_close", map[string]any{"comm_id": "all"})
	if got := c.comms(""); got != "map[]" {
		t.Errorf("%s", got)
	}
}

// Comms work while a cell runs, and their messages keep their order, for any subshell.
func TestCommsBesideACell(t *testing.T) {
	c := newClient(t)
	ticks(t, c)
	id := c.request(c.shell, "execute_request", map[string]any{"code": endless})
	c.awaitShown(func(m message) bool { return m.Header.Type == "display_data" })
	query := shared.Queries()[0].ID()
	c.open("beside", queryTarget, map[string]any{"query": query})
	c.heard("comm_msg", "beside", tells(query, "running"))
	c.request(c.shell, "comm_msg", map[string]any{"comm_id": "beside", "data": map[string]any{"cancel": true}})
	if r := c.finish(id); !contains(fmt.Sprint(r.reply["evalue"]), "was cancelled") {
		t.Errorf("%v", r.reply)
	}
}

func TestCommsThatAreRefused(t *testing.T) {
	_, at := startKernel(t, nil)
	c := connect(t, at)
	for comm, open := range map[string]func(){
		"nobody":   func() { c.open("nobody", "jupyter.widget", map[string]any{}) },
		"no query": func() { c.open("no query", queryTarget, map[string]any{"query": "q0"}) },
		"no text":  func() { c.open("no text", queryTarget, map[string]any{"query": 7}) },
	} {
		open()
		if data := c.heard("comm_close", comm, anything); data["error"] == nil {
			t.Errorf("%s: %v", comm, data)
		}
	}
	c.request(c.shell, "comm_msg", map[string]any{"comm_id": "nobody", "data": map[string]any{"cancel": true}})
	c.request(c.shell, "comm_close", map[string]any{"comm_id": "nobody"})
	opened := 0
	for ; opened < 1000; opened++ {
		comm := fmt.Sprint(opened)
		c.open(comm, queryTarget, nil)
		m := c.awaitShown(func(m message) bool { return m.content["comm_id"] == comm })
		if m.Header.Type == "comm_close" {
			break
		}
	}
	if opened == 0 || opened == 1000 {
		t.Errorf("%d comms", opened)
	}
	// They are dropped when their client leaves.
	other := connect(t, at)
	c.shell.conn.Close()
	other.heard("comm_close", "0", anything)
}
