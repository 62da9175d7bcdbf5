package repl_test

import (
	"os"
	"os/signal"
	"testing"

	"riffle/session/sessiontest"
)

func TestMain(m *testing.M) {
	// The first call starts the runtime's goroutine for signals. In a test with synctest, that
	// goroutine would be in the test's bubble, and a signal outside it would be fatal.
	signals := make(chan os.Signal, 1)
	signal.Notify(signals, os.Interrupt)
	signal.Stop(signals)
	sessiontest.Main(m)
}
