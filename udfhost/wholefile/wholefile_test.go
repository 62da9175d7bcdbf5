package wholefile

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"testing/iotest"
)

func TestWriteIsAllOrNothing(t *testing.T) {
	path := filepath.Join(t.TempDir(), "file")
	if err := Write(path, 0o640, strings.NewReader("old")); err != nil {
		t.Fatal(err)
	}
	cut := errors.New("cut")
	if err := Write(path, 0o640, iotest.DataErrReader(&failing{strings.NewReader("new"), cut})); !errors.Is(err, cut) {
		t.Errorf("a reader that fails: %v", err)
	}
	text, err := os.ReadFile(path)
	if err != nil || string(text) != "old" {
		t.Errorf("the file holds %q, %v after a write that failed", text, err)
	}
	if info, err := os.Stat(path); err != nil || info.Mode().Perm() != 0o640 {
		t.Errorf("mode %v, %v", info.Mode(), err)
	}
	if left, _ := filepath.Glob(filepath.Join(filepath.Dir(path), ".*")); len(left) > 0 {
		t.Errorf("left behind: %v", left)
	}
}

// An error names the file that was to be written, not the one that it is written under, which is gone.
func TestErrorNamesTheFile(t *testing.T) {
	folder := t.TempDir()
	for path, want := range map[string]error{
		filepath.Join(folder, "none", "file.csv"): os.ErrNotExist,
		folder: os.ErrExist, // a folder is not replaced
	} {
		err := Write(path, 0o600, strings.NewReader(""))
		if !errors.Is(err, want) || !strings.Contains(err.Error(), path+": ") {
			t.Errorf("%s: %v", path, err)
		}
		if left, _ := filepath.Glob(filepath.Join(filepath.Dir(path), ".*")); len(left) > 0 {
			t.Errorf("%s: left behind: %v", path, left)
		}
	}
}

// failing returns the data of another reader, and then an error.
type failing struct {
	from *strings.Reader
	err  error
}

func (f *failing) Read(b []byte) (int, error) {
	if f.from.Len() == 0 {
		return 0, f.err
	}
	return f.from.Read(b)
}

func TestMoveToAnotherFileSystem(t *testing.T) {
	other, err := os.MkdirTemp("/dev/shm", "riffle-wholefile-*")
	if err != nil {
		other = t.TempDir() // no second file system here: the move within one
	}
	defer os.RemoveAll(other)
	from, to := filepath.Join(other, "from"), filepath.Join(t.TempDir(), "to")
	if err := os.WriteFile(from, []byte("program"), 0o700); err != nil {
		t.Fatal(err)
	}
	if err := Move(from, to); err != nil {
		t.Fatal(err)
	}
	text, err := os.ReadFile(to)
	info, statErr := os.Stat(to)
	if err != nil || statErr != nil || string(text) != "program" || info.Mode().Perm() != 0o700 {
		t.Errorf("%q, %v, %v", text, err, info.Mode())
	}
	if _, err := os.Stat(from); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("the file is still at its old path: %v", err)
	}
}
