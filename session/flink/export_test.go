package flink

import (
	"context"

	"riffle/session/gateway"
)

// PruneArchives and ArchiveArguments are for tests of which archives stay.
var (
	PruneArchives    = pruneArchives
	ArchiveArguments = Launch.archiveArguments
)

// Name is the one that its sinks say in their hello.
func (q *Query) Name() string { return q.name }

// CutConnections breaks the connections on which a query's rows arrive.
func (q *Query) CutConnections() {
	q.mu.Lock()
	defer q.mu.Unlock()
	for _, s := range q.subtasks {
		s.conn.Close()
	}
}

// Freshness is how old metrics are, of an endpoint at a base address.
type Freshness struct{ freshness }

func (f *Freshness) Await(ctx context.Context, base string) (bool, error) {
	return f.await(ctx, rest{base})
}

// RunningJobs are the ids of the session's jobs that have not ended.
func (g *Gateway) RunningJobs(ctx context.Context) ([]string, error) {
	var a struct {
		Jobs []struct {
			ID string `json:"id"`
		} `json:"jobs"`
	}
	if err := g.control(ctx, &a, "runningJobs"); err != nil {
		return nil, err
	}
	ids := make([]string, len(a.Jobs))
	for i, job := range a.Jobs {
		ids[i] = job.ID
	}
	return ids, nil
}

// Diagnose says what is wrong where an exception has a message.
func Diagnose(message string) gateway.Diagnosis {
	f := exception{Causes: []cause{{Message: message}}}
	return f.diagnose()
}

// DiagnoseMissing says what is wrong where a class was not found. inJars: it is in one
// of the session's jars.
func DiagnoseMissing(class string, inJars bool) gateway.Diagnosis {
	f := exception{InJars: inJars, Causes: []cause{
		{Class: "x.Outer", Message: "it failed"}, {Class: "java.lang.NoClassDefFoundError", Message: class},
	}}
	return f.diagnose()
}

// HadoopPath is what an environment puts on the class path behind Flink.
var HadoopPath = hadoopPath
