package cell

import (
	"errors"
	"strings"
	"testing"
)

// A line that starts no statement is answered without Flink: what was found, where, and what to
// write instead.
func TestStrayError(t *testing.T) {
	for text, want := range map[string]string{
		"SELCT *\nFROM t;":             "c:1:1: no statement starts with SELCT\n  SELCT *\n  ^^^^^\ndid you mean SELECT?",
		"hepl":                         "c:1:1: no statement starts with hepl\n  hepl\n  ^^^^\ndid you mean help?",
		"fmt.Println(1)\nSELECT 1;":    "c:1:1: no statement starts with fmt.Println(1)\n  fmt.Println(1)\n  ^^^^^^^^^^^^^^\nGo statements go inside a func; var x = 5 declares a variable",
		"x := 5":                       "c:1:1: no statement starts with x\n  x := 5\n  ^\nGo statements go inside a func; var x = 5 declares a variable",
		"set := 5":                     "c:1:1: no statement starts with set\n  set := 5\n  ^^^\nGo statements go inside a func; var x = 5 declares a variable",
		"for i := range 3 {\n\tf()\n}": "c:1:1: no statement starts with for\n  for i := range 3 {\n  ^^^\nGo statements go inside a func; var x = 5 declares a variable",
		"1 + 1":                        "c:1:1: no statement starts with 1\n  1 + 1\n  ^\nSELECT 1 + 1; computes it",
		"-5":                           "c:1:1: no statement starts with -5\n  -5\n  ^^\nSELECT -5; computes it",
		"'abc'":                        "c:1:1: no statement starts with 'abc'\n  'abc'\n  ^^^^^\nSELECT 'abc'; computes it",
		"Inc(5)":                       "c:1:1: no statement starts with Inc(5)\n  Inc(5)\n  ^^^^^^\nSELECT Inc(5); calls it from SQL",
		"[]int{1, 2}":                  "c:1:1: no statement starts with []int{1,\n  []int{1, 2}\n  ^^^^^^^^\nGo statements go inside a func; var x = 5 declares a variable",
		"package main":                 "c:1:1: no statement starts with package\n  package main\n  ^^^^^^^\nno package line is needed: start with import, func, type, var or const",
		"# why":                        "c:1:1: no statement starts with #\n  # why\n  ^\na comment starts with -- in SQL, and with // in Go",
		"from t":                       "c:1:1: no statement starts with from\n  from t\n  ^^^^\na query starts with SELECT: SELECT * from t",
		"SUMMARIZE t":                  "c:1:1: no statement starts with SUMMARIZE\n  SUMMARIZE t\n  ^^^^^^^^^\nSELECT COUNT(*), MIN(c), MAX(c), AVG(c) FROM t computes statistics",
		"copy t to 'x.csv'":            "c:1:1: no statement starts with copy\n  copy t to 'x.csv'\n  ^^^^\n\\save FILE writes a result to a file; CREATE TABLE … WITH ('connector' = 'filesystem', …) reads one",
		"banana":                       "c:1:1: no statement starts with banana\n  banana\n  ^^^^^^\nSQL starts with a word such as SELECT, Go with func, type, var, const or import, commands with \\: \\help lists them",
		"don't":                        "c:1:1: no statement starts with don't\n  don't\n  ^^^^^\nSQL starts with a word such as SELECT, Go with func, type, var, const or import, commands with \\: \\help lists them",
		"/* a":                         "c:1:1: comment is never closed: */ is missing\n  /* a\n  ^^",
		"\u00a0SELECT 1":               "c:1:1: unexpected space or invisible character U+00A0: replace it with a plain space, or delete it\n  \u00a0SELECT 1\n  ^",
	} {
		err := StrayError(Cell{Text: text, Name: "c"}.Statements()[0])
		var failed *Error
		if got := Explain(err); !errors.As(err, &failed) || got != want {
			t.Errorf("%q\ngot  %q\nwant %q", text, got, want)
		}
	}
	long := strings.Repeat("ä", 300)
	if err := StrayError(Cell{Text: long, Name: "c"}.Statements()[0]); len(err.Error()) > 150 {
		t.Errorf("%d bytes: %v", len(err.Error()), err)
	}
}
