package zmtp

import "sync"

// letter is a message, or a command, in its wire format.
type letter struct {
	bytes []byte
	key   string // a newer letter with the same key may replace it; "" for none
}

// outbox contains the letters that wait to be written to one peer.
type outbox struct {
	messages, bytes int // the maximum that may wait

	mu      sync.Mutex
	letters []letter
	size    int
	closed  bool
	more    chan struct{} // has a token when there may be letters, or the end
}

func newOutbox(messages, bytes int) *outbox {
	return &outbox{messages: messages, bytes: bytes, more: make(chan struct{}, 1)}
}

// put adds a letter without waiting. It returns false if there is no room.
func (o *outbox) put(l letter) bool {
	o.mu.Lock()
	defer o.mu.Unlock()
	if o.closed {
		return true // the peer has ended and does not miss it
	}
	if len(o.letters) >= o.messages || o.size+len(l.bytes) > o.bytes && len(o.letters) > 0 {
		return o.replace(l)
	}
	o.letters = append(o.letters, l)
	o.size += len(l.bytes)
	o.signal()
	return true
}

// replace replaces the newest letter with the same key.
func (o *outbox) replace(l letter) bool {
	if l.key == "" {
		return false
	}
	for i := len(o.letters) - 1; i >= 0; i-- {
		if grown := o.size - len(o.letters[i].bytes) + len(l.bytes); o.letters[i].key == l.key && grown <= max(o.size, o.bytes) {
			o.letters[i], o.size = l, grown
			return true
		}
	}
	return false
}

// take waits for letters and returns all of them; false when the outbox is closed and empty.
func (o *outbox) take() ([]letter, bool) {
	for {
		o.mu.Lock()
		letters, closed := o.letters, o.closed
		o.letters, o.size = nil, 0
		o.mu.Unlock()
		if len(letters) > 0 {
			return letters, true
		}
		if closed {
			return nil, false
		}
		<-o.more
	}
}

// close prevents further letters. Those that wait can still be taken.
func (o *outbox) close() {
	o.mu.Lock()
	defer o.mu.Unlock()
	o.closed = true
	o.signal()
}

// discard closes the outbox and throws away what waits.
func (o *outbox) discard() {
	o.close()
	o.mu.Lock()
	defer o.mu.Unlock()
	o.letters, o.size = nil, 0
}

func (o *outbox) signal() {
	select {
	case o.more <- struct{}{}:
	default:
	}
}
