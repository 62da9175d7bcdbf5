package flink

import (
	"context"
	"time"

	"riffle/session/gateway"
)

// PruneArchives, RemoveUnfinished and ArchiveArguments are for tests of which archives stay.
var (
	PruneArchives    = pruneArchives
	RemoveUnfinished = removeUnfinished
	ArchiveArguments = Launch.archiveArguments
)

// RecordAt is RecordArchive with the archive at a path of the caller's choice.
func (e Embedded) RecordAt(ctx context.Context, archive string) error {
	l, err := e.launch(ctx)
	if err != nil {
		return err
	}
	l.Archive = archive
	return e.record(ctx, l)
}

// Name returns the name that its sinks send in their hello.
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

// RunningJobs returns the ids of the jobs that have not ended, as the cluster knows them.
func (g *Gateway) RunningJobs(ctx context.Context) ([]string, error) {
	address, err := g.AwaitCluster(ctx)
	if err != nil {
		return nil, err
	}
	var overview struct {
		Jobs []struct{ ID, Status string }
	}
	if err := (rest{address}).get(ctx, "/jobs", &overview); err != nil {
		return nil, err
	}
	var ids []string
	for _, job := range overview.Jobs {
		switch job.Status {
		case "FINISHED", "CANCELED", "FAILED":
		default:
			ids = append(ids, job.ID)
		}
	}
	return ids, nil
}

// Diagnose returns the diagnosis of an exception with a message.
func Diagnose(message string) gateway.Diagnosis {
	f := exception{Causes: []cause{{Message: message}}}
	return f.diagnose()
}

// DiagnoseMissing returns the diagnosis of a class that was not found. inJars: it is in one of
// the session's jars.
func DiagnoseMissing(class string, inJars bool) gateway.Diagnosis {
	f := exception{InJars: inJars, Causes: []cause{
		{Class: "x.Outer", Message: "it failed"}, {Class: "java.lang.NoClassDefFoundError", Message: class},
	}}
	return f.diagnose()
}

// HadoopPath returns what an environment adds to the class path after Flink.
var HadoopPath = hadoopPath

// CutPlanning breaks the connection for planning. The JVM, which lives on, is given a moment to end.
func (g *Gateway) CutPlanning() {
	g.process.endTime = 50 * time.Millisecond
	g.planning.Close()
}
