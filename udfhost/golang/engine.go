package golang

import (
	"context"
	"errors"
	"sync"

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
	launcher *guest.Launcher

	mu       sync.Mutex
	programs map[string]*Program // by hash, all of the session
	newest   *Program
	idle     *guest.Process // of newest, for the next who needs one; or nil
	closed   bool
	ctx      context.Context // ends with the engine
	cancel   context.CancelFunc
	starting sync.WaitGroup
}

func newEngine(options guest.Options) *Engine {
	ctx, cancel := context.WithCancel(context.Background())
	return &Engine{
		options: options, launcher: guest.NewLauncher(), programs: map[string]*Program{}, ctx: ctx, cancel: cancel,
	}
}

// adopt makes p the newest program. It starts a process of it, which then waits
// for the first query, and fails if that does not start.
func (e *Engine) adopt(ctx context.Context, p *Program) error {
	process, err := e.launcher.Start(ctx, p.Executable, e.options)
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

// program finds a program by its hash.
func (e *Engine) program(hash string) *Program {
	e.mu.Lock()
	defer e.mu.Unlock()
	return e.programs[hash]
}

// process returns a new process of p, which the caller closes: the idle one if
// it is p's, in which case another is started in the background.
func (e *Engine) process(ctx context.Context, p *Program) (*guest.Process, error) {
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
	return e.launcher.Start(ctx, p.Executable, e.options)
}

// replaceIdle starts an idle process of p, if p is still the newest program.
// If that fails, the next query starts its own and gets to know.
func (e *Engine) replaceIdle(p *Program) {
	process, err := e.launcher.Start(e.ctx, p.Executable, e.options)
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
