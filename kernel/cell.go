package kernel

import (
	"cmp"
	"context"
	"errors"
	"strings"
	"time"
	"unicode"

	"riffle/render"
	"riffle/session"
	"riffle/session/command"
	"riffle/session/query"
	"riffle/session/sqltext"
)

// errInterrupted ends a cell because a client asked for it.
var errInterrupted = errors.New("interrupted")

// alongside is how long what a client has sent together with a cell that fails may
// take to arrive: it is aborted with it.
const alongside = 5 * time.Millisecond

// sigil stands before a command's name in a notebook.
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

// cell is one that is carried out.
type cell struct {
	*subshell
	asked   executeRequest
	out     *output
	mode    command.Mode
	payload []object // for the client, with the answer
}

// execute answers an execute_request.
func (k *subshell) execute(ctx context.Context, r *request) {
	asked := executeRequest{StoreHistory: true, StopOnError: true}
	if err := r.Unpack(&asked); err != nil {
		k.reply(r, "execute_reply", k.failure(err))
		return
	}
	if r.aborted {
		k.reply(r, "execute_reply", object{"status": "aborted"}) // without a number, as it was not carried out
		return
	}
	stored := asked.StoreHistory && !asked.Silent
	if stored && strings.TrimSpace(asked.Code) != "" {
		k.count++
		k.remember(asked.Code)
	}
	c := &cell{subshell: k, asked: asked, out: &output{kernel: k.Kernel, parent: r, silent: asked.Silent}}
	c.out.publish("", "execute_input", object{"code": asked.Code, "execution_count": k.count})
	cellContext, interrupt := context.WithCancelCause(ctx)
	k.begin(&running{interrupt: interrupt, out: c.out})
	k.tell(c.out)
	err := c.run(cellContext, asked.Code, stored)
	k.finish()
	interrupt(nil)
	k.painter.settle(c.out)
	c.out.flush()
	if err != nil {
		failure := k.failure(err)
		c.out.publish("", "error", errorContent(failure))
		if asked.StopOnError {
			time.Sleep(alongside)
			k.requests.abort()
		}
		k.reply(r, "execute_reply", failure)
		return
	}
	k.reply(r, "execute_reply", object{
		"status": "ok", "execution_count": k.count, "payload": append([]object{}, c.payload...),
		"user_expressions": refuseExpressions(asked.UserExpressions),
	})
}

// refuseExpressions answers for each expression that there are none here.
func refuseExpressions(asked map[string]string) object {
	answers := object{}
	for name := range asked {
		answers[name] = object{"status": "error", "ename": "Unsupported", "evalue": "riffle has no expressions beside cells", "traceback": []string{}}
	}
	return answers
}

// run carries out the statements of a cell, up to the first that fails.
func (c *cell) run(ctx context.Context, code string, numbered bool) error {
	text := session.Cell{Text: code, Name: "cell", Sigil: sigil}
	if numbered {
		text.Name = c.number()
	}
	if name, asked := question(code); asked {
		return c.page(ctx, text, name)
	}
	mode, statements, err := command.Begin(text.Statements())
	if err != nil {
		c.shown.Failure = err
		return err
	}
	c.mode = mode
	begun := time.Now()
	defer func() {
		if c.mode.Timed || c.shown.Timing {
			c.out.print("stdout", "took "+time.Since(begun).Round(time.Millisecond).String())
		}
	}()
	if err := c.prepared(ctx); err != nil {
		return err
	}
	c.shown.NextName = mode.Name
	err = c.carryOut(ctx, statements)
	if name := c.shown.NextName; name != "" && err == nil {
		c.out.print("stderr", "nothing is called "+name+": no query came behind it in this cell")
	}
	c.shown.NextName = ""
	return err
}

// carryOut carries out statements, up to the first that fails.
func (c *cell) carryOut(ctx context.Context, statements []session.Statement) error {
	for i, st := range statements {
		err := c.statement(ctx, st)
		if err == nil {
			continue
		}
		if cause := context.Cause(ctx); cause != nil && !errors.Is(err, cause) {
			err = cause
		}
		c.shown.Failure = err
		if left := len(statements) - i - 1; left > 0 {
			err = &unfinished{err, left}
		}
		return err
	}
	return nil
}

// unfinished is an error behind which statements were left.
type unfinished struct {
	error
	left int
}

func (u *unfinished) Unwrap() error { return u.error }

// question tells what a cell that is ?NAME or NAME? asks for.
func question(code string) (name string, asked bool) {
	code = strings.TrimSpace(code)
	name = strings.TrimSpace(strings.Trim(code, "?"))
	if name == code || name == "" || strings.HasPrefix(code, `\`) || strings.ContainsFunc(name, unicode.IsSpace) {
		return "", false
	}
	return name, true
}

// statement carries out one statement.
func (c *cell) statement(ctx context.Context, st session.Statement) error {
	if st.Class == sqltext.Command {
		return c.command(ctx, st)
	}
	if err := cmp.Or(command.Habit(st), command.Stray(command.Notebook, st)); err != nil {
		return err
	}
	reply, err := c.session.Execute(ctx, c.shown.Naming(st), query.Told)
	c.shown.Named(reply)
	if reply.Note != "" {
		c.out.print("stderr", reply.Note)
	}
	switch {
	case err != nil:
		return err
	case reply.Query == nil:
		c.out.print("stdout", render.Harmless(reply.Message))
		return nil
	}
	return c.query(ctx, st, reply)
}

// failure is the answer for an error of what the subshell's worker does.
func (k *subshell) failure(err error) object {
	answer := failed(err)
	answer["execution_count"] = k.count
	return answer
}

// failed is the answer for an error.
func failed(err error) object {
	lines := strings.Split(render.Harmless(session.Explain(err)), "\n")
	var rest *unfinished
	if errors.As(err, &rest) {
		lines = append(lines, render.Counted(int64(rest.left), "statement")+" after it not run")
	}
	if errors.As(err, new(unprepared)) {
		lines = append(lines, "this cell was not run, since what comes before all cells failed; the next one goes on without it")
	}
	name := "Error"
	switch {
	case errors.Is(err, errInterrupted):
		name = "Interrupted"
	case errors.As(err, new(*session.Error)):
		name = "StatementFailed"
	}
	return object{"status": "error", "ename": name, "evalue": render.Harmless(err.Error()), "traceback": lines}
}

// errorContent is what all clients are told of a failure.
func errorContent(failure object) object {
	return object{"ename": failure["ename"], "evalue": failure["evalue"], "traceback": failure["traceback"]}
}
