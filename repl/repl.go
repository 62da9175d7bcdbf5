// Package repl is riffle at a terminal: the shell, and the runner of scripts.
//
//	editor ─► Shell ─┐                                 ┌─ rows: written as they come
//	                 ├─► run.Runner ─► Front ─► follow ┼─ final: a table at the end
//	file, pipe ─► Script                               ├─ live: a table in place
//	                                                   └─ job: waits
//
// Both hand texts to a runner (package run), which carries out one statement after the
// other, and are its front ends (shellfront.go, scriptfront.go): they follow the query
// that a statement makes (follow.go). What is done with the query's events is a
// display's business: result.go writes rows as they come, or the table that a
// changelog comes to, and waits for jobs without rows; live.go repaints a table in
// place, liveview.go and grid.go draw its picture, livekeys.go has its keys.
//
// A terminal has one owner, the Console (console.go): frames are painted and
// erased there (screen.go), and what other goroutines have to say goes above the
// text that is being typed. The editor of that text is behind an interface
// (editor.go): texteditor.go on a terminal, with its keys in editorkeys.go and the
// text itself in package edit; plain lines elsewhere; demo.go types by itself.
// Keys are read in one place for the prompt and the live view (keys.go), and among
// them what the terminal says of its background (background.go), by which a theme
// is chosen (styles.go, package theme). What there is no room for on the screen goes
// through a pager (pager.go).
//
// actions.go does what commands ask of the shell; check.go compares a script with
// what is recorded in it.
//
// Everything that is neither keys nor drawing is in packages session and render.
package repl

import (
	"time"

	"riffle/render"
)

// Options say how results are shown, and when a query is ended that would not
// end by itself.
type Options struct {
	Format    string // a name of render.Formats
	Null      string // shown for NULL; "" is the format's own
	Changelog bool   // show every change with its kind instead of the table
	Quiet     bool   // nothing but rows and errors
	Strict    bool   // a statement of a script whose result is doubtful fails
	Untimed   bool   // do not tell how long statements took
	Pager     string // on, off, always or a program: for results of the shell that the screen has no room for; "" is on
	Continue  bool   // a statement of a script that fails is not the last

	// Rows ends a query after so many rows, or changes if it is updating, and
	// For after a time; 0 is no limit.
	Rows int64
	For  time.Duration
}

func formatNames() []string {
	var names []string
	for _, f := range render.Formats() {
		names = append(names, f.Name)
	}
	return names
}
