// Package golang turns Go declarations that a user types into SQL functions.
//
// A Store keeps the declarations of a session, by name. Each Define adds those
// of one cell, replaces what they redefine, and makes of all that there is one
// program:
//
//	Cell ─ parse ─► declarations ─ imports found ─► type check ─► signatures
//	     ─ glue generated ─► go tool compile ─► go tool link ─► Program
//	     ─ started once ─► committed
//
// A cell is committed when all of this has succeeded and not otherwise: a Store
// holds at any time declarations that fit together. What no longer fits is
// named in the error.
//
// The exported functions of a program are its SQL functions; the rest serve
// them. A query refers to one by its payload, the program's hash and the
// function's name, so that it keeps what it was planned with. An Engine, which
// is what udfhost asks for functions, runs programs in guest processes: one for
// each worker, that is for each running query and subtask, and one that waits
// for the next query.
//
// Every declaration is compiled under a //line directive, so that errors,
// panics and goroutine traces speak of the user's cells. The go command is used
// to build the standard library only; a program itself is made by calling the
// compiler and the linker, which takes a tenth of a second.
package golang
