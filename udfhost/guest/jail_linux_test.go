package guest

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/apache/arrow/go/v15/arrow"
	"github.com/apache/arrow/go/v15/arrow/array"
	"github.com/apache/arrow/go/v15/arrow/memory"
	"golang.org/x/sys/unix"

	"riffle/udfhost/guest/abi"
)

var tryFunction = Function{
	Name: "Try", Arguments: []arrow.DataType{arrow.BinaryTypes.String}, Result: arrow.BinaryTypes.String, Nullable: true,
}

// buildEscape builds the program of testdata/escape, once.
var buildEscape = sync.OnceValues(func() (path string, err error) {
	path = filepath.Join(filepath.Dir(program), "escape")
	build := exec.Command("go", "build", "-ldflags=-checklinkname=0", "-o", path, "./testdata/escape")
	build.Env = append(os.Environ(), "CGO_ENABLED=0")
	if out, err := build.CombinedOutput(); err != nil {
		return "", fmt.Errorf("%w\n%s", err, out)
	}
	return path, nil
})

func escaper(t *testing.T) string {
	t.Helper()
	path, err := buildEscape()
	if err != nil {
		t.Fatal(err)
	}
	return path
}

func startProgram(t *testing.T, path string, options Options) *Process {
	t.Helper()
	l := NewLauncher()
	p, err := l.Start(t.Context(), path, options)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { p.Close(); l.Close() })
	return p
}

func try(t *testing.T, p *Process, name string) string {
	t.Helper()
	got, err := p.Call(t.Context(), tryFunction, []arrow.Array{texts(name)}, 1)
	if err != nil {
		t.Fatalf("%s: %v", name, err)
	}
	defer got.Release()
	return got.(*array.String).Value(0)
}

// There is no way out of the jail, for any user. Without the jail, each of these ways works.
func TestEscapes(t *testing.T) {
	program := escaper(t)
	jailed := startProgram(t, program, Options{Memory: DefaultMemory, RowTimeout: DefaultRowTimeout})
	free := startProgram(t, program, Options{NoJail: true})
	list := try(t, jailed, "list")
	if len(list) < 1000 {
		t.Fatalf("the attempts are %s", list)
	}
	for name := range strings.SplitSeq(list, ",") {
		name, anyone := strings.CutSuffix(name, "+")
		if got := try(t, jailed, name); !strings.HasSuffix(got, denied) {
			t.Errorf("%s: %s", name, got)
		}
		if !anyone {
			continue
		}
		if got := try(t, free, name); got != "ok" {
			t.Errorf("%s without the jail: %s", name, got)
		}
	}
	if got, want := try(t, jailed, "threads"), "open /etc/passwd: "+denied; got != want {
		t.Errorf("20 threads: %s", got)
	}
	const early = "open /etc/passwd: " + denied + ", dial udp 127.0.0.1:9: socket: " + denied + ", open /etc/hostname: " + denied
	if got := try(t, jailed, "early"); got != early {
		t.Errorf("package variables, init functions and their goroutines: %s", got)
	}
	if got := try(t, free, "early"); !strings.HasPrefix(got, "ok, ok, ") {
		t.Errorf("early, without the jail: %s", got)
	}
	if got := try(t, jailed, "write to the shared"); got != "file too large" {
		t.Errorf("write to the shared memory as to a file: %s", got)
	}
	if got := try(t, jailed, "queue signals"); got != "resource temporarily unavailable after 100" {
		t.Errorf("queue signals: %s", got)
	}
	if got := try(t, free, "queue signals"); got != "ok" {
		t.Errorf("queue signals without the jail: %s", got)
	}
}

// A system call of 32-bit programs, whose numbers are others, ends the guest.
func TestOtherArchitecture(t *testing.T) {
	if runtime.GOARCH != "amd64" {
		return // others have no way to make one
	}
	p := startProgram(t, escaper(t), Options{})
	_, err := p.Call(t.Context(), tryFunction, []arrow.Array{texts("int80")}, 1)
	if err == nil || !strings.Contains(err.Error(), "bad system call") {
		t.Error(err)
	}
}

// A function that is denied something fails with one line, which names the setting that allows
// it.
func TestDenialIsExplained(t *testing.T) {
	const hint = "(functions run without files, network and other programs; SET 'riffle.functions.jail' = 'off' allows them)"
	program := escaper(t)
	for name, want := range map[string]string{
		"fail":  `Try("fail"): open /etc/passwd: operation not permitted ` + hint,
		"panic": "panic: open /etc/passwd: operation not permitted " + hint + " at ",
		"exit":  `the process was ended with exit status 1 after printing "open /etc/passwd: operation not permitted" ` + hint + ` in Try("exit")`,
	} {
		p := startProgram(t, program, Options{})
		_, err := p.Call(t.Context(), tryFunction, []arrow.Array{texts(name)}, 1)
		if err == nil || !strings.HasPrefix(err.Error(), want) {
			t.Errorf("got  %v\nwant %s", err, want)
		}
	}
	p := startProgram(t, program, Options{NoJail: true})
	if got, err := p.Call(t.Context(), tryFunction, []arrow.Array{texts("fail")}, 1); err != nil || got.Len() != 1 {
		t.Errorf("without the jail: %v", err)
	}
}

