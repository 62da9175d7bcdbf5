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
package session

import (
	"context"
	"fmt"
	"log/slog"
	"maps"
	"slices"
	"strconv"
	"sync"
	"sync/atomic"

	"riffle/session/catalog"
	"riffle/session/gateway"
	"riffle/session/journal"
	"riffle/session/link"
	"riffle/session/query"
	"riffle/udfhost/golang"
)

// Config is what a session is made from.
type Config struct {
	// Boot brings up a gateway. It runs beside everything else: the session
	// takes statements at once, and those that need Flink wait for it. It is
	// called again when a gateway is lost, and after a failure when the next
	// statement needs one.
	Boot func(ctx context.Context) (gateway.Gateway, error)
	// Jars brings the jars of an artifact of Maven's, group:artifact:version, onto
	// this machine, and tells say what goes on. Nil where there is none.
	Jars func(ctx context.Context, artifact string, say func(string)) ([]string, error)
	// Folder is the session's own, which only the user can read and which is removed
	// when the session has ended; "" for none.
	Folder string
	// Functions compiles Go, and Harness runs it for the gateway's Flink, with the
	// engine of Functions. A session needs both.
	Functions *golang.Store
	Harness   query.Harness
	// Notice is called, from any goroutine, with what concerns no statement: that
	// the gateway was lost, and what of the session is back. Nil for nobody.
	Notice func(string)
	Log    *slog.Logger // nil for none
}

// Session is a live environment. Its methods may be called from several
// goroutines; statements are planned one after the other.
type Session struct {
	config Config
	ctx    context.Context // ends with the session
	cancel context.CancelFunc
	tasks  sync.WaitGroup

	gateways *link.Keeper

	// mu comes before the locks of queries, which call nothing of the session while they
	// hold theirs.
	mu        sync.Mutex
	settings  map[string]string
	queries   []*query.Query          // running, oldest first
	used      []query.Usage           // of queries that have ended, oldest first
	outcomes  []outcome               // of those that have ended, oldest first
	numbered  int                     // queries so far
	internal  int                     // what else has a name
	called    map[string]*query.Query // queries by the names that they were given, also such as have ended
	cells     int                     // cells so far
	last      *query.Query            // see Keep
	set       *statementSet
	variables map[string]string

	program atomic.Pointer[golang.Program] // what the session's Go is; nil for none
	catalog *catalog.Catalog
	journal journal.Journal

	options  []string                   // what Flink knows to be SET, once asked for; guarded by turn
	verdicts map[string]gateway.Verdict // on names of Go functions, see judge; guarded by turn
}

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
		called:    map[string]*query.Query{},
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
		Running:  s.running,
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

// Cell makes a cell of typed text and numbers it: cell[1], cell[2], …
func (s *Session) Cell(text string) Cell {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.cells++
	return Cell{Text: text, Name: fmt.Sprintf("cell[%d]", s.cells)}
}

// Queries are the queries and jobs that run, the oldest first.
func (s *Session) Queries() []*query.Query {
	s.mu.Lock()
	defer s.mu.Unlock()
	return slices.Clone(s.queries)
}

// Query finds a running query by its name or number.
func (s *Session) Query(id string) (*query.Query, bool) {
	for _, q := range s.Queries() {
		if q.IsCalled(id) {
			return q, true
		}
	}
	return nil, false
}

// Settings are the options that were SET, by key.
func (s *Session) Settings() map[string]string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return maps.Clone(s.settings)
}

// Synchronous tells whether INSERT waits for its job: table.dml-sync.
func (s *Session) Synchronous() bool {
	wait, err := strconv.ParseBool(s.Settings()["table.dml-sync"])
	return err == nil && wait
}

// state is what another gateway is brought to, besides the journal.
func (s *Session) state() journal.State {
	settings := s.Settings()
	return journal.State{Settings: settings, Functions: registrations(s.program.Load(), onError(settings))}
}

// running are closed when the queries end that run now.
func (s *Session) running() []<-chan struct{} {
	var ends []<-chan struct{}
	for _, q := range s.Queries() {
		ends = append(ends, q.Done())
	}
	return ends
}

func (s *Session) names(ctx context.Context) (gateway.Names, error) {
	var names gateway.Names
	err := s.gateways.Plan(ctx, true, func(g gateway.Gateway) (err error) {
		names, err = g.Names(ctx)
		return err
	})
	return names, err
}

// jobsBut are the queries that have a job, but for one.
func (s *Session) jobsBut(number string) []*query.Query {
	return slices.DeleteFunc(s.Queries(), func(q *query.Query) bool { return q.Started().Job == "" || q.Number() == number })
}

// newQuery makes a query with its first subscriber.
func (s *Session) newQuery(started query.Started, st Statement, src query.Source, mode query.Mode, notices []string) (*query.Query, *query.Subscription, error) {
	c := query.Config{
		Started: started, Statement: st, Source: src, Notices: notices,
		Harness: s.config.Harness,
		Others:  func() []*query.Query { return s.jobsBut(started.Query) },
	}
	if started.Job != "" {
		c.Functions = s.config.Functions.Engine()
	}
	return query.New(c, mode)
}

// launch lets a query run until it ends or the session does.
func (s *Session) launch(q *query.Query) {
	s.mu.Lock()
	s.queries = append(s.queries, q)
	s.mu.Unlock()
	s.tasks.Go(func() {
		q.Run(s.ctx)
		s.mu.Lock()
		defer s.mu.Unlock()
		s.keepUsage(q)
		s.keepOutcome(q)
		s.queries = slices.DeleteFunc(s.queries, func(other *query.Query) bool { return other == q })
	})
}
