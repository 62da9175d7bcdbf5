package sqltext

import (
	"math"
	"runtime"
	"strings"
	"testing"
	"time"

	"golang.org/x/sys/unix"
)

// TestLexIsLinear reads texts that tempt a lexer to look far ahead again and again.
// Eight times as much text takes a linear lexer eight times the work, and a quadratic
// one sixty-four times. Work is this thread's processor time, in which other programs
// have no part; how long the work takes does not matter.
func TestLexIsLinear(t *testing.T) {
	runtime.LockOSThread()
	defer runtime.UnlockOSThread()
	const size, times, most = 5_000, 8, 24
	for _, part := range []string{`"`, "'", "`", "`a` ", "``a` ", "_a-", "/*", "--", "E'\\", "func f()\n", "func f(){", "var x=1;", "// c\n", "a;",
		"a(\n", "x 'a\n", "a {\n}\n", "SELCT\n", "SELCT;"} {
		short, long := time.Duration(math.MaxInt64), time.Duration(math.MaxInt64)
		for try := 0; try < 2 || try < 10 && long > most*short; try++ { // the least of a few tries counts
			short = min(short, splitting(t, strings.Repeat(part, size/len(part))))
			long = min(long, splitting(t, strings.Repeat(part, times*size/len(part))))
		}
		if long > most*short {
			t.Errorf("%q, repeated: %v for %d bytes, %v for %d", part, short, size, long, times*size)
		}
	}
}

// splitting returns the processor time that it takes to split a text.
func splitting(t *testing.T, text string) time.Duration {
	begun := processorTime(t)
	Split(text)
	return processorTime(t) - begun
}

func processorTime(t *testing.T) time.Duration {
	var used unix.Timespec
	if err := unix.ClockGettime(unix.CLOCK_THREAD_CPUTIME_ID, &used); err != nil {
		t.Fatal(err)
	}
	return time.Duration(used.Nano())
}
