package guest

import (
	"context"
	"errors"
	"net"
	"net/netip"
	"os"
	"slices"
	"sync"
	"time"
	"unsafe"

	"golang.org/x/sys/unix"

	"riffle/udfhost/guest/abi"
)

// connector opens TCP connections for one guest. The guest asks for a socket, and then for a connection of it. Between
// the two, the connector keeps its own reference to the socket. It compares the address in its own memory with the list
// and connects the socket itself, so a guest cannot change anything in between. Afterwards the socket is the guest's
// alone.
//
//	guest ── NetSocket ──► connector: socket(2) ──► guest has it, not connected
//	guest ── NetConnect ─► connector: allowed? connect(2) ──► guest waits for its connection
type connector struct {
	network  Network
	conn     *net.UnixConn
	resolver *net.Resolver
	ctx      context.Context // ends with the guest
	end      context.CancelFunc
	working  sync.WaitGroup
	lookups  chan struct{} // has a token for each lookup in progress

	last    uint64   // number of the last socket
	sockets []socket // that are not connected yet, the oldest first; used by serve alone

	mu       sync.Mutex
	resolved map[resolution]time.Time
}

// socket is one that waits to be connected.
type socket struct {
	number uint64
	fd     int
	family uint16
}

// resolution is an address that a name had.
type resolution struct {
	name string
	addr netip.Addr
}

const (
	// maxSockets is how many sockets of a guest wait to be connected. When there are more, the oldest is dropped.
	maxSockets = 1024
	// maxLookups is how many names are looked up at a time for a guest.
	maxLookups = 32
	// lookupTimeout is how long the lookup of a name may take. Go's resolver in the guest gives up earlier.
	lookupTimeout = 10 * time.Second
	// resolutionTime is how long after a lookup an address counts as one of the name.
	resolutionTime = 10 * time.Minute
)

// newConnector returns a connector, which has begun to serve, and the guest's end of its socket.
func newConnector(network Network) (*connector, *os.File, error) {
	ends, err := unix.Socketpair(unix.AF_UNIX, unix.SOCK_SEQPACKET|unix.SOCK_CLOEXEC, 0)
	if err != nil {
		return nil, nil, os.NewSyscallError("socketpair", err)
	}
	theirs, ours := os.NewFile(uintptr(ends[0]), "network"), os.NewFile(uintptr(ends[1]), "network")
	defer ours.Close() // conn is a copy
	conn, err := net.FileConn(ours)
	if err != nil {
		theirs.Close()
		return nil, nil, err
	}
	ctx, cancel := context.WithCancel(context.Background())
	c := &connector{
		network: network, conn: conn.(*net.UnixConn), resolver: net.DefaultResolver, ctx: ctx, end: cancel,
		lookups: make(chan struct{}, maxLookups), resolved: map[resolution]time.Time{},
	}
	c.working.Go(c.serve)
	return c, theirs, nil
}

// close ends the connector. Connections of the guest stay open.
func (c *connector) close() error {
	c.end()
	err := c.conn.Close()
	if errors.Is(err, net.ErrClosed) { // serve has closed it
		err = nil
	}
	c.working.Wait()
	for _, s := range c.sockets {
		unix.Close(s.fd)
	}
	c.sockets = nil
	return err
}

// serve answers the guest's requests until either side closes the socket.
func (c *connector) serve() {
	packet := make([]byte, abi.MaxPacket)
	for {
		n, err := c.conn.Read(packet)
		if err != nil || n < int(unsafe.Sizeof(abi.NetworkRequest{})) {
			c.conn.Close() // of a guest that does not speak the protocol
			return
		}
		var request abi.NetworkRequest
		size := copy(unsafe.Slice((*byte)(unsafe.Pointer(&request)), unsafe.Sizeof(request)), packet[:n])
		if !c.handle(request, string(packet[size:n])) {
			c.conn.Close()
			return
		}
	}
}

// handle answers a request. It returns false if the guest cannot be answered.
func (c *connector) handle(request abi.NetworkRequest, name string) bool {
	reply := abi.NetworkReply{Number: request.Number}
	switch request.Operation {
	case abi.NetSocket:
		fd, errno := c.newSocket(request.Family)
		if errno != 0 {
			reply.Status, reply.Errno = abi.NetFailed, uint32(errno)
			return c.reply(reply, nil)
		}
		reply.Socket = c.last
		return c.reply(reply, nil, fd)
	case abi.NetConnect:
		allowed, errno := c.connect(request)
		switch {
		case !allowed:
			reply.Status = abi.NetRefused
		case errno != 0:
			reply.Status, reply.Errno = abi.NetFailed, uint32(errno)
		}
		return c.reply(reply, nil)
	case abi.NetResolve:
		if !c.network.names(name) {
			reply.Status = abi.NetRefused
			return c.reply(reply, nil)
		}
		select {
		case c.lookups <- struct{}{}:
		case <-c.ctx.Done():
			return false
		}
		c.working.Go(func() {
			defer func() { <-c.lookups }()
			status, text := c.resolve(normalName(name), request.Family)
			c.reply(abi.NetworkReply{Number: request.Number, Status: status}, text) // serve notices a guest that has ended
		})
		return true
	}
	return false
}

// reply sends a reply with its text, and a file.
func (c *connector) reply(reply abi.NetworkReply, text []byte, fds ...int) bool {
	packet := append([]byte(nil), unsafe.Slice((*byte)(unsafe.Pointer(&reply)), unsafe.Sizeof(reply))...)
	packet = append(packet, text...)
	var rights []byte
	if len(fds) > 0 {
		rights = unix.UnixRights(fds...)
	}
	_, _, err := c.conn.WriteMsgUnix(packet, rights, nil)
	return err == nil
}

