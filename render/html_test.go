package render

import (
	"bytes"
	"fmt"
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

// Short values stay on their line, long ones break, and all blanks are kept.
func TestHTMLBreaksLongValuesOnly(t *testing.T) {
	schema := arrow.NewSchema([]arrow.Field{{Name: "v", Type: arrow.BinaryTypes.String}}, nil)
	long := strings.Repeat("漢", 40)
	rec := recordOf(t, schema, `[{"v":"  two  blanks"},{"v":"`+long+`"}]`)
	text := write(t, "html", schema, Options{}, rec)
	for _, want := range []string{
		`<td style="text-align:left;white-space:pre">  two  blanks</td>`,
		`<td style="text-align:left;white-space:pre-wrap;overflow-wrap:break-word;min-width:24em;max-width:40em">` + long + "</td>",
	} {
		if !strings.Contains(text, want) {
			t.Errorf("no %s in\n%s", want, text)
		}
	}
}

// A table that is too wide for paper shrinks on it. Other tables keep the page's style.
func TestHTMLFitsPaper(t *testing.T) {
	for columns, want := range map[int]bool{3: false, 30: true} {
		var fields []arrow.Field
		for range columns {
			fields = append(fields, arrow.Field{Name: "value", Type: arrow.BinaryTypes.String})
		}
		text := write(t, "html", arrow.NewSchema(fields, nil), Options{})
		if got := strings.Count(text, ` style="font-size:min(1em,max((100vw - 170px)/114,`) == 2; got != want {
			t.Errorf("%d columns:\n%s", columns, text)
		}
	}
}

// Rows that are held back are written in their order, whatever flushes them.
func TestHTMLHoldsRowsBack(t *testing.T) {
	schema := arrow.NewSchema([]arrow.Field{{Name: "v", Type: arrow.PrimitiveTypes.Int64}}, nil)
	var whole strings.Builder
	w, err := New("html", &whole, schema, Options{})
	if err != nil {
		t.Fatal(err)
	}
	for i := range 3 * measured {
		if err := w.Write(recordOf(t, schema, fmt.Sprintf(`[{"v":%d}]`, i))); err != nil {
			t.Fatal(err)
		}
		if i == 5 {
			if err := w.Flush(); err != nil || !strings.Contains(whole.String(), ">5</td>") {
				t.Errorf("%v: %s", err, &whole)
			}
		}
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	at := 0
	for i := range 3 * measured {
		next := strings.Index(whole.String(), fmt.Sprintf(">%d</td>", i))
		if next <= at {
			t.Fatalf("row %d is at %d, the one before at %d", i, next, at)
		}
		at = next
	}
	if strings.Count(whole.String(), "<thead") != 1 {
		t.Error("the header is there more than once")
	}
}
