package main

import (
	"context"
	"crypto/tls"
	"fmt"
	"io"
	"net"
	"net/http"
	"slices"
	"strings"
	"sync"
	"syscall"
	"time"
	"unsafe"

	"golang.org/x/sys/unix"

	_ "riffle/udfhost/guest/nethooks"
	_ "riffle/udfhost/guest/roots"
)

// use makes honest and other use of the network.
func use(what, argument string) (string, error) {
	switch what {
	case "dial":
		return outcome(dial("tcp", argument)), nil
	case "echo":
		return echo(argument)
	case "fetch":
		return fetch(http.DefaultClient, argument)
	case "trust": // a server of TLS without a known certificate
		return fetch(&http.Client{Transport: &http.Transport{TLSClientConfig: &tls.Config{InsecureSkipVerify: true}}}, argument)
	case "names":
		return names(argument), nil
	case "many":
		return many(argument)
	case "timeout":
		ctx, cancel := context.WithTimeout(context.Background(), 50*time.Millisecond)
		defer cancel()
		_, err := (&net.Dialer{}).DialContext(ctx, "tcp", argument)
		return outcome(err), nil
	case "bind": // an address of its own
		c, err := (&net.Dialer{LocalAddr: &net.TCPAddr{IP: net.IPv4(127, 0, 0, 1)}}).Dial("tcp", argument)
		if err == nil {
			c.Close()
		}
		return "", err
	case "attack":
		return attack(argument)
	}
	return "", fmt.Errorf("no use is called %s", what)
}

// echo sends a line to a server in two parts, closes its side, and returns what comes back.
func echo(address string) (string, error) {
	c, err := net.Dial("tcp", address)
	if err != nil {
		return "", err
	}
	defer c.Close()
	parts := net.Buffers{[]byte("hello "), []byte("server")} // one writev
	if _, err := parts.WriteTo(c); err != nil {
		return "", err
	}
	if _, err := io.Copy(c, strings.NewReader("!")); err != nil {
		return "", err
	}
	for _, set := range []error{
		c.(*net.TCPConn).SetLinger(5), c.(*net.TCPConn).SetNoDelay(false), c.(*net.TCPConn).SetKeepAlive(true),
		c.(*net.TCPConn).SetReadBuffer(1 << 16), c.(*net.TCPConn).SetWriteBuffer(1 << 16), c.SetDeadline(time.Now().Add(time.Minute)),
		c.(*net.TCPConn).CloseWrite(),
	} {
		if set != nil {
			return "", set
		}
	}
	text, err := io.ReadAll(c)
	return fmt.Sprintf("%s from %s", text, c.RemoteAddr()), err
}

func fetch(client *http.Client, url string) (string, error) {
	r, err := client.Get(url)
	if err != nil {
		return "", err
	}
	defer r.Body.Close()
	text, err := io.ReadAll(r.Body)
	return string(text), err
}

// names looks a name up in all ways that package net has.
func names(name string) string {
	var all []string
	add := func(what string, found any, err error) {
		if err != nil {
			found = err
		}
		all = append(all, fmt.Sprint(what, " ", found))
	}
	hosts, err := net.LookupHost(name)
	add("host", hosts, err)
	ips, err := net.LookupIP(name)
	add("ip", ips, err)
	four, err := net.DefaultResolver.LookupNetIP(context.Background(), "ip4", name)
	add("ip4", four, err)
	address, err := net.ResolveTCPAddr("tcp4", name+":80")
	add("address", address, err)
	texts, err := net.LookupTXT(name)
	add("txt", texts, err)
	return strings.Join(all, "; ")
}

// many has 300 connections at once.
func many(address string) (string, error) {
	var wg sync.WaitGroup
	var mu sync.Mutex
	outcomes := map[string]int{}
	ready := make(chan struct{})
	for range 300 {
		wg.Go(func() {
			c, err := net.Dial("tcp", address)
			if err == nil {
				defer c.Close()
			}
			mu.Lock()
			outcomes[outcome(err)]++
			n := 0
			for _, some := range outcomes {
				n += some
			}
			if n == 300 {
				close(ready)
			}
			mu.Unlock()
			<-ready
		})
	}
	wg.Wait()
	return fmt.Sprint(outcomes), nil
}

// attack connects to an allowed server, and then tries to use the socket for something else. Its answer has a line for
// each attempt.
func attack(addresses string) (string, error) {
	allowed, other, _ := strings.Cut(addresses, " ")
	c, err := net.Dial("tcp", allowed)
	if err != nil {
		return "", err
	}
	defer c.Close()
	raw, err := c.(*net.TCPConn).SyscallConn()
	if err != nil {
		return "", err
	}
	to, err := net.ResolveTCPAddr("tcp", other)
	if err != nil {
		return "", err
	}
	var lines []string
	raw.Control(func(fd uintptr) {
		attempts := socketAttempts(fd, unix.RawSockaddrInet4{Family: unix.AF_INET, Port: uint16(to.Port)>>8 | uint16(to.Port)<<8, Addr: [4]byte{127, 0, 0, 1}})
		for name, try := range attempts {
			lines = append(lines, name+": "+outcome(try()))
		}
	})
	slices.Sort(lines)
	return strings.Join(lines, "\n"), nil
}

