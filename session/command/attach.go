package command

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"riffle/render"
	"riffle/session"
	"riffle/session/gateway"
	"riffle/session/mention"
	"riffle/session/query"
)

func attach(ctx context.Context, env *Env, args []string) (Answer, error) {
	job := args[0]
	if !jobID.MatchString(job) {
		return Answer{}, wrong(job, "%s is not the id of a job: SHOW JOBS lists them", job)
	}
	a, err := env.Session.Attach(ctx, job)
	var fault *gateway.Fault
	switch {
	case errors.As(err, &fault) && fault.Hint != "":
		return Answer{}, wrong(job, "%s: %s", fault.Message, fault.Hint)
	case err != nil:
		return Answer{}, err
	}
	text := a.Name + "\n" + condition(a.Health)
	if a.Query != nil {
		id := a.Query.ID()
		if r := Restarts(env.FrontEnd, id, a.Health.Restarts); r != "" {
			text += "\n" + r
		}
		text += fmt.Sprintf("\n%s follows the job: %s shows its progress, %s stops it with a savepoint", id,
			mention.Command("queries"), mention.Command("stop "+id))
		if a.Known { // its end is reported already
			return Answer{Text: text}, nil
		}
		return Answer{Action: Follow, Text: text, Query: a.Query}, nil
	}
	if a.Err != nil && !errors.Is(a.Err, gateway.ErrCancelled) {
		text += "\n" + session.Explain(a.Err)
	}
	return Answer{Text: text}, nil
}

// condition describes the state of a job in one line.
func condition(h query.Health) string {
	parts := []string{stateOf(h)}
	add := func(format string, args ...any) { parts = append(parts, fmt.Sprintf(format, args...)) }
	if h.Parallelism > 0 {
		add("parallelism %d", h.Parallelism)
	}
	if h.RowsIn >= 0 {
		add("%s read", render.Counted(h.RowsIn, "row"))
	}
	if h.RowsOut >= 0 {
		add("%s written", render.Counted(h.RowsOut, "row"))
	}
	if h.Backpressure >= 0.1 {
		add("backpressure %.0f %%", 100*h.Backpressure)
	}
	if mark := watermark(h, nil); mark != "" {
		add("watermark %s", mark)
	}
	if c := h.Checkpoint; c != nil {
		add("checkpoint %d, %s ago", c.ID, render.Running(time.Since(c.At)))
	}
	if h.Failed > 0 {
		add("%s failed", render.Counted(h.Failed, "checkpoint"))
	}
	return strings.Join(parts, " · ")
}
