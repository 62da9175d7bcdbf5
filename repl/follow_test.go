package repl

import (
	"context"
	"errors"
	"os"
	"testing"

	"riffle/session"
	"riffle/session/gateway"
	"riffle/session/run"
)

// Ctrl-C ends everything that waits for Flink: a command, a statement, and the question where a
// statement of a script ends.
func TestCtrlCEndsTheWaitForFlink(t *testing.T) {
	s := session.New(t.Context(), session.Config{Boot: func(ctx context.Context) (gateway.Gateway, error) {
		<-ctx.Done()
		return nil, ctx.Err()
	}})
	defer s.Close()
	for _, text := range []string{`\dt`, "SHOW TABLES", "SELECT 1\n\nSELECT 2"} {
		interrupts := make(chan os.Signal, 1)
		interrupts <- os.Interrupt
		script := NewScript(&Console{}, s, Options{Format: "table"}, interrupts)
		if err := script.Run(t.Context(), session.Cell{Text: text, Name: "script"}); !errors.Is(err, run.ErrInterrupted) {
			t.Errorf("%q ends with %v", text, err)
		}
	}
}