// newSocket creates a TCP socket that does not block.
func (c *connector) newSocket(family uint16) (int, unix.Errno) {
	domain := unix.AF_INET
	switch family {
	case abi.IPv4:
	case abi.IPv6:
		domain = unix.AF_INET6
	default:
		return 0, unix.EAFNOSUPPORT
	}
	if len(c.sockets) == maxSockets {
		unix.Close(c.sockets[0].fd)
		c.sockets = slices.Delete(c.sockets, 0, 1)
	}
	fd, err := unix.Socket(domain, unix.SOCK_STREAM|unix.SOCK_NONBLOCK|unix.SOCK_CLOEXEC, unix.IPPROTO_TCP)
	if err != nil {
		return 0, errnoOf(err)
	}
	c.last++
	c.sockets = append(c.sockets, socket{c.last, fd, family})
	return fd, 0
}

// connect begins to connect a socket, if the list has the address. In either case the connector does not keep the
// socket.
func (c *connector) connect(request abi.NetworkRequest) (allowed bool, errno unix.Errno) {
	i := slices.IndexFunc(c.sockets, func(s socket) bool { return s.number == request.Socket })
	if i < 0 {
		return true, unix.EBADF
	}
	s := c.sockets[i]
	c.sockets = slices.Delete(c.sockets, i, i+1)
	defer unix.Close(s.fd)
	to := netip.AddrPortFrom(hostOf(netip.AddrFrom16(request.Address)), request.Port)
	if !c.network.allows(to, c.hasResolved) {
		return false, 0
	}
	var address unix.Sockaddr = &unix.SockaddrInet6{Port: int(request.Port), Addr: to.Addr().As16()}
	if s.family == abi.IPv4 {
		if !to.Addr().Is4In6() {
			return true, unix.EAFNOSUPPORT
		}
		address = &unix.SockaddrInet4{Port: int(request.Port), Addr: to.Addr().Unmap().As4()}
	}
	if err := unix.Connect(s.fd, address); err != nil {
		return true, errnoOf(err) // as a rule EINPROGRESS
	}
	return true, 0
}

// hostOf returns the address to connect to for an address. The kernel takes an unspecified one for this machine's.
func hostOf(addr netip.Addr) netip.Addr {
	switch {
	case addr.IsUnspecified():
		return netip.IPv6Loopback()
	case addr.Unmap().IsUnspecified():
		return netip.AddrFrom16([16]byte{10: 0xff, 11: 0xff, 12: 127, 15: 1})
	}
	return addr
}

func errnoOf(err error) unix.Errno {
	errno := unix.EIO
	errors.As(err, &errno)
	return errno
}

// hasResolved reports whether a lookup has lately found the address for a name.
func (c *connector) hasResolved(name string, addr netip.Addr) bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	at, found := c.resolved[resolution{name, addr}]
	return found && time.Since(at) < resolutionTime
}

// resolve looks a name of the list up, in its normal form, with the resolver of this machine.
func (c *connector) resolve(name string, family uint16) (status uint32, text []byte) {
	ctx, cancel := context.WithTimeout(c.ctx, lookupTimeout)
	defer cancel()
	network := "ip4"
	if family == abi.IPv6 {
		network = "ip6"
	}
	addrs, err := c.resolver.LookupNetIP(ctx, network, name)
	if failed := (*net.DNSError)(nil); errors.As(err, &failed) {
		if failed.IsNotFound {
			return abi.NetNotFound, nil
		}
		return abi.NetUnresolved, limitText(failed.Err)
	}
	if none := (*net.AddrError)(nil); errors.As(err, &none) { // the name has addresses of the other family
		return abi.NetDone, nil
	}
	if err != nil {
		return abi.NetUnresolved, limitText(err.Error())
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	for known, at := range c.resolved {
		if time.Since(at) >= resolutionTime {
			delete(c.resolved, known)
		}
	}
	for _, addr := range addrs[:min(len(addrs), maxAddresses)] {
		addr = addr.Unmap().WithZone("")
		c.resolved[resolution{name, addr}] = time.Now()
		bytes := addr.As16()
		text = append(text, bytes[:]...)
	}
	return abi.NetDone, text
}

// maxAddresses is how many addresses of a name the guest gets, which fit into a packet.
const maxAddresses = 32

// limitText cuts a text to what fits into a packet.
func limitText(text string) []byte { return []byte(text[:min(len(text), abi.MaxPacket/2)]) }

// rootFiles are the files in which systems keep the certificates of the authorities that they trust, as Go's
// crypto/x509 looks for them (root_linux.go).
var rootFiles = [...]string{
	"/etc/ssl/certs/ca-certificates.crt",                // Debian, Ubuntu, Gentoo, Arch
	"/etc/pki/tls/certs/ca-bundle.crt",                  // Fedora, RHEL 6
	"/etc/ssl/ca-bundle.pem",                            // openSUSE
	"/etc/pki/tls/cacert.pem",                           // OpenELEC
	"/etc/pki/ca-trust/extracted/pem/tls-ca-bundle.pem", // CentOS, RHEL 7
	"/etc/ssl/cert.pem",                                 // Alpine
}

// openRoots opens the file of certificates that a guest gets. It returns nil if this machine has none.
func openRoots() *os.File {
	files := rootFiles[:]
	if own := os.Getenv("SSL_CERT_FILE"); own != "" {
		files = []string{own}
	}
	for _, path := range files {
		if file, err := os.Open(path); err == nil {
			return file
		}
	}
	return nil
}
