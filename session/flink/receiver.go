package flink

import (
	"bufio"
	"crypto/subtle"
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
	listener net.Listener
	log      *slog.Logger

	mu      sync.Mutex
	queries map[string]*Query
	workers sync.WaitGroup
}

func listenForRows(log *slog.Logger) (*receiver, error) {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return nil, fmt.Errorf("listen for rows: %w", err)
	}
	r := &receiver{listener: listener, log: log, queries: map[string]*Query{}}
	r.workers.Go(r.accept)
	return r, nil
}

// close ends the listener and the connections that were not yet passed on. Queries close their
// own connections.
func (r *receiver) close() {
	r.listener.Close()
	r.workers.Wait()
}

func (r *receiver) accept() {
	for {
		conn, err := r.listener.Accept()
		if err != nil {
			return // closed
		}
		r.workers.Go(func() { r.greet(conn) })
	}
}

func (r *receiver) greet(conn net.Conn) {
	_ = conn.SetReadDeadline(time.Now().Add(helloTimeout))
	in := bufio.NewReaderSize(conn, 256<<10)
	hello, err := frame.ReadHello(in)
	r.mu.Lock()
	q := r.queries[hello.Query]
	r.mu.Unlock()
	if err == nil && q != nil && subtle.ConstantTimeCompare([]byte(hello.Token), []byte(q.token)) != 1 {
		err = fmt.Errorf("wrong token")
	}
	if err != nil {
		r.log.Warn("refused a row connection", "from", conn.RemoteAddr(), "error", err)
		conn.Close()
		return
	}
	_ = conn.SetReadDeadline(time.Time{})
	if q == nil || !q.attach(conn, in, hello) {
		conn.Close() // a query that is over
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

// sinkOptions returns the options with which the sink in Flink connects to its query.
func (r *receiver) sinkOptions(q *Query) map[string]string {
	host, port, _ := net.SplitHostPort(r.listener.Addr().String())
	return map[string]string{"host": host, "port": port, "token": q.token, "query": q.name}
}
