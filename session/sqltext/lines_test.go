package sqltext

import (
	"strings"
	"testing"
)

func TestLineReasons(t *testing.T) {
	for _, text := range []string{
		"", "SELECT 1;", "SELECT\n1\n;\nSELECT 2;\n\nSELECT\n3",
		"SELECT 'a\nb', 1\nFROM t;\n", "/* a\nb */ SELECT\n1;", "SELECT /* a\nb */ 1;",
		"func F() int {\n\tx := `a\nb`\n\treturn 1\n}\nSELECT\nF();", "-- c\nSELECT\n-- d\n1;",
		"func F() {\n", "func F() {\n\tx := 1\n\n", "func F(\n", "var (\n\ta = 1\n", "SELECT\n", "func F() {\n}\n",
		".tables\nSELECT 1\n;", "SELCT *\nFROM t\n;\nSELECT\n", "f(\n1)\nx 'y\nSELECT\n", "a /* b\nc */\nd", "${v}\n;\nx", "/* a\n*/ x\ny",
		"//riffle:a\n\n// doc\nfunc F() {\n}\nSELECT 1;\n//riffle:b\n/* c\n*/\n", "x\n//riffle:a\nSELECT\n1;\n",
	} {
		got := LineReasons(text)
		lines := strings.SplitAfter(text, "\n")
		if len(got) != len(lines)-1 {
			t.Errorf("%q: %d reasons", text, len(got))
			continue
		}
		for i, reason := range got {
			before := strings.Join(lines[:i+1], "")
			if _, want := Incomplete(before); reason != want {
				t.Errorf("%q before line %d: %v, want %v", text, i+2, reason, want)
			}
		}
	}
}

func BenchmarkLineReasons(b *testing.B) {
	text := strings.Repeat("SELECT a, b,\n  'text' AS c\nFROM t;\n", 1000)
	for b.Loop() {
		LineReasons(text)
	}
}
