package cluster_test

import (
	"errors"
	"io"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"unsafe"
)

// socketVariable passes the path of a Unix socket to a process in a network namespace of its own. Connections to
// the socket reach the cluster's REST endpoint.
const socketVariable = "RIFFLE_TEST_REST_SOCKET"

// onlyREST runs the tests of results in a network of its own, which has only a loopback interface. Only the REST
// endpoint can be reached from there, and nothing in it can be reached from the cluster.
//
// A user who is not root can have such a network in a user namespace. If the system allows neither, the test
// fails: nothing else shows that no connection leads back to the client.
func onlyREST(t *testing.T) {
	socket := filepath.Join(t.TempDir(), "rest")
	listener, err := net.Listen("unix", socket)
	if err != nil {
		t.Fatal(err)
	}
	defer listener.Close()
	go forward(listener, "tcp", strings.TrimPrefix(shared.Address, "http://"))

	cmd := exec.CommandContext(t.Context(), os.Args[0], "-test.run=^TestCluster$", "-test.v")
	cmd.Env = append(os.Environ(), socketVariable+"="+socket)
	cmd.SysProcAttr = &syscall.SysProcAttr{Cloneflags: syscall.CLONE_NEWNET, Pdeathsig: syscall.SIGKILL}
	if os.Getuid() != 0 {
		cmd.SysProcAttr.Cloneflags |= syscall.CLONE_NEWUSER
		cmd.SysProcAttr.UidMappings = []syscall.SysProcIDMap{{ContainerID: 0, HostID: os.Getuid(), Size: 1}}
		cmd.SysProcAttr.GidMappings = []syscall.SysProcIDMap{{ContainerID: 0, HostID: os.Getgid(), Size: 1}}
	}
	out, err := cmd.CombinedOutput()
	if errors.Is(err, syscall.EPERM) {
		t.Fatalf("the test needs root, or a system that allows user namespaces: %v", err)
	}
	if err != nil || !strings.Contains(string(out), "--- PASS: TestCluster/results") {
		t.Errorf("%v\n%s", err, out)
	}
}

// forwardFromLoopback forwards a new port of the loopback interface, which it brings up, to a Unix socket, and
// returns the port's address.
func forwardFromLoopback(socket string) (string, error) {
	if err := bringUpLoopback(); err != nil {
		return "", err
	}
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return "", err
	}
	go forward(listener, "unix", socket)
	return "http://" + listener.Addr().String(), nil
}

// bringUpLoopback brings up the interface lo, which is down in a new namespace.
func bringUpLoopback() error {
	fd, err := syscall.Socket(syscall.AF_INET, syscall.SOCK_DGRAM, 0)
	if err != nil {
		return err
	}
	defer syscall.Close(fd)
	request := struct {
		name  [syscall.IFNAMSIZ]byte
		flags uint16
		_     [22]byte
	}{flags: syscall.IFF_UP}
	copy(request.name[:], "lo")
	if _, _, errno := syscall.Syscall(syscall.SYS_IOCTL, uintptr(fd), syscall.SIOCSIFFLAGS, uintptr(unsafe.Pointer(&request))); errno != 0 {
		return errno
	}
	return nil
}

// forward passes on each connection that it accepts, until the listener is closed.
func forward(listener net.Listener, network, to string) {
	for {
		in, err := listener.Accept()
		if err != nil {
			return
		}
		go func() {
			defer in.Close()
			out, err := net.Dial(network, to)
			if err != nil {
				return
			}
			defer out.Close()
			go func() {
				_, _ = io.Copy(out, in)
				out.Close()
			}()
			_, _ = io.Copy(in, out)
		}()
	}
}