// socketAttempts are system calls on a connected socket, or for another one, that would reach to.
func socketAttempts(fd uintptr, to unix.RawSockaddrInet4) map[string]func() error {
	const fastOpen = 0x20000000
	address, size := pointer(&to), unsafe.Sizeof(to)
	text := [1]byte{'x'}
	part := unix.Iovec{Base: &text[0], Len: 1}
	message := unix.Msghdr{Name: (*byte)(unsafe.Pointer(&to)), Namelen: uint32(size), Iov: &part, Iovlen: 1}
	plain := unix.Msghdr{Iov: &part, Iovlen: 1}
	several := struct {
		header unix.Msghdr
		length uint32
	}{message, 0}
	unspecified := unix.RawSockaddrInet4{}
	one := uint32(1)
	option := func(level, name uintptr) func() error {
		return raw(unix.SYS_SETSOCKOPT, fd, level, name, pointer(&one), 4)
	}
	socket := func(domain, kind, protocol uintptr) func() error {
		return raw(unix.SYS_SOCKET, domain, kind, protocol)
	}
	return map[string]func() error{
		"connect again":            raw(unix.SYS_CONNECT, fd, address, size),
		"disconnect":               raw(unix.SYS_CONNECT, fd, pointer(&unspecified), size),
		"connect the host's":       raw(unix.SYS_CONNECT, 7, address, size),
		"send to":                  raw(unix.SYS_SENDTO, fd, pointer(&text), 1, 0, address, size),
		"send to, fast open":       raw(unix.SYS_SENDTO, fd, pointer(&text), 1, fastOpen, address, size),
		"message, fast open":       raw(unix.SYS_SENDMSG, fd, pointer(&message), fastOpen),
		"message to the host":      raw(unix.SYS_SENDMSG, 7, pointer(&plain), 0),
		"messages":                 raw(unix.SYS_SENDMMSG, fd, pointer(&several), 1, fastOpen),
		"receive a message":        raw(unix.SYS_RECVMSG, fd, pointer(&plain), unix.MSG_CMSG_CLOEXEC|unix.MSG_DONTWAIT),
		"receive with other flags": raw(unix.SYS_RECVMSG, 7, pointer(&plain), unix.MSG_DONTWAIT),
		"receive from":             raw(unix.SYS_RECVFROM, fd, pointer(&text), 1, unix.MSG_DONTWAIT, 0, 0),
		"bind":                     raw(unix.SYS_BIND, fd, address, size),
		"listen":                   raw(unix.SYS_LISTEN, fd, 1),
		"accept":                   raw(unix.SYS_ACCEPT4, fd, 0, 0, 0),
		"dup":                      raw(unix.SYS_DUP, fd),
		"dup over the host's":      raw(unix.SYS_DUP3, fd, 7, 0),
		"dup by fcntl":             raw(unix.SYS_FCNTL, fd, unix.F_DUPFD, 0),
		"own the socket":           raw(unix.SYS_FCNTL, fd, unix.F_SETOWN, 1),
		"interfaces":               raw(unix.SYS_IOCTL, fd, unix.SIOCGIFCONF, pointer(&page)),
		"fast open connect":        option(unix.IPPROTO_TCP, unix.TCP_FASTOPEN_CONNECT),
		"repair":                   option(unix.IPPROTO_TCP, unix.TCP_REPAIR),
		"protocol on top":          option(unix.IPPROTO_TCP, unix.TCP_ULP),
		"device":                   option(unix.SOL_SOCKET, unix.SO_BINDTODEVICE),
		"mark":                     option(unix.SOL_SOCKET, unix.SO_MARK),
		"filter":                   option(unix.SOL_SOCKET, unix.SO_ATTACH_FILTER),
		"options of IP":            option(unix.IPPROTO_IP, unix.IP_OPTIONS),
		"another option":           option(unix.SOL_SOCKET, unix.SO_REUSEPORT),
		"a wide option":            option(1<<32|unix.SOL_SOCKET, unix.SO_KEEPALIVE),
		"credentials":              raw(unix.SYS_GETSOCKOPT, 7, unix.SOL_SOCKET, unix.SO_PEERCRED, pointer(&page), pointer(&one)),
		"tcp socket":               socket(unix.AF_INET, unix.SOCK_STREAM, 0),
		"tcp socket, IPv6":         socket(unix.AF_INET6, unix.SOCK_STREAM, 0),
		"udp socket":               socket(unix.AF_INET, unix.SOCK_DGRAM, 0),
		"raw socket":               socket(unix.AF_INET, unix.SOCK_RAW, unix.IPPROTO_ICMP),
		"multipath":                socket(unix.AF_INET, unix.SOCK_STREAM, unix.IPPROTO_MPTCP),
		"unix socket":              socket(unix.AF_UNIX, unix.SOCK_STREAM, 0),
		"netlink socket":           socket(unix.AF_NETLINK, unix.SOCK_RAW, 0),
		"packet socket":            socket(unix.AF_PACKET, unix.SOCK_RAW, 0),
		"vsock":                    socket(unix.AF_VSOCK, unix.SOCK_STREAM, 0),
		"crypto socket":            socket(unix.AF_ALG, unix.SOCK_SEQPACKET, 0),
		"pair":                     raw(unix.SYS_SOCKETPAIR, unix.AF_UNIX, unix.SOCK_STREAM, 0, pointer(&page)),
		"io_uring":                 raw(unix.SYS_IO_URING_SETUP, 1, pointer(&page)),
		"take a descriptor":        raw(unix.SYS_PIDFD_GETFD, 3, 0, 0),
		"fork":                     raw(unix.SYS_CLONE, uintptr(syscall.SIGCHLD)),
		"udp by net":               func() error { return dial("udp", "127.0.0.1:53") },
		"unix by net":              func() error { return dial("unix", "@/tmp/.X11-unix/X0") },
		"listen by net":            listen,
	}
}
