//go:build jupyter

package zmtp

import (
	"net"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	"riffle/kernel/internal/pyenv"
)

// The sockets work with those of libzmq.
func TestLibzmq(t *testing.T) {
	python, err := pyenv.Python(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	r := newRouter(t, Options{})
	x := newXPub(t, Options{})
	h, err := ListenRep(t.Context(), "tcp", local, Options{}, func(parts [][]byte) [][]byte { return parts })
	if err != nil {
		t.Fatal(err)
	}
	defer h.Close()
	echoes := make(chan struct{})
	go func() { // each message is returned to its sender and published
		defer close(echoes)
		for {
			m, err := r.Receive(t.Context())
			if err != nil {
				return
			}
			r.Send(m.Identity, m.Parts)
			x.Publish("", append(bytesOf([]string{"echo", m.Identity}), m.Parts...))
		}
	}()
	port := func(a net.Addr) string { return strconv.Itoa(a.(*net.TCPAddr).Port) }
	out, err := exec.CommandContext(t.Context(), python, filepath.Join("testdata", "peers.py"), port(r.Addr()), port(x.Addr()), port(h.Addr())).CombinedOutput()
	if err != nil || !strings.Contains(string(out), "all is well") {
		t.Errorf("%v\n%s", err, out)
	}
	r.Close()
	<-echoes
}
