//go:build !linux

package main

// availableMemory is not known here.
func availableMemory() (bytes int64, known bool) { return 0, false }
