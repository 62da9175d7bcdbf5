package complete

import (
	"slices"
	"strings"
	"testing"
	"unicode/utf8"

	"pgregory.net/rapid"
)

// pieces are what texts that are typed are made of.
var pieces = []string{
	" ", "\n", ";", "'", "''", "`", "(", ")", ",", "=", ".", "--", "/*", "*/", "${", "}", "~/", "data/", "日", "\x00", "\xff",
	"SELECT ", "FROM ", "trades ", "t.", "am", "WITH (", "'connector' = ", "'datagen'", "'filesystem'", "'format' = 'json'", "'fields.",
	"CREATE TABLE t (a INT, b ROW<c INT>) ", "CREATE CATALOG c ", "SET ", "RESET ", "'table.dml-sync'", "ADD JAR '", "INSERT INTO ",
	"EXECUTE STATEMENT SET BEGIN ", `\`, `\save q1 `, `\plot q1 bar `, `\plot x=`, `y=item,`, `\explain `, `\help `, `\i `, `\set day `, `\d `,
	"func F(a int) int { return ", "strings.", "type T struct { ", "import \"", "\n}",
}

// TestNoTextIsTooMuch completes any text at any place: nothing panics, only text before the
// cursor is replaced, all needed names were requested before, and the result can be completed
// too.
func TestNoTextIsTooMuch(t *testing.T) {
	names := testNames()
	rapid.Check(t, func(r *rapid.T) {
		text := strings.Join(rapid.SliceOfN(rapid.SampledFrom(pieces), 0, 14).Draw(r, "pieces"), "")
		cursor := rapid.IntRange(-1, len(text)+1).Draw(r, "cursor")
		for range 2 {
			found := Complete(text, cursor, names)
			at := min(max(cursor, 0), len(text))
			if found.Span.End != at || found.Span.Start < 0 || found.Span.Start > at {
				r.Fatalf("%q at %d: span %v", text, cursor, found.Span)
			}
			if foreseen := NeedsOf(text, cursor, names); !foreseen.cover(found.Needs) {
				r.Fatalf("%q at %d needs %+v, foreseen is %+v", text, cursor, found.Needs, foreseen)
			}
			for _, c := range found.Candidates {
				if c.Text == "" || !utf8.ValidString(c.Text) || strings.ContainsAny(c.Text, "\n\r") {
					r.Fatalf("%q at %d: candidate %q", text, cursor, c.Text)
				}
			}
			if len(found.Candidates) == 0 {
				return
			}
			chosen := rapid.SampledFrom(found.Candidates).Draw(r, "candidate")
			text = text[:found.Span.Start] + chosen.Text + text[at:]
			cursor = found.Span.Start + len(chosen.Text)
		}
	})
}

// cover reports whether all that others want is among the needs.
func (n Needs) cover(others Needs) bool {
	return (n.Names || !others.Names) && (n.Settings || !others.Settings) && (n.Factories || !others.Factories) &&
		(n.Folder == others.Folder || others.Folder == "") && (slices.Equal(n.Packages, others.Packages) || others.Packages == nil)
}
