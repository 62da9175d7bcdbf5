//go:build unix

package guest

import (
	"os"
	"slices"
	"strings"
	"testing"
	"time"
)

// Everything that a process has printed is available after its end, however late it is read and
// whatever keeps the pipe open.
func TestOutputOfAnEndedProcess(t *testing.T) {
	read, write, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	defer write.Close() // as a process would that the guest has started
	text := strings.Repeat("SIGQUIT: quit\ngoroutine 1 [running]:\n", 500)
	if _, err := write.WriteString(text + "main.F()"); err != nil {
		t.Fatal(err)
	}
	o := newOutput(read, nil)
	read.SetReadDeadline(time.Unix(1, 0)) // as end does
	o.read()
	if report, _ := o.finish(true); string(report) != text+"main.F()" {
		t.Errorf("%d of %d bytes are read, the last are %.40q", len(report), len(text), report[max(0, len(report)-40):])
	}
}

// A query calls its functions in turns, batch after batch. What is kept for their lines grows only with
// what they print.
func TestFunctionsThatPrintNothing(t *testing.T) {
	read, write, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	defer write.Close()
	var lines []string
	o := newOutput(read, func(function, line string) { lines = append(lines, function+": "+line) })
	turns := func() {
		for range 1000 {
			o.calls("F")
			o.calls("G")
		}
	}
	print := func(text string) {
		if _, err := write.WriteString(text); err != nil {
			t.Fatal(err)
		}
	}
	turns()
	print("1\n")
	turns()
	o.calls("F")
	print("2\n")
	o.calls("G")
	print("3\n")
	if n := len(o.marks); n > 4 {
		t.Errorf("%d places are kept for three lines", n)
	}
	read.SetReadDeadline(time.Unix(1, 0)) // as end does
	o.read()
	if want := []string{"G: 1", "F: 2", "G: 3"}; !slices.Equal(lines, want) {
		t.Errorf("printed %q, want %q", lines, want)
	}
}
