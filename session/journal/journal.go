// Package journal brings another gateway to the state of a session whose gateway was
// lost. The session keeps its settings and its Go functions itself. What else it had is
// the effect of statements, and of some of them the effect is gone with the JVM that
// they ran in, such as temporary tables: those are the journal.
//
//	statement ─► Answer.Journal ─► Add ─┐
//	Go declaration ────────────► Declare ┴─► Restore: settings, functions, statements
//
// Which statements these are the gateway tells, for it knows temporary objects and
// catalogs. The journal is kept in memory and nowhere else: statements hold passwords.
package journal

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"

	"riffle/session/gateway"
)

// Journal is a session's. Its zero value is empty, and its methods may be called from
// several goroutines.
type Journal struct {
	mu      sync.Mutex
	entries []Entry
	// declared tells how many entries there were when a Go function of a name was
	// declared that did not exist before.
	declared map[string]int
}

// Entry is a statement whose effect is lost with the JVM that it ran in.
type Entry struct {
	SQL      string
	Position string // of the statement as it was typed: "cell[3]:1:1"
	Function string // what it makes, changes or drops, if that is a function
}

// State is what the session keeps itself.
type State struct {
	Settings  map[string]string
	Functions []gateway.Function
}

// Gateway is what the journal needs of one.
type Gateway interface {
	Configure(ctx context.Context, options map[string]string) error
	Register(ctx context.Context, functions []gateway.Function) error
	Execute(ctx context.Context, sql, name string) (gateway.Answer, error)
}

// Add puts a statement at the end.
func (j *Journal) Add(e Entry) {
	j.mu.Lock()
	defer j.mu.Unlock()
	j.entries = append(j.entries, e)
}

// Declare notes which Go functions there are from now on.
func (j *Journal) Declare(functions []string) {
	j.mu.Lock()
	defer j.mu.Unlock()
	declared := map[string]int{}
	for _, name := range functions {
		at, known := j.declared[name]
		if !known {
			at = len(j.entries)
		}
		declared[name] = at
	}
	j.declared = declared
}

// Restore brings a new gateway to the session's state: the settings first, then the Go
// functions, since views call them, then the statements in their order. What cannot be
// brought back is named in a notice, and does not keep the rest from coming back. The
// error is that this gateway is lost too.
func (j *Journal) Restore(ctx context.Context, g Gateway, s State, notice func(string)) error {
	for _, step := range j.steps(s) {
		err := step.do(ctx, g)
		switch {
		case err == nil:
		case ctx.Err() != nil, errors.As(err, new(*gateway.LostError)):
			return err
		default:
			notice(fmt.Sprintf("not restored: %s: %v", step.what, err))
		}
	}
	return nil
}

// step is a part of the state, and how a gateway gets it.
type step struct {
	what string
	do   func(context.Context, Gateway) error
}

func (j *Journal) steps(s State) []step {
	entries, waiting := j.read()
	var steps []step
	if len(s.Settings) > 0 {
		steps = append(steps, step{"the settings", func(ctx context.Context, g Gateway) error { return g.Configure(ctx, s.Settings) }})
	}
	steps = append(steps, register(s.Functions, waiting)...)
	for i, e := range entries {
		for len(waiting) > 0 && waiting[0].from == i {
			waiting = waiting[1:]
			steps = append(steps, register(s.Functions, waiting)...)
		}
		steps = append(steps, step{e.Position + ": " + firstLine(e.SQL), func(ctx context.Context, g Gateway) error {
			_, err := g.Execute(ctx, e.SQL, fmt.Sprintf("restored%d", i+1))
			return err
		}})
	}
	if len(waiting) > 0 {
		steps = append(steps, register(s.Functions, nil)...)
	}
	return steps
}

// register is the step that registers all functions but those that wait.
func register(all []gateway.Function, waiting []late) []step {
	if len(all) == 0 {
		return nil
	}
	functions := slices.DeleteFunc(slices.Clone(all), func(f gateway.Function) bool {
		return slices.ContainsFunc(waiting, func(l late) bool { return l.name == f.Name })
	})
	return []step{{"the Go functions", func(ctx context.Context, g Gateway) error { return g.Register(ctx, functions) }}}
}

// late is a Go function that another gateway may not have before some entries of the
// journal: a statement about a function of the same name is among them, which would
// fail, or be about the Go function.
type late struct {
	name string
	from int // the entry that it is registered before
}

// read gives the entries, and the functions that are late in the order in which they
// are registered.
func (j *Journal) read() (entries []Entry, waiting []late) {
	j.mu.Lock()
	defer j.mu.Unlock()
	for name, from := range j.declared {
		if slices.ContainsFunc(j.entries[:from], func(e Entry) bool { return strings.EqualFold(e.Function, name) }) {
			waiting = append(waiting, late{name, from})
		}
	}
	slices.SortFunc(waiting, func(a, b late) int { return a.from - b.from })
	return slices.Clip(j.entries), waiting
}

// Restored says what a gateway was brought to, for people.
func (j *Journal) Restored(s State) string {
	entries, _ := j.read()
	var parts []string
	for _, part := range []struct {
		n    int
		what string
	}{{len(s.Settings), "setting"}, {len(s.Functions), "function"}, {len(entries), "statement"}} {
		switch part.n {
		case 0:
		case 1:
			parts = append(parts, "1 "+part.what)
		default:
			parts = append(parts, fmt.Sprintf("%d %ss", part.n, part.what))
		}
	}
	if len(parts) == 0 {
		return "Flink is back"
	}
	return "Flink is back, with the session's " + strings.Join(parts, ", ")
}

func firstLine(sql string) string {
	line, _, more := strings.Cut(strings.TrimSpace(sql), "\n")
	if more {
		return line + " …"
	}
	return line
}
