package repl

import (
	"context"
	"errors"
	"os"
	"testing"

	"riffle/session"
	"riffle/session/command"
	"riffle/session/gateway"
)

// Ctrl-C ends a command that waits for Flink.
func TestCtrlCEndsACommand(t *testing.T) {
	s := session.New(t.Context(), session.Config{Boot: func(ctx context.Context) (gateway.Gateway, error) {
		<-ctx.Done()
		return nil, ctx.Err()
	}})
	defer s.Close()
	interrupts := make(chan os.Signal, 1)
	interrupts <- os.Interrupt
	env := command.Env{Session: s, FrontEnd: command.Shell, Display: &command.Display{}}
	st := session.Cell{Text: `\dt`, Name: "cell[1]"}.Statements()[0]
	if _, err := runCommand(t.Context(), &Console{}, env, st, interrupts); !errors.Is(err, ErrInterrupted) {
		t.Errorf("ends with %v", err)
	}
}
