package repl

import (
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"riffle/session/changelog"
	"riffle/session/query"
)

// keys presses them one after the other.
func (s *stage) keys(title string, keys ...string) {
	s.t.Helper()
	for _, key := range keys {
		if got := s.display.press(key); got != stay {
			s.t.Fatalf("%s: %v", key, got)
		}
		s.display.rest = time.Time{}
		if err := s.display.tick(); err != nil {
			s.t.Fatal(err)
		}
	}
	s.show(title)
}

// letters returns the keys of a text.
func letters(text string) []string { return strings.Split(text, "") }

func fruitStage(t *testing.T, height int) *stage {
	s := newStage(t, counting(), 60, height)
	s.display.keys = true
	for i, text := range letters("hgfedcba") {
		s.rows(change{changelog.Insert, "fruit " + text, int64(i * i % 7)})
	}
	s.query.elapsed = time.Second
	return s
}

func TestKeysArrangeTheTable(t *testing.T) {
	s := fruitStage(t, 10)
	s.keys("the last rows", "end")
	s.keys("from the first on", "home")
	s.keys("sorted by the second column", "right", "right", "s")
	s.keys("the other way", "s")
	s.keys("filtered", append(append([]string{"f"}, letters("n >= 2")...), "enter")...)
	s.keys("the second row selected", "down", "down")
	s.rows(change{changelog.UpdateBefore, "fruit g", 1}, change{changelog.UpdateAfter, "fruit g", 6})
	s.keys("a row that comes in above it does not move the selection", "right")
	s.keys("by itself", "enter")
	s.keys("back to all", "esc", "esc", "esc", "esc", "esc")
	s.keys("a column less", "left", "-")
	s.keys("searched for", append(append([]string{"/"}, letters("FRUIT")...), "enter")...)
	s.keys("a key that is none", "z")
	s.golden("keys")
}

func TestFrozenViewFoldsOn(t *testing.T) {
	s := fruitStage(t, 20)
	s.keys("frozen", "space")
	s.rows(change{changelog.Delete, "fruit h", 0}, change{changelog.Insert, "fruit i", 9})
	s.keys("the picture stands still", "up")
	s.keys("the changelog does, too", "tab")
	s.keys("it goes on", "tab", "tab", "space")
	s.golden("frozen")
}

func TestPagesOfTheLiveView(t *testing.T) {
	s := fruitStage(t, 9)
	s.display.note("q3 Grade: checking\nq3 Grade: checked")
	s.keys("the changelog", "tab")
	s.keys("the log", "tab")
	s.keys("help", "?")
	s.golden("pages")
}

func TestExportWritesWhatIsSeen(t *testing.T) {
	s := fruitStage(t, 20)
	path := filepath.Join(t.TempDir(), "out.csv")
	s.keys("", append(append([]string{"f"}, letters("n > 1")...), "enter", "right", "right", "s", "e")...)
	s.keys("", append(letters(path), "enter")...)
	got, err := os.ReadFile(path)
	if want := "grade,n\nfruit e,2\nfruit d,2\nfruit f,4\nfruit c,4\n"; err != nil || string(got) != want {
		t.Errorf("%q, %v, want %q", got, err, want)
	}
	s.keys("", append(append([]string{"e"}, letters(path)...), "enter")...)
	if message := s.display.look.message; !strings.Contains(message, "exists") {
		t.Errorf("a file that is there: %q", message)
	}
	s.keys("", append(append([]string{"ctrl+u"}, letters("out.xls")...), "enter")...)
	if message := s.display.look.message; !strings.Contains(message, ".csv") {
		t.Errorf("a name without a format: %q", message)
	}
}

// A wrong filter is reported, and can be corrected where it was typed. The table does not
// change.
func TestWrongFilterStaysOpen(t *testing.T) {
	s := fruitStage(t, 20)
	s.keys("", append(append([]string{"f"}, letters("nn = 2")...), "enter")...)
	if got := s.terminal.String(); !strings.Contains(got, "no column nn, did you mean n?") || !strings.Contains(got, "filter: nn = 2") || !strings.Contains(got, "fruit a") {
		t.Errorf("%s", got)
	}
	s.keys("", append([]string{"ctrl+u"}, append(letters("n >"), "enter")...)...)
	if got := s.terminal.String(); !strings.Contains(got, "a value is missing after n >") || !strings.Contains(got, "filter: n >") {
		t.Errorf("%s", got)
	}
	s.keys("", append(letters(" 5"), "enter")...)
	if got := s.terminal.String(); s.display.look.asking != nil || !strings.Contains(got, "0 of 8 rows match") || !strings.Contains(got, "grade") {
		t.Errorf("nothing matches: %s", got)
	}
	s.keys("", "tab")
	if got := s.terminal.String(); !strings.Contains(got, "grade") {
		t.Errorf("no change matches: %s", got)
	}
}

