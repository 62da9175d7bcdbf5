// Package clustertest runs a Flink cluster for tests: a JobManager and two TaskManagers, each a process of its
// own, from the jars that riffle downloads. Its class path is that of a cluster of Flink's distribution, so it does
// not contain flink-python.
package clustertest

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"time"

	"riffle/session/flink/dist"
)

const (
	loopback     = "127.0.0.1"
	taskManagers = 2
	slots        = 4 // of a TaskManager
	startTimeout = 2 * time.Minute
)

// opened are the packages of the JVM that Flink's scripts open.
const opened = `java.base/java.lang java.base/java.net java.base/java.io java.base/java.nio java.base/sun.nio.ch
java.base/java.lang.reflect java.base/java.text java.base/java.time java.base/java.util java.base/java.util.concurrent
java.base/java.util.concurrent.atomic java.base/java.util.concurrent.locks`

// memory are the sizes of a TaskManager's memory. Flink's scripts would compute them.
var memory = map[string]string{
	"taskmanager.cpu.cores":                      strconv.Itoa(slots),
	"taskmanager.memory.task.heap.size":          "256m",
	"taskmanager.memory.task.off-heap.size":      "0",
	"taskmanager.memory.framework.heap.size":     "128m",
	"taskmanager.memory.framework.off-heap.size": "128m",
	"taskmanager.memory.network.min":             "64m",
	"taskmanager.memory.network.max":             "64m",
	"taskmanager.memory.managed.size":            "64m",
	"taskmanager.memory.jvm-metaspace.size":      "128m",
	"taskmanager.memory.jvm-overhead.min":        "64m",
	"taskmanager.memory.jvm-overhead.max":        "64m",
}

// Cluster is a running cluster.
type Cluster struct {
	Address      string // of the REST endpoint, http://host:port
	JobManager   *Process
	TaskManagers []*Process

	dir, java, path string
}

// Start starts a cluster that keeps its files in a folder. Each option is a key followed by its value.
func Start(ctx context.Context, dir string, options ...string) (*Cluster, error) {
	java, err := dist.FindJava(ctx)
	if err != nil {
		return nil, err
	}
	found, err := dist.Find(ctx, dist.Options{})
	if err != nil {
		return nil, err
	}
	ports, err := freePorts(2)
	if err != nil {
		return nil, err
	}
	c := &Cluster{Address: "http://" + net.JoinHostPort(loopback, ports[0]), dir: dir, java: java.Path, path: lib(found.ClassPath)}
	if err := c.configure(ports, options); err != nil {
		return nil, err
	}
	if err := c.StartJobManager(); err != nil {
		return nil, err
	}
	for range taskManagers {
		if err := c.StartTaskManager(); err != nil {
			return nil, errors.Join(err, c.Close())
		}
	}
	if err := c.Await(ctx, taskManagers); err != nil {
		return nil, errors.Join(err, c.Close())
	}
	return c, nil
}

// lib returns the class path of a cluster without flink-python. A gateway's class path has the contents of the RPC
// loader's jar instead of that jar.
func lib(jars []string) string {
	var path []string
	for _, jar := range jars {
		if name := filepath.Base(jar); !strings.HasPrefix(name, "flink-python") && !strings.HasPrefix(name, "py4j") {
			path = append(path, jar)
		}
		if loader, _ := filepath.Glob(filepath.Join(filepath.Dir(jar), "flink-rpc-akka-loader-*.jar")); !slices.Contains(path, strings.Join(loader, "")) {
			path = append(path, loader...)
		}
	}
	return strings.Join(path, string(os.PathListSeparator))
}

func freePorts(n int) ([]string, error) {
	var ports []string
	for range n {
		l, err := net.Listen("tcp", loopback+":0")
		if err != nil {
			return nil, err
		}
		defer l.Close()
		_, port, _ := net.SplitHostPort(l.Addr().String())
		ports = append(ports, port)
	}
	return ports, nil
}

