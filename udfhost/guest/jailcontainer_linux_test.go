package guest

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"runtime"
	"testing"
	"unsafe"

	"golang.org/x/sys/unix"
)

// containerVariable makes this program start a guest where the system call seccomp is forbidden, as in a container
// with such a profile. Its value is the program.
const containerVariable = "RIFFLE_TEST_CONTAINER"

func init() {
	if program := os.Getenv(containerVariable); program != "" {
		startInContainer(program)
	}
}

// startInContainer forbids seccomp to this process, starts a guest, and prints the error.
func startInContainer(program string) {
	if err := forbidSeccomp(); err != nil {
		fmt.Println(err)
		os.Exit(1)
	}
	l := NewLauncher()
	_, err := l.Start(context.Background(), program, Options{Permissions: "the TaskManager's permissions"})
	fmt.Print(err)
	os.Exit(0)
}

func forbidSeccomp() error {
	runtime.LockOSThread()
	const load, jumpIfEqual, ret = unix.BPF_LD | unix.BPF_W | unix.BPF_ABS, unix.BPF_JMP | unix.BPF_JEQ | unix.BPF_K, unix.BPF_RET | unix.BPF_K
	filter := []unix.SockFilter{
		{Code: load, K: 0}, // the number of the system call
		{Code: jumpIfEqual, K: unix.SYS_SECCOMP, Jf: 1},
		{Code: ret, K: unix.SECCOMP_RET_ERRNO | uint32(unix.EPERM)},
		{Code: ret, K: unix.SECCOMP_RET_ALLOW},
	}
	program := unix.SockFprog{Len: uint16(len(filter)), Filter: &filter[0]}
	if err := unix.Prctl(unix.PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0); err != nil {
		return err
	}
	_, _, errno := unix.Syscall(unix.SYS_SECCOMP, unix.SECCOMP_SET_MODE_FILTER, unix.SECCOMP_FILTER_FLAG_TSYNC, uintptr(unsafe.Pointer(&program)))
	if errno != 0 {
		return errno
	}
	return nil
}

// In a container whose profile forbids seccomp, functions are refused with the setting that runs them without the
// jail, and with whose permissions they then run.
func TestContainerWithoutSeccomp(t *testing.T) {
	cmd := exec.Command(os.Args[0])
	cmd.Env = append(os.Environ(), containerVariable+"="+program)
	out, err := cmd.Output()
	const want = "go functions cannot be confined here (the kernel has no seccomp filters: operation not permitted): SET 'riffle.functions.jail' = 'off' runs them with the TaskManager's permissions"
	if exit := (*exec.ExitError)(nil); errors.As(err, &exit) || string(out) != want {
		t.Errorf("got  %s\nwant %s\n%v", out, want, err)
	}
}
