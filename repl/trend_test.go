package repl

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"riffle/session/changelog"
)

func TestTrendOfAColumn(t *testing.T) {
	s := newStage(t, counting(), 60, 10)
	s.display.keys = true
	s.rows(change{changelog.Insert, "up", 1}, change{changelog.Insert, "still", 70000})
	s.query.elapsed = time.Second
	s.keys("of which?", "t")
	s.keys("of texts there is none", "right", "t")
	s.keys("of numbers", "right", "t")
	for n := int64(1); n < 12; n++ {
		s.rows(change{changelog.UpdateBefore, "up", n}, change{changelog.UpdateAfter, "up", n + 1})
		s.query.elapsed += time.Second
		s.display.rest = time.Time{}
		if err := s.display.tick(); err != nil {
			t.Fatal(err)
		}
	}
	s.show("the last eight values")
	s.rows(change{changelog.UpdateBefore, "up", 12}, change{changelog.UpdateAfter, "up", -3})
	s.tick("one that falls", 20*time.Second)
	s.terminal.resize(24, 10)
	s.tick("narrow", 21*time.Second)
	s.terminal.resize(60, 10)
	s.keys("changes have none", "tab")
	s.restart("again")
	s.rows(change{changelog.Insert, "up", 5})
	s.keys("of what came since a restart", "tab", "tab")
	s.keys("and no longer", "t")
	s.golden("trend")
}

// However many rows pass through the window, few values are kept.
func TestTrendIsBounded(t *testing.T) {
	s := newStage(t, counting(), 60, 10)
	s.rows(change{changelog.Insert, "first", 0})
	s.query.elapsed = time.Second
	s.keys("", "right", "right", "t")
	for i := range int64(3 * trendRows) {
		s.rows(change{changelog.Insert, fmt.Sprint(i), i})
		s.display.rest = time.Time{}
		if err := s.display.tick(); err != nil {
			t.Fatal(err)
		}
	}
	kept := len(s.display.look.grid.trends[1].rows)
	if kept > trendRows+10 || kept == 0 {
		t.Errorf("values of %d rows are kept", kept)
	}
	if text := s.terminal.String(); !strings.Contains(text, "▁") {
		t.Errorf("shows\n%s", text)
	}
}
