package zmtp

import (
	"bufio"
	"context"
	"encoding/binary"
	"net"
	"slices"
	"sync"
	"time"
)

// Options limit the resources of peers. The zero value has limits for a kernel.
type Options struct {
	MaxMessage    int           // bytes of a received message; 0 is 64 MB
	QueueMessages int           // messages queued for a peer; 0 is 10,000
	QueueBytes    int           // bytes queued for a peer; 0 is 32 MB
	Handshake     time.Duration // time limit of a peer's handshake; 0 is 5 s
	Linger        time.Duration // how long Close waits until the queues are sent; 0 is 0.5 s
}

func (o Options) orDefaults() Options {
	orElse := func(n *int, usual int) {
		if *n == 0 {
			*n = usual
		}
	}
	orElse(&o.MaxMessage, 64<<20)
	orElse(&o.QueueMessages, 10_000)
	orElse(&o.QueueBytes, 32<<20)
	if o.Handshake == 0 {
		o.Handshake = 5 * time.Second
	}
	if o.Linger == 0 {
		o.Linger = 500 * time.Millisecond
	}
	return o
}

const (
	peersMost    = 256     // connections of a socket at a time
	smallMessage = 4 << 10 // maximum bytes of a message to an XPUB or a REP
)

// socket is what all types of sockets have in common.
type socket struct {
	kind     kind
	options  Options
	listener net.Listener
	ended    chan struct{} // closed by Close
	until    time.Time     // deadline for peers, once the socket has ended
	once     sync.Once
	accepts  sync.WaitGroup
	serves   sync.WaitGroup

	message func(*peer, [][]byte) error // handles a message from a peer
	welcome func(topic string) [][]byte // of XPUB, nil for none

	mu         sync.Mutex
	peers      map[*peer]struct{}
	byIdentity map[string]*peer
	accepted   uint32 // names peers without an identity
}

func listen(ctx context.Context, k kind, network, address string, o Options) (*socket, error) {
	var config net.ListenConfig
	listener, err := config.Listen(ctx, network, address)
	if err != nil {
		return nil, err
	}
	return &socket{
		kind: k, options: o.orDefaults(), listener: listener, ended: make(chan struct{}),
		peers: map[*peer]struct{}{}, byIdentity: map[string]*peer{},
	}, nil
}

// start accepts peers until Close.
func (s *socket) start() {
	s.accepts.Go(func() {
		for {
			conn, err := s.listener.Accept()
			if err != nil {
				select {
				case <-s.ended:
					return
				case <-time.After(10 * time.Millisecond): // out of files, perhaps; others may end
				}
				continue
			}
			s.serves.Go(func() { s.serve(conn) })
		}
	})
}

// Close accepts no more peers, gives the connected ones some time to receive their queues, and returns when
// all of the socket's goroutines have ended.
func (s *socket) Close() error {
	var err error
	s.once.Do(func() {
		s.until = time.Now().Add(s.options.Linger)
		close(s.ended)
		err = s.listener.Close()
		s.accepts.Wait()
		s.mu.Lock()
		defer s.mu.Unlock()
		for p := range s.peers {
			if p.identity == "" { // it has not introduced itself
				_ = p.conn.Close()
			}
			_ = p.conn.SetDeadline(s.until)
			p.outbox.close()
		}
	})
	s.serves.Wait()
	return err
}

// serve handles one peer, from its greeting to its end.
func (s *socket) serve(conn net.Conn) {
	p := &peer{
		socket: s, conn: conn, in: bufio.NewReader(conn), topics: map[string]int{},
		outbox: newOutbox(s.options.QueueMessages, s.options.QueueBytes), written: make(chan struct{}),
	}
	defer conn.Close()
	if !s.add(p) {
		return
	}
	defer s.remove(p)
	_ = conn.SetDeadline(time.Now().Add(s.options.Handshake))
	identity, err := s.kind.handshake(p.in, conn)
	if err != nil || !s.introduce(p, identity) {
		return
	}
	go p.write()
	_ = p.read() // the error of a peer does not concern the others
	s.remove(p)
	p.leave()
}

// patience returns the deadline by which an ending peer must receive what waits for it.
func (s *socket) patience() time.Time {
	select {
	case <-s.ended:
		return s.until
	default:
		return time.Now().Add(s.options.Linger)
	}
}

// add adds a peer, unless there are too many or the socket has ended.
func (s *socket) add(p *peer) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	select {
	case <-s.ended:
		return false
	default:
	}
	if len(s.peers) >= peersMost {
		return false
	}
	s.peers[p] = struct{}{}
	return true
}

