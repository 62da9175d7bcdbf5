package golang

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"golang.org/x/mod/modfile"
	"golang.org/x/mod/module"
	"golang.org/x/mod/semver"

	"riffle/udfhost/wholefile"
)

// request is what was asked for: a module, or a package of one, and a version as go get knows them: v1.2.3, v1,
// latest, a branch, or none, which removes the module.
type request struct{ path, version string }

const (
	latest = "latest"
	none   = "none"
)

func (r request) String() string { return r.path + "@" + r.version }

// parseRequest reads PATH or PATH@VERSION.
func parseRequest(text string) (request, error) {
	path, version, found := strings.Cut(text, "@")
	if !found {
		version = latest
	}
	if _, plain, isURL := strings.Cut(path, "://"); isURL {
		return request{}, fmt.Errorf("%s is the address of a page: the path of a module has no scheme, write %s", path, plain)
	}
	if !fromModule(path) {
		return request{}, fmt.Errorf("%s is not the path of a module, such as golang.org/x/text; the standard library needs no module", path)
	}
	if module.CheckPath(path) != nil {
		return request{}, fmt.Errorf("%s is not the path of a module, such as golang.org/x/text", path)
	}
	if version == "" || strings.ContainsAny(version, " \t@") {
		return request{}, fmt.Errorf("%s has no version after @, such as @v1.2.3 or @latest", text)
	}
	return request{path, version}, nil
}

// get returns the set that results from a request. It downloads what is missing in Go's module cache, with the user's
// settings of the go command, and says what it downloads.
func (m *modules) get(ctx context.Context, from *moduleSet, r request, say func(string)) (*moduleSet, error) {
	folder, err := os.MkdirTemp(m.scratch, "get-*")
	if err != nil {
		return nil, fmt.Errorf("make a folder for temporary files: %w", err)
	}
	defer os.RemoveAll(folder)
	g := &getting{tools: m.packages.tools, folder: folder, say: say}
	if g.environment, err = userEnvironment(ctx, g.tools); err != nil {
		return nil, err
	}
	kept := m.kept(from, r)
	if set, err := g.restore(ctx, kept); err == nil {
		return set, nil
	}
	if err := from.write(folder, g.tools); err != nil {
		return nil, err
	}
	say("looking for " + r.String())
	if _, err := g.run(ctx, "get", r.String()); err != nil {
		return nil, g.explain(ctx, r, err)
	}
	warnings := g.warnings
	direct, err := directAfter(from, r, folder)
	if err != nil {
		return nil, err
	}
	set, err := g.list(ctx, direct, "-mod=mod")
	if err != nil {
		return nil, g.explain(ctx, r, err)
	}
	set.warnings = warnings
	return set, set.save(kept)
}

// write writes go.mod and go.sum of the set.
func (s *moduleSet) write(folder string, tools *toolchain) error {
	mod := s.mod
	if mod == nil {
		// The name is that of nothing that can be downloaded.
		mod = []byte("module session\n\ngo " + strings.TrimPrefix(languageVersion(tools.version), "go") + "\n")
	}
	return errors.Join(write(filepath.Join(folder, "go.mod"), mod), write(filepath.Join(folder, "go.sum"), s.sum))
}

// directAfter returns the direct modules after go get has written go.mod: those before that are still required, and
// the one that has the path of the request.
func directAfter(from *moduleSet, r request, folder string) ([]string, error) {
	text, err := os.ReadFile(filepath.Join(folder, "go.mod"))
	if err != nil {
		return nil, err
	}
	file, err := modfile.ParseLax("go.mod", text, nil)
	if err != nil {
		return nil, err
	}
	required, has := map[string]bool{}, ""
	for _, requirement := range file.Require {
		path := requirement.Mod.Path
		required[path] = true
		if (r.path == path || strings.HasPrefix(r.path, path+"/")) && len(path) > len(has) {
			has = path
		}
	}
	var direct []string
	for _, module := range from.direct {
		if required[module.Path] && (r.version != none || module.Path != r.path) {
			direct = append(direct, module.Path)
		}
	}
	switch {
	case r.version == none:
	case has == "":
		return nil, fmt.Errorf("the go command has added no module for %s", r)
	case !slices.Contains(direct, has):
		direct = append(direct, has)
	}
	slices.Sort(direct)
	return direct, nil
}

