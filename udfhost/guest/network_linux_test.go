package guest

import (
	"bytes"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"os"
	"strings"
	"testing"
	"unsafe"

	"github.com/apache/arrow/go/v15/arrow"
	"golang.org/x/sys/unix"

	"riffle/udfhost/guest/abi"
)

func parseNetwork(t *testing.T, text string) Network {
	t.Helper()
	n, err := ParseNetwork(text)
	if err != nil {
		t.Fatal(err)
	}
	return n
}

// tryFails makes a call that must fail, and returns the error.
func tryFails(t *testing.T, p *Process, name string) string {
	t.Helper()
	got, err := p.Call(t.Context(), tryFunction, []arrow.Array{texts(name)}, 1)
	if err == nil {
		t.Fatalf("%s: %v", name, got)
	}
	return err.Error()
}

// echoServer sends back what it gets, and reports its address. Connections that it gets are counted.
func echoServer(t *testing.T, address string) (*net.TCPListener, chan string) {
	t.Helper()
	l, err := net.Listen("tcp", address)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { l.Close() })
	got := make(chan string, 1000)
	go func() {
		for {
			c, err := l.Accept()
			if err != nil {
				return
			}
			got <- c.RemoteAddr().String()
			go func() { io.Copy(c, c); c.Close() }()
		}
	}()
	return l.(*net.TCPListener), got
}

func portOf(l net.Listener) int { return l.Addr().(*net.TCPAddr).Port }

// Code that uses package net works with the hosts that are listed, by address and by name, with HTTP and TLS, and gets
// errors that name the setting for others.
func TestNetwork(t *testing.T) {
	program := escaper(t)
	open, _ := echoServer(t, "127.0.0.1:0")
	six, _ := echoServer(t, "[::1]:0")
	closed, visits := echoServer(t, "127.0.0.1:0")
	site := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path == "/away" {
			http.Redirect(w, r, fmt.Sprintf("http://127.0.0.1:%d/", portOf(closed)), http.StatusFound)
			return
		}
		fmt.Fprint(w, "page ", r.URL.Path)
	}))
	defer site.Close()
	safe := httptest.NewTLSServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { fmt.Fprint(w, "secret") }))
	defer safe.Close()
	host := func(url string) string { _, rest, _ := strings.Cut(url, "://"); return rest }
	list := fmt.Sprintf("%s, %s, localhost:%d, %s, %s", open.Addr(), six.Addr(), portOf(open), host(site.URL), host(safe.URL))
	p := startProgram(t, program, Options{Memory: DefaultMemory, RowTimeout: DefaultRowTimeout, Network: parseNetwork(t, list)})
	for name, want := range map[string]string{
		"dial => " + open.Addr().String():                            "ok",
		"echo => " + open.Addr().String():                            "hello server! from " + open.Addr().String(),
		"echo => " + six.Addr().String():                             "hello server! from " + six.Addr().String(),
		fmt.Sprintf("dial => [::ffff:127.0.0.1]:%d", portOf(open)):   "ok",
		fmt.Sprintf("dial => :%d", portOf(open)):                     "ok", // this machine
		fmt.Sprintf("echo => LocalHost:%d", portOf(open)):            "hello server! from " + open.Addr().String(),
		"fetch => " + site.URL + "/a":                                "page /a",
		"trust => " + safe.URL:                                       "secret",
		"many => " + open.Addr().String():                            "map[ok:300]",
		"dial => " + closed.Addr().String():                          "dial tcp " + closed.Addr().String() + ": connect: not in riffle.functions.network",
		fmt.Sprintf("dial => localhost:%d", portOf(closed)):          "connect: not in riffle.functions.network",
		fmt.Sprintf("dial => 0.0.0.0:%d", portOf(closed)):            "connect: not in riffle.functions.network",
		fmt.Sprintf("dial => [::ffff:127.0.0.1]:%d", portOf(closed)): "connect: not in riffle.functions.network",
		fmt.Sprintf("dial => 127.0.0.2:%d", portOf(open)):            "connect: not in riffle.functions.network",
		fmt.Sprintf("dial => 10.1.2.3:%d", portOf(open)):             "connect: not in riffle.functions.network",
		"timeout => " + closed.Addr().String():                       "not in riffle.functions.network",
		"read a file":                                                "open /etc/passwd: " + denied,
		"udp":                                                        "dial udp 127.0.0.1:9: socket: " + denied,
		"listen":                                                     "listen tcp 127.0.0.1:0: setsockopt: " + denied,
	} {
		if got := try(t, p, name); !strings.HasSuffix(got, want) {
			t.Errorf("%s: %s", name, got)
		}
	}
	known := try(t, p, "names => localhost")
	for _, want := range []string{"host [127.0.0.1", "ip [127.0.0.1", "ip4 [127.0.0.1]", "address 127.0.0.1:80"} {
		if !strings.Contains(known, want) {
			t.Errorf("names: no %q in %s", want, known)
		}
	}
	for line := range strings.SplitSeq(try(t, p, "names => example.com"), "; ") {
		if !strings.HasPrefix(line, "txt ") && !strings.Contains(line, "not in riffle.functions.network") {
			t.Errorf("another name: %s", line)
		}
	}
	setting := "(SET 'riffle.functions.network' = '" + list + ", %s' adds it)"
	for name, want := range map[string]string{
		"fetch => " + site.URL + "/away": `Get "http://` + closed.Addr().String() + `/": dial tcp ` + closed.Addr().String() +
			": connect: not in riffle.functions.network " + fmt.Sprintf(setting, closed.Addr()),
		"fetch => https://example.com/x": `Get "https://example.com/x": dial tcp: lookup example.com: not in riffle.functions.network ` +
			fmt.Sprintf(setting, "example.com:443"),
		"bind => " + open.Addr().String(): "->" + open.Addr().String() + ": bind: " + denied +
			" (functions run without files, network and other programs; SET 'riffle.functions.jail' = 'off' allows them)", // the host is listed
		"fetch => " + safe.URL: "tls: failed to verify certificate: x509: certificate signed by unknown authority",
	} {
		if got := tryFails(t, p, name); !strings.HasSuffix(got, want) {
			t.Errorf("%s:\ngot  %s\nwant %s", name, got, want)
		}
	}
	if len(visits) > 0 {
		t.Errorf("the server that is not listed had visits from %s", <-visits)
	}
}

