package session

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"

	"riffle/session/gateway"
	"riffle/session/statement"
	"riffle/udfhost/golang"
)

// journal is what brings another gateway to the session's state, besides its
// settings and its Go functions: the statements whose effect is lost with the
// JVM that they ran in, in their order. Which ones these are the gateway tells,
// for it knows temporary objects and catalogs.
//
// It is kept in memory and nowhere else, for statements hold passwords.
type journal struct {
	mu      sync.Mutex
	entries []entry
	// declared tells how many entries there were when a Go function of a name was
	// declared that did not exist before.
	declared map[string]int
}

type entry struct {
	sql      string
	position string // of the statement as it was typed: "cell[3]:1:1"
	function string // what it makes, changes or drops, if that is a function
}

// declare notes which Go functions there are from now on.
func (j *journal) declare(program *golang.Program) {
	j.mu.Lock()
	defer j.mu.Unlock()
	declared := map[string]int{}
	for _, f := range program.Functions {
		at, known := j.declared[f.Name]
		if !known {
			at = len(j.entries)
		}
		declared[f.Name] = at
	}
	j.declared = declared
}

// late is a Go function that another gateway may not have before some entries of the
// journal: a statement about a function of the same name is among them, which would
// fail, or be about the Go function.
type late struct {
	name string
	from int // the entry that it is registered before
}

// lateFunctions are those of the session, in order. All others come first, since
// views call them.
func (j *journal) lateFunctions() (functions []late) {
	j.mu.Lock()
	defer j.mu.Unlock()
	for name, from := range j.declared {
		if slices.ContainsFunc(j.entries[:from], func(e entry) bool { return strings.EqualFold(e.function, name) }) {
			functions = append(functions, late{name, from})
		}
	}
	slices.SortFunc(functions, func(a, b late) int { return a.from - b.from })
	return functions
}

func (j *journal) add(e entry) {
	j.mu.Lock()
	defer j.mu.Unlock()
	j.entries = append(j.entries, e)
}

func (j *journal) all() []entry {
	j.mu.Lock()
	defer j.mu.Unlock()
	return j.entries[:len(j.entries):len(j.entries)]
}

// restored says what a new gateway was brought to, for people.
func (s *Session) restored() string {
	functions := 0
	if program := s.program.Load(); program != nil {
		functions = len(program.Functions)
	}
	var parts []string
	for _, part := range []struct {
		n    int
		what string
	}{{len(s.Settings()), "setting"}, {functions, "function"}, {len(s.journal.all()), "statement"}} {
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

// restore brings a new gateway to the session's state. What cannot be brought
// back is named, and does not keep the rest from coming back: the error is that
// this gateway is lost too.
func (s *Session) restore(g gateway.Gateway) error {
	type step func() (what string, err error)
	functions := func(but []late) step {
		return func() (string, error) {
			if s.program.Load() == nil {
				return "", nil
			}
			return "the Go functions", s.registerBut(s.ctx, g, but)
		}
	}
	waiting := s.journal.lateFunctions()
	steps := []step{
		func() (string, error) {
			settings := s.Settings()
			if len(settings) == 0 {
				return "", nil
			}
			return "the settings", g.Configure(s.ctx, settings)
		},
		functions(waiting),
	}
	for i, e := range s.journal.all() {
		for len(waiting) > 0 && waiting[0].from == i {
			waiting = waiting[1:]
			steps = append(steps, functions(waiting))
		}
		steps = append(steps, func() (string, error) {
			_, err := g.Execute(s.ctx, e.sql, fmt.Sprintf("restored%d", i+1))
			return e.position + ": " + firstLine(e.sql), err
		})
	}
	if len(waiting) > 0 {
		steps = append(steps, functions(nil))
	}
	for _, step := range steps {
		what, err := step()
		var lost *gateway.LostError
		switch {
		case err == nil:
		case s.ctx.Err() != nil, errors.As(err, &lost):
			return err
		default:
			s.config.Notice(fmt.Sprintf("not restored: %s: %v", what, err))
		}
	}
	return nil
}

func firstLine(sql string) string {
	line, _, more := strings.Cut(strings.TrimSpace(sql), "\n")
	if more {
		return line + " …"
	}
	return line
}

// repeatable tells whether a statement may be run again when it is not known
// whether it ran: not if it starts a job that writes, or changes what outlives
// the session.
func repeatable(st Statement) bool {
	if st.Verb == "CREATE TABLE" && st.Lexed().Has("SELECT") {
		return false // it writes rows
	}
	return statement.EffectOf(st.Verb)&statement.Repeatable != 0
}