// What a jailed process has, according to the kernel: the files that it is given and no other
// that this process has open, no capabilities, the limits, and the filter for each of its
// threads.
func TestWhatAGuestHas(t *testing.T) {
	leak, err := unix.Open("/etc/hostname", unix.O_RDONLY, 0) // not closed at an exec
	if err != nil {
		t.Fatal(err)
	}
	defer unix.Close(leak)
	p := startProgram(t, escaper(t), Options{Memory: DefaultMemory})
	try(t, p, "threads")
	process := fmt.Sprintf("/proc/%d/", p.command.Process.Pid)
	files, err := os.ReadDir(process + "fd")
	if err != nil {
		t.Fatal(err)
	}
	for _, file := range files {
		target, err := os.Readlink(process + "fd/" + file.Name())
		known := target == "/dev/null" || strings.HasPrefix(target, "pipe:") || strings.HasPrefix(target, "/memfd:riffle-guest") ||
			target == "anon_inode:[eventpoll]" || target == "anon_inode:[eventfd]"
		if err != nil || !known {
			t.Errorf("file %s is %s, %v", file.Name(), target, err)
		}
	}
	threads, err := os.ReadDir(process + "task")
	if err != nil || len(threads) < 2 {
		t.Fatalf("%d threads, %v", len(threads), err)
	}
	for _, thread := range threads {
		status := read(t, process+"task/"+thread.Name()+"/status")
		for _, line := range []string{"NoNewPrivs:\t1", "Seccomp:\t2", "CapEff:\t0000000000000000", "CapPrm:\t0000000000000000"} {
			if !strings.Contains(status, line+"\n") {
				t.Errorf("thread %s lacks %q", thread.Name(), line)
			}
		}
	}
	limits := strings.Join(strings.Fields(read(t, process+"limits")), " ")
	for _, limit := range []string{
		"Max core file size 0 0", "Max file size 0 0", "Max open files 16 16", "Max locked memory 0 0", "Max msgqueue size 0 0",
		fmt.Sprintf("Max data size %d %d", DefaultMemory, DefaultMemory),
		fmt.Sprintf("Max address space %d %d", 2*DefaultMemory+4<<30, 2*DefaultMemory+4<<30),
	} {
		if !strings.Contains(limits, limit) {
			t.Errorf("no %q in %s", limit, limits)
		}
	}
}

func read(t *testing.T, path string) string {
	t.Helper()
	text, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

// The host believes the kernel and not the guest.
func TestUnconfinedIsRefused(t *testing.T) {
	free := start(t, Options{NoJail: true})
	refused := (*JailError)(nil)
	if err := confirmJail(free.command.Process.Pid); !errors.As(err, &refused) {
		t.Errorf("a free process passes for a jailed one: %v", err)
	}
	jailed := start(t, Options{})
	if err := confirmJail(jailed.command.Process.Pid); err != nil {
		t.Error(err)
	}
	const line = abi.JailRefused + "seccomp: function not implemented"
	script := filepath.Join(t.TempDir(), "refuses")
	if err := os.WriteFile(script, []byte("#!/bin/sh\necho '"+line+"'; exit 2\n"), 0o700); err != nil {
		t.Fatal(err)
	}
	l := NewLauncher()
	defer l.Close()
	_, err := l.Start(t.Context(), script, Options{})
	const want = "go functions cannot be confined here (seccomp: function not implemented): SET 'riffle.functions.jail' = 'off' runs them with all your permissions"
	if !errors.As(err, &refused) || err.Error() != want {
		t.Errorf("got  %v\nwant %s", err, want)
	}
}

// Go's runtime works in the jail as it does outside: threads, timers, collection, preemption.
func TestRuntimeInJail(t *testing.T) {
	p := start(t, Options{Memory: DefaultMemory, RowTimeout: time.Minute})
	for range 20 {
		got, err := p.Call(t.Context(), trouble, []arrow.Array{texts("busy")}, 1)
		if err != nil || got.String() != `["busy"]` {
			t.Fatalf("%v, %v", got, err)
		}
		got.Release()
	}
}

// A guest that writes at random into all that the host reads, while it reads,
// gets errors or columns that can be read from end to end.
func TestScribblingGuest(t *testing.T) {
	program := escaper(t)
	l := NewLauncher()
	defer l.Close()
	allocator := memory.NewCheckedAllocator(memory.NewGoAllocator())
	defer allocator.AssertSize(t, 0)
	words := make([]string, 200)
	for i := range words {
		words[i] = fmt.Sprint("plain ", i)
	}
	words[0] = "scribble"
	args, good := []arrow.Array{texts(words...)}, 0
	for round := range 24 {
		ctx, cancel := context.WithTimeout(t.Context(), 2*time.Second) // one that fakes its progress
		p, err := l.Start(t.Context(), program, Options{Allocator: allocator, RowTimeout: 2 * time.Second, SharedLimit: 4 << 20})
		if err != nil {
			t.Fatal(err)
		}
		for range 50 {
			var column arrow.Array
			if round%2 == 0 {
				column, err = p.Call(ctx, tryFunction, args, len(words))
			} else {
				column, _, err = p.CallTolerant(ctx, tryFunction, args, len(words))
			}
			if err != nil {
				break
			}
			good++
			for i := range column.Len() {
				_ = column.ValueStr(i)
			}
			column.Release()
		}
		cancel()
		if err := p.Close(); err != nil {
			t.Error(err)
		}
	}
	t.Logf("%d answers were taken", good)
}
