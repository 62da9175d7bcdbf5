package flink_test

import (
	"errors"
	"log/slog"
	"testing"

	"riffle/session/flink"
	"riffle/session/gateway"
)

// A JVM whose connection for planning is lost cannot plan any more. It ends, and the call says that it is lost, so that
// the session starts another one.
func TestJVMEndsWithoutItsConnectionForPlanning(t *testing.T) {
	g, err := flink.Embedded{Dir: t.TempDir(), Log: slog.New(slog.DiscardHandler)}.Start(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	defer g.Close()
	g.CutPlanning()
	_, err = g.Execute(t.Context(), "SHOW DATABASES", "t1")
	if !errors.As(err, new(*gateway.LostError)) {
		t.Errorf("%v is no loss", err)
	}
	<-g.Exited()
}
