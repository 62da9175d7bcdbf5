//go:build unix

package runtime

import (
	"syscall"

	"riffle/udfhost/guest/abi"
)

// init limits and confines the process before any of the user's code runs. That code is in
// package main and in packages of modules. All of them import this package: riffle adds the import
// to those of modules when it compiles them. Go initializes a package after those that it imports.
// Everything else that is linked belongs to the standard library, whose initialization calls none
// of the user's code. What could change that is rejected: in cells, directives (linkname, cgo_…);
// in modules, what reaches into another module, and C (package golang, moduleadmit.go).
func init() {
	memory, _ := syscall.Getenv(abi.MemoryVariable)
	_, jailed := syscall.Getenv(abi.JailVariable)
	_, networked := syscall.Getenv(abi.NetworkVariable)
	refused := limit(number(memory), jailed, networked)
	if refused == "" && jailed {
		refused = confine(networked)
	}
	if refused != "" {
		fatal(abi.JailRefused + refused)
	}
}

// number returns the value of a text of digits; 0 for another one.
func number(text string) (n uint64) {
	for i := range len(text) {
		n = n*10 + uint64(text[i]-'0')
	}
	return n
}
