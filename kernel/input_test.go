package kernel_test

import (
	"encoding/json"
	"log/slog"
	"strings"
	"testing"

	"riffle/kernel"
	"riffle/kernel/wire"
)

// cancelWhich sends a cell that asks a question, and returns the question.
func (c *client) cancelWhich(t *testing.T) (cell string, question message) {
	t.Helper()
	cell = c.request(c.shell, "execute_request", map[string]any{"code": "%cancel", "allow_stdin": true})
	question = c.read(c.stdin)
	if question.Header.Type != "input_request" || question.parent.ID != cell || question.content["password"] != false {
		t.Fatalf("%s, %v", question.Header.Type, question.content)
	}
	return cell, question
}

// answer sends an answer, to a question if it is one of a client that names it.
func (c *client) answer(to wire.Header, value any) {
	c.t.Helper()
	text, err := json.Marshal(map[string]any{"value": value})
	if err != nil {
		c.t.Fatal(err)
	}
	c.send(c.stdin, wire.Header{Type: "input_reply"}, to, string(text))
}

func TestCancelAsksWhich(t *testing.T) {
	c := newClient(t)
	queries := inBackground(t, c, 2)
	id, question := c.cancelWhich(t)
	text := question.content["prompt"].(string)
	if !contains(text, queries[0].ID()+"  SELECT name, COUNT(*)", queries[1].ID(), "cancel which, or all? ") {
		t.Errorf("%q", text)
	}
	c.answer(wire.Header{}, queries[1].ID()+" ")
	c.finish(id).wantOK(t)
	<-queries[1].Done()
	if _, ended := queries[0].End(); ended {
		t.Error("both were cancelled")
	}

	id, question = c.cancelWhich(t)
	c.answer(question.Header, "")
	if r := c.finish(id); !contains(r.of("execute_result")[0].data("text/plain"), "nothing cancelled") {
		t.Errorf("%v", r.reply)
	}
	id, question = c.cancelWhich(t)
	c.answer(question.Header, "all")
	c.finish(id).wantOK(t)
	<-queries[0].Done()
}

// logged are the lines of a log.
type logged chan string

func (l logged) Write(line []byte) (int, error) {
	l <- string(line)
	return len(line), nil
}

func TestAnswersThatAreNone(t *testing.T) {
	log := make(logged, 100)
	_, at := startKernel(t, func(c *kernel.Config) { c.Log = slog.New(slog.NewTextHandler(log, nil)) })
	c, stranger := connect(t, at), connect(t, at)
	queries := inBackground(t, c, 1)
	c.answer(wire.Header{}, "all") // to no question
	c.answer(wire.Header{}, 7)     // not a text, which is reported once the earlier messages are handled
	for !strings.Contains(<-log, "an answer was not read") {
	}
	id, question := c.cancelWhich(t)
	stranger.answer(question.Header, "all")
	stranger.answer(wire.Header{}, "all")
	c.answer(wire.Header{ID: "another question"}, "all")
	c.send(c.stdin, wire.Header{Type: "no_such_reply"}, question.Header, `{"value": "all"}`)
	c.answer(question.Header, map[string]any{"no": "text"}) // as if it were empty
	if r := c.finish(id); !contains(r.of("execute_result")[0].data("text/plain"), "nothing cancelled") {
		t.Errorf("%v", r.reply)
	}
	if _, ended := queries[0].End(); ended {
		t.Error("the answer of another was taken")
	}

	r := c.execute("%cancel") // allow_stdin is not set
	if !contains(r.reply["evalue"].(string), "which query?", queries[0].ID(), `%cancel all`) {
		t.Errorf("%v", r.reply)
	}
}

func TestInterruptWhileAsked(t *testing.T) {
	c := newClient(t)
	queries := inBackground(t, c, 1)
	id, question := c.cancelWhich(t)
	c.ask(c.control, "interrupt_request", map[string]any{})
	if r := c.finish(id); r.reply["ename"] != "Interrupted" {
		t.Errorf("%v", r.reply)
	}
	c.answer(question.Header, "all") // too late
	c.execute("%echo after").wantOK(t)
	if _, ended := queries[0].End(); ended {
		t.Error("a late answer was taken")
	}
	// Shutdown does not wait for an answer.
	c.cancelWhich(t)
	if answer := c.ask(c.control, "shutdown_request", map[string]any{}); answer["status"] != "ok" {
		t.Errorf("%v", answer)
	}
	c.control.wantEnd()
}

func TestSubshellsAskApart(t *testing.T) {
	c := newClient(t)
	queries := inBackground(t, c, 2)
	child := newSubshell(t, c)
	ask := func(subshell string) (string, message) {
		id := c.send(c.shell, wire.Header{Type: "execute_request", Subshell: subshell}, wire.Header{}, `{"code": "%cancel", "allow_stdin": true}`)
		return id, c.read(c.stdin)
	}
	first, _ := ask("")
	second, question := ask(child)
	if question.parent.Subshell != child {
		t.Errorf("the question of the subshell is one of %q", question.parent.Subshell)
	}
	c.send(c.stdin, wire.Header{Type: "input_reply", Subshell: child}, wire.Header{}, `{"value": "`+queries[1].ID()+`"}`)
	r := c.finish(second)
	if r.wantOK(t); !strings.Contains(r.of("execute_result")[0].data("text/plain"), queries[1].ID()) {
		t.Errorf("%v", r.shown)
	}
	c.send(c.stdin, wire.Header{Type: "input_reply"}, wire.Header{}, `{"value": "`+queries[0].ID()+`"}`)
	c.finish(first).wantOK(t)
}

// A client that has disconnected does not answer any more.
func TestQuestionToNobody(t *testing.T) {
	c := newClient(t)
	inBackground(t, c, 1)
	id, _ := c.cancelWhich(t)
	c.stdin.conn.Close()
	if r := c.finish(id); !contains(r.reply["evalue"].(string), "it has no stdin channel") {
		t.Errorf("%v", r.reply)
	}
	id = c.request(c.shell, "execute_request", map[string]any{"code": "%cancel", "allow_stdin": true})
	if r := c.finish(id); !contains(r.reply["evalue"].(string), "it has no stdin channel") {
		t.Errorf("%v", r.reply)
	}
}
