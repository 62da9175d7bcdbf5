package flink

import "context"

// PruneArchives and ArchiveArguments are for tests of which archives stay.
var (
	PruneArchives    = pruneArchives
	ArchiveArguments = Launch.archiveArguments
)

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
