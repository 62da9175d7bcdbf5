//go:build !linux || !(amd64 || arm64)

package runtime

// limit does nothing on this system.
func limit(uint64, bool, bool) string { return "" }

// confine always fails: this system has no jail.
func confine(bool) string { return "this system has no jail" }
