package flink

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"path"
	"slices"
	"strings"
	"time"
)

// ClusterFacts are the properties of an existing cluster on which it depends how riffle can use it.
type ClusterFacts struct {
	Version      string // of Flink
	Java         string // the JVM of the JobManager
	Arch         string // its processor architecture, in Java's words: amd64, aarch64
	Python       bool   // flink-python is in the lib folder
	TaskManagers int
	Slots, Free  int
	Options      map[string]string // with which it was started; secret values are masked
}

// Options that concern Go functions. The first is riffle's own: the path of its worker on the cluster's machines.
const (
	workerOption       = "riffle.functions.worker"
	cancellationOption = "task.cancellation.timeout"
)

// Worker returns the path of riffle's worker on the cluster's machines, or "" if they have none.
func (c ClusterFacts) Worker() string { return c.Options[workerOption] }

// Platform returns the operating system and the processor of the cluster in Go's words, as in "linux/amd64". The
// JobManager's counts for all machines.
func (c ClusterFacts) Platform() string {
	switch c.Arch {
	case "x86_64":
		return "linux/amd64"
	case "aarch64":
		return "linux/arm64"
	}
	return "linux/" + c.Arch
}

// inspectTimeout bounds each request for facts.
const inspectTimeout = 10 * time.Second

// NoClusterError reports that no Flink cluster can be asked at an address.
type NoClusterError struct {
	Message  string
	NextStep string
}

func (e *NoClusterError) Error() string { return e.Message }

// noCluster returns the error of a request for a cluster's properties that failed. It has the words of the gateway, and
// so the next step of its rule.
func noCluster(address string, reason error) error {
	message := address + " does not answer as a Flink cluster does: "
	var status *statusError
	var connection *url.Error
	switch {
	case errors.As(reason, &connection), errors.As(reason, &status) && status.status == http.StatusServiceUnavailable:
		message = "no Flink cluster answers at " + address
	case status != nil:
		message += fmt.Sprintf("HTTP status %d", status.status)
	default:
		message += "its answer has another form"
	}
	failure := exception{Causes: []cause{{Message: message}}}
	d := failure.diagnose()
	return &NoClusterError{d.Message, d.Hint}
}

// Inspect reads the properties of the cluster at an address, see [ClusterAddress]. It fails with a [*NoClusterError].
func Inspect(ctx context.Context, address string) (ClusterFacts, error) {
	ctx, cancel := context.WithTimeout(ctx, inspectTimeout)
	defer cancel()
	var overview struct {
		Version      string `json:"flink-version"`
		TaskManagers int    `json:"taskmanagers"`
		Slots        int    `json:"slots-total"`
		Free         int    `json:"slots-available"`
	}
	var environment struct {
		JVM struct {
			Version string `json:"version"`
			Arch    string `json:"arch"`
		} `json:"jvm"`
		ClassPath []string `json:"classpath"`
	}
	var options []struct{ Key, Value string }
	r := rest{address}
	if err := r.get(ctx, "/overview", &overview); err != nil || overview.Version == "" {
		return ClusterFacts{}, noCluster(address, err)
	}
	if err := errors.Join(r.get(ctx, "/jobmanager/environment", &environment), r.get(ctx, "/jobmanager/config", &options)); err != nil {
		return ClusterFacts{}, noCluster(address, err)
	}
	facts := ClusterFacts{
		Version: overview.Version, TaskManagers: overview.TaskManagers, Slots: overview.Slots, Free: overview.Free,
		Java: environment.JVM.Version, Arch: environment.JVM.Arch, Options: map[string]string{},
		Python: slices.ContainsFunc(environment.ClassPath, isPython),
	}
	for _, o := range options {
		facts.Options[o.Key] = o.Value
	}
	return facts, nil
}

// isPython reports whether a jar is flink-python.
func isPython(jar string) bool { return strings.HasPrefix(path.Base(jar), "flink-python") }

// statusError is an answer of the REST endpoint other than 200.
type statusError struct {
	status  int
	message string
}

func (e *statusError) Error() string { return e.message }

// isAbsent reports whether the REST endpoint has answered that there is no such thing.
func isAbsent(err error) bool {
	var status *statusError
	return errors.As(err, &status) && status.status == http.StatusNotFound
}
