package session

import (
	"context"
	"fmt"
	"log/slog"
	"maps"
	"riffle/session/catalog"
	"riffle/session/cell"
	"riffle/session/gateway"
	"riffle/session/journal"
	"riffle/session/link"
	"riffle/session/query"
	"riffle/session/roster"
	"riffle/udfhost/golang"
	"sync"
	"sync/atomic"
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

	queries *roster.Roster

	mu        sync.Mutex
	settings  map[string]string
	cells     int // cells so far
	set       *statementSet
	variables map[string]string

	program atomic.Pointer[golang.Program] // what the session's Go is; nil for none
	catalog *catalog.Catalog
	journal journal.Journal

	options  []string                   // what Flink knows to be SET, once asked for; guarded by turn
	verdicts map[string]gateway.Verdict // on names of Go functions, see judge; guarded by turn
}

// statementSet collects the INSERTs between BEGIN STATEMENT SET and END, which
// then run as one job.
type statementSet struct {
	begin   Statement
	inserts []cell.SQL
	// tried is set once END has been typed. Should it have failed, other statements
	// are let in to mend what was wrong.
	tried bool
}

// Cell makes a cell of typed text and numbers it: cell[1], cell[2], …
func (s *Session) Cell(text string) Cell {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.cells++
	return Cell{Text: text, Name: fmt.Sprintf("cell[%d]", s.cells)}
}

// Settings are the options that were SET, by key.
func (s *Session) Settings() map[string]string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return maps.Clone(s.settings)
}
