package main

import (
	"errors"
	"fmt"
	"io/fs"
	"iter"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"riffle/session"
	"riffle/session/sqltext"
)

// configured combines the command line with the configuration. wrong has the errors in the
// configuration; the rest of it takes effect.
func (in invocation) configured() (invocation, error) {
	path, named, err := in.configPath()
	if err != nil || path == "" {
		return in, err
	}
	c, err := readConfig(path)
	var failed *session.Error
	switch {
	case errors.Is(err, fs.ErrNotExist) && !named:
		if in.profile != "" {
			return in, fmt.Errorf("--profile: there is no configuration %s", path)
		}
		return in, nil
	case err != nil && !errors.As(err, &failed) && named:
		return in, fmt.Errorf("--config: %w", err)
	case err != nil:
		in.wrong = append(in.wrong, err)
		return in, nil
	}
	return in.withConfig(c)
}

// configPath returns the file to read, "" for none, and whether the user named it. The user's
// own file is not used for riffle check: the results of a script must not depend on who checks
// it.
func (in *invocation) configPath() (path string, named bool, err error) {
	switch {
	case in.noConfig && (in.config != "" || in.profile != ""):
		return "", false, errors.New("--no-config cannot be combined with --config or --profile")
	case in.noConfig:
		return "", false, nil
	case in.config != "":
		return in.config, true, nil
	case in.command == "check" && in.profile == "":
		return "", false, nil
	}
	dir, err := os.UserConfigDir()
	if err != nil {
		return "", false, nil // without a home folder there is no configuration
	}
	return filepath.Join(dir, "riffle", "config.toml"), false, nil
}

// withConfig applies a configuration below the command line: first its top level, then the
// profile.
func (in invocation) withConfig(c config) (invocation, error) {
	out := newInvocation()
	out.wrong = c.take(&out)
	profile, chosen := in.profile, in.profile != ""
	if !chosen {
		profile = out.profile
	}
	profiles := c.profiles()
	switch {
	case profile == "" || slices.Contains(profiles, profile):
	case chosen:
		return in, fmt.Errorf("--profile: %s", c.noProfile(profile, profiles))
	default:
		i := slices.IndexFunc(c.entries, func(e entry) bool { return slices.Equal(e.path, []string{"profile"}) })
		out.wrong = append(out.wrong, c.fail(c.entries[i].places[0], errors.New(c.noProfile(profile, profiles))))
		profile = ""
	}
	for _, name := range profiles {
		target := &out
		if name != profile {
			target = nil
		}
		out.wrong = append(out.wrong, c.take(target, "profiles", name)...)
	}
	if err := out.take(in.given); err != nil {
		return in, err
	}
	out.command, out.files = in.command, in.files // words
	out.config = c.cell.Name
	return out, nil
}

func (c config) noProfile(name string, there []string) string {
	message := fmt.Sprintf("%s has no profile %s", c.cell.Name, name)
	switch near := sqltext.Nearest(name, slices.Values(there)); {
	case near != "":
		return message + ": did you mean " + near + "?"
	case len(there) > 0:
		return message + ", only " + strings.Join(there, ", ")
	}
	return message
}

// profiles returns the names of the profiles in the configuration.
func (c config) profiles() []string {
	var names []string
	for _, e := range c.entries {
		if len(e.path) > 1 && e.path[0] == "profiles" && !slices.Contains(names, e.path[1]) {
			names = append(names, e.path[1])
		}
	}
	return names
}

