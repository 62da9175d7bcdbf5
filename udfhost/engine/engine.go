package engine

import (
	"context"
	"errors"
	"sync"

	"github.com/apache/arrow/go/v15/arrow"

	"riffle/udfhost/guest"
	"riffle/udfhost/operation"
	"riffle/udfhost/payload"
)

// Program is an executable with functions.
type Program struct {
	// Hash identifies the program. It is computed from all inputs of the build.
	Hash       string
	Executable string
	Functions  []Function // in the order in which the executable serves them
}

// Function says how a function of a program is called.
type Function struct {
	Name string
	Kind payload.Kind
	// Signature is the signature as in "Grade(DOUBLE) → STRING", for messages.
	Signature  string
	Parameters []Parameter
	// Result is the type of the result; of a table function, a struct of its columns.
	Result   arrow.DataType
	Nullable bool // the result
	// Context says that it gets a riffle.Context.
	Context bool
	// Async says that its rows are computed concurrently.
	Async bool
}

// Parameter is a parameter of a function.
type Parameter struct {
	SQLType string
	// Type is the type of its column; see guest.Accepts for others.
	Type arrow.DataType
}

// Engine runs programs in guest processes. It is an operation.Engine.
type Engine struct {
	launcher *guest.Launcher

	mu      sync.Mutex
	options guest.Options
	reports bool // see EnableReports
	// programs are those of the session, by hash: one for each change of its Go, a few kilobytes
	// each. None is removed, because a running job may be restarted, and then requests the one with
	// which it began.
	programs  map[string]*Program
	accounts  map[string]*account // by query, until Forget
	forgotten []string            // the last keptForgotten queries
	newest    *Program
	idle      *Process // of newest, for the next worker that needs one; or nil
	closed    bool
	ctx       context.Context // ends with the engine
	cancel    context.CancelFunc
	starting  sync.WaitGroup
}

// New returns an Engine without programs.
func New(options guest.Options) *Engine {
	ctx, cancel := context.WithCancel(context.Background())
	return &Engine{
		options: options, launcher: guest.NewLauncher(),
		programs: map[string]*Program{}, accounts: map[string]*account{}, ctx: ctx, cancel: cancel,
	}
}

// Process is a guest process and the worker that it serves.
type Process struct {
	*guest.Process
	program   *Program
	counts    bool // its functions can have metrics
	collected collector
	telling   sync.Once // the parameters of the job
	told      error

	mu         sync.Mutex
	account    *account // nil until it serves a worker
	unreported *changes // of the worker
	caller     operation.Caller
	earlyLines []string // lines that it printed before
	options    guest.Options
}

// maxEarlyLines is the number of lines that are kept while a process serves no worker. Package
// variables print them.
const maxEarlyLines = 20

// Start starts a process of p that does not serve a worker yet.
func (e *Engine) Start(ctx context.Context, p *Program) (*Process, error) {
	e.mu.Lock()
	options := e.options
	e.mu.Unlock()
	started := &Process{program: p, counts: p.counts(), options: options}
	options.Output, options.Metrics = started.printed, started.counts
	var err error
	if started.Process, err = e.launcher.Start(ctx, p.Executable, options); err != nil {
		return nil, err
	}
	return started, nil
}

// printed handles a line that the process prints.
func (p *Process) printed(function, line string) {
	p.mu.Lock()
	account, caller := p.account, p.caller
	if account == nil && len(p.earlyLines) < maxEarlyLines {
		p.earlyLines = append(p.earlyLines, line)
	}
	p.mu.Unlock()
	if account != nil {
		account.printed(caller, function, line)
	}
}

// serve assigns the process to a worker, which closes it.
func (p *Process) serve(a *account, unreported *changes, caller operation.Caller) {
	p.mu.Lock()
	p.account, p.unreported, p.caller = a, unreported, caller
	early := p.earlyLines
	p.earlyLines = nil
	p.mu.Unlock()
	for _, line := range early {
		a.printed(caller, "", line)
	}
	a.mu.Lock()
	defer a.mu.Unlock()
	a.processes[p] = struct{}{}
	a.subtasks = max(a.subtasks, len(a.processes))
}

