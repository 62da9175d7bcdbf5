//go:build unix

package runtime

import (
	"syscall"

	"riffle/udfhost/guest/abi"
)

// init limits and confines the process before any of the user's code runs: all
// of that is package main, which imports this package, and Go initialises a
// package after those that it imports. What else is linked is the standard
// library, whose initialisation calls nothing of the user's; directives that
// could change that (linkname, cgo_…) are refused in cells.
func init() {
	memory, _ := syscall.Getenv(abi.MemoryVariable)
	_, jailed := syscall.Getenv(abi.JailVariable)
	refused := limit(number(memory), jailed)
	if refused == "" && jailed {
		refused = confine()
	}
	if refused != "" {
		fatal(abi.JailRefused + refused)
	}
}

// number is the value of a text of digits; 0 for another one.
func number(text string) (n uint64) {
	for i := range len(text) {
		n = n*10 + uint64(text[i]-'0')
	}
	return n
}
