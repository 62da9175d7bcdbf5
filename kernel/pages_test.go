//go:build jupyter

package kernel_test

import (
	"bytes"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"testing"

	"riffle/kernel/internal/pyenv"
)

// The pages of docs/notebooks are the example notebooks with their outputs, as
// nbconvert writes them.
func TestNotebookPages(t *testing.T) {
	python, err := pyenv.Python(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	made := t.TempDir()
	convert := exec.CommandContext(t.Context(), python, "-m", "nbconvert", "--log-level=ERROR", "--to=markdown", "--output-dir="+made)
	notebooks, err := filepath.Glob(filepath.Join("..", "examples", "*.ipynb"))
	if err != nil || len(notebooks) == 0 {
		t.Fatalf("no notebooks: %v", err)
	}
	convert.Args = append(convert.Args, notebooks...)
	if out, err := convert.CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	pages := filepath.Join("..", "docs", "notebooks")
	if *update {
		if err := os.RemoveAll(pages); err != nil {
			t.Fatal(err)
		}
		if err := os.CopyFS(pages, os.DirFS(made)); err != nil {
			t.Fatal(err)
		}
	}
	want, got := files(t, made), files(t, pages)
	for name, text := range want {
		if !bytes.Equal(got[name], text) {
			t.Errorf("docs/notebooks/%s is not what the notebook has: go test -tags jupyter ./kernel -run NotebookPages -update", name)
		}
	}
	for name := range got {
		if _, ok := want[name]; !ok {
			t.Errorf("docs/notebooks/%s is of no notebook", name)
		}
	}
}

// files returns those below a folder, by their slashed paths.
func files(t *testing.T, folder string) map[string][]byte {
	t.Helper()
	found := map[string][]byte{}
	err := fs.WalkDir(os.DirFS(folder), ".", func(path string, entry fs.DirEntry, err error) error {
		if err != nil || entry.IsDir() {
			return err
		}
		found[path], err = os.ReadFile(filepath.Join(folder, filepath.FromSlash(path)))
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return found
}
