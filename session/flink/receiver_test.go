package flink

import (
	"bytes"
	"io"
	"log/slog"
	"net"
	"slices"
	"strings"
	"sync/atomic"
	"syscall"
	"testing"
)

// outOfFiles is a listener of a process that has no file descriptors left for a while.
type outOfFiles struct {
	net.Listener
	errors atomic.Int32 // that are left
}

func (l *outOfFiles) Accept() (net.Conn, error) {
	if l.errors.Add(-1) >= 0 {
		return nil, &net.OpError{Op: "accept", Net: "tcp", Addr: l.Addr(), Err: syscall.EMFILE}
	}
	return l.Listener.Accept()
}

// A process that was out of file descriptors accepts rows when it has some again.
func TestAcceptGoesOnAfterErrors(t *testing.T) {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	failing := &outOfFiles{Listener: listener}
	failing.errors.Store(3)
	s := newScriptedOn(t, failing, true)
	for subtask := range 2 {
		p := s.peer(t, subtask, 0)
		p.connect()
		p.row()
		p.end()
	}
	s.job.end <- nil
	if rows, _, err := s.drain(t); err != io.EOF || !slices.Equal(rows, []string{"0", "1"}) {
		t.Errorf("rows %q, %v", rows, err)
	}
	// A listener that fails for good holds up close no longer than one that works.
	failing.errors.Store(1 << 30)
	failing.Listener.Close()
	s.rows.close()
}

// close ends the connection of a stranger who sends nothing, and does not wait until its time is over.
func TestCloseEndsSilentConnections(t *testing.T) {
	var log bytes.Buffer
	r, err := listenForRows("", slog.New(slog.NewTextHandler(&log, nil)))
	if err != nil {
		t.Fatal(err)
	}
	dial := func(text string) net.Conn {
		conn, err := net.Dial("tcp", r.listener.Addr().String())
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { conn.Close() })
		if _, err := conn.Write([]byte(text)); err != nil {
			t.Fatal(err)
		}
		return conn
	}
	dial("RFL1")
	// They are accepted in order: once the second one is rejected, the first one is being read.
	if _, err := dial("GET / HTTP/1.1\r\n\r\n").Read(make([]byte, 1)); err == nil {
		t.Error("a stranger got an answer")
	}
	r.close()
	if text := log.String(); !strings.Contains(text, "not a row connection") || strings.Contains(text, "timeout") {
		t.Errorf("close waited for the silent connection: %s", text)
	}
}
