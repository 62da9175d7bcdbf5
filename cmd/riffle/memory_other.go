//go:build !linux

package main

// availableMemory reports that the available memory is unknown on this system.
func availableMemory() (bytes int64, known bool) { return 0, false }
