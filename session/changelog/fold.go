package changelog

import "hash/maphash"

func (v *View) fold(kinds []Kind, batch int32) {
	switch {
	case v.config.Mode == Append:
		v.foldAppend(len(kinds), batch)
	case v.config.Key != nil:
		v.foldKeyed(kinds, batch)
	default:
		v.foldMultiset(kinds, batch)
	}
}

// foldAppend adds all rows, or as many of the last ones as the view keeps.
func (v *View) foldAppend(n int, batch int32) {
	first := max(0, n-v.config.Limit)
	v.hidden += int64(first)
	for i := first; i < n; i++ {
		if v.shown == v.config.Limit {
			v.dropOldest()
		}
		v.place(ref{batch, int32(i)})
	}
}

// foldKeyed folds rows that replace one another by key. A key has one place in the
// order and, where subtasks interleave, spares and debts.
func (v *View) foldKeyed(kinds []Kind, batch int32) {
	keys := v.store.batches[batch].columns.choose(v.config.Key)
	for i, kind := range kinds {
		v.scratch = keys.append(v.scratch[:0], i)
		hash := maphash.Bytes(v.seed, v.scratch)
		at := ref{batch, int32(i)}
		switch {
		case kind.Adds():
			v.put(hash, at)
		case v.config.Mode == Upsert && kind == UpdateBefore:
			v.removeValue(hash, at)
		case v.config.Mode == Upsert:
			v.removeKey(hash, at)
		default:
			v.retract(kind, hash, at)
		}
	}
}

// slot finds the place of a row's key, or none.
func (v *View) slot(hash uint64, at ref) int32 {
	id, ok := v.index[hash]
	if !ok {
		return none
	}
	for ; id != none; id = v.rows[id].next {
		if v.sameKey(v.rows[id].at, at) {
			return id
		}
	}
	return none
}

// unseen reports whether the key with this place may have rows that are hidden.
func (v *View) unseen(slot int32) bool {
	return v.hidden > 0 && (slot == none || v.rows[slot].state == deleted)
}

// put adds a row to its key's place.
func (v *View) put(hash uint64, at ref) {
	if owed := v.find(hash, debt, at); owed != none {
		v.forget(owed)
		return
	}
	slot := v.slot(hash, at)
	switch {
	case slot == none:
		v.admit(hash, at)
	case v.rows[slot].state == shown:
		if v.config.Mode == Retract {
			v.remember(hash, v.rows[slot].at, spare)
		}
		v.refer(slot, at)
	case v.rows[slot].state == deleted && v.full():
		v.hidden++
	default:
		v.show(slot, at)
	}
}

// removeKey removes the row of an upsert key, whatever the other columns of the −D contain.
func (v *View) removeKey(hash uint64, at ref) {
	slot := v.slot(hash, at)
	switch {
	case slot != none && v.rows[slot].state == shown:
		v.vacate(slot, Delete)
	case v.unseen(slot):
		v.hidden--
	}
}

// removeValue removes the row that a −U repeats, if the key still has that row. An upsert
// changelog needs no −U, but one that the plan did not declare may contain them.
func (v *View) removeValue(hash uint64, at ref) {
	if current := v.find(hash, shown, at); current != none {
		v.vacate(current, UpdateBefore)
	}
}

// retract removes the row that a −U or −D repeats: the row in the key's place, otherwise one
// that was replaced before, otherwise one that has not arrived yet.
func (v *View) retract(kind Kind, hash uint64, at ref) {
	if current := v.find(hash, shown, at); current != none {
		if older := v.anySpare(hash, at); older != none {
			v.refer(current, v.rows[older].at)
			v.forget(older)
			return
		}
		v.vacate(current, kind)
		return
	}
	replaced := v.find(hash, spare, at)
	switch {
	case replaced != none:
		v.forget(replaced)
	case v.unseen(v.slot(hash, at)):
		v.hidden--
	default:
		v.remember(hash, at, debt)
	}
}

// foldMultiset folds rows that are identified by their whole value. Equal rows share a hash
// chain.
func (v *View) foldMultiset(kinds []Kind, batch int32) {
	columns := v.store.batches[batch].columns
	for i, kind := range kinds {
		v.scratch = columns.append(v.scratch[:0], i)
		hash := maphash.Bytes(v.seed, v.scratch)
		at := ref{batch, int32(i)}
		if kind.Adds() {
			v.addOne(kind, hash, at)
		} else {
			v.removeOne(kind, hash, at)
		}
	}
}

func (v *View) addOne(kind Kind, hash uint64, at ref) {
	if owed := v.find(hash, debt, at); owed != none {
		v.forget(owed)
		return
	}
	if n := len(v.waiting); kind == UpdateAfter && n > 0 {
		place := v.waiting[n-1]
		v.waiting = v.waiting[:n-1]
		v.link(place, hash)
		v.show(place, at)
		return
	}
	v.admit(hash, at)
}

func (v *View) removeOne(kind Kind, hash uint64, at ref) {
	if id := v.find(hash, shown, at); id != none {
		v.unlink(id)
		v.vacate(id, kind)
		v.store.drop(v.rows[id].at)
		v.rows[id].at = nowhere
		if kind == UpdateBefore {
			v.waiting = append(v.waiting, id)
		}
		return
	}
	if v.hidden > 0 {
		v.hidden--
		return
	}
	v.remember(hash, at, debt)
}

// find finds a row in the state that equals the one at a place, or none.
func (v *View) find(hash uint64, in state, at ref) int32 {
	chains := v.chains(in)
	if len(chains) == 0 {
		return none
	}
	id, ok := chains[hash]
	if !ok {
		return none
	}
	for ; id != none; id = v.rows[id].next {
		if r := &v.rows[id]; r.state == in && v.sameRow(r.at, at) {
			return id
		}
	}
	return none
}

// anySpare finds a spare with the key of the row, or none.
func (v *View) anySpare(hash uint64, at ref) int32 {
	id, ok := v.loose[hash]
	if !ok {
		return none
	}
	for ; id != none; id = v.rows[id].next {
		if v.rows[id].state == spare && v.sameKey(v.rows[id].at, at) {
			return id
		}
	}
	return none
}

func (v *View) sameKey(a, b ref) bool {
	left, right := v.store.batches[a.batch].columns, v.store.batches[b.batch].columns
	for _, k := range v.config.Key {
		if !left[k].equal(int(a.index), right[k], int(b.index)) {
			return false
		}
	}
	return true
}

func (v *View) sameRow(a, b ref) bool {
	left, right := v.store.batches[a.batch].columns, v.store.batches[b.batch].columns
	return left.equal(int(a.index), right, int(b.index))
}