// The user's arrangement of the table remains when the view is left.
func TestArrangedTableStays(t *testing.T) {
	s := fruitStage(t, 20)
	s.keys("", append(append([]string{"f"}, letters("fruit a")...), "enter")...)
	s.end("left", outcome{Ended: query.Ended{State: query.Cancelled}, Interrupted: true})
	if got := s.terminal.String(); !strings.Contains(got, "filter: fruit a") || strings.Contains(got, "fruit b") {
		t.Errorf("%s", got)
	}
}

func TestLiveKeysAreUnique(t *testing.T) {
	seen := map[string]bool{}
	for _, key := range liveKeys() {
		for _, name := range key.names {
			if seen[name] {
				t.Errorf("%s does two things", name)
			}
			seen[name] = true
		}
		if key.press == nil || (key.help == "") != (key.shown == "") {
			t.Errorf("%v", key)
		}
	}
}

// However long the values, and however narrow the terminal, every line fits.
func TestFramesFit(t *testing.T) {
	q := counting()
	for width := 4; width < 70; width += 3 {
		s := newStage(t, q, width, 12)
		s.display.keys = true
		s.rows(change{changelog.Insert, strings.Repeat("日本語 text ", 9), 1 << 60}, change{changelog.Insert, "", -1})
		for _, key := range []string{"right", "s", "down", "tab", "tab", "tab", "enter", "esc", "?", "?", "f", "x"} {
			s.keys("", key)
			for i, line := range strings.Split(strings.TrimRight(s.terminal.String(), "\n"), "\n") {
				if cells := cellsOf(line); cells > width {
					t.Fatalf("width %d after %s: line %d has %d cells: %s", width, key, i, cells, fmt.Sprintf("%q", line))
				}
			}
		}
	}
}

// Each page stays where the user left it, and a sorted table at its first row.
func TestPagesKeepTheirPlace(t *testing.T) {
	s := fruitStage(t, 9)
	s.keys("", "right", "right", "s")
	sorted := s.terminal.String()
	s.keys("", "tab", "tab", "tab")
	if got := s.terminal.String(); got != sorted {
		t.Errorf("the sorted table is\n%sand was\n%s", got, sorted)
	}
	s.keys("", "down", "down", "down")
	selected := s.display.look.cursor
	s.keys("", "tab", "up", "up", "tab", "tab")
	if l := s.display.look; !l.selecting || l.cursor != selected {
		t.Errorf("row %d is selected (%v), and was row %d", l.cursor, l.selecting, selected)
	}
	s.keys("", "esc", "home", "tab")
	s.end("left", outcome{Ended: query.Ended{State: query.Cancelled}, Interrupted: true})
	if got := s.terminal.String(); !strings.Contains(got, "the first 3 shown") {
		t.Errorf("left from the changelog:\n%s", got)
	}
}

// The table that stays on the screen has a note about what it does not show.
func TestLeftTableSaysWhatIsCut(t *testing.T) {
	s := newStage(t, counting(), 30, 12)
	s.rows(change{changelog.Insert, strings.Repeat("wide ", 20), 1}, change{changelog.Insert, "b", 2})
	s.keys("", "home")
	s.end("left", outcome{Ended: query.Ended{State: query.Cancelled}, Interrupted: true})
	if got := strings.ReplaceAll(s.terminal.String(), "\n", ""); !strings.Contains(got, "1 value cut") || strings.Contains(got, "not shown") {
		t.Errorf("%s", got)
	}
	s = newStage(t, counting(), 14, 12)
	s.rows(change{changelog.Insert, "some text", 123456789})
	s.keys("", "home")
	s.end("left", outcome{Ended: query.Ended{State: query.Cancelled}, Interrupted: true})
	if got := strings.ReplaceAll(s.terminal.String(), "\n", ""); !strings.Contains(got, "1 column not shown") {
		t.Errorf("%s", got)
	}
}

// Half a number reads as another number. So a number is shown in full, or its column is left
// out or marked as not fitting.
func TestNumbersAreNeverCut(t *testing.T) {
	for width := 8; width < 60; width++ {
		s := newStage(t, counting(), width, 12)
		s.rows(change{changelog.Insert, strings.Repeat("wide ", 9), 1724515853000123456}, change{changelog.Insert, "b", -1})
		s.keys("", "end")
		if got := s.terminal.String(); regexp.MustCompile(`(?m)^│.*\d…`).MatchString(got) {
			t.Fatalf("width %d:\n%s", width, got)
		}
	}
}
