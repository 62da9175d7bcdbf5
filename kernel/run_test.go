package kernel_test

import (
	"strings"
	"testing"

	"riffle/kernel"
	"riffle/session"
	"riffle/session/run/runtest"
)

// A text has the same effect in a notebook as in a script and in the shell, whose tests are in
// package repl.
func TestTextsDoTheSameInNotebooks(t *testing.T) {
	t.Run("cell", func(t *testing.T) {
		runtest.Run(t, runtest.Without{Formats: true}, func(t *testing.T, s *session.Session) string {
			_, at := serveKernel(t, s, nil)
			return told(connect(t, at).execute("%i " + runtest.Main))
		})
	})
	t.Run("before all cells", func(t *testing.T) {
		runtest.Run(t, runtest.Without{Formats: true, Echo: true}, func(t *testing.T, s *session.Session) string {
			cells, err := session.ReadCells(runtest.Main)
			if err != nil {
				t.Fatal(err)
			}
			_, at := serveKernel(t, s, func(c *kernel.Config) { c.Before = cells })
			return told(connect(t, at).execute("%echo behind it"))
		})
	})
}

// told returns the output and the error of a cell.
func told(r result) string {
	text := r.stdout + r.stderr
	lines, _ := r.reply["traceback"].([]any)
	for _, line := range lines {
		text += line.(string) + "\n"
	}
	return strings.TrimSuffix(text, "\n")
}
