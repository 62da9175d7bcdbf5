package query

import (
	"slices"
	"time"

	"github.com/apache/arrow/go/v15/arrow"

	"riffle/session/changelog"
)

const (
	// TableRows limits a query's table, in rows. It is the SQL Client's own limit.
	TableRows = 1_000_000
	// appendRows limits the table of a query that only appends rows: it keeps the last ones.
	appendRows = 100_000
	// recentChanges is the number of last changes that are kept as they arrived.
	recentChanges = 10_000

	// frameEvery is the minimum time for which the place of a retracted row is kept, so
	// that the second half of an update finds it.
	frameEvery = 250 * time.Millisecond
)

// makeTable creates the query's table, if it has rows.
func (q *Query) makeTable() error {
	if q.config.Started.Schema == nil {
		return nil
	}
	var err error
	if q.table, err = q.config.Started.View(); err != nil {
		return err
	}
	q.recent = changelog.NewRing(recentChanges)
	q.snapshotAfter = q.config.Statement.SnapshotAfter.Unbounded
	if q.config.Started.Bounded {
		q.snapshotAfter = q.config.Statement.SnapshotAfter.Bounded
	}
	return nil
}

// viewConfig returns how the query's changelog is folded.
func (s Started) viewConfig() changelog.Config {
	if !s.Updating() {
		c := changelog.Config{Mode: changelog.Append, Limit: appendRows, WideLimit: TableRows}
		if len(s.UpsertKeys) > 0 {
			c.Key = s.UpsertKeys[0]
		}
		return c
	}
	c := changelog.Config{Mode: changelog.Retract, Limit: TableRows}
	if len(s.UpsertKeys) > 0 {
		c.Key = s.UpsertKeys[0]
		if !slices.Contains(s.Kinds, changelog.UpdateBefore.String()) {
			c.Mode = changelog.Upsert
		}
	}
	return c
}

// fold folds a batch into the table and takes the requested snapshot; q.mu is held.
func (q *Query) fold(rec arrow.Record) error {
	if q.snapshotAfter > 0 && q.rows+rec.NumRows() >= q.snapshotAfter {
		first := q.snapshotAfter - q.rows
		before, after := rec.NewSlice(0, first), rec.NewSlice(first, rec.NumRows())
		defer before.Release()
		defer after.Release()
		if err := q.table.Apply(before); err != nil {
			return err
		}
		q.snapshotAfter, q.snapshot = 0, q.table.Snapshot()
		rec = after
	}
	return q.table.Apply(rec)
}

// endFrame drops the places in the table to which no row has returned.
func (q *Query) endFrame() {
	q.mu.Lock()
	defer q.mu.Unlock()
	if q.table != nil {
		q.table.EndFrame()
	}
}

// Table returns a snapshot of the query's table, which the caller releases. It returns false if
// the query has no table, or has ended and its table was not kept.
func (q *Query) Table() (*changelog.Snapshot, bool) {
	q.mu.Lock()
	defer q.mu.Unlock()
	if q.table == nil {
		return nil, false
	}
	return q.table.Snapshot(), true
}

// RequestedSnapshot returns the table as it was after [cell.Statement.SnapshotAfter] changes. The
// caller releases it. It returns false if there were fewer changes, or if it was called before.
func (q *Query) RequestedSnapshot() (*changelog.Snapshot, bool) {
	q.mu.Lock()
	defer q.mu.Unlock()
	snapshot := q.snapshot
	q.snapshot = nil
	return snapshot, snapshot != nil
}

// Stats returns the figures of the query's table, or those of an empty table if it has none.
func (q *Query) Stats() changelog.Stats {
	q.mu.Lock()
	defer q.mu.Unlock()
	return q.tableStats()
}

// Changes returns the last changes as they arrived, up to about ten thousand. The caller releases
// them.
func (q *Query) Changes() *changelog.Changes {
	q.mu.Lock()
	defer q.mu.Unlock()
	if q.recent == nil {
		return new(changelog.Changes)
	}
	return q.recent.Changes()
}

func (q *Query) tableStats() changelog.Stats {
	if q.table == nil {
		return changelog.Stats{}
	}
	return q.table.Stats()
}

// Keep says whether the table stays after the query's end, without subscribers.
func (q *Query) Keep(kept bool) {
	q.mu.Lock()
	defer q.mu.Unlock()
	q.kept = kept
	q.dropTable()
}

// dropTable drops the table of a query that has ended, unless the table has a subscriber, is
// kept, or can be found by a name of the query; q.mu is held.
func (q *Query) dropTable() {
	if q.end != nil && len(q.subscribers) == 0 && q.table != nil && !q.kept && q.name.Load() == nil {
		q.table.Close()
		q.table = nil
		q.recent.Clear()
		if q.snapshot != nil {
			q.snapshot.Release()
			q.snapshot = nil
		}
	}
}
