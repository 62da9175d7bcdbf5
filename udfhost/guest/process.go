package guest

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"runtime"
	"strconv"
	"sync"
	"sync/atomic"
	"syscall"
	"time"

	"github.com/apache/arrow/go/v15/arrow/memory"

	"riffle/udfhost/guest/abi"
)

// Defaults for Options.
const (
	DefaultRowTimeout  = 10 * time.Second
	DefaultMemory      = 2 << 30
	DefaultSharedLimit = 256 << 20
)

// Options say what a guest may do and who receives its output. The zero value confines it, sets no limits
// and drops its output.
type Options struct {
	// RowTimeout ends a guest that spends longer than this on one row, or on its start. 0: no
	// limit.
	RowTimeout time.Duration
	// Memory limits the private memory of the process in bytes, on Linux. 0: no limit.
	Memory int64
	// NoJail lets the process do everything that its user may do. Without it, the process has no
	// files, no network, no other programs and no signals, and Start fails with a *JailError if the
	// system cannot enforce that.
	NoJail bool
	// Network has the hosts and ports that a confined process can connect to. Without the jail it has no effect.
	Network Network
	// Permissions are those that the process has without the jail, for the text of a *JailError:
	// "the TaskManager's permissions". "": the user's.
	Permissions string
	// SharedLimit is the size in bytes to which the shared memory may grow;
	// batches that need more are split. 0: DefaultSharedLimit.
	SharedLimit int
	// Output receives the program's output, line by line, with the function that was being called
	// when the line was printed; "" before the first call. It is called for one line at a time.
	// Until it returns, the process can print no more than fits into a pipe.
	Output func(function, line string)
	// Metrics says that functions of the program have a riffle.Context, see Process.Metrics.
	Metrics bool
	// Allocator is for the buffers of results. nil: one of the Launcher's, which reuses the memory of
	// released results.
	Allocator memory.Allocator
}

// ConfinedLike reports whether o and other confine processes in the same way.
func (o Options) ConfinedLike(other Options) bool {
	return o.NoJail == other.NoJail && o.Network.Equal(other.Network)
}

// initialShared is the size of the shared memory of a new process.
const initialShared = 1 << 20

// Process is a running guest. Its methods may be called by several goroutines;
// calls are made one after the other.
type Process struct {
	options Options
	command *exec.Cmd
	shared  *sharedMemory
	board   board
	wake    *os.File // to the guest's abi.WakeFD
	answer  *os.File // from the guest's abi.AnswerFD
	life    *os.File // to the guest's abi.LifeFD, or nil
	output  *output
	network *connector // or nil

	turn      chan struct{} // holds one token, which its taker needs to communicate with the guest
	watch     watchdog
	calls     uint64 // requests for calls so far
	stoppable inProgress
	// stopGrace is the constant, except in tests.
	stopGrace time.Duration
	// needs are the bytes of results of a function, by its index, that did not fit.
	needs map[int]int

	ended chan struct{} // closed when all of the following is set
	state *os.ProcessState
	// report and lastLine are what output.finish returned.
	report   []byte
	lastLine string

	closed   atomic.Bool
	close    sync.Once
	closeErr error
}

// Start runs the program in the file executable and waits until its package variables are initialized.
// An error is a *Failure if the program itself failed during that. The process ends with Close, and in any
// case with the host.
func (l *Launcher) Start(ctx context.Context, executable string, options Options) (p *Process, err error) {
	defer func() {
		if refused := (*JailError)(nil); errors.As(err, &refused) {
			refused.Permissions = options.Permissions
		}
	}()
	if options.SharedLimit <= 0 {
		options.SharedLimit = DefaultSharedLimit
	}
	if options.Allocator == nil {
		options.Allocator = &l.pool
	}
	p = &Process{options: options, turn: make(chan struct{}, 1), ended: make(chan struct{}), needs: map[int]int{}, stopGrace: stopGrace}
	p.turn <- struct{}{}
	if !options.NoJail {
		if _, err := Jail(); err != nil {
			return nil, err
		}
	}
	if err := l.do(func() error { return p.launch(executable) }); err != nil {
		return nil, fmt.Errorf("start guest: %w", err)
	}
	go p.output.read()
	go p.reap()
	if err := p.awaitReady(ctx); err != nil {
		return nil, errors.Join(err, p.Close())
	}
	return p, nil
}

// launch starts the process with its memory and its pipes.
func (p *Process) launch(executable string) error {
	err := withholdFiles()
	if err != nil {
		return err
	}
	if p.shared, err = newSharedMemory(min(initialShared, p.options.SharedLimit)); err != nil {
		return err
	}
	if p.options.Metrics {
		if p.board.memory, err = p.shared.board(); err != nil {
			return errors.Join(err, p.closeFiles())
		}
	}
	theirs, err := p.openPipes()
	if err == nil {
		err = p.spawn(executable, theirs)
	}
	for _, file := range theirs {
		file.Close() // the process has its own
	}
	if err != nil {
		if p.output != nil {
			p.output.file.Close()
		}
		return errors.Join(err, p.closeFiles())
	}
	return nil
}

