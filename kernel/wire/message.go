package wire

import (
	"bytes"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"hash"
	"time"
)

// Version is the version of the protocol. A version below 5.2 in a header makes jupyter_kernel_test reject
// every message.
const Version = "5.5"

// delimiter separates the routing parts from the message.
const delimiter = "<IDS|MSG>"

// Header identifies a message, its type and its sender.
type Header struct {
	ID       string `json:"msg_id"`
	Session  string `json:"session"`
	Username string `json:"username"`
	Date     string `json:"date"`
	Type     string `json:"msg_type"`
	Version  string `json:"version"`
	// Subshell is the subshell that is to answer; "" is the parent shell. Only requests have it.
	// Messages caused by a request repeat its header.
	Subshell string `json:"subshell_id,omitempty"`
}

// Message is a received message.
type Message struct {
	Header  Header
	Content json.RawMessage // an object
	Buffers [][]byte

	header json.RawMessage // as received; replies repeat it
	parent json.RawMessage
	route  [][]byte // parts before the delimiter
}

// Parent reads the header of the message that caused this one. Without such a message, h stays unchanged.
func (m *Message) Parent(h *Header) error { return json.Unmarshal(m.parent, h) }

// Unpack reads the content.
func (m *Message) Unpack(content any) error {
	if err := json.Unmarshal(m.Content, content); err != nil {
		return fmt.Errorf("%s: %w", m.Header.Type, err)
	}
	return nil
}

// Codec signs and reads messages with the key of a connection. Its methods may be called from several
// goroutines.
type Codec struct {
	key     []byte
	session string // the kernel's own
	newID   func() string
}

// NewCodec returns a codec. session is the kernel's session. newID returns unique ids.
func NewCodec(key, session string, newID func() string) *Codec {
	return &Codec{key: []byte(key), session: session, newID: newID}
}

// Decode reads the parts of a message. It rejects a message that is not signed with the key before it reads
// anything else in it.
func (c *Codec) Decode(parts [][]byte) (*Message, error) {
	at := 0
	for at < len(parts) && string(parts[at]) != delimiter {
		at++
	}
	const fixed = 6 // the delimiter, the signature and four parts
	if len(parts)-at < fixed {
		return nil, errors.New("a message has too few parts")
	}
	body := parts[at+2 : at+fixed]
	if !hmac.Equal(parts[at+1], c.sign(body)) {
		return nil, errors.New("a message has a wrong signature")
	}
	m := &Message{route: parts[:at], header: body[0], parent: body[1], Content: body[3], Buffers: parts[at+fixed:]}
	if err := json.Unmarshal(body[0], &m.Header); err != nil {
		return nil, fmt.Errorf("the header of a message: %w", err)
	}
	if m.Header.Type == "" {
		return nil, errors.New("a message without a type")
	}
	var object map[string]json.RawMessage
	if err := json.Unmarshal(m.Content, &object); err != nil {
		return nil, fmt.Errorf("the content of %q: %w", m.Header.Type, err)
	}
	return m, nil
}

// Reply builds the parts of a reply, for the socket on which the request arrived.
func (c *Codec) Reply(to *Message, messageType string, content any) ([][]byte, error) {
	parts, _, err := c.Ask(to, messageType, content)
	return parts, err
}

// Ask is like Reply, for a message that expects a reply itself. The reply may refer to its id.
func (c *Codec) Ask(to *Message, messageType string, content any) (parts [][]byte, id string, err error) {
	id = c.newID()
	body, err := c.encode(to, id, messageType, content)
	if err != nil {
		return nil, "", err
	}
	return append(append([][]byte{}, to.route...), body...), id, nil
}

// Publish builds the parts of a message for all subscribers: its topic, and parent, the message that caused
// it, or nil.
func (c *Codec) Publish(topic string, parent *Message, messageType string, content any) ([][]byte, error) {
	body, err := c.encode(parent, c.newID(), messageType, content)
	if err != nil {
		return nil, err
	}
	return append([][]byte{[]byte(topic)}, body...), nil
}

func (c *Codec) encode(parent *Message, id, messageType string, content any) ([][]byte, error) {
	header, err := json.Marshal(Header{
		ID: id, Session: c.session, Username: "kernel", Date: time.Now().UTC().Format(time.RFC3339Nano),
		Type: messageType, Version: Version,
	})
	if err != nil {
		return nil, err
	}
	// HTML's special characters are not escaped here; whatever shows them escapes them.
	var text bytes.Buffer
	encoder := json.NewEncoder(&text)
	encoder.SetEscapeHTML(false)
	if err := encoder.Encode(content); err != nil {
		return nil, fmt.Errorf("encode %s: %w", messageType, err)
	}
	parentHeader := json.RawMessage("{}")
	if parent != nil {
		parentHeader = parent.header
	}
	body := [][]byte{header, parentHeader, []byte("{}"), bytes.TrimSuffix(text.Bytes(), []byte("\n"))}
	return append([][]byte{[]byte(delimiter), c.sign(body)}, body...), nil
}

// sign returns the signature of header, parent, metadata and content, in hexadecimal.
func (c *Codec) sign(body [][]byte) []byte {
	var mac hash.Hash = hmac.New(sha256.New, c.key)
	for _, part := range body {
		mac.Write(part)
	}
	return hex.AppendEncode(nil, mac.Sum(nil))
}
