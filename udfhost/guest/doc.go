// Package guest runs a program of compiled Go functions in a process of its own
// and calls them with Arrow columns.
//
// A program is an executable built from a user's declarations, generated glue and package
// riffle/udfhost/guest/runtime. Sources holds the sources of that package for the code that
// builds programs. Host and guest communicate through shared memory, as package abi describes.
//
// The steps of a call:
//
//	Process.Call ─ plan: how many rows fit into the memory
//	             ─ encode: Arrow buffers → memory, one copy each
//	             ─ one byte to the guest; the watchdog monitors the row it is on
//	             ─ one byte from the guest
//	             ─ decode: memory → Arrow buffers, one copy each, then checked
//
// A guest runs code that nobody has reviewed. Nothing that it writes is trusted: its output is
// copied before it is checked. If it panics, hangs, exits or runs out of memory, at most this
// process ends. The caller gets a *Failure that names the function, the row and, where it is
// known, the line in the user's code.
//
// A Launcher starts processes. It is owned by whatever serves queries. Each Process has two
// goroutines, which end with it: one reads the program's output, one waits for the process to
// exit.
package guest
