package repl

import (
	"fmt"
	"strings"
	"testing"

	"github.com/rivo/uniseg"

	"riffle/session/complete"
)

// completions completes the last word of a line from a list.
func completions(words ...string) completer {
	return func(line string) (int, []complete.Candidate) {
		typed := line[strings.LastIndexAny(line, " \n")+1:]
		var found []complete.Candidate
		for _, word := range words {
			if strings.HasPrefix(word, typed) || strings.HasPrefix(strings.ToLower(strings.Trim(word, "`")), strings.ToLower(typed)) {
				found = append(found, complete.Candidate{Text: word, Kind: complete.Table})
			}
		}
		return len(typed), found
	}
}

// A quote that all candidates share does not require another Tab.
func TestTabListsBehindAQuote(t *testing.T) {
	from := completions("'yes'", "'no'")
	for before, after := range map[string]string{"SET x = ": "SET x = '", "SET x = 'y": "SET x = 'yes'"} {
		got, list := tab(before, from, 80)
		if got != after || (list != "") != strings.HasSuffix(after, " '") {
			t.Errorf("%q: %q and %q, want %q", before, got, list, after)
		}
	}
}

func TestTab(t *testing.T) {
	from := completions("orders", "orders_late", "`order book`", "Customers", "über1", "übör2")
	for _, test := range []struct{ before, after, list string }{
		{"", "    ", ""},
		{"SELECT 1,\n  ", "SELECT 1,\n      ", ""},
		{"FROM cus", "FROM Customers", ""},
		{"FROM nothing", "FROM nothing", ""},
		{"FROM orders", "FROM orders", "orders       table\norders_late  table"},
		{"FROM ü", "FROM üb", ""},
		{"FROM orders_", "FROM orders_late", ""},
		{"FROM o", "FROM o", "orders        table\norders_late   table\n`order book`  table"},
	} {
		after, list := tab(test.before, from, 80)
		if after != test.after || list != test.list {
			t.Errorf("%q: %q and\n%s\nwant %q and\n%s", test.before, after, list, test.after, test.list)
		}
	}
}

func TestListedFits(t *testing.T) {
	var many []complete.Candidate
	for i := range 5000 {
		many = append(many, complete.Candidate{Text: fmt.Sprintf("表%d\x1b[31m", i), Detail: strings.Repeat("long ", 30) + "\nend"})
	}
	for _, width := range []int{10, 40, 300} {
		for _, n := range []int{2, explained, explained + 1, 100, 5000} {
			lines := strings.Split(listed(many[:n], width), "\n")
			if len(lines) > candidateLines+1 {
				t.Errorf("%d candidates are %d lines", n, len(lines))
			}
			for _, line := range lines {
				if uniseg.StringWidth(line) > width && !strings.HasPrefix(line, "… and ") || strings.ContainsRune(line, '\x1b') {
					t.Errorf("width %d: %q", width, line)
				}
			}
		}
	}
	if list := listed(many, 40); !strings.HasSuffix(list, "\n… and 4970 more") {
		t.Errorf("what was left out is not said: %q", list)
	}
}
