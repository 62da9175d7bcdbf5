package flink

import (
	"context"
	"crypto/subtle"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"sync"
	"time"

	"riffle/session/flink/frame"
)

// helloTimeout is the time within which a connection must identify itself.
const helloTimeout = 10 * time.Second

// receiver is the socket on which rows arrive. It checks the hello of each connection, and
// passes the connection to the query that the hello names, if it has the query's token.
type receiver struct {
	listener  net.Listener
	reachable bool // from other machines
	log       *slog.Logger
	ctx       context.Context // ends with close
	cancel    context.CancelFunc

	mu      sync.Mutex
	queries map[string]*Query
	workers sync.WaitGroup
}

// listenForRows listens on an address of this machine, or on loopback if it is "".
func listenForRows(address string, log *slog.Logger) (*receiver, error) {
	if address == "" {
		listener, err := net.Listen("tcp", "127.0.0.1:0")
		if err != nil {
			return nil, fmt.Errorf("listen for rows: %w", err)
		}
		return receive(listener, log), nil
	}
	listener, err := net.Listen("tcp", address)
	if err != nil {
		return nil, fmt.Errorf("rows-address = %s: %w: it must be an address of this machine, with a port that is free", address, err)
	}
	r := receive(listener, log)
	r.reachable = true
	return r, nil
}

// receive accepts the connections of a listener until close.
func receive(listener net.Listener, log *slog.Logger) *receiver {
	r := &receiver{listener: listener, log: log, queries: map[string]*Query{}}
	r.ctx, r.cancel = context.WithCancel(context.Background())
	r.workers.Go(r.accept)
	return r
}

// close ends the listener and the connections that were not yet passed on. Queries close their
// own connections.
func (r *receiver) close() {
	r.cancel()
	r.listener.Close()
	r.workers.Wait()
}

// accept continues after errors: a process that has run out of file descriptors gets some when
// others are closed. Only close ends it.
func (r *receiver) accept() {
	const first, longest = 5 * time.Millisecond, time.Second
	pause := first
	for {
		conn, err := r.listener.Accept()
		if err == nil {
			pause = first
			r.workers.Go(func() { r.greet(conn) })
			continue
		}
		if pause == first && r.ctx.Err() == nil {
			r.log.Warn("cannot accept row connections", "error", err)
		}
		select {
		case <-r.ctx.Done():
			return
		case <-time.After(pause):
		}
		pause = min(2*pause, longest)
	}
}

// greet reads who a connection is from, and hands it over.
func (r *receiver) greet(conn net.Conn) {
	keep := context.AfterFunc(r.ctx, func() { conn.Close() })
	_ = conn.SetReadDeadline(time.Now().Add(helloTimeout))
	hello, err := frame.ReadHello(conn)
	r.mu.Lock()
	q := r.queries[hello.Query]
	r.mu.Unlock()
	if err == nil && q != nil && subtle.ConstantTimeCompare([]byte(hello.Token), []byte(q.token)) != 1 {
		err = errors.New("wrong token")
	}
	if err != nil {
		r.log.Warn("rejected a row connection", "from", conn.RemoteAddr(), "error", err)
	}
	_ = conn.SetReadDeadline(time.Time{})
	if err != nil || q == nil || !keep() || !q.attach(conn, hello) { // q is nil or refuses if the query is over
		conn.Close()
	}
}

func (r *receiver) add(q *Query) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.queries[q.name] = q
}

func (r *receiver) remove(q *Query) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.queries[q.name] == q { // not another one of the same name
		delete(r.queries, q.name)
	}
}

// sinkOptions returns what the sink in Flink needs to connect to its query.
func (r *receiver) sinkOptions(q *Query) map[string]any {
	host, port, _ := net.SplitHostPort(r.listener.Addr().String())
	return map[string]any{"host": host, "port": port, "token": q.token, "query": q.name, "reachable": r.reachable}
}