// introduce gives a peer its name. A peer that connects again replaces the older connection,
// which may be broken without our knowledge.
func (s *socket) introduce(p *peer, identity string) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	select {
	case <-s.ended:
		return false
	default:
	}
	_ = p.conn.SetDeadline(time.Time{})
	if identity == "" {
		s.accepted++
		identity = string(binary.BigEndian.AppendUint32([]byte{0}, s.accepted)) // as libzmq makes them
	}
	p.identity = identity
	if older := s.byIdentity[identity]; older != nil {
		older.outbox.discard()
		_ = older.conn.Close()
	}
	s.byIdentity[identity] = p
	return true
}

func (s *socket) remove(p *peer) {
	s.mu.Lock()
	defer s.mu.Unlock()
	delete(s.peers, p)
	if s.byIdentity[p.identity] == p {
		delete(s.byIdentity, p.identity)
	}
}

// Message is a message from a peer.
type Message struct {
	Identity string // of the peer
	Parts    [][]byte
}

// Router is a ROUTER socket: it identifies its peers.
type Router struct {
	*socket
	received chan Message
}

// ListenRouter returns a ROUTER. Its owner calls Receive, and Close at the end.
func ListenRouter(ctx context.Context, network, address string, o Options) (*Router, error) {
	s, err := listen(ctx, router, network, address, o)
	if err != nil {
		return nil, err
	}
	r := &Router{socket: s, received: make(chan Message, 16)}
	s.message = r.take
	s.start()
	return r, nil
}

// take passes a message on. If a peer sends more than is received, only this peer waits.
func (r *Router) take(p *peer, parts [][]byte) error {
	select {
	case r.received <- Message{p.identity, parts}:
		return nil
	case <-r.ended:
		return net.ErrClosed
	}
}

// Receive waits for the next message. Its error is ctx's, or net.ErrClosed.
func (r *Router) Receive(ctx context.Context) (Message, error) {
	select {
	case m := <-r.received:
		return m, nil
	case <-ctx.Done():
		return Message{}, ctx.Err()
	case <-r.ended:
		return Message{}, net.ErrClosed
	}
}

// Send sends a message to a peer. It returns false, and drops the message, if no peer has that identity.
func (r *Router) Send(identity string, parts [][]byte) bool {
	p := r.peer(identity)
	if p != nil {
		p.post(letter{bytes: appendMessage(nil, parts)})
	}
	return p != nil
}

// Connected reports whether a peer with that identity is connected.
func (r *Router) Connected(identity string) bool { return r.peer(identity) != nil }

func (r *Router) peer(identity string) *peer {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.byIdentity[identity]
}

// XPub is an XPUB socket: it notifies its owner of subscriptions.
type XPub struct{ *socket }

// ListenXPub returns an XPUB. A peer receives the result of welcome as the first message of a new
// subscription. welcome must not call the socket. The first part of its result must begin with the topic,
// because peers filter what they receive, too.
func ListenXPub(ctx context.Context, network, address string, o Options, welcome func(topic string) [][]byte) (*XPub, error) {
	o.MaxMessage = smallMessage
	s, err := listen(ctx, xpub, network, address, o)
	if err != nil {
		return nil, err
	}
	s.welcome = welcome
	s.message = func(p *peer, parts [][]byte) error { // subscriptions as ZMTP 3.0 has them
		if len(parts) != 1 || len(parts[0]) == 0 {
			return nil
		}
		switch topic := string(parts[0][1:]); parts[0][0] {
		case 1:
			return p.subscribe(topic)
		case 0:
			p.cancel(topic)
		}
		return nil
	}
	s.start()
	return &XPub{s}, nil
}

// Publish sends a message to each peer with a subscription to its first part. It never waits. If the queue
// of a peer is full, the message replaces one with the same key. The comment of the package says what
// happens without such a message.
func (x *XPub) Publish(key string, parts [][]byte) {
	l := letter{bytes: appendMessage(nil, parts), key: key}
	topic := string(parts[0])
	x.mu.Lock()
	defer x.mu.Unlock()
	for p := range x.peers {
		if p.wants(topic) {
			p.post(l)
		}
	}
}

// Rep is a REP socket.
type Rep struct{ *socket }

// ListenRep returns a REP, which answers each request at once.
func ListenRep(ctx context.Context, network, address string, o Options, answer func(parts [][]byte) [][]byte) (*Rep, error) {
	o.MaxMessage = smallMessage
	s, err := listen(ctx, rep, network, address, o)
	if err != nil {
		return nil, err
	}
	s.message = func(p *peer, parts [][]byte) error {
		end := slices.IndexFunc(parts, func(part []byte) bool { return len(part) == 0 })
		if end < 0 {
			return nil // without an envelope it is not a request
		}
		p.post(letter{bytes: appendMessage(nil, slices.Concat(parts[:end+1], answer(parts[end+1:])))})
		return nil
	}
	s.start()
	return &Rep{s}, nil
}
