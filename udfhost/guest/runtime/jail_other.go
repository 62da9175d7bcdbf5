//go:build !linux || !(amd64 || arm64)

package runtime

// limit leaves the process as it is.
func limit(uint64, bool) string { return "" }

// confine refuses: there is no jail on this system.
func confine() string { return "there is none for this system" }