// take applies the keys below a path, and returns the errors of the others. Without an
// invocation, values are not checked: the jars of a profile that is not chosen may be on
// another machine.
func (c config) take(in *invocation, below ...string) []error {
	var wrong []error
	reported := map[string]bool{} // tables for which it was reported that they are not tables
	for _, e := range c.entries {
		if len(e.path) < len(below) || !slices.Equal(e.path[:len(below)], below) {
			continue
		}
		path := e.path[len(below):]
		spec, known := flagSpec{}, false
		switch {
		case len(path) == 0 && e.shape == header, len(below) == 0 && path[0] == "profiles":
			continue
		case len(path) == 0:
			wrong = append(wrong, c.fail(e.key, fmt.Errorf("%[1]s is a table: [%[1]s]", strings.Join(e.path, "."))))
			continue
		case len(below) == 0 || path[0] != "profile":
			spec, known = specOf(path[0])
		}
		if reported[path[0]] {
			continue
		}
		err := c.unknown(e, path[0])
		if known {
			err = c.applyEntry(in, spec, e, path[1:])
		}
		if err != nil {
			wrong = append(wrong, err)
			reported[path[0]] = e.shape == header || !known
		}
	}
	return wrong
}

// specOf returns the flag that a key stands for.
func specOf(key string) (flagSpec, bool) {
	specs := flags()
	i := slices.IndexFunc(specs, func(f flagSpec) bool { return f.key.name != "" && f.key.name == key })
	if i < 0 {
		return flagSpec{}, false
	}
	return specs[i], true
}

// applyEntry turns an entry into flags and applies them. rest is the part of the path after the
// key.
func (c config) applyEntry(in *invocation, spec flagSpec, e entry, rest []string) error {
	switch {
	case spec.key.kind == table && e.shape == header:
		return nil
	case spec.key.kind == table && len(rest) == 0:
		return c.fail(e.key, fmt.Errorf("%[1]s is a table: [%[1]s]", spec.key.name))
	case spec.key.kind != table && (e.shape == header || len(rest) > 0):
		return c.fail(e.key, fmt.Errorf("%s is a key, not a table", spec.key.name))
	case e.shape == unsupported, e.shape == array && spec.key.kind == single, e.shape == array && spec.key.kind == table:
		return c.fail(e.key, fmt.Errorf("%s takes one value: a string, a number, true or false", e.path[len(e.path)-1]))
	case spec.key.kind == table: // TOML takes a key with dots apart
		return c.set(in, spec, strings.Join(rest, ".")+"="+e.texts[0], e.places[0])
	}
	for i, text := range e.texts {
		if spec.key.kind == paths {
			text = c.path(text)
		}
		if err := c.set(in, spec, text, e.places[i]); err != nil {
			return err
		}
	}
	return nil
}

// set applies one flag, and returns its error with the position of its value.
func (c config) set(in *invocation, spec flagSpec, text string, at sqltext.Span) error {
	if in == nil {
		return nil
	}
	settings := len(in.set)
	if err := spec.set(in, text); err != nil {
		return c.fail(at, err)
	}
	if len(in.set) > settings {
		in.set[settings].line = sqltext.Locate(c.cell.Text, at.Start).Line
	}
	return nil
}

func (c config) unknown(e entry, name string) error {
	what := "key"
	if e.shape == header {
		what = "table"
	}
	hint := ""
	if near := sqltext.Nearest(name, configKeys()); near != "" {
		hint = "did you mean " + near + "?"
	}
	return c.cell.Fail(e.key, fmt.Sprintf("there is no %s %s", what, name), hint)
}

func configKeys() iter.Seq[string] {
	return func(yield func(string) bool) {
		for _, f := range flags() {
			if f.key.name != "" && !yield(f.key.name) {
				return
			}
		}
		yield("profiles")
	}
}

// path returns the path of a file that the configuration names: relative to its folder, or to
// the home folder.
func (c config) path(name string) string {
	if rest, ok := strings.CutPrefix(name, "~/"); ok {
		if home, err := os.UserHomeDir(); err == nil {
			return filepath.Join(home, rest)
		}
	}
	if filepath.IsAbs(name) {
		return name
	}
	return filepath.Join(filepath.Dir(c.cell.Name), name)
}

func (c config) fail(at sqltext.Span, err error) error {
	return c.cell.Fail(at, err.Error(), "")
}
