package zmtp

import (
	"bufio"
	"net"
	"slices"
	"testing"
	"time"
)

// client is the other side of a socket, as simple as it can be.
type client struct {
	t    *testing.T
	conn net.Conn
	in   *bufio.Reader
}

// wait is the time limit for each thing that a client waits for.
const wait = 10 * time.Second

// dial connects, and sends nothing yet.
func dial(t *testing.T, addr net.Addr) *client {
	t.Helper()
	conn, err := net.Dial(addr.Network(), addr.String())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { conn.Close() })
	c := &client{t, conn, bufio.NewReader(conn)}
	c.patience()
	return c
}

// patience restarts the time limit.
func (c *client) patience() {
	c.t.Helper()
	if err := c.conn.SetDeadline(time.Now().Add(wait)); err != nil {
		c.t.Fatal(err)
	}
}

// connect introduces itself as a socket of a type.
func connect(t *testing.T, addr net.Addr, socketType, identity string) *client {
	t.Helper()
	c := dial(t, addr)
	c.write(greeting())
	properties := appendProperty(nil, "Socket-Type", socketType)
	if identity != "" {
		properties = appendProperty(properties, "Identity", identity)
	}
	c.write(appendCommand(nil, "READY", properties))
	if err := readGreeting(c.in); err != nil {
		t.Fatal(err)
	}
	f, err := readFrame(c.in, 1<<20)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := readReady(f); err != nil {
		t.Fatal(err)
	}
	return c
}

func (c *client) write(bytes []byte) {
	c.t.Helper()
	c.patience()
	if _, err := c.conn.Write(bytes); err != nil {
		c.t.Fatal(err)
	}
}

func (c *client) send(parts ...string) {
	c.t.Helper()
	c.write(appendMessage(nil, bytesOf(parts)))
}

// receive returns the next message.
func (c *client) receive() []string {
	c.t.Helper()
	c.patience()
	var parts []string
	for {
		f, err := readFrame(c.in, 1<<30)
		if err != nil {
			c.t.Fatalf("after %q: %v", parts, err)
		}
		if parts = append(parts, string(f.body)); !f.more {
			return parts
		}
	}
}

func (c *client) want(parts ...string) {
	c.t.Helper()
	if got := c.receive(); !slices.Equal(got, parts) {
		c.t.Fatalf("received %q, want %q", got, parts)
	}
}

// wantEnd reads up to the connection's end.
func (c *client) wantEnd() {
	c.t.Helper()
	c.patience()
	for {
		if _, err := c.in.ReadByte(); err != nil {
			if timeout, ok := err.(net.Error); ok && timeout.Timeout() {
				c.t.Fatal("the connection is still open")
			}
			return
		}
	}
}

func bytesOf(parts []string) [][]byte {
	var all [][]byte
	for _, part := range parts {
		all = append(all, []byte(part))
	}
	return all
}
