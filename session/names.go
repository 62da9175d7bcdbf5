package session

import (
	"context"
	"go/token"
	"riffle/session/catalog"
	"riffle/session/cell"
	"riffle/session/explain"
	"riffle/session/gateway"
	"riffle/udfhost/golang"
	"slices"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"
)

// Place returns the current catalog and database. Both are empty until Flink has started.
func (s *Session) Place() (catalog, database string) {
	if names := s.catalog.Names(); names != nil {
		return names.Catalog, names.Database
	}
	return "", ""
}

// jarsChanged informs the catalog if a statement has changed the jars.
func (s *Session) jarsChanged(st Statement) {
	if strings.HasSuffix(st.Verb, " JAR") {
		s.catalog.JarsChanged()
	}
}

// Function is a SQL function that was declared in Go.
type Function struct {
	Name             string
	Kind             string   // scalar, vectorized scalar, async scalar, table
	Signature        string   // Grade(DOUBLE) → STRING
	Parameters       []string // "amount DOUBLE", "limit BIGINT = 10"
	Doc              string   // its doc comment
	Nondeterministic string   // why equal arguments can have different results; "" if they cannot
	Cell             string   // the cell that declares it
	Line             int
	Version          int    // how often it was declared in the session
	Program          string // the hash of the program that it belongs to
}

// Function finds a function by its name, ignoring case. It does not wait for Flink.
func (s *Session) Function(name string) (Function, bool) {
	program := s.program.Load()
	f, found := functionOf(program, name)
	if !found {
		return Function{}, false
	}
	return s.described(program, f), true
}

// GoFunctions returns the session's functions in Go, by name. It does not wait for Flink.
func (s *Session) GoFunctions() []Function {
	program := s.program.Load()
	if program == nil {
		return nil
	}
	var all []Function
	for _, f := range program.Functions {
		all = append(all, s.described(program, f))
	}
	return all
}

func (s *Session) described(program *golang.Program, f golang.Function) Function {
	s.mu.Lock()
	defer s.mu.Unlock()
	var parameters []string
	for _, p := range f.Params {
		parameters = append(parameters, p.Text())
	}
	kind := string(f.Kind)
	if f.Vectorized {
		kind = "vectorized " + kind
	}
	if f.Async {
		kind = "async " + kind
	}
	return Function{
		Name: f.Name, Parameters: parameters, Kind: kind, Signature: f.Signature(), Doc: f.Doc, Nondeterministic: f.Nondeterministic,
		Cell: f.Cell, Line: f.Line, Version: s.versions[f.Name], Program: program.Hash,
	}
}

// functionOf finds a function of a program, which may be nil, by its name, ignoring case.
func functionOf(program *golang.Program, name string) (golang.Function, bool) {
	if program != nil {
		for _, f := range program.Functions {
			if strings.EqualFold(f.Name, name) {
				return f, true
			}
		}
	}
	return golang.Function{}, false
}

// Work returns how many rows the running queries, and the last ones that have ended, have passed to a function, and how long
// its calls took in all.
func (s *Session) Work(function string) (rows int64, took time.Duration) {
	for _, u := range s.queries.Usage() {
		for _, f := range u.Functions {
			if f.Function == function {
				rows += f.Rows
				took += f.Time
			}
		}
	}
	return rows, took
}

// WithoutFlink reports whether Flink has not started so far.
func (s *Session) WithoutFlink() bool { return !s.gateways.Started() }

// BuiltIn returns the call forms of one of Flink's functions, one per line, or "" if Flink has
// no function of that name. known is false until Flink has listed its functions.
func (s *Session) BuiltIn(name string) (forms string, known bool) {
	names := s.catalog.Names()
	if names == nil {
		return "", false
	}
	for _, f := range names.BuiltIn {
		if strings.EqualFold(f.Name, name) {
			return f.Detail, true
		}
	}
	return "", true
}

// HasTable reports whether the current database has a table or view of that name, as of a
// moment ago.
func (s *Session) HasTable(name string) bool {
	names := s.catalog.Names()
	return names != nil && slices.Contains(names.Tables, name)
}

// isHelper reports whether a name is that of a function that is not exported.
func isHelper(program *golang.Program, name string) bool {
	return !token.IsExported(name) &&
		slices.ContainsFunc(program.Declared, func(m golang.Member) bool { return m.Kind == "func" && m.Name == name })
}

// helper finds a function of a program that is not exported, ignoring case, and the name under
// which SQL could call it if it were.
func helper(program *golang.Program, name string) (declared, exported string, is bool) {
	if program == nil {
		return "", "", false
	}
	for _, m := range program.Declared {
		if strings.EqualFold(m.Name, name) && isHelper(program, m.Name) {
			return m.Name, exportedName(m.Name), true
		}
	}
	return "", "", false
}

// exportedName returns a helper's name as SQL could call it.
func exportedName(name string) string {
	first, size := utf8.DecodeRuneInString(name)
	return string(unicode.ToUpper(first)) + name[size:]
}

// reader reads names for the catalog, and explains errors.
type reader struct{ s *Session }

var (
	_ catalog.Reader = reader{}
	_ explain.Names  = reader{}
)

// explainFault turns the gateway's error about a statement into an Error.
func (s *Session) explainFault(ctx context.Context, sql cell.SQL, err error) error {
	return explain.Fault(ctx, reader{s}, sql, err)
}

func (r reader) Callable(fresh gateway.Names) []string {
	var names []string
	known := r.s.catalog.Merge(fresh)
	for _, f := range append(known.Functions, known.BuiltIn...) {
		names = append(names, f.Name)
	}
	return names
}

func (r reader) GoFunction(name string) (declared string, is bool) {
	f, is := r.s.Function(name)
	return f.Name, is
}

func (r reader) GoHelper(name string) (declared, exported string, is bool) {
	return helper(r.s.program.Load(), name)
}

// TakeTurn waits for a gateway first: with the turn, it would keep statements waiting that need none.
func (r reader) TakeTurn(ctx context.Context) (release func(), err error) {
	if err := r.s.gateways.AwaitStart(ctx); err != nil {
		return nil, err
	}
	return r.s.gateways.TakeTurn(ctx)
}

func (r reader) Names(ctx context.Context) (gateway.Names, error) {
	g, err := r.s.gateways.Starting(ctx)
	if err != nil {
		return gateway.Names{}, err
	}
	return g.Names(ctx)
}

func (r reader) Columns(ctx context.Context, tables []string) (map[string][]gateway.Column, error) {
	g, err := r.s.gateways.Starting(ctx)
	if err != nil {
		return nil, err
	}
	return g.Columns(ctx, tables)
}

func (r reader) Options(ctx context.Context) ([]gateway.Option, error) {
	g, err := r.s.gateways.Starting(ctx)
	if err != nil {
		return nil, err
	}
	options, err := g.Options(ctx)
	return slices.DeleteFunc(options, func(o gateway.Option) bool { return fixedSettings()[o.Key] != "" }), err
}

func (r reader) Factories(ctx context.Context) ([]gateway.Factory, error) {
	g, err := r.s.gateways.Starting(ctx)
	if err != nil {
		return nil, err
	}
	return g.Factories(ctx)
}

func (r reader) Up() bool { return r.s.gateways.Up() }

func (r reader) Program() *golang.Program { return r.s.program.Load() }

func (r reader) Packages() map[string][]string { return r.s.config.Functions.Packages() }

func (r reader) Members(ctx context.Context, path string) ([]golang.Member, error) {
	return r.s.config.Functions.Members(ctx, path)
}
