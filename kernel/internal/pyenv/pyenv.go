// Package pyenv provides the Python environment with Jupyter's clients that the kernel's
// tests run against. It is created once and kept in the user's cache.
package pyenv

import (
	"context"
	"crypto/sha256"
	_ "embed" // the requirements
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"

	"github.com/gofrs/flock"
)

//go:embed requirements.txt
var requirements []byte

// Python returns the path of the environment's interpreter.
func Python(ctx context.Context) (string, error) {
	cache, err := os.UserCacheDir()
	if err != nil {
		return "", err
	}
	folder := filepath.Join(cache, "riffle", fmt.Sprintf("jupyter-%.6x", sha256.Sum256(requirements)))
	python := filepath.Join(folder, "bin", "python")
	if err := os.MkdirAll(filepath.Dir(folder), 0o755); err != nil {
		return "", err
	}
	lock := flock.New(folder + ".lock")
	if err := lock.Lock(); err != nil { // packages are tested in parallel
		return "", err
	}
	defer lock.Unlock()
	whole := filepath.Join(folder, "whole")
	if _, err := os.Stat(whole); err == nil {
		return python, nil
	}
	list := filepath.Join(folder, "requirements.txt")
	if err := errors.Join(os.RemoveAll(folder), os.MkdirAll(folder, 0o755), os.WriteFile(list, requirements, 0o644)); err != nil {
		return "", err
	}
	for _, command := range [][]string{
		{"python3", "-m", "venv", folder},
		{python, "-m", "pip", "install", "--no-input", "--disable-pip-version-check", "-q", "-r", list},
	} {
		if out, err := exec.CommandContext(ctx, command[0], command[1:]...).CombinedOutput(); err != nil {
			return "", fmt.Errorf("%s: %w\n%s", strings.Join(command, " "), err, out)
		}
	}
	return python, os.WriteFile(whole, nil, 0o644)
}
