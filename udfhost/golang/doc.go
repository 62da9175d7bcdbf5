// Package golang turns the Go declarations of a user into SQL functions.
//
// A Store keeps the declarations of a session by name. Each Draft adds the declarations of one
// cell, replaces those that the cell redefines, and compiles all of them into one program:
//
//	Cell ─ parse ─► declarations ─ imports found ─► type check ─► signatures
//	     ─ go tool compile ─► go tool link ─► Program
//	     ─ started once ─► committed
//
// Two kinds of packages are compiled apart from package main, and only if the cache does not have them: the
// glue of a signature, which calls functions of that signature with the rows of a batch, and groups of
// declarations that have nothing to do with the others, in sessions with many.
//
// A cell is committed only if all of these steps succeed, so the declarations in a Store always
// fit together. Otherwise the error names the declarations that do not fit.
//
// The exported functions of a program are its SQL functions. A query refers to a function by its
// payload, which contains the hash of the program and the name of the function, so a query keeps
// the program that it was planned with. Package engine runs programs in guest processes and is what
// package udfhost calls functions through.
//
// Packages outside the standard library come from modules, which only Store.DraftGet adds:
//
//	PATH@VERSION ─ go get ─► go.mod, go.sum ─ go list ─► packages
//	package ─ checked ─ an import of the guest's runtime added ─► go tool compile, asm ─► archive
//
// A package of a module is compiled when a declaration first needs it, and the archive is kept in the
// cache. Its code runs in the jail because of that import.
//
// Every declaration is compiled under a //line directive, so errors, panics and goroutine traces
// refer to the user's cells. The go command builds only the standard library, and downloads modules. A program itself is
// built by calling the compiler and the linker, which takes a tenth of a second.
package golang
