package kernel_test

import (
	"fmt"
	"strings"
	"testing"
)

// newSubshell creates a subshell.
func newSubshell(t *testing.T, c *client) string {
	t.Helper()
	answer := c.ask(c.control, "create_subshell_request", map[string]any{})
	id, _ := answer["subshell_id"].(string)
	if answer["status"] != "ok" || id == "" {
		t.Fatalf("%v", answer)
	}
	return id
}

// pair are two clients of one kernel. Each reads all of iopub, so that one can wait
// for a cell while the other waits for another.
func pair(t *testing.T) (first, second *client) {
	t.Helper()
	_, at := startKernel(t, nil)
	return connect(t, at), connect(t, at)
}

func TestSubshellRunsBesideACell(t *testing.T) {
	c, other := pair(t)
	ticks(t, c)
	child := newSubshell(t, c)
	id := c.request(c.shell, "execute_request", map[string]any{"code": endless})
	c.awaitShown(func(m message) bool { return m.Header.Type == "display_data" && m.parent.ID == id })

	r := other.finish(other.executeIn(child, "%echo beside"))
	r.wantOK(t)
	if r.stdout != "beside\n" || r.reply["execution_count"] != 1.0 {
		t.Errorf("%q, %v", r.stdout, r.reply)
	}
	for _, m := range r.shown {
		if m.parent.Subshell != child {
			t.Errorf("the parent of %s is of subshell %q", m.Header.Type, m.parent.Subshell)
		}
	}
	// An error aborts only the waiting cells of its own subshell.
	failing, waiting := other.executeIn(child, "%nonsense"), other.executeIn(child, "%echo not run")
	waitsHere := c.request(c.shell, "execute_request", map[string]any{"code": "%echo here"})
	if r := other.finish(failing); r.reply["status"] != "error" {
		t.Errorf("%v", r.reply)
	}
	if r := other.finish(waiting); r.reply["status"] != "aborted" {
		t.Errorf("%v", r.reply)
	}
	query := shared.Queries()[0].ID()
	other.finish(other.executeIn(child, "%cancel "+query)).wantOK(t)
	if r := c.finish(id); !strings.Contains(fmt.Sprint(r.reply["evalue"]), query+" was cancelled") {
		t.Errorf("%v", r.reply)
	}
	if r := c.finish(waitsHere); r.reply["status"] != "aborted" { // it was waiting after the one that was cancelled
		t.Errorf("%v", r.reply)
	}
	c.execute("%echo alive").wantOK(t)
}

func TestInterruptEndsTheCellsOfAllSubshells(t *testing.T) {
	c, other := pair(t)
	ticks(t, c)
	child := newSubshell(t, c)
	isShown := func(id string) func(message) bool {
		return func(m message) bool { return m.Header.Type == "display_data" && m.parent.ID == id }
	}
	first := c.request(c.shell, "execute_request", map[string]any{"code": endless})
	c.awaitShown(isShown(first))
	second := other.executeIn(child, endless)
	other.awaitShown(isShown(second))
	c.ask(c.control, "interrupt_request", map[string]any{})
	for _, r := range []result{c.finish(first), other.finish(second)} {
		if r.reply["ename"] != "Interrupted" {
			t.Errorf("%v", r.reply)
		}
	}
	if running := shared.Queries(); len(running) != 0 {
		t.Errorf("%d queries run", len(running))
	}
}