// Without the setting, the error of a function that connects names it.
func TestNetworkIsClosed(t *testing.T) {
	p := startProgram(t, escaper(t), Options{})
	for name, want := range map[string]string{
		"fetch => http://127.0.0.1:9/": `dial tcp 127.0.0.1:9: socket: operation not permitted (functions run without network; SET 'riffle.functions.network' = '127.0.0.1:9' lets them connect)`,
		"fetch => http://example.com/": `dial tcp: lookup example.com: operation not permitted (functions run without network; SET 'riffle.functions.network' = 'example.com:80' lets them connect)`,
		"echo => db.example:5432":      `dial tcp: lookup db.example: operation not permitted (functions run without network; SET 'riffle.functions.network' = 'db.example:PORT' lets them connect)`,
	} {
		if got := tryFails(t, p, name); !strings.HasSuffix(got, want) {
			t.Errorf("%s:\ngot  %s\nwant %s", name, got, want)
		}
	}
}

// A function with a network has no other way out than one without, and cannot use its connections to reach others.
func TestNetworkEscapes(t *testing.T) {
	program := escaper(t)
	open, _ := echoServer(t, "127.0.0.1:0")
	closed, visits := echoServer(t, "127.0.0.1:0")
	networked := startProgram(t, program, Options{Network: parseNetwork(t, open.Addr().String())})
	allowed := map[string]string{
		"tcp":     "not in riffle.functions.network",
		"a name":  "not in riffle.functions.network",
		"vectors": "", // writev, which is a write
	}
	tried := 0
	for name := range strings.SplitSeq(try(t, networked, "list"), ",") {
		name = strings.TrimSuffix(name, "+")
		want, special := allowed[name]
		if !special {
			want = denied
		}
		if got := try(t, networked, name); !strings.HasSuffix(got, want) {
			t.Errorf("%s: %s", name, got)
		}
		tried++
	}
	attacks := try(t, networked, "attack => "+open.Addr().String()+" "+closed.Addr().String())
	for line := range strings.SplitSeq(attacks, "\n") {
		if !strings.HasSuffix(line, denied) {
			t.Error(line)
		}
		tried++
	}
	if tried < 130 {
		t.Errorf("only %d attempts", tried)
	}
	if len(visits) > 0 {
		t.Errorf("the server that is not listed had visits from %s", <-visits)
	}
}

