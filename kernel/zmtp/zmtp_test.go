package zmtp

import (
	"context"
	"errors"
	"fmt"
	"net"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"
)

const local = "127.0.0.1:0"

func newRouter(t *testing.T, o Options) *Router {
	t.Helper()
	r, err := ListenRouter(t.Context(), "tcp", local, o)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { r.Close() })
	return r
}

func newXPub(t *testing.T, o Options) *XPub {
	t.Helper()
	x, err := ListenXPub(t.Context(), "tcp", local, o, func(topic string) [][]byte { return bytesOf([]string{topic, "welcome"}) })
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { x.Close() })
	return x
}

func receive(t *testing.T, r *Router) Message {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), wait)
	defer cancel()
	m, err := r.Receive(ctx)
	if err != nil {
		t.Fatal(err)
	}
	return m
}

func TestRouterKnowsPeersApart(t *testing.T) {
	r := newRouter(t, Options{})
	named := connect(t, r.Addr(), "DEALER", "alice")
	nameless := connect(t, r.Addr(), "DEALER", "")
	long := strings.Repeat("x", 100_000)
	named.send("one", "", long)
	m := receive(t, r)
	if m.Identity != "alice" || len(m.Parts) != 3 || string(m.Parts[2]) != long {
		t.Fatalf("received %d parts from %q", len(m.Parts), m.Identity)
	}
	nameless.send("two")
	other := receive(t, r)
	if other.Identity == "" || other.Identity == "alice" {
		t.Fatalf("a peer without a name is called %q", other.Identity)
	}
	r.Send(other.Identity, other.Parts)
	r.Send("nobody", other.Parts)
	r.Send("alice", m.Parts)
	nameless.want("two")
	named.want("one", "", long)
}

// outOfFiles is a listener of a process that has no file descriptors left for a while.
type outOfFiles struct {
	net.Listener
	errors int // that are left
}

func (l *outOfFiles) Accept() (net.Conn, error) {
	if l.errors--; l.errors >= 0 {
		return nil, &net.OpError{Op: "accept", Net: "tcp", Addr: l.Addr(), Err: syscall.EMFILE}
	}
	return l.Listener.Accept()
}

func TestAcceptGoesOnAfterErrors(t *testing.T) {
	s, err := listen(t.Context(), rep, "tcp", local, Options{})
	if err != nil {
		t.Fatal(err)
	}
	s.message = func(p *peer, parts [][]byte) error {
		p.post(letter{bytes: appendMessage(nil, parts)})
		return nil
	}
	s.listener = &outOfFiles{s.listener, 3}
	s.start()
	t.Cleanup(func() { s.Close() })
	c := connect(t, s.listener.Addr(), "REQ", "")
	c.send("", "beat")
	c.want("", "beat")
}

func TestPeerThatComesAgainTakesItsPlace(t *testing.T) {
	r := newRouter(t, Options{})
	first := connect(t, r.Addr(), "DEALER", "alice")
	first.send("here") // when that has come, it is known
	receive(t, r)
	second := connect(t, r.Addr(), "DEALER", "alice")
	first.wantEnd()
	second.send("here")
	r.Send(receive(t, r).Identity, bytesOf([]string{"seen"}))
	second.want("seen")
}

func TestSubscriberIsWelcomedFirst(t *testing.T) {
	x := newXPub(t, Options{})
	ends := make(chan struct{})
	done := make(chan struct{})
	go func() { // the publisher does not pause for a subscription
		defer close(done)
		for {
			select {
			case <-ends:
				return
			default:
				x.Publish("", bytesOf([]string{"news", "x"}))
			}
		}
	}()
	older, newer := connect(t, x.Addr(), "SUB", ""), connect(t, x.Addr(), "SUB", "")
	older.send("\x01")
	newer.write(appendCommand(nil, "SUBSCRIBE", []byte("ne")))
	older.want("", "welcome")
	newer.want("ne", "welcome")
	older.want("news", "x")
	newer.want("news", "x")
	close(ends)
	<-done
}

func TestSubscriptionsEnd(t *testing.T) {
	x := newXPub(t, Options{})
	c := connect(t, x.Addr(), "SUB", "")
	c.send("\x01a")
	c.send("\x01b")
	c.send("\x00a")
	c.write(appendCommand(nil, "PING", []byte("\x00\x0ahello")))
	c.want("a", "welcome")
	c.want("b", "welcome")
	if got := c.receive(); got[0] != "\x04PONGhello" {
		t.Fatalf("PING was answered with %q", got)
	}
	x.Publish("", bytesOf([]string{"apple"}))
	x.Publish("", bytesOf([]string{"banana"}))
	c.want("banana")
}

func TestRepAnswers(t *testing.T) {
	r, err := ListenRep(t.Context(), "tcp", local, Options{}, func(parts [][]byte) [][]byte { return parts })
	if err != nil {
		t.Fatal(err)
	}
	defer r.Close()
	c := connect(t, r.Addr(), "REQ", "")
	c.send("not a request")
	c.send("", "ping")
	c.want("", "ping")
}

func TestSilentPeerIsAlone(t *testing.T) {
	r := newRouter(t, Options{Handshake: 100 * time.Millisecond})
	var silent []*client
	for range 20 {
		silent = append(silent, dial(t, r.Addr()))
	}
	half := dial(t, r.Addr())
	half.write(greeting()[:30])
	c := connect(t, r.Addr(), "DEALER", "")
	c.send("x")
	receive(t, r)
	for _, s := range append(silent, half) {
		s.wantEnd()
	}
}

