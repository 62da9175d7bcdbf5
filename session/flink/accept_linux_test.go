package flink_test

import (
	"context"
	"os"
	"strings"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"riffle/session/py4j"
	"riffle/session/sessiontest/processes"
)

// A JVM that was out of file descriptors takes calls again when it has some.
func TestGatewayAcceptsAfterErrors(t *testing.T) {
	wantRows(t, "SELECT 1", "1 0") // the cluster has started, which takes descriptors
	var usual unix.Rlimit
	if err := unix.Prlimit(shared.PID(), unix.RLIMIT_NOFILE, nil, &usual); err != nil {
		t.Fatal(err)
	}
	none := unix.Rlimit{Cur: 1, Max: usual.Max}
	if err := unix.Prlimit(shared.PID(), unix.RLIMIT_NOFILE, &none, nil); err != nil {
		t.Fatal(err)
	}
	restore := func() {
		if err := unix.Prlimit(shared.PID(), unix.RLIMIT_NOFILE, &usual, nil); err != nil {
			t.Fatal(err)
		}
	}
	defer restore()
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	dialed := make(chan error, 1)
	go func() {
		_, err := py4j.Dial(ctx, shared.Addr(), "wrong")
		dialed <- err
	}()
	processes.Await(t, "the JVM cannot accept a connection", func() bool {
		log, err := os.ReadFile(shared.Log())
		return err == nil && strings.Contains(string(log), "cannot accept connections")
	})
	restore()
	if err := <-dialed; err == nil || ctx.Err() != nil {
		t.Errorf("the token was not looked at: %v", err)
	}
}
