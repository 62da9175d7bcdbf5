package zmtp

import (
	"bufio"
	"bytes"
	"io"
	"testing"
)

// FuzzFrame reads frames from arbitrary bytes. Writing a frame that was read gives the same
// bytes, except for lengths that could have been shorter.
func FuzzFrame(f *testing.F) {
	f.Add(appendMessage(nil, bytesOf([]string{"a", "", "c"})))
	f.Add(appendCommand(nil, "SUBSCRIBE", []byte("x")))
	f.Add(appendFrame(nil, frame{body: make([]byte, 300)}))
	f.Add([]byte{2, 0, 0, 0, 0, 0, 0, 0xff, 0xff})
	f.Fuzz(func(t *testing.T, in []byte) {
		const limit = 1 << 16
		r := bufio.NewReader(bytes.NewReader(in))
		for {
			got, err := readFrame(r, limit)
			if err != nil {
				return
			}
			if len(got.body) > limit {
				t.Fatalf("a body of %d bytes", len(got.body))
			}
			again, err := readFrame(bufio.NewReader(bytes.NewReader(appendFrame(nil, got))), limit)
			if err != nil || again.more != got.more || again.command != got.command || !bytes.Equal(again.body, got.body) {
				t.Fatalf("%+v became %+v, %v", got, again, err)
			}
			if got.command {
				if name, data, err := command(got.body); err == nil && 1+len(name)+len(data) != len(got.body) {
					t.Fatalf("command %q with %q of %q", name, data, got.body)
				}
			}
		}
	})
}

// FuzzHandshake greets peers that send arbitrary bytes.
func FuzzHandshake(f *testing.F) {
	ready := appendCommand(nil, "READY", appendProperty(appendProperty(nil, "Socket-Type", "DEALER"), "Identity", "me"))
	f.Add(append(greeting(), ready...))
	f.Add(greeting()[:20])
	f.Add(append(greeting(), appendCommand(nil, "READY", []byte{11, 'x'})...))
	f.Fuzz(func(t *testing.T, in []byte) {
		identity, err := router.handshake(bufio.NewReader(bytes.NewReader(in)), io.Discard)
		if err == nil && (len(identity) > identityLimit || identity != "" && identity[0] == 0) {
			t.Fatalf("a peer is called %q", identity)
		}
	})
}
