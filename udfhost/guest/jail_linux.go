package guest

import (
	"bufio"
	"errors"
	"fmt"
	"os"
	"runtime"
	"strconv"
	"strings"
	"unsafe"

	"golang.org/x/sys/unix"
)

// Jail returns what confines guests on this system, as in "seccomp, Landlock 7". It returns a *JailError
// if a required part is missing. The only required part is the filter of system calls, which denies
// everything that is denied. Landlock denies files and TCP a second time, after the filter.
func Jail() (string, error) {
	if runtime.GOARCH != "amd64" && runtime.GOARCH != "arm64" {
		return "", &JailError{Reason: "the jail does not support " + runtime.GOARCH}
	}
	action := uint32(unix.SECCOMP_RET_ERRNO)
	_, _, errno := unix.Syscall(unix.SYS_SECCOMP, unix.SECCOMP_GET_ACTION_AVAIL, 0, uintptr(unsafe.Pointer(&action)))
	if errno != 0 {
		return "", &JailError{Reason: "the kernel has no seccomp filters: " + errno.Error()}
	}
	version, _, errno := unix.Syscall(unix.SYS_LANDLOCK_CREATE_RULESET, 0, 0, unix.LANDLOCK_CREATE_RULESET_VERSION)
	if errno != 0 {
		return "seccomp, no Landlock", nil
	}
	return fmt.Sprintf("seccomp, Landlock %d", version), nil
}

// confirmJail asks the operating system whether a process is confined, because the process
// itself might only claim to be.
func confirmJail(pid int) error {
	theirs, err := readConfinement(strconv.Itoa(pid))
	if err != nil {
		return err
	}
	ours, err := readConfinement("self")
	if err != nil {
		return err
	}
	// Our own process may have a filter, as in a container.
	if !theirs.noNewPrivs || !theirs.filtered || theirs.filters <= ours.filters && theirs.filters > 0 {
		return &JailError{Reason: "the kernel does not report the process as confined"}
	}
	return nil
}

// confinement is what the operating system reports about a process.
type confinement struct {
	noNewPrivs bool
	filtered   bool // system calls
	filters    int  // 0 before Linux 5.9, which does not report it
}

func readConfinement(process string) (confinement, error) {
	var c confinement
	file, err := os.Open("/proc/" + process + "/status")
	if err != nil {
		return c, fmt.Errorf("look whether the guest is confined: %w", err)
	}
	defer file.Close()
	lines := bufio.NewScanner(file)
	for lines.Scan() {
		key, value, _ := strings.Cut(lines.Text(), ":")
		value = strings.TrimSpace(value)
		switch key {
		case "NoNewPrivs":
			c.noNewPrivs = value == "1"
		case "Seccomp":
			c.filtered = value == "2"
		case "Seccomp_filters":
			c.filters, err = strconv.Atoi(value)
		}
	}
	return c, errors.Join(err, lines.Err())
}
