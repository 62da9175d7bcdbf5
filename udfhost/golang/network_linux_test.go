package golang

import (
	"encoding/pem"
	"fmt"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/apache/arrow/go/v15/arrow"

	"riffle/udfhost/guest"
)

const fetcher = `func Fetch(url string) (string, error) {
	r, err := http.Get(url)
	if err != nil {
		return "", err
	}
	defer r.Body.Close()
	text, err := io.ReadAll(r.Body)
	return string(text), err
}
func Dialed(address string) (string, error) {
	c, err := net.Dial("tcp", address)
	if err != nil {
		return "", err
	}
	return c.RemoteAddr().String(), c.Close()
}
`

func list(t *testing.T, text string) guest.Network {
	t.Helper()
	n, err := guest.ParseNetwork(text)
	if err != nil {
		t.Fatal(err)
	}
	return n
}

// outcomeOf calls a function of a new worker for one row.
func outcomeOf(t *testing.T, s *Store, name, argument string) string {
	t.Helper()
	column := texts(argument)
	got, err := resolve(t, open(t, s), s.Program(), name, column).Call(t.Context(), []arrow.Array{column}, 1)
	if err != nil {
		return err.Error()
	}
	defer got.Release()
	return got.ValueStr(0)
}

// Cells use net/http, with certificates that this machine trusts, as soon as the setting lists the host. Processes
// that start later follow a change of the setting.
func TestFunctionsUseTheNetwork(t *testing.T) {
	answer := http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { fmt.Fprint(w, "page ", r.URL.Path) })
	plain, safe := httptest.NewServer(answer), httptest.NewTLSServer(answer)
	defer plain.Close()
	defer safe.Close()
	trusted := filepath.Join(t.TempDir(), "trusted.pem")
	if err := os.WriteFile(trusted, pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: safe.Certificate().Raw}), 0o600); err != nil {
		t.Fatal(err)
	}
	t.Setenv("SSL_CERT_FILE", trusted)
	s := newStore(t, guest.Options{RowTimeout: guest.DefaultRowTimeout, Memory: guest.DefaultMemory})
	p, _ := define(t, s, "cell[1]", fetcher)
	for _, f := range p.Functions {
		if f.Nondeterministic == "" {
			t.Errorf("%s is deterministic", f.Name)
		}
	}
	first := strings.TrimPrefix(plain.URL, "http://")
	both := first + ", " + strings.TrimPrefix(safe.URL, "https://")
	const none, other = "functions run without network; SET", "not in riffle.functions.network (SET"
	for _, step := range []struct {
		jail           bool
		network        string
		onPlain, onTLS string
	}{
		{true, "", none, none},
		{true, first, "page /x", other},
		{true, both, "page /x", "page /y"},
		{false, "", "page /x", "x509: certificate signed by unknown authority"}, // the environment of riffle does not reach it
		{true, "127.0.0.1:9", other, other},
		{true, "", none, none},
	} {
		s.Confine(step.jail, list(t, step.network))
		for range 2 { // the idle process, and one that takes its place
			if got := outcomeOf(t, s, "Fetch", plain.URL+"/x"); !strings.Contains(got, step.onPlain) {
				t.Errorf("jail %v, network %s: %s", step.jail, step.network, got)
			}
			if got := outcomeOf(t, s, "Fetch", safe.URL+"/y"); !strings.Contains(got, step.onTLS) {
				t.Errorf("jail %v, network %s: %s", step.jail, step.network, got)
			}
		}
	}
}

// A worker's process keeps the network with which its query began.
func TestQueryKeepsItsNetwork(t *testing.T) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	s := newStore(t, guest.Options{})
	p, _ := define(t, s, "cell[1]", fetcher)
	address := l.Addr().String()
	s.Confine(true, list(t, address))
	f := resolve(t, open(t, s), p, "Dialed", texts(address))
	s.Confine(true, guest.Network{})
	if got, err := f.Call(t.Context(), []arrow.Array{texts(address)}, 1); err != nil || got.ValueStr(0) != address {
		t.Errorf("%v, %v", got, err)
	}
	if got := outcomeOf(t, s, "Dialed", address); !strings.Contains(got, "SET 'riffle.functions.network' = '"+address+"'") {
		t.Errorf("a query that began later: %s", got)
	}
}

// A program that go build makes uses the network, too.
func TestNetworkWithGoBuild(t *testing.T) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	s := New(Options{CacheDir: t.TempDir()})
	defer s.Close()
	m, err := s.machine(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	m.builder.failures = maxFailures
	define(t, s, "cell[1]", fetcher)
	s.Confine(true, list(t, l.Addr().String()))
	if got := outcomeOf(t, s, "Dialed", l.Addr().String()); got != l.Addr().String() {
		t.Error(got)
	}
}
