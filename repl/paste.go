package repl

// A terminal in bracketed-paste mode says where pasted text begins and ends, so
// that pasting runs nothing before Enter.
const (
	bracketedPaste = "\x1b[?2004h"
	plainPaste     = "\x1b[?2004l"
)
