// Package spec installs the kernel where Jupyter looks for kernels: a folder with
// kernel.json, which says how to start it, and its logo.
//
// https://jupyter-client.readthedocs.io/en/stable/kernels.html#kernel-specs
package spec

import (
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"runtime"
	"slices"
)

// spec is kernel.json.
type spec struct {
	Argv        []string       `json:"argv"`
	DisplayName string         `json:"display_name"`
	Language    string         `json:"language"`
	Interrupt   string         `json:"interrupt_mode"`
	Metadata    map[string]any `json:"metadata"`
}

// start is what follows the program in argv.
var start = []string{"kernel", "run", "{connection_file}"}

var goodName = regexp.MustCompile(`^[a-z0-9._-]+$`)

// Install writes the kernel that program serves into a folder of kernels, and
// returns its own.
func Install(kernels, name, program string) (string, error) {
	if !goodName.MatchString(name) {
		return "", fmt.Errorf("%q is no name of a kernel: use a to z, digits, . _ and -", name)
	}
	if !filepath.IsAbs(program) {
		return "", fmt.Errorf("%s is no absolute path: Jupyter could not find it", program)
	}
	folder := filepath.Join(kernels, name)
	if _, err := os.Stat(filepath.Join(folder, "kernel.json")); err == nil {
		if _, err := read(folder); err != nil {
			return "", fmt.Errorf("%w: take another --name", err)
		}
	}
	display := "riffle (Flink SQL, Go)"
	if name != "riffle" {
		display = name + ", " + display
	}
	text, err := json.MarshalIndent(spec{
		Argv: append([]string{program}, start...), DisplayName: display, Language: "sql",
		Interrupt: "message", Metadata: map[string]any{"debugger": false},
	}, "", "  ")
	if err != nil {
		return "", err
	}
	if err := os.MkdirAll(folder, 0o755); err != nil {
		return "", err
	}
	files := logos()
	files["kernel.json"] = append(text, '\n')
	for name, content := range files {
		if err := os.WriteFile(filepath.Join(folder, name), content, 0o644); err != nil {
			return "", err
		}
	}
	return folder, nil
}

// Uninstall removes a kernel from a folder of kernels, if it is riffle's.
func Uninstall(kernels, name string) (string, error) {
	if !goodName.MatchString(name) {
		return "", fmt.Errorf("%q is no name of a kernel", name)
	}
	folder := filepath.Join(kernels, name)
	if _, err := read(folder); err != nil {
		if errors.Is(err, fs.ErrNotExist) {
			return "", fmt.Errorf("there is no kernel %s: riffle kernel list shows those there are", folder)
		}
		return "", err
	}
	return folder, os.RemoveAll(folder)
}

// read is the program of a kernel of riffle's.
func read(folder string) (program string, err error) {
	text, err := os.ReadFile(filepath.Join(folder, "kernel.json"))
	if err != nil {
		return "", err
	}
	var s spec
	if json.Unmarshal(text, &s) != nil || len(s.Argv) == 0 || !slices.Equal(s.Argv[1:], start) {
		return "", fmt.Errorf("the kernel in %s is not riffle's", folder)
	}
	return s.Argv[0], nil
}

// Installed is a kernel of riffle's that Jupyter finds.
type Installed struct {
	Folder, Program string
	Missing         bool // the program is not there any more
}

// List finds the kernels of riffle's in folders of kernels.
func List(kernels []string) []Installed {
	var found []Installed
	for _, dir := range kernels {
		entries, err := os.ReadDir(dir)
		if err != nil {
			continue // most of the places do not exist
		}
		for _, e := range entries {
			folder := filepath.Join(dir, e.Name())
			program, err := read(folder)
			if err != nil {
				continue
			}
			_, err = os.Stat(program)
			found = append(found, Installed{folder, program, err != nil})
		}
	}
	return found
}

// User is the user's folder of kernels.
func User() (string, error) {
	if dir := os.Getenv("JUPYTER_DATA_DIR"); dir != "" {
		return filepath.Join(dir, "kernels"), nil
	}
	home, err := os.UserHomeDir()
	if err != nil {
		return "", err
	}
	switch runtime.GOOS {
	case "darwin":
		return filepath.Join(home, "Library", "Jupyter", "kernels"), nil
	case "windows":
		if dir := os.Getenv("APPDATA"); dir != "" {
			return filepath.Join(dir, "jupyter", "kernels"), nil
		}
		return "", errors.New("APPDATA is not set: give --prefix")
	}
	if dir := os.Getenv("XDG_DATA_HOME"); dir != "" {
		return filepath.Join(dir, "jupyter", "kernels"), nil
	}
	return filepath.Join(home, ".local", "share", "jupyter", "kernels"), nil
}

// Under is the folder of kernels of a prefix.
func Under(prefix string) string { return filepath.Join(prefix, "share", "jupyter", "kernels") }

// Environment is the prefix of the Python environment that is active.
func Environment() (string, bool) {
	for _, name := range []string{"VIRTUAL_ENV", "CONDA_PREFIX"} {
		if prefix := os.Getenv(name); prefix != "" {
			return prefix, true
		}
	}
	return "", false
}

// Places are the folders of kernels where Jupyter looks.
func Places() []string {
	var places []string
	for _, dir := range filepath.SplitList(os.Getenv("JUPYTER_PATH")) {
		places = append(places, filepath.Join(dir, "kernels"))
	}
	if dir, err := User(); err == nil {
		places = append(places, dir)
	}
	if prefix, ok := Environment(); ok {
		places = append(places, Under(prefix))
	}
	if runtime.GOOS != "windows" {
		places = append(places, Under("/usr/local"), Under("/usr"))
	}
	return places
}