// keptSet is what the cache keeps of a set, so that the same request needs no network at the next start of riffle.
type keptSet struct {
	Direct   []string
	Mod, Sum string
	Warnings []string
}

// kept returns the file for the result of a request; "" if the result can be another one the next time.
func (m *modules) kept(from *moduleSet, r request) string {
	if semver.Canonical(r.version) != r.version {
		return ""
	}
	id := sha256.New()
	fmt.Fprintf(id, "%s\x00%s\x00%q\x00%s", from.mod, from.sum, from.direct, r)
	return filepath.Join(m.cache, "modules", hex.EncodeToString(id.Sum(nil)[:16])+".json")
}

func (s *moduleSet) save(path string) error {
	if path == "" {
		return nil
	}
	kept := keptSet{Mod: string(s.mod), Sum: string(s.sum), Warnings: s.warnings}
	for _, module := range s.direct {
		kept.Direct = append(kept.Direct, module.Path)
	}
	text, err := json.Marshal(kept)
	if err == nil {
		err = os.MkdirAll(filepath.Dir(path), 0o700)
	}
	if err == nil {
		err = wholefile.Write(path, 0o600, bytes.NewReader(text))
	}
	if err != nil {
		return fmt.Errorf("keep the session's modules: %w", err)
	}
	return nil
}

// getting is a request that is being fulfilled.
type getting struct {
	tools       *toolchain
	folder      string // of go.mod and go.sum
	environment []string
	say         func(string)
	warnings    []string // of the go command, one line each
}

// restore returns the set that a file describes. It fails if anything of it would have to be downloaded.
func (g *getting) restore(ctx context.Context, path string) (*moduleSet, error) {
	text, err := os.ReadFile(path)
	if err != nil {
		return nil, err
	}
	var kept keptSet
	if err := json.Unmarshal(text, &kept); err != nil {
		return nil, err
	}
	set := &moduleSet{mod: []byte(kept.Mod), sum: []byte(kept.Sum)}
	if err := set.write(g.folder, g.tools); err != nil {
		return nil, err
	}
	offline := *g
	offline.environment = append(slices.Clone(g.environment), "GOPROXY=off")
	if set, err = offline.list(ctx, kept.Direct, "-mod=readonly"); err != nil {
		return nil, err
	}
	for importPath, p := range set.packages {
		if p.Error != nil && (strings.Contains(p.Error.Err, "GOPROXY=off") || strings.Contains(p.Error.Err, "go.sum")) {
			return nil, fmt.Errorf("package %s would have to be downloaded", importPath)
		}
	}
	now := time.Now()
	_ = os.Chtimes(path, now, now) // a file in use is not evicted
	set.warnings = kept.Warnings
	return set, nil
}

// list returns the set of the packages that modules have and import, according to go.mod in the folder. What only their
// programs import is left out, and is not downloaded.
func (g *getting) list(ctx context.Context, direct []string, mode string) (*moduleSet, error) {
	set := &moduleSet{packages: map[string]*modulePackage{}}
	if len(direct) == 0 {
		return set, nil
	}
	list := []string{"list", "-e", "-tags=" + buildTags, mode}
	args := append(slices.Clone(list), "-find", "-json=ImportPath,Name", "--")
	for _, path := range direct {
		args = append(args, path+"/...")
	}
	out, err := g.run(ctx, args...)
	if err != nil {
		return nil, err
	}
	found, err := listed[modulePackage](out)
	if err != nil {
		return nil, err
	}
	args = append(slices.Clone(list), "-deps", "-json="+listedFields, "--")
	for _, p := range found {
		if p.Name != "main" && allowedImport(p.ImportPath) == nil {
			args = append(args, p.ImportPath)
		}
	}
	if args[len(args)-1] != "--" { // otherwise the packages of the folder would be listed
		if out, err = g.run(ctx, args...); err != nil {
			return nil, err
		}
		if found, err = listed[modulePackage](out); err != nil {
			return nil, err
		}
		for _, p := range found {
			if !p.Standard {
				set.packages[p.ImportPath] = &p
			}
		}
	}
	if out, err = g.run(ctx, append([]string{"list", "-m", "-json=Path,Version,Dir", mode, "--"}, direct...)...); err != nil {
		return nil, err
	}
	if set.direct, err = listed[directModule](out); err != nil {
		return nil, err
	}
	if set.mod, err = os.ReadFile(filepath.Join(g.folder, "go.mod")); err != nil {
		return nil, err
	}
	set.sum, err = os.ReadFile(filepath.Join(g.folder, "go.sum"))
	return set, err
}

