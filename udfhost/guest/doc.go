// Package guest runs a program of compiled Go functions in a process of its own
// and calls them with Arrow columns.
//
// A program is an executable made of a user's declarations, generated glue and
// package riffle/udfhost/guest/runtime, whose sources are here as Sources for
// whoever builds it. The host and a guest talk over shared memory; package abi
// is the description of that conversation.
//
// The way of a call:
//
//	Process.Call ─ plan: how many rows fit into the memory
//	             ─ encode: Arrow buffers → memory, one copy each
//	             ─ one byte to the guest; the watchdog looks at the row it is on
//	             ─ one byte from the guest
//	             ─ decode: memory → Arrow buffers, one copy each, then checked
//
// A guest runs code that nobody has looked at. What it writes is copied before
// it is checked and is believed in nothing; that it panics, hangs, exits or
// runs out of memory ends at most this process, and comes back as a *Failure
// that names function, row and, where it can be known, the user's own line.
//
// A Launcher starts processes and is owned by whoever serves queries. Each
// Process has two goroutines, which end with it: one reads what the program
// prints, one waits for its end.
package guest