func TestSubshellIsDeletedWithWhatItDoes(t *testing.T) {
	c, other := pair(t)
	ticks(t, c)
	child, spare := newSubshell(t, c), newSubshell(t, c)
	id, waiting := other.executeIn(child, endless), other.executeIn(child, "%echo not run")
	other.awaitShown(func(m message) bool { return m.Header.Type == "display_data" })
	if answer := c.ask(c.control, "list_subshell_request", map[string]any{}); fmt.Sprint(answer["subshell_id"]) != fmt.Sprint([]string{child, spare}) {
		t.Errorf("%v", answer)
	}
	if answer := c.ask(c.control, "delete_subshell_request", map[string]any{"subshell_id": child}); answer["status"] != "ok" {
		t.Errorf("%v", answer)
	}
	if r := other.finish(id); r.reply["ename"] != "Interrupted" {
		t.Errorf("%v", r.reply)
	}
	if r := other.finish(waiting); r.reply["status"] != "aborted" || r.stdout != "" {
		t.Errorf("%v", r.reply)
	}
	if running := shared.Queries(); len(running) != 0 {
		t.Errorf("%d queries run", len(running))
	}
	if answer := c.ask(c.control, "delete_subshell_request", map[string]any{"subshell_id": child}); answer["status"] != "error" || !contains(answer["evalue"].(string), "no such subshell") {
		t.Errorf("%v", answer)
	}
	r := other.finish(other.executeIn(child, "%echo nobody hears"))
	if r.reply["status"] != "error" || len(r.of("error")) != 1 || r.stdout != "" {
		t.Errorf("%v", r.reply)
	}
	other.finish(other.executeIn(spare, "%echo alive")).wantOK(t)
}

func TestSubshellsCountAndRememberApart(t *testing.T) {
	c := newClient(t)
	c.execute("%echo one")
	c.execute("%echo two")
	child := newSubshell(t, c)
	r := c.finish(c.executeIn(child, "SELECT nothing FROM nowhere"))
	if r.reply["execution_count"] != 1.0 || !contains(fmt.Sprint(r.reply["traceback"]), "cell[s1.1]:1:") {
		t.Errorf("%v", r.reply)
	}
	answer := c.ask(c.shell, "history_request", map[string]any{"hist_access_type": "range", "session": 0})
	if got := fmt.Sprint(answer["history"]); got != "[[1 1 %echo one] [1 2 %echo two]]" {
		t.Errorf("%s", got)
	}
	answer = c.ask(c.shell, "history_request", map[string]any{"hist_access_type": "tail", "n": 1})
	if got := fmt.Sprint(answer["history"]); got != "[[2 1 SELECT nothing FROM nowhere]]" {
		t.Errorf("%s", got)
	}
}

func TestSubshellsAreBounded(t *testing.T) {
	c := newClient(t)
	made := 0
	for ; made < 1000; made++ {
		if answer := c.ask(c.control, "create_subshell_request", map[string]any{}); answer["status"] != "ok" {
			if !contains(answer["evalue"].(string), fmt.Sprint(made, " subshells")) {
				t.Errorf("%v", answer)
			}
			break
		}
	}
	if made < 16 || made == 1000 {
		t.Errorf("%d subshells", made)
	}
	c.execute("%echo alive").wantOK(t)
}

// A client that connects while a cell runs is answered at once, and the last state that all
// clients receive is busy.
func TestKernelInfoWhileACellRuns(t *testing.T) {
	c, other := pair(t)
	ticks(t, c)
	id := c.request(c.shell, "execute_request", map[string]any{"code": endless})
	c.awaitShown(func(m message) bool { return m.Header.Type == "display_data" })
	asked := other.request(other.shell, "kernel_info_request", map[string]any{})
	if m := other.read(other.shell); m.parent.ID != asked || m.content["protocol_version"] != "5.5" {
		t.Errorf("%v", m.content)
	}
	var states []string
	for len(states) < 3 {
		m := other.awaitShown(func(m message) bool {
			return m.Header.Type == "status" && m.parent.ID != "" && (m.parent.ID != id || len(states) > 0)
		})
		states = append(states, fmt.Sprint(m.content["execution_state"], m.parent.ID == id))
	}
	if got := strings.Join(states, ", "); got != "busyfalse, idlefalse, busytrue" {
		t.Errorf("%s", got)
	}
	c.ask(c.control, "interrupt_request", map[string]any{})
	c.finish(id)
}
