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

// Config configures a session.
type Config struct {
	// Boot starts a gateway. It runs in the background: the session accepts statements at
	// once, and those that need Flink wait for it. It is called again when a gateway is lost,
	// and, if it has failed, when the next statement needs a gateway.
	Boot func(ctx context.Context) (gateway.Gateway, error)
	// OnDemand says that Boot is called only when a statement needs Flink.
	OnDemand bool
	// DeclareEarly says that Go functions are declared at once while Flink has not started. It judges their names when it
	// starts, and a notice says which of them SQL cannot call. Otherwise a declaration waits for Flink, and such a name
	// is an error.
	DeclareEarly bool
	// Jars downloads the jars of a Maven artifact, group:artifact:version, to this machine. It
	// calls say with lines about its progress. Nil if artifacts are not supported.
	Jars func(ctx context.Context, artifact string, say func(string)) ([]string, error)
	// Folder is the session's own folder. Only the user can read it, and it is removed when the
	// session has ended; "" for none.
	Folder string
	// Functions compiles Go. Harness runs it for the gateway's Flink, with the engine of
	// Functions. Both are required.
	Functions *golang.Store
	Harness   query.Harness
	// Notice is called, from any goroutine, with messages that do not belong to a statement:
	// that the gateway was lost, and what of the session was restored. May be nil.
	Notice func(string)
	Log    *slog.Logger // nil for none
	// Cluster is the address of an existing cluster on which jobs run. INSERTs then continue when
	// the session or a gateway ends. "" if jobs end with their gateway.
	Cluster string
}

// Session is a live environment. Its methods may be called from several goroutines.
// Statements are planned one after the other.
type Session struct {
	config Config
	ctx    context.Context // ends with the session
	cancel context.CancelFunc
	tasks  sync.WaitGroup

	gateways *link.Keeper

	queries *roster.Roster

	mu        sync.Mutex
	jobs      map[*query.Query]chan struct{} // of queries; each is closed when the job has ended or was cancelled
	settings  map[string]string
	cells     int // cells so far
	set       *statementSet
	variables map[string]string
	versions  map[string]int  // how often each of the Go functions was declared
	unjudged  bool            // Go functions were declared before there was a gateway, see judgeLate
	refused   map[string]bool // Go functions that SQL cannot call, found by judgeLate

	program atomic.Pointer[golang.Program] // the session's Go program; nil if there is none
	catalog *catalog.Catalog
	journal journal.Journal

	options  []string                   // the options that Flink knows, read once; guarded by turn
	verdicts map[string]gateway.Verdict // on names of Go functions, see judge; guarded by turn
}

// statementSet collects the INSERTs between BEGIN STATEMENT SET and END, which
// then run as one job.
type statementSet struct {
	begin   Statement
	inserts []cell.SQL
	// tried is set once END has been typed. If END fails, other statements are allowed in the
	// set, so that the user can correct the cause.
	tried bool
}

// Cell makes a cell of typed text and numbers it: cell[1], cell[2], …
func (s *Session) Cell(text string) Cell {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.cells++
	return Cell{Text: text, Name: fmt.Sprintf("cell[%d]", s.cells)}
}

// Settings returns the options that were SET, by key.
func (s *Session) Settings() map[string]string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return maps.Clone(s.settings)
}
