// Package catalog keeps the names that statements can use: tables, functions, columns,
// options, files, and the members of Go packages. It holds them as they were a moment ago.
// Reading them never waits for Flink, so typed keys are drawn at once. After statements that
// change names, the goroutines of Run update them in the background through a Reader, which
// the session implements:
//
//	statement ─► Planned ─► namesChanged ─┐
//	keys ─► Prefetch ─► requests ─────────┼─► Run ─► Reader ─► names, columns, options, members
//	Tab ─► Complete ◄─────────────────────┴──────────────────────┘
//
// Package complete decides what can stand at the cursor.
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

// Reader reads the names from Flink and from the session's Go.
type Reader interface {
	// Methods that read from Flink wait for one that is starting. They do not start one:
	// otherwise a Flink that keeps dying would be restarted repeatedly although no statement
	// runs.

	// TakeTurn waits until no statement is being planned, and keeps others waiting until release
	// is called. Names and Columns are called with the turn.
	TakeTurn(ctx context.Context) (release func(), err error)
	Names(ctx context.Context) (gateway.Names, error)
	Columns(ctx context.Context, tables []string) (map[string][]gateway.Column, error)
	Options(ctx context.Context) ([]gateway.Option, error)
	Factories(ctx context.Context) ([]gateway.Factory, error)
	// Up reports whether Flink has started.
	Up() bool
	// Program returns the program of the session's Go, or nil.
	Program() *golang.Program
	// Packages returns the Go packages that a name can mean without an import.
	Packages() map[string][]string
	// Members returns the exported names of a Go package.
	Members(ctx context.Context, path string) ([]golang.Member, error)
}

// Catalog keeps the names that statements can use, as they were a moment ago. Its methods may be
// called from several goroutines. None of them waits, except Run.
type Catalog struct {
	reader Reader
	own    []complete.Option // options of SET, besides Flink's
	log    *slog.Logger

	names          atomic.Pointer[complete.Names] // nil until Flink has started
	columns        atomic.Pointer[columns]        // of tables that were typed; nil for none
	columnRequests chan []string                  // tables whose columns the user may type
	options        options                        // of SET and WITH
	folders        folders                        // folders whose files the user may type
	members        members                        // of Go's packages
	namesChanged   chan struct{}                  // has a token if names may have changed
	namesRequested chan struct{}                  // has a token if a front end waits for the names
	changes        atomic.Uint64                  // number of times that names may have changed
	changesRead    atomic.Uint64                  // number of these changes that names includes
	lastPlanned    atomic.Pointer[time.Time]      // when a statement was last planned
}

// columns maps the name of a table to its columns.
type columns map[string][]complete.Entry

// New returns an empty catalog. own are the options of SET that Flink does not know.
func New(reader Reader, own []complete.Option, log *slog.Logger) *Catalog {
	return &Catalog{
		reader: reader, own: own, log: log,
		columnRequests: make(chan []string), namesChanged: make(chan struct{}, 1), namesRequested: make(chan struct{}, 1),
		options: options{requests: make(chan complete.Needs)}, members: members{requests: make(chan []string)},
	}
}

// Run updates the catalog whenever necessary, until ctx ends.
func (c *Catalog) Run(ctx context.Context) {
	var tasks sync.WaitGroup
	tasks.Go(func() { c.refreshNames(ctx) })
	tasks.Go(func() { c.refreshOptions(ctx) })
	tasks.Go(func() { c.refreshMembers(ctx) })
	tasks.Wait()
}

// Planned records that a statement was planned. renamed says that it may have changed names.
func (c *Catalog) Planned(renamed bool) {
	now := time.Now()
	c.lastPlanned.Store(&now)
	if renamed {
		c.changes.Add(1)
		signal(c.namesChanged)
	}
}

// Declared records that the session's Go has changed. Members of packages that could not be read are read
// again, because Go may have been installed since.
func (c *Catalog) Declared() { c.members.known.Store(nil) }

// JarsChanged records that the session's jars have changed, and with them the factories.
func (c *Catalog) JarsChanged() { c.options.forget() }

// Update replaces the catalog's names by names that were just read.
func (c *Catalog) Update(names gateway.Names) { c.names.Store(c.Merge(names)) }

// Names returns the known names; nil until Flink has started.
func (c *Catalog) Names() *complete.Names { return c.names.Load() }

// Merge adds the Go functions, which Flink knows in lower case, before the others.
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

// signal puts a token into a channel unless it already has one.
func signal(c chan struct{}) {
	select {
	case c <- struct{}{}:
	default:
	}
}
