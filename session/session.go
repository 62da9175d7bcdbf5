// Package session is riffle's heart: the live table environment. A front end
// hands it cells; a cell is split into statements (package sqltext), and
// Execute carries each one out: SQL goes to the gateway, Go declarations to the
// compiler and from there into the environment as SQL functions, settings stay
// here. What runs, or has rows, is a query (package query):
//
//	cell ─► Statements ─► Execute ─► Reply
//	                        │          └─ its events, and its table
//	                        └─ query.Query: source ─► table ─► subscribers
//
// A query belongs to the session, not to who asked for it.
//
// Nothing here draws, and nothing here knows a Flink version.
//
// The files, as they are read. Each uses those below it and none above it:
//
//	session.go     a session begins and ends
//	parameters.go artifact.go    what is typed as something else and becomes statements
//	tab.go queries.go            what a front end asks
//	execute.go     a statement goes to the executor of its class, which is in:
//	sets.go configure.go stop.go submit.go       SQL
//	undeclare.go declare.go judge.go             Go
//	present.go procedure.go start.go             what it came to: a reply, a query
//	paragraphs.go  a script whose statements have no ;
//	task.go names.go settings.go variables.go state.go cell.go    what all of these share
package session

import (
	"context"
	"log/slog"

	"riffle/session/catalog"
	"riffle/session/gateway"
	"riffle/session/journal"
	"riffle/session/link"
	"riffle/session/roster"
)

// New starts a session.
func New(ctx context.Context, config Config) *Session {
	if config.Log == nil {
		config.Log = slog.New(slog.DiscardHandler)
	}
	if config.Notice == nil {
		config.Notice = func(string) {}
	}
	s := &Session{
		config:    config,
		settings:  map[string]string{},
		variables: map[string]string{},
		queries:   roster.New(),
		verdicts:  map[string]gateway.Verdict{},
	}
	s.catalog = catalog.New(reader{s}, ownOptions(), config.Log)
	s.ctx, s.cancel = context.WithCancel(ctx)
	s.gateways = link.New(s.ctx, link.Config{
		Boot: config.Boot,
		Restore: func(ctx context.Context, g gateway.Gateway) error {
			return s.journal.Restore(ctx, g, s.state(), config.Notice)
		},
		Restored: func() string { return s.journal.Restored(s.state()) },
		Running:  s.queries.Ends,
		Changed:  func() { s.catalog.Planned(true) },
		Notice:   config.Notice,
	})
	s.tasks.Go(func() { s.catalog.Run(s.ctx) })
	return s
}

// Close cancels what runs and ends the gateway.
func (s *Session) Close() {
	s.cancel()
	s.gateways.Wait()
	s.tasks.Wait()
}

// Folder is where files of the session can be that are to go with it; "" for none.
func (s *Session) Folder() string { return s.config.Folder }

// Ready waits until statements can be planned.
func (s *Session) Ready(ctx context.Context) error { return s.gateways.Ready(ctx) }

// state is what another gateway is brought to, besides the journal.
func (s *Session) state() journal.State {
	settings := s.Settings()
	return journal.State{Settings: settings, Functions: registrations(s.program.Load(), onError(settings))}
}
