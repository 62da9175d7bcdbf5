package kernel_test

import (
	"bufio"
	"context"
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"encoding/json"
	"io"
	"net"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"riffle/kernel"
	"riffle/kernel/wire"
	"riffle/session"
)

// wait is how long a client waits for a message, with room for a slow machine.
const wait = 60 * time.Second

// startKernel serves a kernel on the shared session, and returns its connection.
func startKernel(t *testing.T, change func(*kernel.Config)) (*kernel.Kernel, wire.Connection) {
	t.Helper()
	return serveKernel(t, shared, change)
}

// serveKernel serves a kernel on a session.
func serveKernel(t *testing.T, s *session.Session, change func(*kernel.Config)) (*kernel.Kernel, wire.Connection) {
	t.Helper()
	dir := t.TempDir()
	c := kernel.Config{
		Connection: wire.Connection{
			Transport: "ipc", IP: filepath.Join(dir, "k"), Shell: 1, IOPub: 2, Stdin: 3, Control: 4, Heartbeat: 5,
			SignatureScheme: "hmac-sha256", Key: "a key",
		},
		Version: "test", History: filepath.Join(dir, "state", "notebooks.jsonl"),
	}
	if change != nil {
		change(&c)
	}
	k, err := kernel.Listen(t.Context(), c)
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	served := make(chan struct{})
	go func() { defer close(served); k.Serve(ctx, s) }()
	t.Cleanup(func() {
		cancel()
		select {
		case <-served:
		case <-time.After(wait):
			t.Error("the kernel does not end")
		}
	})
	return k, c.Connection
}

// client is a notebook's side of a connection.
type client struct {
	t     *testing.T
	key   string
	codec *wire.Codec
	shell, control, stdin, iopub,
	heartbeat *socket
}

// connect connects a client that misses nothing on iopub.
func connect(t *testing.T, at wire.Connection) *client {
	t.Helper()
	c := &client{t: t, key: at.Key, codec: newCodec(at.Key)}
	identity := rand.Text() // one for all sockets of a client, so that it can be asked
	c.shell, c.control = dial(t, at, at.Shell, "DEALER", identity), dial(t, at, at.Control, "DEALER", identity)
	c.iopub, c.heartbeat = dial(t, at, at.IOPub, "SUB", ""), dial(t, at, at.Heartbeat, "REQ", "")
	c.stdin = dial(t, at, at.Stdin, "DEALER", identity)
	c.iopub.send([]byte{1})
	if m := c.read(c.iopub); m.Header.Type != "iopub_welcome" {
		t.Fatalf("the first message is %s", m.Header.Type)
	}
	return c
}

// message is a message that a client has read.
type message struct {
	*wire.Message
	parent  wire.Header
	content map[string]any
}

func (c *client) read(s *socket) message {
	c.t.Helper()
	parts := s.receive()
	m, err := c.codec.Decode(parts)
	if err != nil {
		c.t.Fatal(err)
	}
	got := message{Message: m}
	if err := m.Unpack(&got.content); err != nil {
		c.t.Fatal(err)
	}
	if err := m.Parent(&got.parent); err != nil {
		c.t.Fatal(err)
	}
	return got
}

// request sends a message and returns its ID.
func (c *client) request(s *socket, messageType string, content map[string]any) string {
	c.t.Helper()
	text, err := json.Marshal(content)
	if err != nil {
		c.t.Fatal(err)
	}
	return c.send(s, wire.Header{Type: messageType}, wire.Header{}, string(text))
}

// executeIn sends a cell to a subshell.
func (c *client) executeIn(subshell, code string) string {
	c.t.Helper()
	text, err := json.Marshal(map[string]any{"code": code})
	if err != nil {
		c.t.Fatal(err)
	}
	return c.send(c.shell, wire.Header{Type: "execute_request", Subshell: subshell}, wire.Header{}, string(text))
}

// send signs and sends a message with any content, and returns its ID.
func (c *client) send(s *socket, header, parent wire.Header, content string) string {
	c.t.Helper()
	header.ID, header.Session, header.Version = rand.Text(), "client", wire.Version
	parts := [][]byte{nil, nil, []byte("{}"), []byte(content)}
	for i, h := range []wire.Header{header, parent} {
		var err error
		if parts[i], err = json.Marshal(h); err != nil {
			c.t.Fatal(err)
		}
	}
	mac := hmac.New(sha256.New, []byte(c.key))
	for _, part := range parts {
		mac.Write(part)
	}
	s.send(append([][]byte{[]byte("<IDS|MSG>"), []byte(hex.EncodeToString(mac.Sum(nil)))}, parts...)...)
	return header.ID
}

// ask sends a request and returns its reply.
func (c *client) ask(s *socket, messageType string, content map[string]any) map[string]any {
	c.t.Helper()
	id := c.request(s, messageType, content)
	for {
		if m := c.read(s); m.parent.ID == id {
			return m.content
		}
	}
}

// result is the outcome of a cell: its reply, and what was shown in the meantime.
type result struct {
	reply  map[string]any
	id     string
	shown  []message
	stdout string
	stderr string
}

// execute runs a cell to its end.
func (c *client) execute(code string) result {
	c.t.Helper()
	return c.finish(c.request(c.shell, "execute_request", map[string]any{"code": code}))
}

