package main

import (
	"fmt"
	"strings"
	"testing"
)

const (
	up       = "\x1b[A"
	down     = "\x1b[B"
	left     = "\x1b[D"
	home     = "\x01"
	end      = "\x05"
	ctrlR    = "\x12"
	escape   = "\x1b"
	altEnter = "\x1b\r"
)

// paste is what a terminal sends when a text is pasted.
func paste(text string) string { return "\x1b[200~" + text + "\x1b[201~" }

// A person pastes a script, recalls a long statement and changes it, and writes
// in scripts that are not Latin.
func TestScreenEditor(t *testing.T) {
	s := ofScreens(t, "editor", 60, 16)
	s.shows("prompt", "riffle> █")

	var script strings.Builder
	for i := range 30 {
		fmt.Fprintf(&script, "SELECT %d AS n;\n", i+1)
	}
	s.press(paste(strings.TrimSuffix(script.String(), "\n")))
	s.shows("30 statements pasted", "SELECT 30 AS n;█")
	s.press(enter)
	s.shows("30 statements run", `│ 30 │\n.*\n.*\nriffle> █`)

	// Lines are indented as the one before.
	s.press("SELECT\r  a,\rb,\ra + b AS total,\rCASE\r  WHEN a > b THEN 'more'\rWHEN a < b THEN 'less'\r" +
		"ELSE 'same'\r\x7f\x7fEND AS what\r\x7f\x7fFROM (VALUES\r  (1, 2), (4, 3)\r\x7f\x7f) AS t(a, b);" + enter)
	s.shows("a statement of 12 lines", `2 rows`)
	s.press(ctrlP + strings.Repeat(up, 8) + end)
	s.shows("recalled, the cursor in its fourth line", `a \+ b AS total,█`)
	s.press(left + strings.Repeat("\x7f", 5) + "summe" + up + home + right + right + "a * 2 AS ")
	s.shows("changed in two lines", `a \* 2 AS █b,\n.*a \+ b AS summe,`)
	s.press("\x1b>" + enter)
	s.shows("run again", `summe`)

	s.press("SELECT '日本語のテキストは幅が二倍です、だから折り返しが難しい' AS 文字, '👩‍👩‍👧‍👦 é' AS family")
	s.shows("wide text wraps", `family█`)
	s.press(strings.Repeat(left, 40))
	s.shows("the cursor within it", `█`)
	s.press("\x7f👍🏽")
	s.shows("an emoji with a tone put in", `👍🏽█`)
	s.press(end + ";" + enter)
	s.shows("its result", `1 row`)
}
