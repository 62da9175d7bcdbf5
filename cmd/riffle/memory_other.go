//go:build !linux

package main

// availableMemory is not implemented on this system.
func availableMemory() (bytes int64, known bool) { return 0, false }
