package session

import (
	"maps"
	"os"
	"slices"
	"strings"
	"sync/atomic"
	"time"

	"riffle/session/changelog"
	"riffle/session/complete"
	"riffle/session/gateway"
	"riffle/session/sqltext"
	"riffle/session/statement"
	"riffle/udfhost/golang"
)

// quiet is how long no statement must have been planned before the catalog is
// read: nobody is to wait for that, and a script that runs statement after
// statement needs no completion.
const quiet = 300 * time.Millisecond

// catalog is what statements can name, as it was a moment ago. Reading it asks
// nobody; a goroutine of the session, keepCatalog, brings it up to date behind
// the statements that change it.
type catalog struct {
	names    atomic.Pointer[complete.Names] // nil until Flink is there
	declared atomic.Pointer[golang.Program] // the Go functions, nil for none
	columns  atomic.Pointer[columns]        // of tables that were typed; nil for none
	wanted   chan []string                  // tables whose columns somebody may type
	options  options                        // of SET and WITH
	folders  folders                        // whose files somebody may type
	members  members                        // of Go's packages
	changed  chan struct{}                  // has a token if names may have changed
	asked    chan struct{}                  // has a token if somebody waits for the names
	made     atomic.Uint64                  // how often names may have changed
	read     atomic.Uint64                  // how many of these changes names has
	active   atomic.Pointer[time.Time]      // when a statement was last planned
}

// columns are those of tables, by the table's name.
type columns map[string][]complete.Entry

// planned notes that a statement was.
func (c *catalog) planned(renamed bool) {
	now := time.Now()
	c.active.Store(&now)
	if renamed {
		c.made.Add(1)
		signal(c.changed)
	}
}

// anticipateNames has the names read without waiting for quiet if they may have changed,
// and tells whether they are to come: while Flink starts nobody waits for them.
func (s *Session) anticipateNames() bool {
	if s.catalog.made.Load() == s.catalog.read.Load() {
		return false
	}
	select {
	case <-s.link.Load().ready:
		signal(s.catalog.asked)
		return true
	default:
		return false
	}
}

// define notes the program that the session's Go has become. Go is there, if it was
// not before: what could not be read of packages is to be read again.
func (c *catalog) define(program *golang.Program) {
	c.declared.Store(program)
	c.members.known.Store(nil)
}

// renames tells whether a statement changes what others can name.
func renames(st Statement) bool {
	if st.Class == sqltext.Go {
		return true
	}
	// An unknown one begins with variables, whatever they make of it.
	return st.Class == sqltext.Unknown || statement.EffectOf(st.Verb)&statement.Renames != 0
}

// keepCatalog reads the catalog when a Flink has come up, and then after every
// change, until the session ends.
func (s *Session) keepCatalog() {
	for {
		select {
		case <-s.catalog.changed:
		case tables := <-s.catalog.wanted:
			s.readColumns(tables)
			continue
		case <-s.ctx.Done():
			return
		}
		if !s.awaitQuiet() {
			return
		}
		made := s.catalog.made.Load()
		names, err := s.names(s.ctx)
		s.turn <- struct{}{}
		if err != nil {
			s.catalog.read.Store(made)
			// The older names serve on; if Flink is gone the next statement says so.
			s.config.Log.Debug("the catalog was not read", "error", err)
			continue
		}
		s.catalog.names.Store(s.catalog.merge(names))
		s.catalog.columns.Store(nil) // they may have changed, too
		s.catalog.read.Store(made)
	}
}

// readColumns asks for the columns of tables, between two statements.
func (s *Session) readColumns(tables []string) {
	if s.takeTurn(s.ctx) != nil {
		return
	}
	var found map[string][]gateway.Column
	err := s.planning(s.ctx, true, func(g gateway.Gateway) (err error) {
		found, err = g.Columns(s.ctx, tables)
		return err
	})
	s.turn <- struct{}{}
	if err != nil {
		s.config.Log.Debug("columns were not read", "tables", tables, "error", err)
	}
	known := columns{}
	if before := s.catalog.columns.Load(); before != nil {
		known = maps.Clone(*before)
	}
	for _, table := range tables {
		known[table] = nil // not asked for again, whatever was wrong
		for _, c := range found[table] {
			known[table] = append(known[table], complete.Entry{Name: c.Name, Detail: c.Type})
		}
	}
	s.catalog.columns.Store(&known)
}

// Anticipate looks at a text that is being typed, and has what Complete may need for
// it read behind it: the columns of its tables, options, a folder. It never waits, and
// tells whether some of that is not there yet.
func (s *Session) Anticipate(text string, cursor int, commands []complete.CommandEntry) (pending bool) {
	pending = s.anticipateColumns(text)
	home, _ := os.UserHomeDir()
	needs := complete.Foresee(text, cursor, complete.Names{
		Commands: commands, Queries: s.queryEntries(), Home: home, Go: s.catalog.goNames(),
	})
	if needs.Names && s.anticipateNames() {
		pending = true
	}
	if s.catalog.members.want(needs.Packages) {
		pending = true
	}
	if needs.Folder != "" && s.catalog.folders.want(needs.Folder) {
		pending = true
	}
	if needs.Settings && s.catalog.options.settings.Load() == nil || needs.Factories && s.catalog.options.factories.Load() == nil {
		pending = true
		select {
		case s.catalog.options.wanted <- needs:
		default: // they are being read
		}
	}
	return pending
}

