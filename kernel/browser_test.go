//go:build jupyter

package kernel_test

import (
	"testing"

	"riffle/session/sessiontest/sample"
)

// The screenshots are artifacts, see docs/kernel.md.
func TestBrowser(t *testing.T) {
	t.Setenv("SCREENSHOTS", t.ArtifactDir())
	jupyter(t, "browser.py", "-v")
}

func TestConvert(t *testing.T) {
	t.Setenv("SCREENSHOTS", t.ArtifactDir())
	t.Setenv("RUN", sample.Of("functions.ipynb", "*.ipynb"))
	jupyter(t, "convert.py", "-v")
}
