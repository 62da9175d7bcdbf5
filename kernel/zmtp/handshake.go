package zmtp

import (
	"bufio"
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
)

const (
	greetingSize   = 64
	signatureSize  = 10
	majorVersion   = 3
	minorVersion   = 1
	mechanism      = "NULL"
	mechanismSize  = 20
	handshakeLimit = 4096 // bytes of a command during the handshake
	identityLimit  = 255
)

// kind is a type of socket.
type kind string

const (
	router kind = "ROUTER"
	xpub   kind = "XPUB"
	rep    kind = "REP"
)

// talksTo returns the types of sockets that a peer may have.
func (k kind) talksTo(peer string) bool {
	switch k {
	case xpub:
		return peer == "SUB" || peer == "XSUB"
	case rep:
		return peer == "REQ" || peer == "DEALER"
	}
	return slices.Contains([]string{"DEALER", "REQ", "ROUTER"}, peer)
}

// greeting returns what both sides send first.
func greeting() []byte {
	g := make([]byte, greetingSize)
	g[0], g[9] = 0xff, 0x7f
	g[10], g[11] = majorVersion, minorVersion
	copy(g[12:], mechanism)
	return g
}

// handshake greets a peer and returns its identity, which may be "".
func (k kind) handshake(r *bufio.Reader, w io.Writer) (identity string, err error) {
	if _, err := w.Write(greeting()); err != nil {
		return "", err
	}
	if err := readGreeting(r); err != nil {
		return "", err
	}
	if _, err := w.Write(appendCommand(nil, "READY", appendProperty(nil, "Socket-Type", string(k)))); err != nil {
		return "", err
	}
	f, err := readFrame(r, handshakeLimit)
	if err != nil {
		return "", err
	}
	properties, err := readReady(f)
	if err == nil && !k.talksTo(properties["socket-type"]) {
		err = fmt.Errorf("a %s does not talk to a %q", k, properties["socket-type"])
	}
	if identity = properties["identity"]; err == nil && (strings.HasPrefix(identity, "\x00") || len(identity) > identityLimit) {
		err = errors.New("an identity has 255 bytes at most, and no zero first")
	}
	if err != nil {
		reason := err.Error()
		reason = reason[:min(len(reason), shortest)]
		_, _ = w.Write(appendCommand(nil, "ERROR", append([]byte{byte(len(reason))}, reason...))) // it is given up anyway
		return "", err
	}
	return identity, nil
}

func readGreeting(r io.Reader) error {
	g := make([]byte, greetingSize)
	// The version first: an older peer waits before it sends more.
	if _, err := io.ReadFull(r, g[:signatureSize+1]); err != nil {
		return err
	}
	if g[0] != 0xff || g[9]&1 == 0 {
		return errors.New("the peer does not speak ZMTP")
	}
	if g[10] < majorVersion {
		return fmt.Errorf("ZMTP %d is too old", g[10])
	}
	if _, err := io.ReadFull(r, g[signatureSize+1:]); err != nil {
		return err
	}
	if asked := bytes.TrimRight(g[12:12+mechanismSize], "\x00"); string(asked) != mechanism {
		return fmt.Errorf("the mechanism is %s, not %q", mechanism, asked)
	}
	return nil
}

// readReady reads the properties of READY, with their names in lower case.
func readReady(f frame) (map[string]string, error) {
	if !f.command {
		return nil, errors.New("a message before READY")
	}
	name, data, err := command(f.body)
	if err != nil {
		return nil, err
	}
	if name != "READY" {
		return nil, fmt.Errorf("%q instead of READY", name)
	}
	properties := map[string]string{}
	for len(data) > 0 {
		var name, value []byte
		if name, data, err = cut(data, 1); err == nil {
			value, data, err = cut(data, 4)
		}
		if err != nil {
			return nil, err
		}
		properties[strings.ToLower(string(name))] = string(value)
	}
	return properties, nil
}

// cut cuts off a field with its length before it, which has size bytes.
func cut(data []byte, size int) (field, rest []byte, err error) {
	if len(data) < size {
		return nil, nil, errors.New("a property ends early")
	}
	length := uint64(data[0])
	if size == 4 {
		length = uint64(binary.BigEndian.Uint32(data))
	}
	if data = data[size:]; length > uint64(len(data)) {
		return nil, nil, errors.New("a property ends early")
	}
	return data[:length], data[length:], nil
}

func appendProperty(dst []byte, name, value string) []byte {
	dst = append(append(dst, byte(len(name))), name...)
	dst = binary.BigEndian.AppendUint32(dst, uint32(len(value)))
	return append(dst, value...)
}