// forger speaks to a connector as a hostile guest might.
type forger struct {
	t    *testing.T
	file *os.File
	last uint32
}

func newForger(t *testing.T, network string) forger {
	t.Helper()
	c, theirs, err := newConnector(parseNetwork(t, network))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		theirs.Close()
		if err := c.close(); err != nil {
			t.Error(err)
		}
	})
	return forger{t: t, file: theirs}
}

// ask sends a request and returns the reply, its text and its file.
func (f *forger) ask(request abi.NetworkRequest, name string) (abi.NetworkReply, string, int) {
	f.t.Helper()
	f.last++
	request.Number = f.last
	f.send(append(bytes.Clone(unsafe.Slice((*byte)(unsafe.Pointer(&request)), unsafe.Sizeof(request))), name...))
	var reply abi.NetworkReply
	packet, rights := make([]byte, abi.MaxPacket), make([]byte, unix.CmsgSpace(4))
	n, nRights, _, _, err := unix.Recvmsg(int(f.file.Fd()), packet, rights, unix.MSG_CMSG_CLOEXEC)
	if err != nil || n < int(unsafe.Sizeof(reply)) {
		f.t.Fatalf("%d bytes, %v", n, err)
	}
	copy(unsafe.Slice((*byte)(unsafe.Pointer(&reply)), unsafe.Sizeof(reply)), packet)
	if reply.Number != request.Number {
		f.t.Fatalf("the reply to %d has number %d", request.Number, reply.Number)
	}
	fd := -1
	if nRights > 0 {
		messages, err := unix.ParseSocketControlMessage(rights[:nRights])
		if err != nil {
			f.t.Fatal(err)
		}
		fds, err := unix.ParseUnixRights(&messages[0])
		if err != nil || len(fds) != 1 {
			f.t.Fatal(fds, err)
		}
		fd = fds[0]
	}
	return reply, string(packet[unsafe.Sizeof(reply):n]), fd
}

func (f *forger) send(packet []byte) {
	f.t.Helper()
	if _, err := unix.Write(int(f.file.Fd()), packet); err != nil {
		f.t.Fatal(err)
	}
}

// connect asks for a socket and for its connection to an address, and returns the outcome.
func (f *forger) connect(family uint16, to netip.AddrPort) string {
	f.t.Helper()
	reply, _, fd := f.ask(abi.NetworkRequest{Operation: abi.NetSocket, Family: family}, "")
	if reply.Status != abi.NetDone || fd < 0 {
		return fmt.Sprint("no socket: ", unix.Errno(reply.Errno))
	}
	defer unix.Close(fd)
	request := abi.NetworkRequest{Operation: abi.NetConnect, Socket: reply.Socket, Address: to.Addr().As16(), Port: to.Port()}
	outcome := f.outcome(request)
	if again := f.outcome(request); again != "bad file descriptor" {
		f.t.Errorf("a second connection of one socket: %s", again)
	}
	return outcome
}

func (f *forger) outcome(request abi.NetworkRequest) string {
	f.t.Helper()
	reply, _, fd := f.ask(request, "")
	switch {
	case fd >= 0:
		unix.Close(fd)
		return "a file"
	case reply.Status == abi.NetRefused:
		return "refused"
	case reply.Status == abi.NetFailed:
		return unix.Errno(reply.Errno).Error()
	}
	return "ok"
}

