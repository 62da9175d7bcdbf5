// Package repl is riffle at a terminal: the shell and the script runner.
//
//	editor ─► Shell ─┐                                 ┌─ rows: written as they arrive
//	                 ├─► run.Runner ─► Front ─► follow ┼─ final: a table at the end
//	file, pipe ─► Script                               ├─ live: a table in place
//	                                                   └─ job: waits
//
// Shell and Script pass texts to a runner (package run), which runs one statement after the
// other. They implement its Front (shellfront.go, scriptfront.go) and follow the query that a
// statement starts (follow.go). A display handles the query's events. result.go writes rows as
// they arrive, or the table at the end of a changelog, and waits for jobs without rows. live.go
// repaints a table in place; liveview.go and grid.go draw it, and livekeys.go handles its keys.
//
// The Console owns the terminal (console.go). It paints and erases frames (screen.go), and
// prints messages of other goroutines above the text that is being typed. The editor of that
// text is behind an interface (editor.go). On a terminal it is texteditor.go, with its keys in
// editorkeys.go and the text itself in package edit. Elsewhere it reads plain lines. demo.go
// types by itself. One reader (keys.go) reads the keys for the prompt and the live view. Among
// the keys it finds the terminal's reply about its background (background.go), which selects
// the theme (styles.go, package theme). Output that does not fit on the screen goes through a
// pager (pager.go).
//
// actions.go implements the commands that need the shell. check.go compares the results of a
// script with those recorded in it.
//
// Everything except keys and drawing is in packages session and render.
package repl

import (
	"time"

	"riffle/render"
)

// Options say how results are shown, and when a query is ended that would not end by itself.
type Options struct {
	Format    string // a name of render.Formats
	Null      string // shown for NULL; "" for the format's own
	Changelog bool   // show every change with its kind instead of the table
	Quiet     bool   // print only rows and errors
	Strict    bool   // a statement of a script fails if its result is doubtful
	Untimed   bool   // do not show how long statements took
	Pager     string // on, off, always or a program: for results of the shell that the screen has no room for; "" is on
	Detach    bool   // a script does not wait for jobs that continue without it
	Continue  bool   // a script continues after a statement that fails

	// Rows ends a query after that many rows, or changes if it is updating, and For after that time; 0 for no
	// limit.
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
