package udfhost

// ReadState makes operators read their keyed state from Flink in each bundle.
func (h *Host) ReadState() { h.harness.maxCachedState = 0 }

// Workers returns how many workers there are.
func (h *Host) Workers() int {
	h.mu.Lock()
	defer h.mu.Unlock()
	return len(h.workers)
}
