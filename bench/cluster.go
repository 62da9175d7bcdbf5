//go:build unix

package main

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
	"strings"
	"time"
)

// cluster is a session cluster of the peers' distribution, on loopback.
type cluster struct {
	rest      string // its port
	processes []*exec.Cmd
}

// startCluster starts a JobManager and a TaskManager of eight slots from a distribution, and waits
// until the TaskManager is registered and both are idle.
func startCluster(ctx context.Context, p *peers, flink string) (*cluster, error) {
	ports, err := freePorts(2)
	if err != nil {
		return nil, err
	}
	c := &cluster{rest: ports[0]}
	conf, err := p.clusterConfig(ports[0], ports[1])
	if err != nil {
		return nil, err
	}
	for _, script := range []string{"jobmanager.sh", "taskmanager.sh"} {
		cmd := exec.CommandContext(ctx, filepath.Join(flink, "bin", script), "start-foreground")
		cmd.Env = p.environment("FLINK_CONF_DIR=" + conf)
		if err := cmd.Start(); err != nil {
			c.stop()
			return nil, err
		}
		c.processes = append(c.processes, cmd)
	}
	err = c.await(ctx)
	for _, cmd := range c.processes {
		if err == nil { // its start must not be part of a measurement
			err = settle(ctx, cmd.Process.Pid)
		}
	}
	if err != nil {
		c.stop()
		return nil, err
	}
	return c, nil
}

// withFlinkPython creates a distribution whose lib has flink-python.
func (p *peers) withFlinkPython() (string, error) {
	flink := filepath.Join(p.folder, "tmp", "flink-with-python")
	if err := os.RemoveAll(flink); err != nil {
		return "", err
	}
	jar := "flink-python-" + flinkVersion + ".jar"
	return flink, errors.Join(
		linkTree(p.flink, flink),
		os.Link(filepath.Join(p.flink, "opt", jar), filepath.Join(flink, "lib", jar)),
	)
}

// clusterConfig writes the default configuration with other ports and slots.
func (p *peers) clusterConfig(rest, rpc string) (string, error) {
	conf := filepath.Join(p.folder, "tmp", "conf")
	if err := os.RemoveAll(conf); err != nil {
		return "", err
	}
	if err := linkTree(filepath.Join(p.flink, "conf"), conf); err != nil {
		return "", err
	}
	file := filepath.Join(conf, "config.yaml")
	text, err := os.ReadFile(file)
	if err != nil {
		return "", err
	}
	text = []byte(strings.NewReplacer(
		"numberOfTaskSlots: 1", "numberOfTaskSlots: 8",
		"port: 6123", "port: "+rpc,
	).Replace(string(text)))
	text = append(text, "\nrest.port: "+rest+"\nrest.bind-address: localhost\n"...)
	if err := os.Remove(file); err != nil { // it is a link to the distribution's
		return "", err
	}
	return conf, os.WriteFile(file, text, 0o644)
}

// freePorts finds unused loopback ports.
func freePorts(n int) ([]string, error) {
	var ports []string
	for range n {
		l, err := net.Listen("tcp", "127.0.0.1:0")
		if err != nil {
			return nil, err
		}
		defer l.Close()
		_, port, err := net.SplitHostPort(l.Addr().String())
		if err != nil {
			return nil, err
		}
		ports = append(ports, port)
	}
	return ports, nil
}

// options returns the options that send SQL Client's queries to the cluster.
func (c *cluster) options() []string {
	return []string{"-Dexecution.target=remote", "-Drest.address=localhost", "-Drest.port=" + c.rest}
}

// address returns the address of its REST endpoint.
func (c *cluster) address() string { return "http://localhost:" + c.rest }

// await waits until the cluster has slots.
func (c *cluster) await(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	for {
		slots, err := c.slots(ctx)
		if err == nil && slots > 0 {
			return nil
		}
		select {
		case <-time.After(200 * time.Millisecond):
		case <-ctx.Done():
			return errors.Join(fmt.Errorf("the session cluster does not come up: %w", ctx.Err()), err)
		}
	}
}

func (c *cluster) slots(ctx context.Context) (int, error) {
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, "http://localhost:"+c.rest+"/overview", nil)
	if err != nil {
		return 0, err
	}
	response, err := http.DefaultClient.Do(request)
	if err != nil {
		return 0, err
	}
	defer response.Body.Close()
	var overview struct {
		Slots int `json:"slots-available"`
	}
	return overview.Slots, json.NewDecoder(response.Body).Decode(&overview)
}

// stop ends the cluster.
func (c *cluster) stop() {
	for _, cmd := range c.processes {
		_ = cmd.Process.Kill() // the scripts replace themselves with Java, so this kills the JVMs
		_ = cmd.Wait()
	}
}
