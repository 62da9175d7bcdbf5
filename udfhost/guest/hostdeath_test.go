//go:build unix

package guest

import (
	"bufio"
	"context"
	"fmt"
	"os"
	"os/exec"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/apache/arrow/go/v15/arrow"
)

// hostVariable makes the test binary a host that starts guests, reports them, and waits to be
// killed.
const hostVariable = "RIFFLE_TEST_HOST_OF"

func runHost(program string) {
	l := NewLauncher()
	for range 2 {
		p, err := l.Start(context.Background(), program, Options{})
		if err != nil {
			panic(err)
		}
		fmt.Println(p.command.Process.Pid)
		go p.Call(context.Background(), trouble, []arrow.Array{texts("loop")}, 1)
	}
	p, err := l.Start(context.Background(), program, Options{})
	if err != nil {
		panic(err)
	}
	fmt.Println(p.command.Process.Pid)
	select {}
}

// No guest outlives its host, whatever the guest does and however the host
// ends.
func TestGuestsDieWithTheirHost(t *testing.T) {
	host := exec.Command(os.Args[0])
	host.Env = append(os.Environ(), hostVariable+"="+program)
	out, err := host.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := host.Start(); err != nil {
		t.Fatal(err)
	}
	var guests []int
	for lines := bufio.NewScanner(out); len(guests) < 3 && lines.Scan(); {
		var pid int
		if _, err := fmt.Sscan(lines.Text(), &pid); err != nil {
			t.Fatal(err)
		}
		guests = append(guests, pid)
	}
	time.Sleep(50 * time.Millisecond) // two are in their loops
	for _, pid := range guests {
		if !runs(pid) {
			t.Fatalf("guest %d does not run", pid)
		}
	}
	if err := host.Process.Kill(); err != nil {
		t.Fatal(err)
	}
	host.Wait()
	deadline := time.Now().Add(5 * time.Second)
	for _, pid := range guests {
		for runs(pid) {
			if time.Now().After(deadline) {
				t.Fatalf("guest %d outlives its host", pid)
			}
			time.Sleep(10 * time.Millisecond)
		}
	}
}

// runs reports whether a process is there and no zombie, which one is whose new
// parent has not looked yet.
func runs(pid int) bool {
	if syscall.Kill(pid, 0) != nil {
		return false
	}
	stat, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", pid))
	return err != nil || !strings.Contains(string(stat), ") Z ")
}
