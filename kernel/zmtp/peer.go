package zmtp

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"net"
	"strings"
	"sync"
)

// subscriptionsMost is the maximum number of topics that a peer may subscribe to.
const subscriptionsMost = 1000

// peer is one connection.
type peer struct {
	socket   *socket
	conn     net.Conn
	in       *bufio.Reader
	identity string
	outbox   *outbox
	written  chan struct{} // closed when the writer has ended

	mu     sync.Mutex
	topics map[string]int // subscriptions
}

// read handles what the peer sends until it ends or misbehaves.
func (p *peer) read() error {
	var parts [][]byte
	room := p.socket.options.MaxMessage
	for {
		f, err := readFrame(p.in, room)
		if err != nil {
			return err
		}
		if f.command {
			if err := p.command(f.body); err != nil {
				return err
			}
			continue
		}
		parts, room = append(parts, f.body), room-len(f.body)
		if len(parts) > maxParts {
			return fmt.Errorf("a message of more than %d parts: %w", maxParts, errTooLarge)
		}
		if f.more {
			continue
		}
		if err := p.socket.message(p, parts); err != nil {
			return err
		}
		parts, room = nil, p.socket.options.MaxMessage
	}
}

// command handles a frame that is a command, not a message.
func (p *peer) command(body []byte) error {
	name, data, err := command(body)
	if err != nil {
		return err
	}
	switch name {
	case "SUBSCRIBE":
		return p.subscribe(string(data))
	case "CANCEL":
		p.cancel(string(data))
	case "PING":
		const ttl = 2 // bytes; what follows them is returned
		p.post(letter{bytes: appendCommand(nil, "PONG", data[min(ttl, len(data)):])})
	case "ERROR":
		return errors.New("the peer gives up")
	}
	return nil
}

// post sends a letter to the peer, or disconnects the peer if there is no room for it.
func (p *peer) post(l letter) {
	if !p.outbox.put(l) {
		p.outbox.discard()
		_ = p.conn.Close() // ends the reader and the writer
	}
}

// write writes the waiting letters, in as few writes as possible.
func (p *peer) write() {
	defer close(p.written)
	out := bufio.NewWriterSize(p.conn, readStep)
	for {
		letters, more := p.outbox.take()
		if !more {
			p.endWriting()
			return
		}
		for _, l := range letters {
			if _, err := out.Write(l.bytes); err != nil {
				p.outbox.discard()
				_ = p.conn.Close()
				return
			}
		}
		if out.Flush() != nil {
			p.outbox.discard()
			_ = p.conn.Close()
			return
		}
	}
}

// endWriting tells the peer that nothing more follows. If the connection were closed with
// unread bytes, it would be reset, and the peer would lose what it has not read.
func (p *peer) endWriting() {
	if half, ok := p.conn.(interface{ CloseWrite() error }); ok {
		_ = half.CloseWrite() // the connection may have ended already
	}
}

// leave gives the peer some time to receive what waits for it, and ends it.
func (p *peer) leave() {
	_ = p.conn.SetDeadline(p.socket.patience())
	p.outbox.close()
	<-p.written
	_, _ = io.Copy(io.Discard, p.in) // until it has seen our end
	_ = p.conn.Close()
}

// subscribe runs under the socket's lock, so that nothing is published between the subscription
// and its welcome.
func (p *peer) subscribe(topic string) error {
	if p.socket.kind != xpub {
		return errors.New("nothing is to be subscribed to here")
	}
	p.socket.mu.Lock()
	defer p.socket.mu.Unlock()
	p.mu.Lock()
	p.topics[topic]++
	known := len(p.topics)
	p.mu.Unlock()
	if known > subscriptionsMost {
		return fmt.Errorf("more than %d subscriptions", subscriptionsMost)
	}
	if p.socket.welcome != nil {
		p.post(letter{bytes: appendMessage(nil, p.socket.welcome(topic))})
	}
	return nil
}

func (p *peer) cancel(topic string) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.topics[topic]--; p.topics[topic] <= 0 {
		delete(p.topics, topic)
	}
}

func (p *peer) wants(topic string) bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	for prefix := range p.topics {
		if strings.HasPrefix(topic, prefix) {
			return true
		}
	}
	return false
}
