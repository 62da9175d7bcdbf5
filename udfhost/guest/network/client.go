//go:build linux

// Package network gives the functions of a confined guest the connections that the host allows. It is linked into
// programs whose code imports package net.
//
// Code that uses package net works unchanged:
//
//	net.Dial ── names ─────► net.DefaultResolver ── DNS messages ──► resolver ─┐
//	        └── addresses ─► package net's socket and connect ───────► client ─┴─ abi.NetworkFD ──► host
//
// The host creates and connects each socket, and passes it to the guest. Nothing here decides what is allowed.
package network

import (
	"errors"
	"net"
	"sync"
	"syscall"
	"unsafe"

	"riffle/udfhost/guest/abi"
	_ "riffle/udfhost/guest/runtime" // which confines the process before this package is initialized
)

// Install makes package net use the host's connections, if this process is a guest that may use the network. socket
// and connect are package net's variables for these system calls; ok is false if this Go has no such variables.
func Install(socket *func(family, kind, protocol int) (int, error), connect *func(int, syscall.Sockaddr) error) (ok bool) {
	if _, allowed := syscall.Getenv(abi.NetworkVariable); !allowed {
		return true
	}
	if *socket == nil || *connect == nil {
		return false
	}
	c := newClient(abi.NetworkFD)
	go c.receive()
	systems := *socket
	*socket = func(family, kind, protocol int) (int, error) {
		if kind&(syscall.SOCK_STREAM|syscall.SOCK_DGRAM|syscall.SOCK_RAW) != syscall.SOCK_STREAM {
			return systems(family, kind, protocol)
		}
		switch family {
		case syscall.AF_INET:
			return c.socket(abi.IPv4)
		case syscall.AF_INET6:
			return c.socket(abi.IPv6)
		}
		return systems(family, kind, protocol) // which the jail denies
	}
	*connect = c.connect
	net.DefaultResolver = &net.Resolver{PreferGo: true, Dial: c.dialResolver}
	return true
}

// client asks the host. Its methods may be called by several goroutines.
type client struct {
	fd int

	mu      sync.Mutex
	last    uint32                 // number of the last request
	waiting map[uint32]chan answer // by the number of the request
	sockets map[int]uint64         // the host's numbers of sockets that are not connected, by file
	ended   bool
}

// answer is a reply of the host, with its text and its file; -1: none.
type answer struct {
	abi.NetworkReply
	text string
	file int
}

func newClient(fd int) *client {
	return &client{fd: fd, waiting: map[uint32]chan answer{}, sockets: map[int]uint64{}}
}

// errHost is the error if the host does not answer, as at its end.
var errHost = errors.New("riffle does not open connections for this process any more")

// ask sends a request. Its answer comes from the channel, which is closed if there will be none.
func (c *client) ask(request abi.NetworkRequest, name string) <-chan answer {
	reply := make(chan answer, 1)
	c.mu.Lock()
	if c.ended {
		c.mu.Unlock()
		close(reply)
		return reply
	}
	c.last++
	request.Number = c.last
	c.waiting[request.Number] = reply
	c.mu.Unlock()
	packet := append([]byte(nil), unsafe.Slice((*byte)(unsafe.Pointer(&request)), unsafe.Sizeof(request))...)
	packet = append(packet, name...)
	for {
		_, err := syscall.Write(c.fd, packet)
		if err == syscall.EINTR {
			continue
		}
		if err != nil {
			c.end()
		}
		return reply
	}
}

// receive passes replies to those who wait for them, as long as the host sends some.
func (c *client) receive() {
	packet := make([]byte, abi.MaxPacket)
	rights := make([]byte, syscall.CmsgSpace(4))
	for {
		n, nRights, _, _, err := syscall.Recvmsg(c.fd, packet, rights, syscall.MSG_CMSG_CLOEXEC)
		if err == syscall.EINTR {
			continue
		}
		a := answer{file: -1}
		if err != nil || n < int(unsafe.Sizeof(a.NetworkReply)) {
			c.end()
			return
		}
		size := copy(unsafe.Slice((*byte)(unsafe.Pointer(&a.NetworkReply)), unsafe.Sizeof(a.NetworkReply)), packet[:n])
		a.text, a.file = string(packet[size:n]), fileOf(rights[:nRights])
		c.mu.Lock()
		reply := c.waiting[a.Number]
		delete(c.waiting, a.Number)
		c.mu.Unlock()
		if reply != nil {
			reply <- a
		} else if a.file >= 0 {
			syscall.Close(a.file)
		}
	}
}

// fileOf returns the file that came with a packet, or -1.
func fileOf(rights []byte) int {
	messages, err := syscall.ParseSocketControlMessage(rights)
	if err != nil || len(messages) == 0 {
		return -1
	}
	files, err := syscall.ParseUnixRights(&messages[0])
	if err != nil || len(files) == 0 {
		return -1
	}
	return files[0]
}

// end fails all requests, now and later.
func (c *client) end() {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.ended = true
	for _, reply := range c.waiting {
		close(reply)
	}
	clear(c.waiting)
}

// socket returns a new TCP socket.
func (c *client) socket(family uint16) (int, error) {
	a, ok := <-c.ask(abi.NetworkRequest{Operation: abi.NetSocket, Family: family}, "")
	switch {
	case !ok:
		return -1, errHost
	case a.Status != abi.NetDone:
		return -1, syscall.Errno(a.Errno)
	case a.file < 0: // the process has too many files
		return -1, syscall.EMFILE
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	c.sockets[a.file] = a.Socket
	return a.file, nil
}

// connect begins to connect a socket.
func (c *client) connect(file int, to syscall.Sockaddr) error {
	request := abi.NetworkRequest{Operation: abi.NetConnect}
	switch to := to.(type) {
	case *syscall.SockaddrInet4:
		request.Address = [16]byte{10: 0xff, 11: 0xff, 12: to.Addr[0], 13: to.Addr[1], 14: to.Addr[2], 15: to.Addr[3]}
		request.Port = uint16(to.Port)
	case *syscall.SockaddrInet6:
		request.Address, request.Port = to.Addr, uint16(to.Port)
	default:
		return syscall.EPERM
	}
	c.mu.Lock()
	request.Socket = c.sockets[file]
	delete(c.sockets, file)
	c.mu.Unlock()
	a, ok := <-c.ask(request, "")
	switch {
	case !ok:
		return errHost
	case a.Status == abi.NetRefused:
		return refused{}
	case a.Status == abi.NetFailed:
		return syscall.Errno(a.Errno)
	}
	return nil
}

// refused is the error for hosts and ports that the setting does not have.
type refused struct{}

func (refused) Error() string { return abi.RefusedHost }

// Is makes it an error of permission for errors.Is.
func (refused) Is(target error) bool { return syscall.EPERM.Is(target) || target == syscall.EPERM }
