package golang

import (
	"context"
	"errors"
	"sync"
	"sync/atomic"

	"riffle/udfhost"
	"riffle/udfhost/guest"
)

// Program is an executable made of declarations.
type Program struct {
	// Hash names the program; what goes into it decides it.
	Hash       string
	Executable string
	Functions  []Function // sorted by name
	signatures []*signature
}

// payloadPrefix begins every payload; the number is its version.
const payloadPrefix = "riffle:1:"

// Payload is what a function of the program is registered with in Flink:
// "riffle:1:<hash>:<name>".
func (p *Program) Payload(function string) []byte {
	return []byte(payloadPrefix + p.Hash + ":" + function)
}

// Engine runs programs in guest processes. It is a udfhost.Engine.
type Engine struct {
	options  guest.Options
	output   func(worker, line string)
	launcher *guest.Launcher

	mu       sync.Mutex
	programs map[string]*Program // by hash, all of the session
	newest   *Program
	idle     *process // of newest, for the next who needs one; or nil
	closed   bool
	ctx      context.Context // ends with the engine
	cancel   context.CancelFunc
	starting sync.WaitGroup
}

func newEngine(options guest.Options, output func(worker, line string)) *Engine {
	ctx, cancel := context.WithCancel(context.Background())
	return &Engine{
		options: options, output: output, launcher: guest.NewLauncher(),
		programs: map[string]*Program{}, ctx: ctx, cancel: cancel,
	}
}

// process is a guest process that knows whom it serves.
type process struct {
	*guest.Process
	worker *atomic.Pointer[string]
}

// start starts a process of p that serves nobody yet.
func (e *Engine) start(ctx context.Context, p *Program) (*process, error) {
	worker := &atomic.Pointer[string]{}
	options := e.options
	options.Output = nil
	if e.output != nil {
		nobody := ""
		worker.Store(&nobody)
		options.Output = func(line string) { e.output(*worker.Load(), line) }
	}
	started, err := e.launcher.Start(ctx, p.Executable, options)
	if err != nil {
		return nil, err
	}
	return &process{started, worker}, nil
}

// adopt makes p the newest program. It starts a process of it, which then waits
// for the first query, and fails if that does not start.
func (e *Engine) adopt(ctx context.Context, p *Program) error {
	process, err := e.start(ctx, p)
	if err != nil {
		return err
	}
	e.mu.Lock()
	if e.closed {
		e.mu.Unlock()
		return errors.Join(errClosed, process.Close())
	}
	e.programs[p.Hash], e.newest = p, p
	before := e.idle
	e.idle = process
	e.mu.Unlock()
	if before != nil {
		return before.Close()
	}
	return nil
}

var errClosed = errors.New("the engine for go functions is closed")

// Open returns an instance without a process: one is started for the first
// function that a worker asks for.
func (e *Engine) Open(_ context.Context, workerID string) (udfhost.Instance, error) {
	e.mu.Lock()
	defer e.mu.Unlock()
	if e.closed {
		return nil, errClosed
	}
	return &instance{engine: e, worker: workerID, guests: map[string]*workerGuest{}}, nil
}

func (e *Engine) newestProgram() *Program {
	e.mu.Lock()
	defer e.mu.Unlock()
	return e.newest
}

// program finds a program by its hash.
func (e *Engine) program(hash string) *Program {
	e.mu.Lock()
	defer e.mu.Unlock()
	return e.programs[hash]
}

// processFor returns a new process of p for a worker, which closes it: the idle
// one if it is p's, in which case another is started in the background.
func (e *Engine) processFor(ctx context.Context, worker string, p *Program) (*process, error) {
	process, err := e.take(ctx, p)
	if err == nil {
		process.worker.Store(&worker)
	}
	return process, err
}

func (e *Engine) take(ctx context.Context, p *Program) (*process, error) {
	e.mu.Lock()
	idle := e.idle
	if idle != nil && e.newest == p {
		e.idle = nil
		e.starting.Go(func() { e.replaceIdle(p) })
		e.mu.Unlock()
		if !idle.Ended() {
			return idle, nil
		}
		idle.Close() // it has ended already
	} else {
		e.mu.Unlock()
	}
	return e.start(ctx, p)
}

// replaceIdle starts an idle process of p, if p is still the newest program.
// If that fails, the next query starts its own and gets to know.
func (e *Engine) replaceIdle(p *Program) {
	process, err := e.start(e.ctx, p)
	if err != nil {
		return
	}
	e.mu.Lock()
	if wanted := !e.closed && e.newest == p && e.idle == nil; wanted {
		e.idle, process = process, nil
	}
	e.mu.Unlock()
	if process != nil {
		process.Close() // nobody waits for it
	}
}

// close ends all idle processes, and on Linux the others with the launcher.
func (e *Engine) close() error {
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
