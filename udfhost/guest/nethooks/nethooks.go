//go:build linux

// Package nethooks connects package net to package network. Package net makes the system calls socket and connect
// through two variables of its own. They are not exported, so a program with this package is linked with the option
// -checklinkname=0. In a Go without these variables, those here are nil.
package nethooks

import (
	"syscall"
	_ "unsafe" // for go:linkname

	"riffle/udfhost/guest/network"
)

//go:linkname socketFunc net.socketFunc
var socketFunc func(family, kind, protocol int) (int, error)

//go:linkname connectFunc net.connectFunc
var connectFunc func(int, syscall.Sockaddr) error

func init() {
	if !network.Install(&socketFunc, &connectFunc) {
		const problem = "riffle: this version of Go does not let riffle open connections for functions: RESET 'riffle.functions.network'\n"
		syscall.Write(2, []byte(problem)) // an error cannot be reported to anyone
		syscall.Exit(2)
	}
}
