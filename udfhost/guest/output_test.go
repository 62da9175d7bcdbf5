//go:build unix

package guest

import (
	"os"
	"strings"
	"testing"
	"time"
)

// All that a process has printed is there after its end, however late it is
// read and whoever holds the pipe open.
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
