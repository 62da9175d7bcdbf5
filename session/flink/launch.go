package flink

import (
	"bufio"
	"bytes"
	"context"
	"crypto/rand"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strconv"
	"strings"
	"time"

	"riffle/session/gateway"
	"riffle/session/py4j"
)

// Launch configures the start of a gateway's JVM.
type Launch struct {
	Java      string   // the java executable
	ClassPath []string // Flink's jars in order, including riffle's own
	Hadoop    []string // follows ClassPath, see hadoopPath; not used while recording an Archive
	Archive   string   // class-data archive to start from; not used if "" or missing
	Record    bool     // write Archive at the JVM's orderly exit instead of using it

	// Dir is this gateway's own folder, for its log and its temporary files.
	Dir string
	// Flink and Cluster are settings of the environment and of the embedded cluster. They override
	// riffle's own.
	Flink, Cluster map[string]string
	// Remote is the REST address of an existing cluster, or "". The gateway then starts none, and
	// Cluster is not used.
	Remote string
	// RowsAddress is an address of this machine to which the TaskManagers of such a cluster connect to send rows.
	// If it is "", rows are fetched through the JobManager.
	RowsAddress string
	// Pack packs functions for such a cluster.
	Pack Pack
	// Costs, if not nil, is called at each declaration of functions with what they cost on that cluster.
	Costs func(string)
}

// LogFile returns the path of the file that receives all output and logs of the JVM.
func (l Launch) LogFile() string { return filepath.Join(l.Dir, "flink.log") }

// portLine announces the gateway's port on the JVM's standard output, which may also contain
// warnings of the JVM.
const portLine = "RIFFLE_PORT "

// process is a running JVM. It ends with riffle, however riffle ends: the pipe of its stdin is closed
// then, and riffle.gateway.Main halts. On Linux, the operating system also kills it, which helps where
// the JVM would not read the pipe, or would still write an archive before it halts.
type process struct {
	cmd    *exec.Cmd
	stdin  io.Closer
	addr   string // of the Py4J server
	token  string
	log    string
	exited chan struct{}
	// endTime is how long the end of the JVM may take after its connections are lost.
	endTime time.Duration
}

// startProcess starts the JVM and waits for its gateway's port.
func startProcess(ctx context.Context, l Launch) (*process, error) {
	log, err := os.OpenFile(l.LogFile(), os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0o600)
	if err != nil {
		return nil, fmt.Errorf("open the Flink log: %w", err)
	}
	p, stdin, stdout, err := l.process()
	if err != nil {
		log.Close()
		return nil, err
	}
	port := make(chan int, 1)
	if err := p.run(stdout, log, port); err != nil {
		return nil, fmt.Errorf("start java: %w", err)
	}
	if err := p.configure(stdin, l); err != nil {
		p.kill()
		return nil, p.diagnose(fmt.Errorf("configure the JVM: %w", err))
	}
	select {
	case n := <-port:
		p.addr = "127.0.0.1:" + strconv.Itoa(n)
		return p, nil
	case <-p.exited:
		return nil, p.diagnose(errors.New("the JVM ended while it started"))
	case <-ctx.Done():
		p.kill()
		return nil, ctx.Err()
	}
}

// process prepares the JVM's process and opens the pipes to it.
func (l Launch) process() (*process, io.Writer, io.Reader, error) {
	arguments, err := l.arguments()
	if err != nil {
		return nil, nil, nil, err
	}
	cmd := exec.Command(l.Java, arguments...)
	if nice, err := exec.LookPath("nice"); err == nil && l.Record {
		cmd = exec.Command(nice, append([]string{"-n", "19", l.Java}, arguments...)...)
	}
	// The JVM runs in riffle's working directory, so 'path' = 'orders' means the user's folder.
	cmd.SysProcAttr = attributes()
	stdin, err := cmd.StdinPipe()
	if err != nil {
		return nil, nil, nil, err
	}
	stdout, err := cmd.StdoutPipe()
	if err != nil {
		return nil, nil, nil, err
	}
	p := &process{cmd: cmd, stdin: stdin, token: rand.Text(), log: l.LogFile(), exited: make(chan struct{}), endTime: defaultEndTime}
	return p, stdin, stdout, nil
}

