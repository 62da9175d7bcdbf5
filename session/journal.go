package session

import (
	"errors"
	"fmt"
	"strings"
	"sync"

	"riffle/session/flink"
	"riffle/session/sqltext"
	"riffle/session/statement"
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
}

type entry struct {
	sql      string
	position string // of the statement as it was typed: "cell[3]:1:1"
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
	if program := s.catalog.declared.Load(); program != nil {
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
func (s *Session) restore(gateway Gateway) error {
	steps := []func() (what string, err error){
		func() (string, error) {
			settings := s.Settings()
			if len(settings) == 0 {
				return "", nil
			}
			return "the settings", gateway.Configure(s.ctx, settings)
		},
		func() (string, error) {
			if s.catalog.declared.Load() == nil {
				return "", nil
			}
			return "the Go functions", s.register(s.ctx, gateway, onError(s.Settings()))
		},
	}
	for i, e := range s.journal.all() {
		steps = append(steps, func() (string, error) {
			_, err := gateway.Execute(s.ctx, e.sql, fmt.Sprintf("restored%d", i+1))
			return e.position + ": " + firstLine(e.sql), err
		})
	}
	for _, step := range steps {
		what, err := step()
		var lost *flink.LostError
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
	if st.Verb == "CREATE TABLE" && hasQuery(st.Text) {
		return false // it writes rows
	}
	return statement.EffectOf(st.Verb)&statement.Repeatable != 0
}

func hasQuery(sql string) bool {
	for _, token := range sqltext.Lex(sql) {
		if text := sql[token.Span.Start:token.Span.End]; token.Kind == sqltext.Keyword && strings.EqualFold(text, "SELECT") {
			return true
		}
	}
	return false
}
