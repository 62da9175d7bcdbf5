package kernel

// Shares is the number of files that follow a query.
func (k *Kernel) Shares() int {
	k.shares.mu.Lock()
	defer k.shares.mu.Unlock()
	return len(k.shares.byPath)
}