// run starts the process. Its goroutine ends, and closes log, when the JVM closes its standard output, at
// the latest by exiting.
func (p *process) run(stdout io.Reader, log *os.File, port chan<- int) error {
	p.cmd.Stderr = log
	started := make(chan error, 1)
	go func() {
		defer log.Close()
		// The kernel kills the JVM when the thread that started it ends, so this one has to stay.
		runtime.LockOSThread()
		defer runtime.UnlockOSThread()
		err := p.cmd.Start()
		started <- err
		if err != nil {
			return
		}
		defer close(p.exited)
		readOutput(stdout, log, port)
		_ = p.cmd.Wait()
	}()
	return <-started
}

// configure sends the start request, riffle.gateway.Main's one line of input.
func (p *process) configure(stdin io.Writer, l Launch) error {
	start := map[string]any{"token": p.token}
	if l.Remote != "" {
		start["flink"] = merged(sharedOptions(), l.Flink)
		start["remote"], start["user"] = l.Remote, userName()
	} else {
		start["flink"] = merged(environmentOptions(), l.Flink)
		start["cluster"] = merged(clusterOptions(l.Dir), l.Cluster)
	}
	request, err := json.Marshal(start)
	if err != nil {
		return err
	}
	_, err = stdin.Write(append(request, '\n'))
	return err
}

// readOutput finds the port line and writes the other lines to the log.
func readOutput(stdout io.Reader, log io.Writer, port chan<- int) {
	lines := bufio.NewScanner(stdout)
	for lines.Scan() {
		if text, ok := strings.CutPrefix(lines.Text(), portLine); ok {
			if n, err := strconv.Atoi(text); err == nil {
				port <- n
				continue
			}
		}
		fmt.Fprintln(log, lines.Text())
	}
	_, _ = io.Copy(log, stdout) // a line too long for the scanner
}

func (p *process) dial(ctx context.Context) (*py4j.Conn, error) {
	c, err := py4j.Dial(ctx, p.addr, p.token)
	if err != nil && p.endsSoon(ctx) {
		return nil, p.diagnose(err)
	}
	return c, err
}

func (p *process) hasExited() bool {
	select {
	case <-p.exited:
		return true
	default:
		return false
	}
}

// defaultEndTime is long because a process first gives its memory back, which can take seconds on a busy machine.
const defaultEndTime = 10 * time.Second

// endsSoon waits for the end of a JVM that does not answer any more. It returns false if the JVM lives on.
func (p *process) endsSoon(ctx context.Context) bool {
	select {
	case <-p.exited:
		return true
	case <-ctx.Done():
	case <-time.After(p.endTime):
	}
	return p.hasExited()
}

// kill ends the JVM at once. Closing its stdin would have the same effect, because Java's halt
// runs no hooks either, but HotSpot then waits 0.3 s for threads in native code.
func (p *process) kill() {
	p.stdin.Close()
	_ = p.cmd.Process.Kill()
	<-p.exited
}

// outOfMemory is the beginning of the last line that -XX:+ExitOnOutOfMemoryError logs.
const outOfMemory = "Terminating due to java.lang.OutOfMemoryError: "

// diagnose adds the last error of the log to an error about a JVM that has ended.
func (p *process) diagnose(err error) error {
	const most = 4 << 10
	lost := &gateway.LostError{Err: err}
	if text, err := os.ReadFile(p.log); err == nil {
		lost.Tail = string(bytes.TrimSpace(text[max(0, len(text)-most):]))
	}
	lost.Memory = strings.Contains(lost.Tail, outOfMemory)
	line := lost.Tail[strings.LastIndexByte(lost.Tail, '\n')+1:]
	what, atEnd := strings.CutPrefix(line, outOfMemory)
	switch {
	case atEnd:
		lost.Reason = fmt.Sprintf("%v: out of memory (%s)", err, what)
	case line == "" || strings.Contains(line, " INFO "): // its last action, not the reason for its end
		lost.Reason = fmt.Sprintf("%v; see %s", err, p.log)
	default:
		lost.Reason = fmt.Sprintf("%v: %s (log: %s)", err, line, p.log)
	}
	return lost
}