// openPipes creates the pipes, keeps this process's ends and returns those of the guest: for
// its output, and for its files from abi.WakeFD on.
func (p *Process) openPipes() (theirs []*os.File, err error) {
	printed, print, err := os.Pipe()
	if err != nil {
		return nil, err
	}
	p.output = newOutput(printed, p.options.Output)
	theirs = append(theirs, print)
	woken, wake, err := os.Pipe()
	if err != nil {
		return theirs, err
	}
	p.wake = wake
	theirs = append(theirs, woken)
	answer, answers, err := os.Pipe()
	if err != nil {
		return theirs, err
	}
	p.answer = answer
	theirs = append(theirs, answers)
	if diesWithHost {
		theirs = append(theirs, nil)
	} else {
		lives, life, err := os.Pipe()
		if err != nil {
			return theirs, err
		}
		p.life = life
		theirs = append(theirs, lives)
	}
	if !p.networked() {
		return theirs, nil
	}
	connector, network, err := newConnector(p.options.Network)
	if err != nil {
		return theirs, err
	}
	p.network = connector
	return append(theirs, network, openRoots()), nil
}

// networked reports whether the process gets connections from a connector.
func (p *Process) networked() bool { return !p.options.NoJail && !p.options.Network.Empty() }

// spawn starts the process with its ends of the pipes.
func (p *Process) spawn(executable string, theirs []*os.File) error {
	request := abi.Request{Version: abi.Version, Size: uint64(len(p.shared.bytes))}
	if !diesWithHost {
		request.Flags = abi.FlagWatchHost
	}
	*requestAt(p.shared.bytes, 0) = request

	p.command = exec.Command(executable)
	p.command.Stdout, p.command.Stderr = theirs[0], theirs[0]
	p.command.ExtraFiles = append([]*os.File{p.shared.file}, theirs[1:]...)
	p.command.Env, p.command.Dir = p.environment(), "/"
	p.command.SysProcAttr = attributes()
	return p.command.Start()
}

// closeFiles closes what launch has opened, except the output.
func (p *Process) closeFiles() error {
	err := errors.Join(p.board.end(), p.shared.close())
	if p.network != nil {
		err = errors.Join(err, p.network.close())
	}
	for _, file := range []*os.File{p.wake, p.answer, p.life} {
		if file != nil {
			err = errors.Join(err, file.Close())
		}
	}
	return err
}

// environment returns all that a guest sees of ours: nothing.
func (p *Process) environment() []string {
	environment := []string{
		"GOTRACEBACK=crash", // SIGQUIT shows goroutines that run, too
		"TZ=UTC",
		// Otherwise the runtime keeps a file of the cgroup open, and checks from time to time
		// how many processors there are, which looks like one in a jail.
		"GOMAXPROCS=" + strconv.Itoa(runtime.GOMAXPROCS(0)), "GODEBUG=containermaxprocs=0",
	}
	if p.options.Memory > 0 {
		// The collector works harder before the limit is reached.
		environment = append(environment, "GOMEMLIMIT="+strconv.FormatInt(p.options.Memory/10*8, 10),
			abi.MemoryVariable+"="+strconv.FormatInt(p.options.Memory, 10))
	}
	if !p.options.NoJail {
		environment = append(environment, abi.JailVariable+"=on")
	}
	if p.networked() {
		environment = append(environment, abi.NetworkVariable+"=on")
	}
	return environment
}

// reap waits for the end of the process.
func (p *Process) reap() {
	// Every way to end is visible in ProcessState; the error adds nothing.
	_ = p.command.Wait()
	p.state = p.command.ProcessState
	p.output.end()
	p.report, p.lastLine = p.output.finish(crashed(p.state))
	close(p.ended)
	p.answer.SetReadDeadline(time.Unix(1, 0)) // wakes a caller that waits for an answer
}

// crashed reports whether the Go runtime or a signal other than our own kill
// ended the process.
func crashed(state *os.ProcessState) bool {
	if status, ok := state.Sys().(syscall.WaitStatus); ok && status.Signaled() {
		return status.Signal() != syscall.SIGKILL
	}
	return state.ExitCode() == 2
}

// awaitReady waits for the guest's first answer.
func (p *Process) awaitReady(ctx context.Context) error {
	defer context.AfterFunc(ctx, p.kill)()
	reply, err := p.await(ctx, []*call{{}}, []abi.Request{*requestAt(p.shared.bytes, 0)})
	switch {
	case err != nil:
		return err
	case reply.Status != abi.StatusReady:
		return errProtocol("its first answer has status %d", reply.Status)
	case !p.options.NoJail:
		return confirmJail(p.command.Process.Pid)
	}
	return nil
}

// Ended reports whether the process has ended, or is about to because it was overdue. It then answers no
// calls.
func (p *Process) Ended() bool {
	if p.watch.hasExpired() {
		return true
	}
	select {
	case <-p.ended:
		return true
	default:
		return false
	}
}

// Flush returns when Options.Output has received all earlier output.
func (p *Process) Flush() { p.output.flush() }

// kill ends the process, if it has not ended, and does not wait.
func (p *Process) kill() {
	_ = p.command.Process.Kill() // fails only for a process that has ended
}

// Close kills the process and returns when it is gone. A pending Call returns an error. It waits before for calls that
// can be stopped, whose contexts should have ended.
func (p *Process) Close() error {
	p.close.Do(func() {
		select {
		case <-p.stoppable.over():
		case <-p.ended:
		case <-time.After(p.stopGrace):
		}
		p.closed.Store(true)
		p.kill()
		<-p.ended
		<-p.turn // forever: there are no more calls
		p.closeErr = p.closeFiles()
	})
	return p.closeErr
}