func (c *Cluster) configure(ports, options []string) error {
	settings := map[string]string{
		"rest.address":                    loopback,
		"rest.bind-address":               loopback,
		"rest.port":                       ports[0],
		"jobmanager.rpc.address":          loopback,
		"jobmanager.rpc.port":             ports[1],
		"jobmanager.bind-host":            loopback,
		"jobmanager.memory.process.size":  "900m",
		"taskmanager.host":                loopback,
		"taskmanager.bind-host":           loopback,
		"taskmanager.memory.process.size": "1200m",
		"taskmanager.numberOfTaskSlots":   strconv.Itoa(slots),
		"io.tmp.dirs":                     filepath.Join(c.dir, "tmp"),
		"web.refresh-interval":            "1 s",
		"metrics.fetcher.update-interval": "1 s",
	}
	for i := 0; i < len(options); i += 2 {
		settings[options[i]] = options[i+1]
	}
	var text strings.Builder
	for key, value := range settings {
		fmt.Fprintf(&text, "%s: %s\n", key, value)
	}
	for _, dir := range []string{"conf", "log", "tmp"} {
		if err := os.MkdirAll(filepath.Join(c.dir, dir), 0o700); err != nil {
			return err
		}
	}
	if err := os.WriteFile(filepath.Join(c.dir, "log4j.properties"), []byte(log4j), 0o600); err != nil {
		return err
	}
	return os.WriteFile(filepath.Join(c.dir, "conf", "config.yaml"), []byte(text.String()), 0o600)
}

const log4j = `rootLogger.level = INFO
rootLogger.appenderRef.c.ref = C
appender.c.name = C
appender.c.type = CONSOLE
appender.c.layout.type = PatternLayout
appender.c.layout.pattern = %d{HH:mm:ss,SSS} %-5p %-60c %x - %m%n
`

// StartJobManager starts the JobManager, or another one in the place of one that was killed.
func (c *Cluster) StartJobManager() (err error) {
	c.JobManager, err = c.start("jobmanager", "org.apache.flink.runtime.entrypoint.StandaloneSessionClusterEntrypoint", nil)
	return err
}

// StartTaskManager starts a TaskManager.
func (c *Cluster) StartTaskManager() error {
	var dynamic []string
	for key, value := range memory {
		dynamic = append(dynamic, "-D", key+"="+value)
	}
	p, err := c.start(fmt.Sprintf("taskmanager%d", len(c.TaskManagers)+1), "org.apache.flink.runtime.taskexecutor.TaskManagerRunner", dynamic)
	if err == nil {
		c.TaskManagers = append(c.TaskManagers, p)
	}
	return err
}

func (c *Cluster) start(name, class string, options []string) (*Process, error) {
	log, err := os.OpenFile(c.Log(name), os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0o600)
	if err != nil {
		return nil, err
	}
	args := []string{"-Xmx384m", "-XX:MaxDirectMemorySize=400m", "-XX:+UseSerialGC", "-Dlog4j.configurationFile=" + filepath.Join(c.dir, "log4j.properties")}
	for _, name := range strings.Fields(opened) {
		args = append(args, "--add-opens="+name+"=ALL-UNNAMED")
	}
	args = append(args, "-cp", c.path, class, "-c", filepath.Join(c.dir, "conf"))
	cmd := exec.Command(c.java, append(args, options...)...)
	cmd.Stdout, cmd.Stderr = log, log
	return run(cmd, log)
}

// Log returns the path of a process's log: jobmanager, taskmanager1, taskmanager2 and so on.
func (c *Cluster) Log(name string) string { return filepath.Join(c.dir, "log", name+".log") }

// logEnd returns the last lines of a process's log.
func (c *Cluster) logEnd(name string) string {
	text, err := os.ReadFile(c.Log(name))
	if err != nil {
		return err.Error()
	}
	return string(text[max(0, len(text)-4000):])
}

// Await waits until the JobManager answers and has a number of TaskManagers.
func (c *Cluster) Await(ctx context.Context, taskManagers int) error {
	ctx, cancel := context.WithTimeout(ctx, startTimeout)
	defer cancel()
	for {
		var overview struct {
			TaskManagers int `json:"taskmanagers"`
		}
		err := c.Get(ctx, "/overview", &overview)
		if err == nil && overview.TaskManagers >= taskManagers {
			return nil
		}
		select {
		case <-time.After(100 * time.Millisecond):
		case <-c.JobManager.ended:
			return fmt.Errorf("the JobManager has ended:\n%s", c.logEnd("jobmanager"))
		case <-ctx.Done():
			return fmt.Errorf("the cluster does not start: %v\n%s", err, c.logEnd("taskmanager1"))
		}
	}
}

// Get reads from the REST endpoint.
func (c *Cluster) Get(ctx context.Context, path string, v any) error {
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, c.Address+path, nil)
	if err != nil {
		return err
	}
	response, err := http.DefaultClient.Do(request)
	if err != nil {
		return err
	}
	defer response.Body.Close()
	if response.StatusCode != http.StatusOK {
		return fmt.Errorf("%s: %s", path, response.Status)
	}
	return json.NewDecoder(response.Body).Decode(v)
}

// Close ends all processes.
func (c *Cluster) Close() error {
	for _, p := range append(c.TaskManagers, c.JobManager) {
		p.Kill()
	}
	return nil
}
