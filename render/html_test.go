package render

import (
	"bytes"
	"strings"
	"testing"

	"github.com/apache/arrow/go/v15/arrow"
)

// Nothing in names, values or the caption is markup.
func TestHTMLIsInert(t *testing.T) {
	const hostile = `']+alert(1)+['</td></table><script>alert("x")</script>&amp;`
	schema := arrow.NewSchema([]arrow.Field{{Name: hostile, Type: arrow.BinaryTypes.String}}, nil)
	rec := recordOf(t, schema, `[{"`+strings.ReplaceAll(hostile, `"`, `\"`)+`":"`+strings.ReplaceAll(hostile, `"`, `\"`)+`"}]`)
	var out bytes.Buffer
	w, err := New("html", &out, schema, Options{Caption: hostile})
	if err != nil {
		t.Fatal(err)
	}
	if err := w.Write(rec); err != nil {
		t.Fatal(err)
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	text := out.String()
	if strings.Contains(text, "<script") || strings.Count(text, "</table>") != 1 || strings.Count(text, "&lt;script&gt;") != 3 {
		t.Errorf("%s", text)
	}
	if strings.Count(text, "&amp;amp;") != 3 {
		t.Errorf("an entity in data became a character: %s", text)
	}
}

func TestHTMLCutsLongValues(t *testing.T) {
	schema := arrow.NewSchema([]arrow.Field{{Name: "v", Type: arrow.BinaryTypes.String}}, nil)
	rec := recordOf(t, schema, `[{"v":"<<<<<<<<<<"}]`)
	if text := write(t, "html", schema, Options{MaxCell: 4}, rec); !strings.Contains(text, ">&lt;&lt;&lt;…</td>") {
		t.Errorf("%s", text)
	}
}
