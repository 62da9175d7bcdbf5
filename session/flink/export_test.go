package flink

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
