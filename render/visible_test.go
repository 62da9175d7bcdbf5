package render

import (
	"strings"
	"testing"

	"github.com/apache/arrow/go/v15/arrow"
	"github.com/apache/arrow/go/v15/arrow/array"
	"github.com/apache/arrow/go/v15/arrow/memory"
)

// TestHostile: no byte of the data reaches the terminal as a control or changes the direction.
func TestHostile(t *testing.T) {
	schema := arrow.NewSchema([]arrow.Field{
		flinkField("a\x1b[2Jb\n", arrow.BinaryTypes.String, "STRING"),
		flinkField("b", arrow.BinaryTypes.Binary, "BYTES"),
	}, nil)
	b := array.NewRecordBuilder(memory.DefaultAllocator, schema)
	defer b.Release()
	for _, text := range []string{
		"\x1b]0;title\x07", "\x9b31m", "\u009b31m", "a\rb\x00\x7f", "\u202eabc\u2066", "\u200b\ufeff\u2060", "\u0301",
		"a\u200db", "\U000e0041", "\u2028\u2029", "\xff\xfe", "\u3164\u115f\u00ad",
	} {
		b.Field(0).(*array.StringBuilder).Append(text)
		b.Field(1).(*array.BinaryBuilder).Append([]byte(text))
	}
	rec := b.NewRecord()
	defer rec.Release()
	for _, format := range []string{"table", "vertical", "markdown"} {
		for _, opts := range []Options{{}, {MaxWidth: 60}} {
			out := write(t, format, schema, opts, rec)
			for _, r := range out {
				if r != '\n' && (hidden(r) || r == '\ufffd') {
					t.Fatalf("%s lets %U through", format, r)
				}
			}
			if lines := strings.Count(out, "\n"); lines > int(rec.NumRows())*3+4 {
				t.Errorf("%s has %d lines for %d rows", format, lines, rec.NumRows())
			}
		}
	}
}

// TestHugeCell: a cell of a megabyte is complete if nothing limits it, and takes one line
// otherwise.
func TestHugeCell(t *testing.T) {
	schema := arrow.NewSchema([]arrow.Field{flinkField("s", arrow.BinaryTypes.String, "STRING")}, nil)
	b := array.NewRecordBuilder(memory.DefaultAllocator, schema)
	defer b.Release()
	const pairs = 1 << 18
	b.Field(0).(*array.StringBuilder).Append(strings.Repeat("\x1b漢", pairs))
	rec := b.NewRecord()
	defer rec.Release()
	for _, format := range []string{"table", "vertical"} {
		if out := write(t, format, schema, Options{}, rec); strings.Count(out, `\x1b漢`) != pairs {
			t.Errorf("%s loses a part of the cell", format)
		}
	}
	if out := write(t, "table", schema, Options{MaxWidth: 60}, rec); len(out) > 2000 {
		t.Errorf("the cut table has %d bytes", len(out))
	}
}

func TestVisible(t *testing.T) {
	tests := []struct {
		text  string
		limit int
		want  string
		width int
	}{
		{"plain", unlimited, "plain", 5},
		{"plain", 5, "plain", 5},
		{"plain", 4, "pla…", 4},
		{"漢字", 4, "漢字", 4},
		{"漢字", 3, "漢…", 3},
		{"漢字", 2, "…", 1},
		{"é", unlimited, "é", 1},
		{"👩\u200d👩\u200d👧\u200d👦 x", unlimited, "👩\u200d👩\u200d👧\u200d👦 x", 4},
		{"🏴󠁧󠁢󠁥󠁮󠁧󠁿", unlimited, "🏴󠁧󠁢󠁥󠁮󠁧󠁿", 2},
		{"a\u200db", unlimited, `a\u200db`, 8},
		{"می\u200cخواهم", unlimited, "می\u200cخواهم", 7},
		{"\r\n\t", unlimited, `\r\n\t`, 6},
		{"\xff", unlimited, `\xff`, 4},
		{"\ufffd", unlimited, "\ufffd", 1},
		{"\U000e0001", unlimited, `\U000e0001`, 10},
		{"abc", 0, "…", 1},
	}
	for _, test := range tests {
		out, width, _ := appendVisible(nil, []byte(test.text), test.limit)
		if string(out) != test.want || width != test.width {
			t.Errorf("%q within %d is %q of width %d, want %q of %d", test.text, test.limit, out, width, test.want, test.width)
		}
	}
}

func FuzzVisible(f *testing.F) {
	f.Add("a\u202e漢\x1b[31m", 3)
	f.Add("🏴󠁧󠁢󠁥󠁮󠁧󠁿👩‍👩‍👧", 2)
	f.Fuzz(func(t *testing.T, text string, limit int) {
		limit = 1 + limit&0xff
		out, width, cut := appendVisible(nil, []byte(text), limit)
		if width > limit {
			t.Errorf("%q is %d wide of %d", out, width, limit)
		}
		for _, r := range string(out) {
			if r < ' ' || r >= 0x7f && r < 0xa0 || r == 0x202e {
				t.Errorf("%q lets %U through", out, r)
			}
		}
		if !cut {
			again, _, _ := appendVisible(nil, out, unlimited)
			if string(again) != string(out) {
				t.Errorf("%q becomes %q when shown again", out, again)
			}
		}
	})
}