// finish waits for the end of a cell that was sent.
func (c *client) finish(id string) result {
	c.t.Helper()
	r := result{id: id}
	for {
		m := c.read(c.iopub)
		if m.parent.ID != id {
			continue
		}
		r.shown = append(r.shown, m)
		if m.Header.Type == "stream" {
			if text := m.content["text"].(string); m.content["name"] == "stdout" {
				r.stdout += text
			} else {
				r.stderr += text
			}
		}
		if m.Header.Type == "status" && m.content["execution_state"] == "idle" {
			break
		}
	}
	for {
		if m := c.read(c.shell); m.parent.ID == id {
			r.reply = m.content
			return r
		}
	}
}

// awaitShown reads iopub up to a message.
func (c *client) awaitShown(is func(message) bool) message {
	c.t.Helper()
	for {
		if m := c.read(c.iopub); is(m) {
			return m
		}
	}
}

// of returns the messages of a type.
func (r result) of(messageType string) []message {
	var found []message
	for _, m := range r.shown {
		if m.Header.Type == messageType {
			found = append(found, m)
		}
	}
	return found
}

// picture returns the last that was shown of the cell's one display.
func (r result) picture(t *testing.T) message {
	t.Helper()
	displays := r.of("display_data")
	if len(displays) != 1 {
		t.Fatalf("%d displays, %v", len(displays), r.reply)
	}
	if updates := r.of("update_display_data"); len(updates) > 0 { // it took long
		return updates[len(updates)-1]
	}
	return displays[0]
}

// data returns a display's text of a media type.
func (m message) data(media string) string {
	data, _ := m.content["data"].(map[string]any)
	text, _ := data[media].(string)
	return text
}

// sent returns when the kernel sent it.
func (m message) sent(t *testing.T) time.Time {
	t.Helper()
	at, err := time.Parse(time.RFC3339Nano, m.Header.Date)
	if err != nil {
		t.Fatal(err)
	}
	return at
}

func (m message) displayID() string {
	transient, _ := m.content["transient"].(map[string]any)
	id, _ := transient["display_id"].(string)
	return id
}

func (r result) wantOK(t *testing.T) {
	t.Helper()
	if r.reply["status"] != "ok" {
		t.Fatalf("%v", r.reply)
	}
}

// socket is a ZeroMQ socket with the functions that a test needs.
type socket struct {
	t    *testing.T
	conn net.Conn
	in   *bufio.Reader
}

func dial(t *testing.T, at wire.Connection, port int, kind, identity string) *socket {
	t.Helper()
	network, address := at.Address(port)
	conn, err := net.Dial(network, address)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { conn.Close() })
	s := &socket{t, conn, bufio.NewReader(conn)}
	greeting := make([]byte, 64)
	greeting[0], greeting[9], greeting[10] = 0xff, 0x7f, 3
	copy(greeting[12:], "NULL")
	property := func(name, value string) string {
		return string(rune(len(name))) + name + string(binary.BigEndian.AppendUint32(nil, uint32(len(value)))) + value
	}
	ready := "\x05READY" + property("Socket-Type", kind) + property("Identity", identity)
	s.write(append(greeting, append([]byte{4, byte(len(ready))}, ready...)...))
	if _, err := io.ReadFull(s.in, make([]byte, 64)); err != nil {
		t.Fatal(err)
	}
	s.frame() // READY
	return s
}

func (s *socket) write(bytes []byte) {
	s.t.Helper()
	if err := s.conn.SetDeadline(time.Now().Add(wait)); err != nil {
		s.t.Fatal(err)
	}
	if _, err := s.conn.Write(bytes); err != nil {
		s.t.Fatal(err)
	}
}

func (s *socket) send(parts ...[]byte) {
	s.t.Helper()
	var out []byte
	for i, part := range parts {
		flags := byte(2) // long
		if i < len(parts)-1 {
			flags |= 1
		}
		out = append(binary.BigEndian.AppendUint64(append(out, flags), uint64(len(part))), part...)
	}
	s.write(out)
}

func (s *socket) frame() (body []byte, more bool) {
	s.t.Helper()
	var head [9]byte
	_, err := io.ReadFull(s.in, head[:2])
	size := uint64(head[1])
	if err == nil && head[0]&2 != 0 {
		_, err = io.ReadFull(s.in, head[2:])
		size = binary.BigEndian.Uint64(head[1:])
	}
	if err == nil {
		body = make([]byte, size)
		_, err = io.ReadFull(s.in, body)
	}
	if err != nil {
		s.t.Fatal(err)
	}
	return body, head[0]&1 != 0
}

func (s *socket) receive() [][]byte {
	s.t.Helper()
	if err := s.conn.SetDeadline(time.Now().Add(wait)); err != nil {
		s.t.Fatal(err)
	}
	var parts [][]byte
	for {
		body, more := s.frame()
		if parts = append(parts, body); !more {
			return parts
		}
	}
}

// wantEnd reads up to the end of the connection.
func (s *socket) wantEnd() {
	s.t.Helper()
	if err := s.conn.SetDeadline(time.Now().Add(wait)); err != nil {
		s.t.Fatal(err)
	}
	if _, err := io.Copy(io.Discard, s.in); err != nil {
		s.t.Errorf("the connection does not end: %v", err)
	}
}

func newCodec(key string) *wire.Codec { return wire.NewCodec(key, "client", rand.Text) }

// historyFile returns the file of the history for a connection of startKernel.
func historyFile(t *testing.T, at wire.Connection) string {
	t.Helper()
	text, err := os.ReadFile(filepath.Join(filepath.Dir(at.IP), "state", "notebooks.jsonl"))
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

func contains(text string, parts ...string) bool {
	for _, part := range parts {
		if !strings.Contains(text, part) {
			return false
		}
	}
	return true
}