// Close ends the process.
func (p *Process) Close() error {
	err := p.Process.Close()
	p.collect()
	p.mu.Lock()
	a := p.account
	p.mu.Unlock()
	if a != nil {
		a.mu.Lock()
		defer a.mu.Unlock()
		delete(a.processes, p)
	}
	return err
}

// Confine sets whether processes that start from now on are confined, and what confined ones can connect to. The
// processes of running queries do not change.
func (e *Engine) Confine(jail bool, network guest.Network) {
	e.mu.Lock()
	defer e.mu.Unlock()
	changed := e.options
	changed.NoJail, changed.Network = !jail, network
	if changed.ConfinedLike(e.options) || e.closed {
		return
	}
	e.options = changed
	idle := e.idle
	e.idle = nil
	if p := e.newest; p != nil {
		e.starting.Go(func() {
			if idle != nil {
				idle.Close() // nobody uses it
			}
			e.replaceIdle(p)
		})
	}
}

// Add makes the functions of p callable.
func (e *Engine) Add(p *Program) {
	e.mu.Lock()
	defer e.mu.Unlock()
	e.programs[p.Hash] = p
}

// Program finds a program by its hash. It returns nil for an unknown hash.
func (e *Engine) Program(hash string) *Program {
	e.mu.Lock()
	defer e.mu.Unlock()
	return e.programs[hash]
}

// SetNewest makes p the newest program. idle is a process of it for the first query.
func (e *Engine) SetNewest(p *Program, idle *Process) {
	e.mu.Lock()
	unwanted := idle
	if !e.closed {
		e.programs[p.Hash], e.newest = p, p
		unwanted, e.idle = e.idle, idle
	}
	e.mu.Unlock()
	if unwanted != nil {
		_ = unwanted.Close() // nobody uses it
	}
}

var errClosed = errors.New("the engine for go functions is closed")

// Open returns an instance without a process. A process is acquired when the worker resolves its first
// function.
func (e *Engine) Open(_ context.Context, caller operation.Caller) (operation.Instance, error) {
	e.mu.Lock()
	closed, reports := e.closed, e.reports
	e.mu.Unlock()
	if closed {
		return nil, errClosed
	}
	a := newAccount("") // of a job that belongs to no query
	if caller.Query != "" {
		a = e.account(caller.Query)
	}
	in := &instance{engine: e, caller: caller, account: a, unreported: newChanges(), guests: map[string]*workerGuest{}}
	if reports {
		in.reporter = newReporter()
		a.follow(Observer{Printed: in.reporter.printed, Failed: func(Usage) {}})
	}
	return in, nil
}

// acquire returns a new process of p that does not serve a worker yet. It returns the idle one
// if that is a process of p, and then starts another in the background.
func (e *Engine) acquire(ctx context.Context, p *Program) (*Process, error) {
	e.mu.Lock()
	idle := e.idle
	if idle != nil && e.newest == p {
		e.idle = nil
		e.starting.Go(func() { e.replaceIdle(p) })
		fits := idle.options.ConfinedLike(e.options)
		e.mu.Unlock()
		if fits && !idle.Ended() {
			return idle, nil
		}
		idle.Close() // it is of no use
	} else {
		e.mu.Unlock()
	}
	return e.Start(ctx, p)
}

// replaceIdle starts an idle process of p, if p is still the newest program. If that fails, the
// next query starts its own process and gets the error.
func (e *Engine) replaceIdle(p *Program) {
	process, err := e.Start(e.ctx, p)
	if err != nil {
		return
	}
	e.mu.Lock()
	if wanted := !e.closed && e.newest == p && e.idle == nil && process.options.ConfinedLike(e.options); wanted {
		e.idle, process = process, nil
	}
	e.mu.Unlock()
	if process != nil {
		process.Close() // nobody uses it
	}
}

// Close ends all idle processes. On Linux, the others end with the launcher.
func (e *Engine) Close() error {
	e.mu.Lock()
	idle := e.idle
	e.idle, e.closed = nil, true
	e.mu.Unlock()
	e.cancel()
	e.starting.Wait()
	var err error
	if idle != nil {
		err = idle.Close()
	}
	e.launcher.Close()
	return err
}
