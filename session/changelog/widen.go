package changelog

import "fmt"

// widen makes an Append view one that folds: by its key if it has one, else as a multiset. Flink
// plans some queries as ones that only add rows, and then changes rows all the same.
func (v *View) widen() error {
	config := v.config
	config.Mode = Retract
	if config.Key != nil {
		config.Mode = Upsert
	}
	if config.WideLimit != 0 {
		config.Limit = config.WideLimit
	}
	rows := v.Changelog()
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
	wide.updates, wide.known, wide.wide = v.updates, v.known, true
	wide.frame = v.frame + 1
	v.held.close()
	*v = *wide
	return nil
}
