//go:build long

package main

import (
	"os"
	"strings"
	"syscall"
	"testing"
)

// Everything that ends riffle, during a query. In the sample, signal_test.go tests Ctrl-C in a
// query, and the others without a Flink.
func TestSignalsEndAQuery(t *testing.T) {
	type ending struct {
		name string
		end  func(*started) error
		code int
	}
	for _, test := range []ending{
		{"Ctrl-C", func(r *started) error { return r.Process.Signal(os.Interrupt) }, 130},
		{"SIGTERM", func(r *started) error { return r.Process.Signal(syscall.SIGTERM) }, 143},
		{"the reader of a pipe has gone", func(r *started) error { return r.closer.Close() }, 141},
	} {
		t.Run(test.name, func(t *testing.T) {
			r := start(t, "-e", endless, "--format", "csv", "--quiet")
			if header := r.line(t); header != "k" {
				t.Fatalf("the header is %q", header)
			}
			r.line(t)
			if err := test.end(r); err != nil {
				t.Fatal(err)
			}
			if got := r.code(t); got != test.code || r.errors.Len() > 0 {
				t.Errorf("exit code %d, want %d; standard error %q", got, test.code, &r.errors)
			}
		})
	}
}

// The last statement of a pipe needs no line end, also after queries. The sample tests this
// without a Flink.
func TestPipeEndsWithAStatementBehindQueries(t *testing.T) {
	r := startPiped(t, "")
	r.send(t, "  three")
	r.in.Close()
	if code := r.code(t); code != 1 || !strings.Contains(r.errors.String(), "stdin:4:3: ") {
		t.Errorf("exit code %d, standard error %q", code, &r.errors)
	}
}
