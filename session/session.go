// Package session is the core of riffle: the live table environment. A front end passes in
// cells. A cell is split into statements (package sqltext), and Execute runs them one by one.
// SQL goes to the gateway. Go declarations are compiled, and their functions are registered
// in Flink. Settings are kept in the session. A statement that runs a job or returns rows
// becomes a query (package query):
//
//	cell ─► Statements ─► Execute ─► Reply
//	                        │          └─ its events, and its table
//	                        └─ query.Query: source ─► table ─► subscribers
//
// A query belongs to the session, not to the front end that submitted it.
//
// The package does not draw, and it does not depend on a version of Flink.
//
// The files, as they are read. Each uses those below it and none above it:
//
//	session.go     a session begins and ends
//	parameters.go artifact.go    other input that becomes statements: parameters, \jar
//	attach.go                    follows jobs that other sessions submitted
//	tab.go queries.go            what front ends look up: completion, queries
//	try.go                       calls functions without Flink
//	modules.go                   adds Go modules
//	execute.go     passes a statement to the executor of its class, which is in:
//	sets.go configure.go stop.go submit.go       SQL
//	describe.go undeclare.go declare.go judge.go Go
//	present.go procedure.go start.go follow.go   the result: a reply, a query
//	paragraphs.go  a script whose statements do not end with ;
//	task.go names.go zone.go jobparameters.go async.go settings.go variables.go state.go cell.go    shared by all of these
package session

import (
	"context"
	"log/slog"

	"riffle/session/catalog"
	"riffle/session/gateway"
	"riffle/session/journal"
	"riffle/session/link"
	"riffle/session/query"
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
		jobs:      map[*query.Query]chan struct{}{},
		verdicts:  map[string]gateway.Verdict{},
		versions:  map[string]int{},
		refused:   map[string]bool{},
	}
	s.catalog = catalog.New(reader{s}, ownOptions(), config.Log)
	s.ctx, s.cancel = context.WithCancel(ctx)
	s.gateways = link.New(s.ctx, link.Config{
		Boot:     config.Boot,
		OnDemand: config.OnDemand,
		Restore: func(ctx context.Context, g gateway.Gateway) error {
			if err := s.judgeLate(ctx, g); err != nil {
				return err
			}
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

// Close cancels the running queries and ends the gateway. On an existing cluster, jobs whose queries have ended may finish
// first.
func (s *Session) Close() {
	if s.config.Cluster != "" {
		s.letFinish()
	}
	s.cancel()
	s.gateways.Wait()
	s.tasks.Wait()
}

// Folder returns the folder for files that are removed with the session, or "" if there is none.
func (s *Session) Folder() string { return s.config.Folder }

// Ready waits until statements can be planned.
func (s *Session) Ready(ctx context.Context) error { return s.gateways.Ready(ctx) }

// state returns the state that another gateway must be brought to, besides the journal.
func (s *Session) state() journal.State {
	settings := s.Settings()
	return journal.State{Settings: settings, Functions: s.registrations(s.program.Load(), callsOf(settings))}
}
