package repl

import (
	"slices"

	"github.com/apache/arrow/go/v15/arrow"
	"github.com/apache/arrow/go/v15/arrow/array"
	"github.com/apache/arrow/go/v15/arrow/memory"

	"riffle/session/changelog"
)

// add writes the rows that a batch adds. A result that is written as it arrives is append-only
// according to its plan. If Flink changes a row nevertheless, what is already written cannot be
// retracted, so add reports it.
func (d *rowsDisplay) add(rec arrow.Record) error {
	kinds, err := changelog.Kinds(rec)
	changes := func(k changelog.Kind) bool { return k != changelog.Insert }
	if err != nil || !slices.ContainsFunc(kinds, changes) {
		return d.write(rec)
	}
	d.tellChanges()
	for lo := 0; lo < len(kinds); {
		hi := lo
		for hi < len(kinds) && kinds[hi] == kinds[lo] {
			hi++
		}
		if !kinds[lo].Adds() {
			d.left += int64(hi - lo)
		} else if err := d.writeAsInserts(rec, lo, hi); err != nil {
			return err
		}
		lo = hi
	}
	return nil
}

// writeAsInserts writes rows that all have the same kind, which adds rows.
func (d *rowsDisplay) writeAsInserts(rec arrow.Record, lo, hi int) error {
	part := rec.NewSlice(int64(lo), int64(hi))
	defer part.Release()
	kinds := array.NewInt8Builder(memory.DefaultAllocator)
	defer kinds.Release()
	for range hi - lo {
		kinds.Append(int8(changelog.Insert))
	}
	columns := append([]arrow.Array{}, part.Columns()...)
	inserts := kinds.NewArray()
	defer inserts.Release()
	columns[len(columns)-1] = inserts
	all := array.NewRecord(rec.Schema(), columns, part.NumRows())
	defer all.Release()
	return d.write(all)
}

func (d *rowsDisplay) tellChanges() {
	if !d.saidChanges {
		d.saidChanges = true
		d.notice(d.query.ID() + ": rows change although the plan is append-only: a changed row is written again; --changelog shows the changes")
	}
}
