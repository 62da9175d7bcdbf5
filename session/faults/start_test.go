//go:build long

package faults_test

import (
	"net"
	"slices"
	"strings"
	"testing"

	"riffle/session"
	"riffle/session/sessiontest"
)

// The cluster cannot start while another program has its port. The next statement starts it again.
func TestFailedStart(t *testing.T) {
	other, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer other.Close()
	_, port, err := net.SplitHostPort(other.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	m := sessiontest.Open(t, "rest.port", port, "rest.bind-port", port)
	_, err = m.Try("SELECT 1")
	if err == nil || !strings.Contains(session.Explain(err), "rest endpoint") {
		t.Errorf("with a port in use: %v", err)
	}
	other.Close()
	if got := m.Table("SELECT 1"); !slices.Equal(got, []string{"1"}) {
		t.Errorf("%q", got)
	}
}
