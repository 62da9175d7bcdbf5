//go:build linux

package network

import (
	"context"
	"errors"
	"net"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"
	"unsafe"

	"riffle/udfhost/guest/abi"
)

// hosted returns a resolver as guests have it, and a function that ends the host. The test is the host: answer gets the
// name that is asked for, and its family. The host does not answer if it returns false.
func hosted(t *testing.T, answer func(name string, family uint16) (status uint32, text string, answers bool)) (r *net.Resolver, end func()) {
	t.Helper()
	ends, err := syscall.Socketpair(syscall.AF_UNIX, syscall.SOCK_SEQPACKET|syscall.SOCK_CLOEXEC, 0)
	if err != nil {
		t.Fatal(err)
	}
	c, over := newClient(ends[0]), make(chan struct{}, 2)
	go func() { c.receive(); over <- struct{}{} }()
	go func() {
		defer func() { over <- struct{}{} }()
		packet := make([]byte, abi.MaxPacket)
		for {
			var request abi.NetworkRequest
			n, err := syscall.Read(ends[1], packet)
			if err != nil || n == 0 {
				return
			}
			size := copy(unsafe.Slice((*byte)(unsafe.Pointer(&request)), unsafe.Sizeof(request)), packet[:n])
			if request.Operation != abi.NetResolve {
				t.Errorf("operation %d", request.Operation)
			}
			reply := abi.NetworkReply{Number: request.Number}
			status, text, answers := answer(string(packet[size:n]), request.Family)
			if !answers {
				continue
			}
			reply.Status = status
			answer := append(slices.Clone(unsafe.Slice((*byte)(unsafe.Pointer(&reply)), unsafe.Sizeof(reply))), text...)
			if _, err := syscall.Write(ends[1], answer); err != nil {
				return
			}
		}
	}()
	end = func() { syscall.Shutdown(ends[1], syscall.SHUT_RDWR) }
	t.Cleanup(func() {
		end()
		<-over
		<-over
		syscall.Close(ends[0])
		syscall.Close(ends[1])
	})
	return &net.Resolver{PreferGo: true, Dial: c.dialResolver}, end
}

// Go's resolver understands all that the host answers. It asks for both families at once.
func TestResolver(t *testing.T) {
	r, end := hosted(t, func(name string, family uint16) (uint32, string, bool) {
		switch name {
		case "many.example.":
			if family == abi.IPv4 {
				return abi.NetDone, addressed("::ffff:10.0.0.1", "::ffff:10.0.0.2"), true
			}
			return abi.NetDone, addressed("2001:db8::1"), true
		case "old.example.":
			if family == abi.IPv6 {
				return abi.NetDone, "", true
			}
			return abi.NetDone, addressed("::ffff:10.0.0.3"), true
		case "gone.example.":
			return abi.NetNotFound, "", true
		case "ill.example.":
			return abi.NetUnresolved, "server misbehaving badly", true
		case "late.example.":
			return 0, "", false
		}
		return abi.NetRefused, "", true
	})
	for name, want := range map[string]string{
		"many.example": "10.0.0.1 10.0.0.2 2001:db8::1",
		"old.example":  "10.0.0.3",
	} {
		got, err := r.LookupHost(t.Context(), name)
		if slices.Sort(got); err != nil || strings.Join(got, " ") != want {
			t.Errorf("%s: %v, %v", name, got, err)
		}
	}
	for name, want := range map[string]string{
		"gone.example":  "no such host",
		"ill.example":   "server misbehaving badly",
		"other.example": abi.RefusedHost,
	} {
		got, err := r.LookupHost(t.Context(), name)
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v, %v", name, got, err)
		}
		failed := (*net.DNSError)(nil)
		if errors.As(err, &failed); failed == nil || failed.IsNotFound != (name == "gone.example") {
			t.Errorf("%s: %#v", name, err)
		}
	}
	if texts, err := r.LookupTXT(t.Context(), "many.example"); len(texts) > 0 || err == nil {
		t.Errorf("texts: %q, %v", texts, err)
	}
	ctx, cancel := context.WithTimeout(t.Context(), 50*time.Millisecond)
	defer cancel()
	if got, err := r.LookupHost(ctx, "late.example"); err == nil || !strings.Contains(err.Error(), "timeout") {
		t.Errorf("a host that does not answer: %v, %v", got, err)
	}
	end()
	for range 2 {
		if got, err := r.LookupHost(t.Context(), "many.example"); err == nil || !strings.Contains(err.Error(), errHost.Error()) {
			t.Errorf("after the end of the host: %v, %v", got, err)
		}
	}
}
