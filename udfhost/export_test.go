package udfhost

// Workers is how many workers there are.
func (h *Host) Workers() int {
	h.mu.Lock()
	defer h.mu.Unlock()
	return len(h.workers)
}
