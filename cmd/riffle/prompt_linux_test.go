package main

import "testing"

// A line that starts no statement is answered at Enter. A command inside a statement runs
// there, and the statement stays. Ctrl-Z gives the terminal to the shell in its original mode,
// and fg restores the prompt, with its mode and the typed text.
func TestPromptAndJobControl(t *testing.T) {
	s := openProgram(t, 80, 24, t.TempDir(), append([]string{"PS1=bash> "}, plain...), "bash", "--norc", "--noprofile", "-i")
	s.await("bash> ")
	s.press("riffle" + enter)
	s.await(prompt)
	s.press(".tables" + enter)
	s.await(`no statement starts with \.tables` + newline)
	s.await(prompt)
	s.press("SELCT *" + enter)
	s.await(`did you mean SELECT\?` + newline)
	s.await(prompt)
	s.press("SELECT 1," + enter)
	s.await("     -> ")
	s.press(`\timing` + enter)
	s.await("timing is off" + newline)
	s.await(`riffle> SELECT 1,(\x1b\[K)?` + newline + `     -> `)
	s.press("2 AS b")
	s.await("2 AS b")
	s.press("\x1a")
	s.await("Stopped")
	s.await("bash> ")
	s.press(`echo "mode $(stty -a | grep -o '.icanon')"` + enter)
	s.await(`mode  icanon`)
	s.press("fg" + enter)
	s.await(`riffle> SELECT 1,` + newline + `     -> 2 AS b`)
	s.press("x")
	s.await(`2 AS bx`)
	s.press(ctrlC)
	s.await(prompt)
	s.press(ctrlD)
	s.await("bash> ")
	s.press("exit" + enter)
	s.ends(0)
}
