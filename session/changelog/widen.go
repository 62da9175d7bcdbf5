package changelog

import (
	"fmt"
	"slices"

	"github.com/apache/arrow/go/v15/arrow"
	"github.com/apache/arrow/go/v15/arrow/array"
)

// widen turns an Append view into one that folds: by its key if it has one, otherwise as a
// multiset. Flink plans some queries as append-only although they change rows.
func (v *View) widen() error {
	config := v.config
	config.Mode = Retract
	if config.Key != nil {
		config.Mode = Upsert
	}
	if config.WideLimit != 0 {
		config.Limit = config.WideLimit
	}
	rows := v.inserts()
	wide, err := New(v.mem, withKind(v.schema), config)
	if err == nil {
		wide.lastID = v.lastID // places get names that none had before
		for _, rec := range rows {
			if err = wide.Apply(rec); err != nil {
				break
			}
		}
	}
	for _, rec := range rows {
		rec.Release()
	}
	if err != nil {
		return fmt.Errorf("fold rows that change: %w", err)
	}
	wide.hidden += v.hidden
	wide.updates, wide.checkedSchema, wide.wide, wide.original = v.updates, v.checkedSchema, true, v.original
	wide.frame = v.frame + 1
	v.store.close()
	*v = *wide
	return nil
}

// inserts copies the rows of an Append view to batches that insert them.
func (v *View) inserts() []arrow.Record {
	var rows []ref
	for _, id := range v.order[v.head:] {
		rows = append(rows, v.rows[id].at)
	}
	schema := withKind(v.schema)
	var batches []arrow.Record
	for len(rows) > 0 {
		var n int
		n, v.scratch = v.store.fits(rows, v.scratch)
		data := gather(v.mem, v.schema, n, func(k int) (arrow.Record, int) {
			return v.store.batches[rows[k].batch].record, int(rows[k].index)
		})
		kinds := v.insertKinds(n)
		batches = append(batches, array.NewRecord(schema, append(slices.Clone(data.Columns()), kinds), int64(n)))
		data.Release()
		kinds.Release()
		rows = rows[n:]
	}
	return batches
}

func (v *View) insertKinds(n int) arrow.Array {
	builder := array.NewInt8Builder(v.mem)
	defer builder.Release()
	builder.Reserve(n)
	for range n {
		builder.UnsafeAppend(int8(Insert))
	}
	return builder.NewArray()
}
