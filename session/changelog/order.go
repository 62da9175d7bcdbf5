package changelog

import "slices"

// full reports whether the view is at its limit. A place that a −U vacated is kept for its +U.
func (v *View) full() bool { return v.shown+v.vacated >= v.config.Limit }

// admit adds a row at the end of the order and to the index, or hides it at the limit.
func (v *View) admit(hash uint64, at ref) {
	if v.full() {
		v.hidden++
		return
	}
	v.link(v.place(at), hash)
}

// place adds a row at the end of the order.
func (v *View) place(at ref) int32 {
	id := v.newRow()
	v.store.use(at)
	v.lastID++
	v.rows[id] = row{
		at:      at,
		id:      v.lastID,
		next:    none,
		touched: v.frame,
		state:   shown,
	}
	v.order = append(v.order, id)
	v.shown++
	return id
}

// remember keeps a spare or a debt, which has no place in the order.
func (v *View) remember(hash uint64, at ref, as state) {
	id := v.newRow()
	v.store.use(at)
	v.rows[id] = row{at: at, next: none, state: as}
	v.link(id, hash)
	if as == debt {
		v.debts++
	}
}

// forget ends a spare or a debt.
func (v *View) forget(id int32) {
	if v.rows[id].state == debt {
		v.debts--
	}
	v.unlink(id)
	v.release(id)
}

// refer sets the row of a place.
func (v *View) refer(id int32, at ref) {
	r := &v.rows[id]
	old := r.at
	v.store.use(at)
	r.at = at
	r.touched = v.frame
	if old != nowhere {
		v.store.drop(old)
	}
}

// show refills a vacant place.
func (v *View) show(id int32, at ref) {
	v.refer(id, at)
	v.countVacant(id, -1)
	v.rows[id].state = shown
	v.shown++
}

// vacate removes the row from its place, which stays for a while.
func (v *View) vacate(id int32, kind Kind) {
	r := &v.rows[id]
	r.state = deleted
	if kind == UpdateBefore {
		r.state = vacated
	}
	r.touched = v.frame
	v.countVacant(id, +1)
	v.shown--
}

func (v *View) countVacant(id int32, by int) {
	if v.rows[id].state == vacated {
		v.vacated += by
	} else {
		v.deleted += by
	}
}

// dropOldest makes room in an Append view.
func (v *View) dropOldest() {
	id := v.order[v.head]
	v.head++
	v.shown--
	v.hidden++
	v.release(id)
}

// EndFrame closes the places of rows that were dropped or deleted, and of those that a −U vacated
// before this frame, and begins the next frame. Until then such a place waits for the row that may
// return to it. The owner of the view calls EndFrame a few times a second: often enough for the places
// of deleted rows, and seldom enough for the two halves of an update to meet.
func (v *View) EndFrame() {
	defer func() { v.frame++ }()
	if v.head+v.vacated+v.deleted == 0 {
		return
	}
	kept := v.order[:0]
	for _, id := range v.order[v.head:] {
		if v.rows[id].expired(v.frame) {
			v.closePlace(id)
			continue
		}
		kept = append(kept, id)
	}
	v.order = kept
	v.head = 0
	v.waiting = slices.DeleteFunc(v.waiting, func(id int32) bool { return v.rows[id].state != vacated })
}

// expired reports whether the row's place is closed at the end of the frame.
func (r *row) expired(frame uint32) bool {
	return r.state == deleted || r.state == vacated && r.touched != frame
}

func (v *View) closePlace(id int32) {
	v.countVacant(id, -1)
	if v.rows[id].at != nowhere { // with a key: the place is still in the index
		v.unlink(id)
	}
	v.release(id)
}

func (v *View) newRow() int32 {
	if n := len(v.free); n > 0 {
		id := v.free[n-1]
		v.free = v.free[:n-1]
		return id
	}
	v.rows = append(v.rows, row{})
	return int32(len(v.rows) - 1)
}

// release frees a row that is no longer in any chain.
func (v *View) release(id int32) {
	if at := v.rows[id].at; at != nowhere {
		v.store.drop(at)
	}
	v.rows[id] = row{at: nowhere, next: none}
	v.free = append(v.free, id)
}

// chains returns the index for rows in the state.
func (v *View) chains(s state) map[uint64]int32 {
	if s == spare || s == debt {
		return v.loose
	}
	return v.index
}

// link inserts a row at the front of the chain of its hash.
func (v *View) link(id int32, hash uint64) {
	r := &v.rows[id]
	chains := v.chains(r.state)
	r.hash = hash
	r.next = none
	if head, ok := chains[hash]; ok {
		r.next = head
	}
	chains[hash] = id
}

// unlink removes a row from the chain of its hash.
func (v *View) unlink(id int32) {
	r := &v.rows[id]
	chains := v.chains(r.state)
	head := chains[r.hash]
	switch {
	case head != id:
		for v.rows[head].next != id {
			head = v.rows[head].next
		}
		v.rows[head].next = r.next
	case r.next == none:
		delete(chains, r.hash)
	default:
		chains[r.hash] = r.next
	}
	r.next = none
}
