package catalog

import (
	"context"
	"maps"
	"time"

	"riffle/session/complete"
)

// quietPeriod is how long no statement must have been planned before the names are
// read: nobody is to wait for that, and a script that runs statement after
// statement needs no completion.
const quietPeriod = 300 * time.Millisecond

// refreshNames reads the names when a Flink has come up, and then after every change, and
// the columns of tables that somebody may type.
func (c *Catalog) refreshNames(ctx context.Context) {
	for {
		select {
		case <-c.namesChanged:
			if c.changesRead.Load() == c.changes.Load() {
				continue // a change that came while the last one waited for quiet
			}
			if !c.readNames(ctx) {
				return
			}
		case tables := <-c.columnRequests:
			c.readColumns(ctx, tables)
		case <-ctx.Done():
			return
		}
	}
}

// readNames waits for quiet and reads them; false if ctx has ended.
func (c *Catalog) readNames(ctx context.Context) bool {
	release, ok := c.awaitQuiet(ctx)
	if !ok {
		return false
	}
	changes := c.changes.Load()
	names, err := c.reader.Names(ctx)
	release()
	if err == nil {
		c.Update(names)
		c.columns.Store(nil) // they may have changed, too
	} else {
		// The older names serve on; if Flink is gone the next statement says so.
		c.log.Debug("the names were not read", "error", err)
	}
	c.changesRead.Store(changes)
	return true
}

// awaitQuiet waits until no statement was planned for a while or somebody asks for the
// names, and takes the turn; false if ctx has ended.
func (c *Catalog) awaitQuiet(ctx context.Context) (release func(), ok bool) {
	for {
		requested := false
		select {
		case <-time.After(time.Until(c.lastPlanned.Load().Add(quietPeriod))):
		case <-c.namesRequested:
			requested = true
		case <-ctx.Done():
			return nil, false
		}
		release, err := c.reader.TakeTurn(ctx)
		if err != nil {
			return nil, false
		}
		if requested || time.Since(*c.lastPlanned.Load()) >= quietPeriod {
			return release, true
		}
		release()
	}
}

// readColumns asks for the columns of tables, between two statements.
func (c *Catalog) readColumns(ctx context.Context, tables []string) {
	release, err := c.reader.TakeTurn(ctx)
	if err != nil {
		return
	}
	found, err := c.reader.Columns(ctx, tables)
	release()
	if err != nil {
		c.log.Debug("columns were not read", "tables", tables, "error", err)
	}
	known := columns{}
	if before := c.columns.Load(); before != nil {
		known = maps.Clone(*before)
	}
	for _, table := range tables {
		known[table] = nil // not asked for again, whatever was wrong
		for _, column := range found[table] {
			known[table] = append(known[table], complete.Entry{Name: column.Name, Detail: column.Type})
		}
	}
	c.columns.Store(&known)
}