func TestNonsenseEndsItsPeerOnly(t *testing.T) {
	r := newRouter(t, Options{MaxMessage: 1000})
	good := connect(t, r.Addr(), "DEALER", "")
	old := greeting()
	old[10] = 2
	curve := greeting()
	copy(curve[12:], "CURVE")
	for name, bytes := range map[string][]byte{
		"HTTP":        []byte("GET / HTTP/1.1\r\nHost: localhost\r\n\r\n" + strings.Repeat("x", 100)),
		"old":         old,
		"CURVE":       curve,
		"SUB":         append(greeting(), appendCommand(nil, "READY", appendProperty(nil, "Socket-Type", "SUB"))...),
		"no READY":    append(greeting(), appendMessage(nil, bytesOf([]string{"x"}))...),
		"property":    append(greeting(), appendCommand(nil, "READY", []byte("\x0bSocket-Type\xff\xff\xff\xffx"))...),
		"zero name":   append(greeting(), appendCommand(nil, "READY", appendProperty(appendProperty(nil, "Socket-Type", "DEALER"), "Identity", "\x00x"))...),
		"huge READY":  append(greeting(), 6, 0x7f, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff),
		"no command":  append(greeting(), 4, 0),
		"short greet": append(greeting(), 4, 9, 200, 'x', 'x', 'x', 'x', 'x', 'x', 'x', 'x'),
	} {
		c := dial(t, r.Addr())
		c.write(bytes)
		t.Run(name, func(*testing.T) { c.wantEnd() })
	}
	for name, bytes := range map[string][]byte{
		"large frame":   {2, 0, 0, 0, 0, 0, 0, 0x10, 0},
		"large message": appendMessage(nil, [][]byte{make([]byte, 600), make([]byte, 600)}),
		"flags":         {0x80, 0},
		"subscription":  appendCommand(nil, "SUBSCRIBE", []byte("x")),
		"many parts":    appendMessage(nil, make([][]byte, maxParts+2)),
	} {
		c := connect(t, r.Addr(), "DEALER", "")
		c.write(bytes)
		t.Run(name, func(*testing.T) { c.wantEnd() })
	}
	good.send("x")
	receive(t, r)
}

// A subscriber that does not read neither delays another one nor misses anything unnoticed:
// messages with a key are replaced, and it is disconnected before any other message is lost.
func TestFrozenSubscriber(t *testing.T) {
	x := newXPub(t, Options{QueueMessages: 1000, QueueBytes: 1 << 20})
	frozen, healthy := connect(t, x.Addr(), "SUB", ""), connect(t, x.Addr(), "SUB", "")
	for _, c := range []*client{frozen, healthy} {
		c.send("\x01")
		c.want("", "welcome")
	}
	const table = 3000
	big := strings.Repeat("x", 64<<10)
	for i := range table { // far more than the system buffers
		x.Publish("q1", bytesOf([]string{"update", strconv.Itoa(i), big}))
		if i%100 == 0 {
			healthy.catchUp(i)
		}
	}
	x.Publish("", bytesOf([]string{"status", "idle"}))
	healthy.catchUp(table - 1)
	healthy.want("status", "idle")

	var last, count int
	for m := frozen.receive(); m[0] == "update"; m = frozen.receive() {
		if last, _ = strconv.Atoi(m[1]); last < count-1 {
			t.Fatalf("update %d comes after %d", last, count)
		}
		count++
	}
	if last != table-1 || count >= table {
		t.Fatalf("the frozen subscriber got %d updates, the last is %d", count, last)
	}

	for range table { // these have no key
		x.Publish("", bytesOf([]string{"stream", big}))
		healthy.want("stream", big)
	}
	frozen.wantEnd()
}

// catchUp reads up to an update of a number.
func (c *client) catchUp(number int) {
	c.t.Helper()
	for m := c.receive(); m[1] != strconv.Itoa(number); m = c.receive() {
	}
}

func TestCloseDeliversWhatWaits(t *testing.T) {
	x := newXPub(t, Options{})
	c := connect(t, x.Addr(), "SUB", "")
	c.send("\x01")
	c.want("", "welcome")
	const messages = 500
	for i := range messages {
		x.Publish("", bytesOf([]string{fmt.Sprint(i), strings.Repeat("x", 1000)}))
	}
	closed := make(chan struct{})
	go func() { defer close(closed); x.Close() }()
	for i := range messages {
		if got := c.receive(); got[0] != fmt.Sprint(i) {
			t.Fatalf("message %d is %s", i, got[0])
		}
	}
	c.wantEnd()
	c.conn.Close()
	<-closed
	x.Publish("", bytesOf([]string{"after"}))
}

func TestCloseDoesNotWaitForever(t *testing.T) {
	r := newRouter(t, Options{Linger: 50 * time.Millisecond})
	dial(t, r.Addr())
	frozen := connect(t, r.Addr(), "DEALER", "frozen")
	frozen.send("x")
	receive(t, r)
	for range 300 {
		r.Send("frozen", [][]byte{make([]byte, 100<<10)})
	}
	closed := make(chan struct{})
	go func() { defer close(closed); r.Close() }()
	select {
	case <-closed:
	case <-time.After(wait):
		t.Fatal("Close does not return")
	}
	if _, err := r.Receive(t.Context()); !errors.Is(err, net.ErrClosed) {
		t.Fatalf("Receive after Close: %v", err)
	}
}

// Addr returns where a test connects to.
func (s *socket) Addr() net.Addr { return s.listener.Addr() }