// anticipateColumns asks for those of the tables in a text that are not known, and
// tells whether there are any.
func (s *Session) anticipateColumns(text string) bool {
	names := s.catalog.names.Load()
	if names == nil {
		return false
	}
	var known columns
	if loaded := s.catalog.columns.Load(); loaded != nil {
		known = *loaded
	}
	var tables []string
	for word := range named(text) {
		_, had := known[word]
		if _, is := slices.BinarySearch(names.Tables, word); is && !had && !slices.Contains(tables, word) {
			tables = append(tables, word)
		}
	}
	if len(tables) == 0 {
		return false
	}
	select {
	case s.catalog.wanted <- tables:
	default: // some are being read; the next key asks again
	}
	return true
}

// awaitQuiet waits until no statement was planned for a while or somebody asks for the
// names, and takes the turn to plan one; false if the session ended.
func (s *Session) awaitQuiet() bool {
	for {
		asked := false
		select {
		case <-time.After(time.Until(s.catalog.active.Load().Add(quiet))):
		case <-s.catalog.asked:
			asked = true
		case <-s.ctx.Done():
			return false
		}
		if s.takeTurn(s.ctx) != nil {
			return false
		}
		if asked || time.Since(*s.catalog.active.Load()) >= quiet {
			return true
		}
		s.turn <- struct{}{}
	}
}

// merge puts the Go functions, which Flink knows in lower case, in front of the
// others.
func (c *catalog) merge(names gateway.Names) *complete.Names {
	merged := &complete.Names{
		Catalog: names.Catalog, Database: names.Database,
		Catalogs: names.Catalogs, Databases: names.Databases, Tables: names.Tables,
	}
	declared := map[string]bool{}
	if program := c.declared.Load(); program != nil {
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

// Place tells the current catalog and database; empty until Flink is there.
func (s *Session) Place() (catalog, database string) {
	if names := s.catalog.names.Load(); names != nil {
		return names.Catalog, names.Database
	}
	return "", ""
}

// Batch tells whether queries run in batch mode: execution.runtime-mode.
func (s *Session) Batch() bool {
	return strings.EqualFold(s.Settings()["execution.runtime-mode"], "batch")
}

// Complete returns what can stand at the cursor, a byte offset into the text of
// a cell, and the span that a candidate's text replaces. The commands are those
// of the front end. It never waits for Flink: a name that was made a moment ago
// may be missing, which Anticipate tells, and until Flink is there so are all of its
// names.
func (s *Session) Complete(text string, cursor int, commands []complete.CommandEntry) (sqltext.Span, []complete.Candidate) {
	var names complete.Names
	if known := s.catalog.names.Load(); known != nil {
		names = *known
	}
	names.Commands = commands
	names.Queries = s.queryEntries()
	if known := s.catalog.columns.Load(); known != nil {
		names.Columns = *known
	}
	names.Settings = complete.Settings(ownOptions())
	if known := s.catalog.options.settings.Load(); known != nil {
		names.Settings = *known
	}
	if known := s.catalog.options.factories.Load(); known != nil {
		names.Factories = *known
	}
	names.Go = s.catalog.goNames()
	names.Folders = s.catalog.folders.known()
	names.Home, _ = os.UserHomeDir() // none is as good as an empty one
	variables := s.Variables()
	for _, name := range sortedKeys(variables) {
		names.Variables = append(names.Variables, complete.Entry{Name: name, Detail: variables[name]})
	}
	found := complete.Complete(text, cursor, names)
	return found.Span, found.Candidates
}

// typeKey is the key of a column's metadata under which its SQL type is.
const typeKey = "flink.type"

// queryEntries are the queries that run, and behind them those that have a name and
// the last one that was kept.
func (s *Session) queryEntries() []complete.QueryEntry {
	queries, last := s.Queries(), s.Last()
	s.mu.Lock()
	for _, name := range sortedKeys(s.called) {
		if q := s.called[name]; !slices.Contains(queries, q) {
			queries = append(queries, q)
		}
	}
	s.mu.Unlock()
	if last != nil {
		queries = append(slices.DeleteFunc(queries, func(q *Query) bool { return q == last }), last)
	}
	var entries []complete.QueryEntry
	for _, q := range queries {
		e := complete.QueryEntry{Name: q.ID(), Detail: strings.Join(strings.Fields(sqltext.Mask(q.Text())), " ")}
		select {
		case <-q.Done():
			e.Ended = true
		default:
		}
		if schema := q.Started().Schema; schema != nil {
			for _, field := range changelog.Data(schema).Fields() {
				sqlType, _ := field.Metadata.GetValue(typeKey)
				e.Columns = append(e.Columns, complete.Entry{Name: field.Name, Detail: sqlType})
			}
		}
		entries = append(entries, e)
	}
	return entries
}