// What a guest asks for is compared with the list in every form that an address has.
func TestForgedConnections(t *testing.T) {
	open, _ := echoServer(t, "127.0.0.1:0")
	closed, visits := echoServer(t, "127.0.0.1:0")
	f := newForger(t, open.Addr().String())
	port, other := uint16(portOf(open)), uint16(portOf(closed))
	for _, test := range []struct {
		family  uint16
		address string
		port    uint16
		want    string
	}{
		{abi.IPv4, "127.0.0.1", port, "operation now in progress"},
		{abi.IPv4, "::ffff:127.0.0.1", port, "operation now in progress"},
		{abi.IPv6, "::ffff:127.0.0.1", port, "operation now in progress"},
		{abi.IPv4, "127.0.0.1", other, "refused"},
		{abi.IPv6, "::ffff:127.0.0.1", other, "refused"},
		{abi.IPv6, "::127.0.0.1", port, "refused"},     // the deprecated form is another address
		{abi.IPv6, "64:ff9b::7f00:1", port, "refused"}, // a translator's
		{abi.IPv4, "127.0.0.2", port, "refused"},
		{abi.IPv4, "0.0.0.0", port, "operation now in progress"}, // this machine
		{abi.IPv4, "0.0.0.0", other, "refused"},
		{abi.IPv6, "::", port, "refused"},
		{abi.IPv6, "::1", port, "refused"},
		{abi.IPv4, "127.0.0.1", 0, "refused"},
		{0, "127.0.0.1", port, "no socket: address family not supported by protocol"},
		{unix.AF_UNIX, "127.0.0.1", port, "no socket: address family not supported by protocol"},
	} {
		to := netip.AddrPortFrom(netip.MustParseAddr(test.address), test.port)
		if got := f.connect(test.family, to); got != test.want && !(got == "ok" && strings.Contains(test.want, "progress")) {
			t.Errorf("IPv%d %v: %s", test.family, to, got)
		}
	}
	if len(visits) > 0 {
		t.Errorf("the server that is not listed had visits from %s", <-visits)
	}
	for _, number := range []uint64{0, 1, 1 << 60} { // of no socket, of one that is used up, and of none yet
		if got := f.outcome(abi.NetworkRequest{Operation: abi.NetConnect, Socket: number}); got != "bad file descriptor" {
			t.Errorf("socket %d: %s", number, got)
		}
	}
}

// An address counts as one of a name only after a lookup of the name, and only with the name's ports.
func TestForgedNames(t *testing.T) {
	open, _ := echoServer(t, "127.0.0.1:0")
	f := newForger(t, fmt.Sprintf("localhost:%d, other.example:99", portOf(open)))
	to := netip.AddrPortFrom(netip.MustParseAddr("127.0.0.1"), uint16(portOf(open)))
	if got := f.connect(abi.IPv4, to); got != "refused" {
		t.Errorf("before a lookup: %s", got)
	}
	for name, want := range map[string]uint32{
		"localhost.": abi.NetDone, "LOCALHOST": abi.NetDone, "example.com": abi.NetRefused, "localhost.example.com": abi.NetRefused,
		"": abi.NetRefused, "localhost\x00.example": abi.NetRefused, strings.Repeat("a", 700): abi.NetRefused, "127.0.0.1": abi.NetRefused,
	} {
		reply, text, _ := f.ask(abi.NetworkRequest{Operation: abi.NetResolve, Family: abi.IPv4}, name)
		if reply.Status != want || want == abi.NetDone && !strings.HasSuffix(text, "\xff\xff\x7f\x00\x00\x01") {
			t.Errorf("%q: status %d, %x", name, reply.Status, text)
		}
	}
	if got := f.connect(abi.IPv4, to); got != "operation now in progress" && got != "ok" {
		t.Errorf("after a lookup: %s", got)
	}
	if got := f.connect(abi.IPv4, netip.AddrPortFrom(to.Addr(), 99)); got != "refused" {
		t.Errorf("the port of another name: %s", got)
	}
}

// A guest that asks for sockets and never connects them does not use up the host's files. Packets that are no requests
// end the conversation, and not the host.
func TestForgedPackets(t *testing.T) {
	f := newForger(t, "127.0.0.1:9")
	before := openFileCount(t)
	for range 2 * maxSockets {
		_, _, fd := f.ask(abi.NetworkRequest{Operation: abi.NetSocket, Family: abi.IPv4}, "")
		unix.Close(fd)
	}
	if more := openFileCount(t) - before; more > maxSockets {
		t.Errorf("%d files more", more)
	}
	for _, packet := range [][]byte{{1}, make([]byte, 39), make([]byte, 40), bytes.Repeat([]byte{0xff}, 2000)} {
		f := newForger(t, "127.0.0.1:9")
		f.send(packet)
		n, err := unix.Read(int(f.file.Fd()), make([]byte, 10))
		if n != 0 && err == nil {
			t.Errorf("an answer of %d bytes to a packet of %d, %v", n, len(packet), err)
		}
	}
}

func openFileCount(t *testing.T) int {
	t.Helper()
	files, err := os.ReadDir("/proc/self/fd")
	if err != nil {
		t.Fatal(err)
	}
	return len(files)
}
