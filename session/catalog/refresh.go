package catalog

import (
	"context"
	"maps"
	"time"

	"riffle/session/complete"
)

// quietPeriod is the time without planning after which the names are read. No statement should
// wait for that, and a script that runs one statement after another needs no completion.
const quietPeriod = 300 * time.Millisecond

// refreshNames reads the names when Flink has started and after every change, and the columns
// of tables that may be typed next.
func (c *Catalog) refreshNames(ctx context.Context) {
	for {
		select {
		case <-c.namesChanged:
			if c.changesRead.Load() == c.changes.Load() {
				continue // a change during the last quiet period
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
		// The older names stay in use. If Flink is gone, the next statement reports it.
		c.log.Debug("the names were not read", "error", err)
	}
	c.changesRead.Store(changes)
	return true
}

// awaitQuiet waits until no statement was planned for a while or the names are requested, and
// takes the turn. It returns false if ctx has ended.
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

// readColumns reads the columns of tables, between two statements.
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
		known[table] = nil // not requested again, even after an error
		for _, column := range found[table] {
			known[table] = append(known[table], complete.Entry{Name: column.Name, Detail: column.Type})
		}
	}
	c.columns.Store(&known)
}
