// Package py4j is a client of the Py4J gateway protocol, version 0.10.9: a Go
// program calls methods of Java objects in a JVM that runs a GatewayServer.
//
// A [Conn] is one TCP connection and, in the JVM, one Java thread. Calls on it run in
// order and on that thread, which matters for code with thread-local state. A call is
// sent as lines of text, and one line returns (wire.go encodes and decodes them). The
// package does not depend on Flink.
//
// The protocol has no specification. Its source is Py4J's own protocol.py and
// the Java classes under py4j.commands.
package py4j

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"net"
	"sync"
)

// EntryPoint is the object that the gateway was started with.
const EntryPoint = "t"

// maxAnswer limits one answer line, in bytes, so that a peer that is not a gateway cannot make
// us buffer without end.
const maxAnswer = 1 << 30

// ErrLost is the error of a call during which the connection was lost. Later calls fail with [ErrClosed].
var ErrLost = errors.New("py4j: connection lost")

// ErrClosed is the error of calls on a connection that is no longer usable.
var ErrClosed = errors.New("py4j: connection closed")

// Conn is an authenticated connection to a gateway. Its methods may be called from several goroutines.
// Calls run one after the other.
type Conn struct {
	net net.Conn
	in  *bufio.Reader

	// turn holds one token, taken for the duration of a round trip. It is a channel and not a
	// mutex so that a caller can stop waiting for it.
	turn chan struct{}

	closing sync.Once
	done    chan struct{}
}

// Dial connects to the gateway at addr (host:port) and authenticates.
func Dial(ctx context.Context, addr, token string) (*Conn, error) {
	var d net.Dialer
	nc, err := d.DialContext(ctx, "tcp", addr)
	if err != nil {
		return nil, fmt.Errorf("py4j: %w", err)
	}
	c := &Conn{net: nc, in: bufio.NewReaderSize(nc, 64<<10), turn: make(chan struct{}, 1), done: make(chan struct{})}
	c.turn <- struct{}{}
	// This is the only command without the closing "e" line.
	if _, err := c.roundTrip(ctx, "A\n"+escape(token)+"\n"); err != nil {
		c.Close()
		return nil, fmt.Errorf("py4j: the gateway refused the token: %w", err)
	}
	return c, nil
}

// Close ends the connection. A call in progress fails; its Java thread ends
// when the method returns.
func (c *Conn) Close() error {
	var err error
	c.closing.Do(func() {
		close(c.done)
		err = c.net.Close()
	})
	return err
}

// Call calls a method of a Java object, given by its id, and returns the result as a Go value: nil, bool,
// int64, float64, string, []byte, [Decimal] or [Ref]. Arguments may be of the same types and int.
//
// If ctx ends first, Call returns ctx's error at once. The connection stays busy until Java has answered,
// because a method cannot be interrupted and the next call must not overtake it.
func (c *Conn) Call(ctx context.Context, object, method string, args ...any) (any, error) {
	command, err := callCommand(object, method, args)
	if err != nil {
		return nil, err
	}
	return c.roundTrip(ctx, command)
}

type answer struct {
	value any
	err   error
}

func (c *Conn) roundTrip(ctx context.Context, command string) (any, error) {
	select {
	case <-c.turn:
	case <-c.done:
		return nil, ErrClosed
	case <-ctx.Done():
		return nil, ctx.Err()
	}
	got := make(chan answer, 1)
	// The goroutine ends with the answer or with the connection, whichever comes first.
	go func() {
		value, err := c.exchange(command)
		c.turn <- struct{}{}
		got <- answer{value, err}
	}()
	select {
	case a := <-got:
		return a.value, a.err
	case <-ctx.Done():
		return nil, ctx.Err()
	}
}

// exchange writes a command and reads its answer. A Java exception needs one more round trip,
// for its stack trace.
func (c *Conn) exchange(command string) (any, error) {
	line, err := c.line(command)
	if err != nil {
		return nil, err
	}
	value, err := decodeAnswer(line)
	var thrown *JavaError
	if errors.As(err, &thrown) && thrown.Ref != "" {
		trace, traceErr := c.line("p\nr" + string(thrown.Ref) + "\ne\n")
		if traceErr != nil {
			return nil, traceErr
		}
		if text, err := decodeAnswer(trace); err == nil {
			thrown.Trace, _ = text.(string)
		}
		if _, err := c.line("m\nd\n" + string(thrown.Ref) + "\ne\n"); err != nil {
			return nil, err
		}
	}
	return value, err
}

func (c *Conn) line(command string) (string, error) {
	if _, err := c.net.Write([]byte(command)); err != nil {
		return "", c.broken(err)
	}
	line, err := readLine(c.in)
	if err != nil {
		return "", c.broken(err)
	}
	if len(line) > 1 && line[1] == fatal {
		// The server closes its side after a fatal error; so do we.
		c.Close()
	}
	return line, nil
}

// broken closes the connection, because its two sides no longer agree on where an answer
// starts.
func (c *Conn) broken(err error) error {
	select {
	case <-c.done:
		return ErrClosed
	default:
	}
	c.Close()
	return fmt.Errorf("%w: %w", ErrLost, err)
}

func readLine(in *bufio.Reader) (string, error) {
	var line []byte
	for {
		part, err := in.ReadSlice('\n')
		line = append(line, part...)
		switch {
		case err == nil:
			return string(line[:len(line)-1]), nil
		case !errors.Is(err, bufio.ErrBufferFull):
			return "", err
		case len(line) > maxAnswer:
			return "", fmt.Errorf("answer is longer than %d bytes", maxAnswer)
		}
	}
}