// listed reads what go list prints with -json: one object after the other.
func listed[T any](out []byte) ([]T, error) {
	var all []T
	for objects := json.NewDecoder(bytes.NewReader(out)); ; {
		var object T
		switch err := objects.Decode(&object); {
		case errors.Is(err, io.EOF):
			return all, nil
		case err != nil:
			return nil, fmt.Errorf("read what go list says: %w", err)
		}
		all = append(all, object)
	}
}

// run runs the go command. It says what that downloads, and collects its warnings.
func (g *getting) run(ctx context.Context, args ...string) ([]byte, error) {
	cmd := g.tools.tool(ctx, g.folder, g.tools.command, args...)
	cmd.Env = g.environment
	cmd.Stderr = &messages{of: g}
	return output(ctx, cmd)
}

// messages reads what the go command says while it works.
type messages struct {
	of   *getting
	line []byte
}

func (m *messages) Write(text []byte) (int, error) {
	m.line = append(m.line, text...)
	for {
		line, rest, whole := strings.Cut(string(m.line), "\n")
		if !whole {
			return len(text), nil
		}
		m.line = []byte(rest)
		line = strings.TrimPrefix(line, "go: ")
		if what, is := strings.CutPrefix(line, "downloading "); is {
			m.of.say("downloading " + what)
		} else if what, is := strings.CutPrefix(line, "warning: "); is { // the author has retracted the version
			m.of.warnings = append(m.of.warnings, "warning: "+what)
		} else if strings.HasPrefix(line, "module ") && strings.Contains(line, " is deprecated: ") {
			m.of.warnings = append(m.of.warnings, "warning: "+line)
		}
	}
}

// userSettings are the go command's settings for downloads. They can be in the environment or in a file of the user.
var userSettings = []string{
	"GOPROXY", "GONOPROXY", "GOPRIVATE", "GOSUMDB", "GONOSUMDB", "GOINSECURE", "GOVCS", "GOAUTH", "GOMODCACHE", "GOPATH",
}

// networkVariables are the variables with which a user configures the network, and the programs that the go command
// downloads with.
var networkVariables = []string{
	"HTTP_PROXY", "HTTPS_PROXY", "NO_PROXY", "http_proxy", "https_proxy", "no_proxy", "SSL_CERT_FILE", "SSL_CERT_DIR",
	"NETRC", "SSH_AUTH_SOCK", "GIT_SSH", "GIT_SSH_COMMAND", "GIT_SSL_CAINFO", "GIT_CONFIG_GLOBAL", "XDG_CONFIG_HOME", "USER", "LOGNAME",
}

// userEnvironment returns the environment in which the go command downloads: that of all tools, with the user's
// settings for downloads.
func userEnvironment(ctx context.Context, t *toolchain) ([]string, error) {
	ask := t.tool(ctx, "", t.command, append([]string{"env", "-json", "GOFLAGS"}, userSettings...)...)
	ask.Env = append(os.Environ(), "GOTOOLCHAIN=local", "GOWORK=off")
	out, err := output(ctx, ask)
	if err != nil {
		return nil, fmt.Errorf("read the settings of the go command: %w", err)
	}
	var settings map[string]string
	if err := json.Unmarshal(out, &settings); err != nil {
		return nil, fmt.Errorf("read the settings of the go command: %w", err)
	}
	environment := t.environment()
	for _, name := range userSettings {
		environment = append(environment, name+"="+settings[name])
	}
	for _, name := range networkVariables {
		if value, found := os.LookupEnv(name); found {
			environment = append(environment, name+"="+value)
		}
	}
	if slices.Contains(strings.Fields(settings["GOFLAGS"]), "-modcacherw") {
		environment = append(environment, "GOFLAGS=-modcacherw")
	}
	return environment, nil
}
