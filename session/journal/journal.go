// Package journal brings a new gateway to the state of a session whose gateway was lost. The
// session itself keeps its settings and its Go functions. The rest of its state is the effect
// of statements. Some of these effects, such as temporary tables, exist only in the JVM in
// which the statements ran. The journal keeps those statements.
//
//	statement ─► Answer.Journal ─► Add ─┐
//	Go declaration ────────────► Declare ┴─► Restore: settings, functions, statements
//
// The gateway decides which statements these are, because it knows which objects and catalogs
// are temporary. The journal is kept in memory only, because statements contain passwords.
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

// Journal is the journal of a session. Its zero value is empty, and its methods may be called from
// several goroutines.
type Journal struct {
	mu sync.Mutex
	// entries grows with each statement of this kind that a user or a script runs, by some hundred
	// bytes. No entry is removed, not even those of a table that was dropped: a view or an ALTER in
	// between may refer to it, and a statement that fails when it is restored costs more than one
	// that is not necessary.
	entries []Entry
	// declared has, for each Go function that was new when it was declared, the number of entries
	// at that time.
	declared map[string]int
}

// Entry is a statement whose effect is lost with the JVM that it ran in.
type Entry struct {
	SQL      string
	Position string // of the statement as it was typed: "cell[3]:1:1"
	Function string // the function that it creates, alters or drops, if any
}

// State is the part of the state that the session itself keeps.
type State struct {
	Settings  map[string]string
	Functions []gateway.Function
}

// Gateway is what the journal needs from a gateway.
type Gateway interface {
	Configure(ctx context.Context, options map[string]string) error
	Register(ctx context.Context, functions []gateway.Function) error
	Execute(ctx context.Context, sql, name string) (gateway.Answer, error)
}

// Add appends a statement.
func (j *Journal) Add(e Entry) {
	j.mu.Lock()
	defer j.mu.Unlock()
	j.entries = append(j.entries, e)
}

// Declare records the Go functions that exist from now on.
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

// Restore brings a new gateway to the session's state: first the settings, then the Go functions,
// because views call them, then the statements in their order. A notice names whatever cannot be
// restored, and the rest is restored nevertheless. An error means that this gateway is lost too.
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

// register returns the step that registers all functions except those that must wait.
func register(all []gateway.Function, waiting []late) []step {
	if len(all) == 0 {
		return nil
	}
	functions := slices.DeleteFunc(slices.Clone(all), func(f gateway.Function) bool {
		return slices.ContainsFunc(waiting, func(l late) bool { return l.name == f.Name })
	})
	return []step{{"the Go functions", func(ctx context.Context, g Gateway) error { return g.Register(ctx, functions) }}}
}

// late is a Go function that must not be registered before some entries of the journal: one of
// them is a statement about a function of the same name, which would fail or affect the Go
// function.
type late struct {
	name string
	from int // the entry that it is registered before
}

// read returns the entries, and the late functions in the order in which they are registered.
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

// Restored describes the state that was restored, for people.
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
