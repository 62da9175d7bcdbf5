package clustertest

import (
	"io"
	"os/exec"
	"runtime"
)

// Process is a process of a cluster.
type Process struct {
	cmd   *exec.Cmd
	ended chan struct{}
}

// run starts a process and closes its log when it has ended.
func run(cmd *exec.Cmd, log io.Closer) (*Process, error) {
	cmd.SysProcAttr = attributes()
	p := &Process{cmd: cmd, ended: make(chan struct{})}
	started := make(chan error, 1)
	go func() {
		defer log.Close()
		// The kernel kills the process when the thread that started it ends.
		runtime.LockOSThread()
		defer runtime.UnlockOSThread()
		err := cmd.Start()
		started <- err
		if err == nil {
			_ = cmd.Wait() // the log says why it has ended
			close(p.ended)
		}
	}()
	return p, <-started
}

// PID returns its process id.
func (p *Process) PID() int { return p.cmd.Process.Pid }

// Running reports whether it has not ended.
func (p *Process) Running() bool {
	select {
	case <-p.ended:
		return false
	default:
		return true
	}
}

// Kill ends the process as kill -9 does, and waits for its end.
func (p *Process) Kill() {
	_ = p.cmd.Process.Kill() // it may have ended
	<-p.ended
}
