package sessiontest

import (
	"context"
	"errors"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"riffle/session"
	"riffle/session/flink"
	"riffle/session/gateway"
	"riffle/session/query"
	"riffle/udfhost"
	"riffle/udfhost/golang"
	"riffle/udfhost/shipment"
	"riffle/udfhost/worker"
)

// Main is the TestMain of a package whose tests Open sessions. Flink starts their binary as its Python.
func Main(m *testing.M) {
	if udfhost.ShimName(os.Args[0]) {
		os.Exit(worker.Main(os.Args, os.Environ()))
	}
	QuickJava()
	os.Exit(m.Run())
}

// Mortal is a session whose JVM a test kills.
type Mortal struct {
	*session.Session
	t *testing.T

	mu      sync.Mutex
	cluster map[string]string // settings of the next JVM's cluster
	around  Around
	gateway *flink.Gateway
	notices []string
}

// Open starts a test's own session. cluster are settings of its cluster, each key followed by its value.
func Open(t *testing.T, cluster ...string) *Mortal {
	t.Helper()
	return OpenWith(t, func(*session.Config) {}, cluster...)
}

// OpenWith is like Open, with a session's configuration that configure has changed.
func OpenWith(t *testing.T, configure func(*session.Config), cluster ...string) *Mortal {
	t.Helper()
	return open(t, configure, flink.Embedded{Cluster: inPairs(cluster)})
}

// inPairs returns settings of which each key is followed by its value.
func inPairs(settings []string) map[string]string {
	pairs := map[string]string{}
	for i := 0; i < len(settings); i += 2 {
		pairs[settings[i]] = settings[i+1]
	}
	return pairs
}

// OpenOn starts a session on an existing cluster, of which it takes the address.
func OpenOn(t *testing.T, address string) *Mortal {
	t.Helper()
	return open(t, func(*session.Config) {}, flink.Embedded{Remote: address})
}

// OpenDirect is like OpenOn, but the rows of queries come over connections from the TaskManagers to loopback.
func OpenDirect(t *testing.T, address string) *Mortal {
	t.Helper()
	return open(t, func(*session.Config) {}, flink.Embedded{Remote: address, RowsAddress: "127.0.0.1:0"})
}

func open(t *testing.T, configure func(*session.Config), where flink.Embedded) *Mortal {
	t.Helper()
	m := &Mortal{t: t, cluster: where.Cluster}
	dir, log := t.TempDir(), slog.New(slog.DiscardHandler)
	store := golang.New(golang.Options{Elsewhere: where.Remote != ""})
	host, err := udfhost.Listen(t.Context(), udfhost.Options{Dir: dir, Engine: store.Engine(), Logger: log})
	if err != nil {
		t.Fatal(err)
	}
	packer := shipment.NewPacker(dir, host.Executable())
	config := session.Config{
		Log: log, Functions: store, Harness: host, Folder: dir, Cluster: where.Remote,
		Notice: func(text string) {
			m.mu.Lock()
			defer m.mu.Unlock()
			m.notices = append(m.notices, text)
		},
		Boot: func(ctx context.Context) (gateway.Gateway, error) {
			where.Dir, where.Log, where.Cluster = dir, log, m.settings()
			where.Flink = host.FlinkOptions()
			if where.Remote != "" {
				where.Flink = host.SizeOptions()
				where.Pack = func(program, installed string) (string, error) {
					return packer.Pack(store.Engine().Program(program), installed)
				}
			}
			g, err := where.Start(ctx)
			if err != nil {
				return nil, err
			}
			m.mu.Lock()
			defer m.mu.Unlock()
			m.gateway = g
			return gated{g, m}, nil
		},
	}
	configure(&config)
	m.Session = session.New(context.Background(), config)
	t.Cleanup(func() {
		m.Session.Close()
		if err := errors.Join(host.Close(), store.Close()); err != nil {
			t.Error(err)
		}
	})
	return m
}

// SetCluster sets the settings of its cluster, each key followed by its value, from the next JVM on.
func (m *Mortal) SetCluster(settings ...string) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.cluster = inPairs(settings)
}

func (m *Mortal) settings() map[string]string {
	m.mu.Lock()
	defer m.mu.Unlock()
	return m.cluster
}

// Around is called instead of a call of the gateway: "execute", "register", "judge" or "configure". do makes the call.
type Around func(call string, do func() error) error

// Wrap passes further calls of the gateway through a function; nil for none.
func (m *Mortal) Wrap(around Around) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.around = around
}

func (m *Mortal) wrapped(call string, do func() error) error {
	m.mu.Lock()
	around := m.around
	m.mu.Unlock()
	if around == nil {
		return do()
	}
	return around(call, do)
}

// gated is the gateway of a Mortal.
type gated struct {
	*flink.Gateway
	m *Mortal
}

func (g gated) Execute(ctx context.Context, sql, name string) (answer gateway.Answer, err error) {
	err = g.m.wrapped("execute", func() error {
		answer, err = g.Gateway.Execute(ctx, sql, name)
		return err
	})
	return answer, err
}

func (g gated) Register(ctx context.Context, functions []gateway.Function) error {
	return g.m.wrapped("register", func() error { return g.Gateway.Register(ctx, functions) })
}

func (g gated) Judge(ctx context.Context, functions []gateway.Named) (verdicts []gateway.Verdict, err error) {
	err = g.m.wrapped("judge", func() error {
		verdicts, err = g.Gateway.Judge(ctx, functions)
		return err
	})
	return verdicts, err
}

func (g gated) Configure(ctx context.Context, options map[string]string) error {
	return g.m.wrapped("configure", func() error { return g.Gateway.Configure(ctx, options) })
}

// Kill ends the JVM, if there is one.
func (m *Mortal) Kill() {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.gateway != nil {
		if p, err := os.FindProcess(m.gateway.PID()); err == nil {
			_ = p.Kill() // it may have ended already
		}
	}
}

// PID returns the process id of the JVM.
func (m *Mortal) PID() int {
	m.mu.Lock()
	defer m.mu.Unlock()
	return m.gateway.PID()
}

// Folder returns the folder in which its gateway keeps its files.
func (m *Mortal) Folder() string {
	m.mu.Lock()
	defer m.mu.Unlock()
	return filepath.Dir(m.gateway.Log())
}

// Said returns the notices so far, one per line.
func (m *Mortal) Said() string {
	m.mu.Lock()
	defer m.mu.Unlock()
	return strings.Join(m.notices, "\n")
}

// Try runs all statements of a text and returns the last one's reply.
func (m *Mortal) Try(text string) (reply session.Reply, err error) {
	for _, st := range m.Cell(text).Statements() {
		if reply, err = m.Execute(m.t.Context(), st, query.Lossless); err != nil {
			return reply, err
		}
	}
	return reply, nil
}

// Table runs a query to its end and returns its rows.
func (m *Mortal) Table(text string) []string {
	m.t.Helper()
	reply, err := m.Try(text)
	if err != nil {
		m.t.Fatalf("%s: %s", text, session.Explain(err))
	}
	out := Drain(m.t, reply.Events)
	if out.Ended.State != query.Finished {
		m.t.Fatalf("%s: %+v", text, out.Ended)
	}
	return out.Table
}

// Do runs all statements of a text, and waits for the last one's end.
func (m *Mortal) Do(text string) {
	m.t.Helper()
	reply, err := m.Try(text)
	if err != nil {
		m.t.Fatalf("%s: %s", text, session.Explain(err))
	}
	if reply.Events != nil {
		Drain(m.t, reply.Events)
	}
}
