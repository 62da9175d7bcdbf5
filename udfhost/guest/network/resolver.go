//go:build linux

package network

import (
	"context"
	"errors"
	"net"
	"os"
	"time"

	"riffle/udfhost/guest/abi"
)

// dialResolver connects Go's resolver, which speaks DNS, to the host.
func (c *client) dialResolver(context.Context, string, string) (net.Conn, error) {
	return &nameServer{client: c}, nil
}

// nameServer is a connection to a name server that the host plays. It is used for one question: first Write, then
// Read. Messages begin with their length, as with DNS over TCP (RFC 1035, 4.2.2).
type nameServer struct {
	client   *client
	question []byte
	answer   []byte
	asked    bool
	deadline time.Time
}

// Write takes a part of the question.
func (s *nameServer) Write(part []byte) (int, error) {
	s.question = append(s.question, part...)
	return len(part), nil
}

// Read returns the answer. It waits for the host.
func (s *nameServer) Read(to []byte) (int, error) {
	if !s.asked {
		s.asked = true
		if err := s.ask(); err != nil {
			return 0, err
		}
	}
	if len(s.answer) == 0 {
		return 0, errors.New("there is no more")
	}
	n := copy(to, s.answer)
	s.answer = s.answer[n:]
	return n, nil
}

// ask gets the answer.
func (s *nameServer) ask() error {
	if len(s.question) < 2 {
		return errQuestion
	}
	q, err := parseQuestion(s.question[2:])
	if err != nil {
		return err
	}
	var code byte
	var addresses string
	if family := q.family(); family != 0 { // of other records there are none
		a, err := s.await(s.client.ask(abi.NetworkRequest{Operation: abi.NetResolve, Family: family}, q.name))
		switch {
		case err != nil:
			return err
		case a.Status == abi.NetRefused:
			return refused{}
		case a.Status == abi.NetUnresolved:
			return errors.New(a.text)
		case a.Status == abi.NetNotFound:
			code = noSuchName
		default:
			addresses = a.text
		}
	}
	message := q.answer(code, addresses)
	s.answer = append([]byte{byte(len(message) >> 8), byte(len(message))}, message...)
	return nil
}

// await waits for an answer until the deadline.
func (s *nameServer) await(reply <-chan answer) (answer, error) {
	var late <-chan time.Time
	if !s.deadline.IsZero() {
		timer := time.NewTimer(time.Until(s.deadline))
		defer timer.Stop()
		late = timer.C
	}
	select {
	case a, ok := <-reply:
		if !ok {
			return answer{}, errHost
		}
		return a, nil
	case <-late:
		return answer{}, os.ErrDeadlineExceeded
	}
}

// SetDeadline limits how long Read waits.
func (s *nameServer) SetDeadline(t time.Time) error { s.deadline = t; return nil }

// SetReadDeadline is SetDeadline: only Read waits.
func (s *nameServer) SetReadDeadline(t time.Time) error { return s.SetDeadline(t) }

// SetWriteDeadline has no effect: Write does not wait.
func (s *nameServer) SetWriteDeadline(time.Time) error { return nil }

// Close does nothing.
func (s *nameServer) Close() error { return nil }

// LocalAddr returns an address that stands for this process.
func (s *nameServer) LocalAddr() net.Addr { return &net.UnixAddr{Name: "guest", Net: "unixpacket"} }

// RemoteAddr returns an address that stands for the host.
func (s *nameServer) RemoteAddr() net.Addr { return &net.UnixAddr{Name: "riffle", Net: "unixpacket"} }
