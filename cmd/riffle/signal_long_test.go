//go:build long

package main

import (
	"os"
	"syscall"
	"testing"
)

// Each of what ends riffle, in a query. The sample has these in signal_test.go: Ctrl-C in a
// query, the others where no Flink is needed.
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
