// Package catalog knows what statements can name: tables, functions, columns, options,
// files, and the members of Go's packages. It knows them as they were a moment ago.
// Reading them asks nobody and never waits, so a key that is typed is drawn at once.
// Goroutines of Run bring them up to date behind the statements that change them, through
// a Reader, which is the session:
//
//	statement ─► Planned ─► namesChanged ─┐
//	keys ─► Prefetch ─► requests ─────────┼─► Run ─► Reader ─► names, columns, options, members
//	Tab ─► Complete ◄─────────────────────┴──────────────────────┘
//
// What can stand at the cursor is decided by package complete.
package catalog

import (
	"context"
	"log/slog"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"riffle/session/complete"
	"riffle/session/gateway"
	"riffle/udfhost/golang"
)

// Reader asks whoever knows the names: Flink and the session's Go.
type Reader interface {
	// What is read of Flink waits for one that is starting, and starts none: one that
	// keeps dying would else be started again and again, though nobody runs a statement.

	// TakeTurn waits until no statement is planned, and keeps others from it until release
	// is called. Names and Columns are asked for with the turn.
	TakeTurn(ctx context.Context) (release func(), err error)
	Names(ctx context.Context) (gateway.Names, error)
	Columns(ctx context.Context, tables []string) (map[string][]gateway.Column, error)
	Options(ctx context.Context) ([]gateway.Option, error)
	Factories(ctx context.Context) ([]gateway.Factory, error)
	// Up tells whether Flink has come up.
	Up() bool
	// Program is what the session's Go is now; nil for none.
	Program() *golang.Program
	// Members are what a package of Go has.
	Members(ctx context.Context, path string) ([]golang.Member, error)
}

// Catalog is what statements can name, as it was a moment ago. Its methods may be called
// from several goroutines, and none of them waits but Run.
type Catalog struct {
	reader Reader
	own    []complete.Option // of SET, besides Flink's
	log    *slog.Logger

	names          atomic.Pointer[complete.Names] // nil until Flink is there
	columns        atomic.Pointer[columns]        // of tables that were typed; nil for none
	columnRequests chan []string                  // tables whose columns somebody may type
	options        options                        // of SET and WITH
	folders        folders                        // whose files somebody may type
	members        members                        // of Go's packages
	namesChanged   chan struct{}                  // has a token if names may have changed
	namesRequested chan struct{}                  // has a token if somebody waits for the names
	changes        atomic.Uint64                  // how often names may have changed
	changesRead    atomic.Uint64                  // how many of these changes names has
	lastPlanned    atomic.Pointer[time.Time]      // when a statement was last planned
}

// columns are those of tables, by the table's name.
type columns map[string][]complete.Entry

// New makes a catalog that knows nothing yet. own are the options of SET that Flink does
// not know of.
func New(reader Reader, own []complete.Option, log *slog.Logger) *Catalog {
	return &Catalog{
		reader: reader, own: own, log: log,
		columnRequests: make(chan []string), namesChanged: make(chan struct{}, 1), namesRequested: make(chan struct{}, 1),
		options: options{requests: make(chan complete.Needs)}, members: members{requests: make(chan []string)},
	}
}

// Run brings the catalog up to date whenever that is needed, until ctx ends.
func (c *Catalog) Run(ctx context.Context) {
	var tasks sync.WaitGroup
	tasks.Go(func() { c.refreshNames(ctx) })
	tasks.Go(func() { c.refreshOptions(ctx) })
	tasks.Go(func() { c.refreshMembers(ctx) })
	tasks.Wait()
}

// Planned notes that a statement was planned; renamed, that it may have changed names.
func (c *Catalog) Planned(renamed bool) {
	now := time.Now()
	c.lastPlanned.Store(&now)
	if renamed {
		c.changes.Add(1)
		signal(c.namesChanged)
	}
}

// Declared notes that the session's Go has changed. What could not be read of packages is
// read again: Go is there now, if it was not before.
func (c *Catalog) Declared() { c.members.known.Store(nil) }

// JarsChanged notes that the session has other jars, with factories of their own.
func (c *Catalog) JarsChanged() { c.options.forget() }

// Update makes names that were just read those of the catalog.
func (c *Catalog) Update(names gateway.Names) { c.names.Store(c.Merge(names)) }

// Names are what is known; nil until Flink is there.
func (c *Catalog) Names() *complete.Names { return c.names.Load() }

// Merge puts the Go functions, which Flink knows in lower case, in front of the
// others.
func (c *Catalog) Merge(names gateway.Names) *complete.Names {
	merged := &complete.Names{
		Catalog: names.Catalog, Database: names.Database,
		Catalogs: names.Catalogs, Databases: names.Databases, Tables: names.Tables,
	}
	declared := map[string]bool{}
	if program := c.reader.Program(); program != nil {
		for _, f := range program.Functions {
			declared[strings.ToLower(f.Name)] = true
			merged.Functions = append(merged.Functions, complete.Entry{Name: f.Name, Detail: f.Signature()})
		}
	}
	for _, name := range names.Functions {
		if !declared[strings.ToLower(name)] {
			merged.Functions = append(merged.Functions, complete.Entry{Name: name})
		}
	}
	for _, f := range names.BuiltIn {
		if !declared[strings.ToLower(f.Name)] { // a Go function can replace one
			merged.BuiltIn = append(merged.BuiltIn, complete.Entry{Name: f.Name, Detail: f.Forms})
		}
	}
	slices.Sort(merged.Tables)
	return merged
}

// signal leaves a token, unless one is there.
func signal(c chan struct{}) {
	select {
	case c <- struct{}{}:
	default:
	}
}
