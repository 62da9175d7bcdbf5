package repl

import (
	"bytes"
	"fmt"
	"strings"
	"testing"

	"github.com/apache/arrow/go/v15/arrow"
	"github.com/apache/arrow/go/v15/arrow/array"
	"github.com/apache/arrow/go/v15/arrow/memory"
	"github.com/rivo/uniseg"
)

// The list of running queries fits terminals of all widths, and says what it leaves out.
func TestSpareColumnsMakeRoom(t *testing.T) {
	schema := arrow.NewSchema([]arrow.Field{
		{Name: "query", Type: arrow.BinaryTypes.String},
		{Name: "state", Type: arrow.BinaryTypes.String},
		{Name: "rows_in", Type: arrow.PrimitiveTypes.Int64, Nullable: true},
		{Name: "seconds", Type: arrow.PrimitiveTypes.Float64},
		{Name: "statement", Type: arrow.BinaryTypes.String},
		{Name: "job", Type: arrow.BinaryTypes.String},
	}, nil)
	statement := "SELECT grade, COUNT(*) AS n FROM orders GROUP BY grade"
	rec, _, err := array.RecordFromJSON(memory.DefaultAllocator, schema, strings.NewReader(fmt.Sprintf(
		`[{"query":"q1","state":"running","rows_in":123456,"seconds":4.5,"statement":%q,"job":"0123456789abcdef0123456789abcdef"}]`, statement)))
	if err != nil {
		t.Fatal(err)
	}
	spare := []string{"job", "rows_in", "seconds"}
	for width := 40; width <= 300; width++ {
		var out bytes.Buffer
		if err := writeRecord(output{Options: Options{Format: "table"}, w: &out, width: width}, rec, spare); err != nil {
			t.Fatal(err)
		}
		header := strings.Split(out.String(), "\n")[1]
		if w := uniseg.StringWidth(header); w > width {
			t.Errorf("a line of %d in a terminal of %d:\n%s", w, width, &out)
		}
		for _, name := range spare {
			if !strings.Contains(header, name) && !strings.Contains(footerOf(&out), name) {
				t.Errorf("%s is missing without a word, at %d:\n%s", name, width, &out)
			}
		}
		if cut := !strings.Contains(out.String(), statement); cut && !strings.Contains(footerOf(&out), "1 value cut to fit") {
			t.Errorf("cut without a word, at %d:\n%s", width, &out)
		}
		if !strings.Contains(header, "query") || !strings.Contains(header, "state") || !strings.Contains(header, "statement") {
			t.Errorf("at %d:\n%s", width, &out)
		}
		if strings.Contains(header, "job") && !strings.Contains(out.String(), "0123456789abcdef0123456789abcdef") {
			t.Errorf("half a job's id, at %d:\n%s", width, &out)
		}
	}
}

// footerOf returns the line below a table, or "".
func footerOf(out *bytes.Buffer) string {
	lines := strings.Split(strings.TrimSuffix(out.String(), "\n"), "\n")
	if last := lines[len(lines)-1]; strings.HasPrefix(last, "(") {
		return last
	}
	return ""
}
