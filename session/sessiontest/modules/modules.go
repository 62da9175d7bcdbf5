// Package modules serves Go modules to tests. Each of its archives is one version of a module: what a server says about
// it (.mod, .info), then its files.
package modules

import (
	"embed"
	"os"
	"testing"

	"github.com/rogpeppe/go-internal/goproxytest"
)

//go:embed *.txtar
var archives embed.FS

// Serve starts a server of the modules, for GOPROXY, and returns its address. It ends with the test.
func Serve(t *testing.T) string {
	t.Helper()
	folder := t.TempDir()
	if err := os.CopyFS(folder, archives); err != nil {
		t.Fatal(err)
	}
	return goproxytest.NewTestServer(t, folder, "").URL
}

// Use makes the modules the only ones that the go command finds in this test.
func Use(t *testing.T) {
	t.Helper()
	t.Setenv("GOPROXY", Serve(t))
	t.Setenv("GONOSUMDB", "*")
	t.Setenv("GOFLAGS", "-modcacherw") // otherwise the test could not remove the folder
	t.Setenv("GOMODCACHE", t.TempDir())
}
