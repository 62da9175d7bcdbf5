// Package spec installs the kernelspec where Jupyter looks for kernels. A kernelspec is a
// folder that contains a logo and kernel.json, which says how to start the kernel.
//
// https://jupyter-client.readthedocs.io/en/stable/kernels.html#kernel-specs
package spec

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"runtime"
	"slices"
	"strings"
)

// spec is kernel.json.
type spec struct {
	Argv        []string       `json:"argv"`
	DisplayName string         `json:"display_name"`
	Language    string         `json:"language"`
	Interrupt   string         `json:"interrupt_mode"`
	Metadata    map[string]any `json:"metadata"`
}

// Kernel is a kernelspec of riffle's.
type Kernel struct {
	// Name is the name of its folder.
	Name string
	// Program is the path of riffle. It may begin with {resource_dir}, which clients
	// replace with the kernel's folder.
	Program string
	// Profile is the profile of riffle's configuration with which it starts, or "".
	Profile string
}

// DefaultName returns the default name of the kernel for a profile, or for no profile if profile is "".
func DefaultName(profile string) string {
	if profile == "" {
		return "riffle"
	}
	return "riffle-" + profile
}

var goodName = regexp.MustCompile(`^[a-z0-9._-]+$`)

const (
	resources  = "{resource_dir}"
	connection = "{connection_file}"
	profile    = "--profile="
)

// Packaged returns the program of a kernel in a Python package. Its install location is unknown, but scripts
// and data are installed in known places relative to each other.
func Packaged(goos string) string {
	if goos == "windows" {
		return resources + `\..\..\..\..\Scripts\riffle.exe`
	}
	return resources + "/../../../../bin/riffle"
}

// Files returns the files of the kernel's folder.
func (k Kernel) Files() (map[string][]byte, error) {
	if !goodName.MatchString(k.Name) {
		return nil, fmt.Errorf("%q is not a valid kernel name: set one with --name, of letters a to z, digits, . _ and -", k.Name)
	}
	display := "riffle"
	if k.Name != DefaultName(k.Profile) {
		display = k.Name + ", " + display
	}
	argv := []string{k.Program, "kernel", "run", connection}
	if k.Profile != "" {
		display += ", profile " + k.Profile
		argv = slices.Insert(argv, 3, profile+k.Profile)
	}
	var text bytes.Buffer
	e := json.NewEncoder(&text)
	e.SetEscapeHTML(false)
	e.SetIndent("", "  ")
	err := e.Encode(spec{
		Argv: argv, DisplayName: display + " (Flink SQL, Go)", Language: "sql",
		Interrupt: "message", Metadata: map[string]any{"debugger": false},
	})
	files := logos()
	files["kernel.json"] = text.Bytes()
	return files, err
}

// Install writes a kernel into a folder of kernels, and returns the kernel's folder.
func Install(kernels string, k Kernel) (string, error) {
	files, err := k.Files()
	if err != nil {
		return "", err
	}
	if !filepath.IsAbs(k.Program) {
		return "", fmt.Errorf("%s is not an absolute path, so Jupyter could not find it", k.Program)
	}
	folder := filepath.Join(kernels, k.Name)
	if _, err := os.Stat(filepath.Join(folder, "kernel.json")); err == nil {
		if _, err := own(folder); err != nil {
			return "", fmt.Errorf("%w: set another name with --name", err)
		}
	}
	if err := os.MkdirAll(folder, 0o755); err != nil {
		return "", err
	}
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
		return "", fmt.Errorf("%q is not a valid kernel name", name)
	}
	folder := filepath.Join(kernels, name)
	if _, err := own(folder); err != nil {
		if errors.Is(err, fs.ErrNotExist) {
			return "", fmt.Errorf("no kernel in %s: riffle kernel list shows the installed ones", folder)
		}
		return "", err
	}
	return folder, os.RemoveAll(folder)
}

// own reads a kernel that riffle has installed, and that it may change.
func own(folder string) (Kernel, error) {
	k, err := read(folder)
	if err == nil && strings.HasPrefix(k.Program, resources) {
		err = fmt.Errorf("the kernel in %s belongs to a Python package: pip uninstall riffle removes it", folder)
	}
	return k, err
}

// read reads a kernel of riffle's.
func read(folder string) (Kernel, error) {
	text, err := os.ReadFile(filepath.Join(folder, "kernel.json"))
	if err != nil {
		return Kernel{}, err
	}
	var s spec
	k := Kernel{Name: filepath.Base(folder)}
	if json.Unmarshal(text, &s) == nil {
		if len(s.Argv) == 5 && strings.HasPrefix(s.Argv[3], profile) {
			k.Profile = strings.TrimPrefix(s.Argv[3], profile)
			s.Argv = slices.Delete(s.Argv, 3, 4)
		}
		if len(s.Argv) == 4 && slices.Equal(s.Argv[1:], []string{"kernel", "run", connection}) {
			k.Program = s.Argv[0]
			return k, nil
		}
	}
	return Kernel{}, fmt.Errorf("the kernel in %s is not riffle's", folder)
}

// Installed is a kernel of riffle's that Jupyter finds.
type Installed struct {
	Kernel  // with the program's real path
	Folder  string
	Missing bool // the program no longer exists
}

// List finds riffle's kernels in folders of kernels.
func List(kernels []string) []Installed {
	var found []Installed
	for _, dir := range kernels {
		entries, err := os.ReadDir(dir)
		if err != nil {
			continue // most of the places do not exist
		}
		for _, e := range entries {
			folder := filepath.Join(dir, e.Name())
			k, err := read(folder)
			if err != nil {
				continue
			}
			k.Program = filepath.Clean(strings.ReplaceAll(k.Program, resources, folder))
			_, err = os.Stat(k.Program)
			found = append(found, Installed{k, folder, err != nil})
		}
	}
	return found
}

// User returns the user's folder of kernels.
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
		return "", errors.New("APPDATA is not set: set the folder with --prefix")
	}
	if dir := os.Getenv("XDG_DATA_HOME"); dir != "" {
		return filepath.Join(dir, "jupyter", "kernels"), nil
	}
	return filepath.Join(home, ".local", "share", "jupyter", "kernels"), nil
}

// Under returns the folder of kernels under a prefix.
func Under(prefix string) string { return filepath.Join(prefix, "share", "jupyter", "kernels") }

// Environment returns the prefix of the active Python environment.
func Environment() (string, bool) {
	for _, name := range []string{"VIRTUAL_ENV", "CONDA_PREFIX"} {
		if prefix := os.Getenv(name); prefix != "" {
			return prefix, true
		}
	}
	return "", false
}

// Places returns the folders in which Jupyter looks for kernels.
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
