package kernel

import (
	"context"
	"errors"
	"strings"
	"time"
	"unicode"

	"riffle/render"
	"riffle/session"
	"riffle/session/command"
	"riffle/session/query"
	"riffle/session/run"
)

// alongside is how long the cells that a client has sent together with a failing cell may take
// to arrive; they are aborted with it.
const alongside = 5 * time.Millisecond

// sigil is the prefix of a command's name in a notebook.
const sigil = "%"

// executeRequest is the content of an execute_request.
type executeRequest struct {
	Code            string            `json:"code"`
	Silent          bool              `json:"silent"`
	StoreHistory    bool              `json:"store_history"`
	UserExpressions map[string]string `json:"user_expressions"`
	StopOnError     bool              `json:"stop_on_error"`
	AllowStdin      bool              `json:"allow_stdin"`
}

// cell is a running cell.
type cell struct {
	*subshell
	asked          executeRequest
	executionCount int // its number in the subshell; 0 for what runs before all cells, while cells already arrive
	out            *output
	bound          run.Bound // of the query that is waited for
	payload        []object  // for the client, with the answer
}

// execute answers an execute_request.
func (s *subshell) execute(ctx context.Context, r *request) {
	asked := executeRequest{StoreHistory: true, StopOnError: true}
	if err := r.Unpack(&asked); err != nil {
		s.reply(r, "execute_reply", s.failure(err))
		return
	}
	if r.aborted {
		s.reply(r, "execute_reply", object{"status": "aborted"}) // without a number, because it did not run
		return
	}
	stored := asked.StoreHistory && !asked.Silent
	if stored && strings.TrimSpace(asked.Code) != "" {
		s.count++
		s.remember(asked.Code)
	}
	c := &cell{subshell: s, asked: asked, executionCount: s.count, out: &output{kernel: s.Kernel, parent: r, silent: asked.Silent}}
	c.out.publish("", "execute_input", object{"code": asked.Code, "execution_count": s.count})
	cellContext, interrupt := context.WithCancelCause(ctx)
	s.begin(&running{interrupt: interrupt, out: c.out})
	s.printNotices(c.out)
	s.showProgress(c.out)
	err := c.run(cellContext, asked.Code, stored)
	s.finish()
	interrupt(nil)
	s.painter.settle(c.out)
	c.out.flush()
	if err != nil {
		failure := s.failure(err)
		c.out.publish("", "error", errorContent(failure))
		if asked.StopOnError {
			time.Sleep(alongside)
			s.requests.abort()
		}
		s.reply(r, "execute_reply", failure)
		return
	}
	s.reply(r, "execute_reply", object{
		"status": "ok", "execution_count": s.count, "payload": append([]object{}, c.payload...),
		"user_expressions": refuseExpressions(asked.UserExpressions),
	})
}

// refuseExpressions answers each expression with an error: expressions are not supported.
func refuseExpressions(asked map[string]string) object {
	answers := object{}
	for name := range asked {
		answers[name] = object{"status": "error", "ename": "Unsupported", "evalue": "riffle does not support user expressions", "traceback": []string{}}
	}
	return answers
}

// run runs the statements of a cell up to the first that fails.
func (c *cell) run(ctx context.Context, code string, numbered bool) error {
	text := session.Cell{Text: code, Name: "cell", Sigil: sigil}
	if numbered {
		text.Name = c.number()
	}
	if name, asked := question(code); asked {
		return c.page(ctx, text, name)
	}
	if err := c.prepared(ctx); err != nil {
		return err
	}
	return c.runner().Cell(ctx, text)
}

// runner returns the runner of the cell's statements. Display settings that commands change
// belong to the subshell.
func (c *cell) runner() *run.Runner {
	return &run.Runner{
		Session: c.session, Front: cellFront{c}, Kind: command.Notebook, Display: &c.shown, Events: query.ProgressOnly, Ask: c.asker(),
	}
}

// question returns the name that a cell asks about, if the cell is ?NAME or NAME?.
func question(code string) (name string, asked bool) {
	code = strings.TrimSpace(code)
	name = strings.TrimSpace(strings.Trim(code, "?"))
	if name == code || name == "" || strings.Contains(code, "\n") || strings.HasPrefix(code, `\`) || strings.ContainsFunc(name, unicode.IsSpace) {
		return "", false
	}
	return name, true
}

// failure builds the reply for an error of the subshell's worker.
func (s *subshell) failure(err error) object {
	answer := failed(err)
	answer["execution_count"] = s.count
	return answer
}

// failed returns the answer for an error.
func failed(err error) object {
	lines := strings.Split(render.WithoutControls(session.Explain(err)), "\n")
	for _, left := range run.NotRun(err) {
		lines = append(lines, render.Counted(left, "statement")+" after it not run")
	}
	if errors.As(err, new(unprepared)) {
		lines = append(lines, "this cell was not run, because the configuration's init statements failed; the next cell runs without them")
	}
	name := "Error"
	switch {
	case errors.Is(err, run.ErrInterrupted):
		name = "Interrupted"
	case errors.As(err, new(*session.Error)):
		name = "StatementFailed"
	}
	return object{"status": "error", "ename": name, "evalue": render.WithoutControls(err.Error()), "traceback": lines}
}

// errorContent builds the message about a failure for all clients.
func errorContent(failure object) object {
	return object{"ename": failure["ename"], "evalue": failure["evalue"], "traceback": failure["traceback"]}
}
