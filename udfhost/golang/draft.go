package golang

import "riffle/udfhost/engine"

// Draft is a program that works but is not the Store's yet, so that another component can still
// reject it. It ends with Keep or Discard. Only the first call of either has an effect.
type Draft struct {
	Program *Program
	Change  Change

	store        *Store // locked until the draft ends, then nil
	declarations []*declaration
	imports      map[string]importSpec
	runnable     *engine.Program
	process      *engine.Process // of the program, for the first query

	// commit and undo complete and roll back what a request for a module has changed; nil for a cell.
	commit, undo func()
}

// Rebuilt reports whether the draft has a program of its own. It is false only for a request for a module that changes
// nothing in the Store's program.
func (d *Draft) Rebuilt() bool { return d.process != nil }

// Keep makes the draft the Store's declarations, and its program the newest.
func (d *Draft) Keep() {
	if d.store == nil {
		return
	}
	d.store.declarations, d.store.imports = d.declarations, d.imports
	if d.commit != nil {
		d.commit()
	}
	if d.Rebuilt() {
		if d.store.options.Elsewhere {
			_ = d.process.Close() // nobody uses it
			d.process = nil
		}
		d.store.engine.SetNewest(d.runnable, d.process)
		d.store.newest.Store(d.Program)
	}
	d.end()
}

// Discard leaves the Store unchanged.
func (d *Draft) Discard() {
	if d.store == nil {
		return
	}
	if d.undo != nil {
		d.undo()
	}
	if d.Rebuilt() {
		_ = d.process.Close() // nobody uses it
	}
	d.end()
}

func (d *Draft) end() {
	d.store.mu.Unlock()
	d.store = nil
}
