package main

import (
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"time"

	"riffle/render"
	"riffle/repl"
	"riffle/repl/theme"
	"riffle/session"
)

// invocation is what the command line and the configuration ask for.
type invocation struct {
	command string // "", run, doctor, version or help
	files   []string
	texts   []string // of -e
	show    repl.Options
	theme   theme.Choice
	set     []setting
	vars    []setting
	inits   []string // scripts of -i
	jars    []string // of -j, and those in the folders of -l
	debug   bool
	help    bool
	noInit  bool
	update  bool    // of check
	speed   float64 // of demo

	config   string // the file; "" for the usual one
	noConfig bool
	profile  string
	given    []given // on the command line
	wrong    []error // in the configuration
}

// setting is a name and its value, and the line of the configuration where it
// stands; 0 for one of the command line.
type setting struct {
	key, value string
	line       int
}

// given is a flag as it was given.
type given struct {
	spec        flagSpec
	name, value string
}

// flagSpec is a flag and a key of the configuration, or one of the two: its row in
// the usage text and on the docs page, and its meaning.
type flagSpec struct {
	name  string // "" for one that has only a short name, or none
	short string
	value string // as usage shows it; "" for a switch, whose value is on or off
	brief string
	key   key
	set   func(in *invocation, value string) error
}

// key is how a flag is written in a configuration.
type key struct {
	name string // "" if it cannot stand there
	kind keyKind
}

type keyKind uint8

const (
	single keyKind = iota
	list           // of texts; one is a text by itself
	paths          // likewise, from the configuration's folder on
	table          // of names and values
)

// flags is the table of flags, in the order of the usage text.
func flags() []flagSpec {
	return []flagSpec{
		{"", "e", "TEXT", "run this text; may be given several times", key{}, func(in *invocation, v string) error {
			in.texts = append(in.texts, v)
			return nil
		}},
		{"file", "f", "FILE", "run a script, as run FILE does", key{}, func(in *invocation, v string) error {
			in.files = append(in.files, v)
			return nil
		}},
		{"init", "i", "FILE", "run a script before all else", key{"init", paths}, func(in *invocation, v string) error {
			in.inits = append(in.inits, v)
			return nil
		}},
		{"format", "", "NAME", "of results: " + strings.Join(formats(), ", ") + " (default table)", key{"format", single}, setFormat},
		{"changelog", "", "", "show every change with its kind instead of the table it comes to", key{"changelog", single},
			toggle(func(in *invocation) *bool { return &in.show.Changelog })},
		{"rows", "", "N", "end each query after N rows, or N changes if it is updating", key{"rows", single}, setRows},
		{"for", "", "TIME", "end each query or INSERT after a time, for example 5s or 2m", key{"for", single}, setFor},
		{"null", "", "TEXT", "show NULL as this text", key{"null", single}, func(in *invocation, v string) error {
			in.show.Null = v
			return nil
		}},
		{"set", "D", "KEY=VALUE", "a Flink option, as SET does it; may be given several times", key{"flink", table}, setOption},
		{"var", "", "NAME=VALUE", "a variable, ${NAME} in SQL; may be given several times", key{"var", table}, setVariable},
		{"jar", "j", "FILE", "add a jar, as ADD JAR does; may be given several times", key{"jar", paths}, addJar},
		{"library", "l", "FOLDER", "add all jars of a folder", key{"library", paths}, addLibrary},
		{"no-init", "", "", "do not run riffle/init.sql of the user's configuration before the shell", key{},
			toggle(func(in *invocation) *bool { return &in.noInit })},
		{"on-error", "", "WHAT", "stop (the default): a statement of a script that fails is the last; or continue", key{"on-error", single}, setOnError},
		{"quiet", "q", "", "print rows and errors only", key{"quiet", single},
			toggle(func(in *invocation) *bool { return &in.show.Quiet })},
		{"strict", "", "", "in a script, a statement whose result is doubtful fails", key{"strict", single},
			toggle(func(in *invocation) *bool { return &in.show.Strict })},
		{"timing", "", "on|off", "in the shell, tell how long each statement took (default on)", key{"timing", single}, func(in *invocation, v string) error {
			on, err := onOff(v)
			in.show.Untimed = !on
			return err
		}},
		{"theme", "", "NAME", "of colours: auto (the default: as the terminal's background is), dark, light, none", key{"theme", single}, func(in *invocation, v string) error {
			return in.theme.Set(v)
		}},
		{"pager", "", "WHAT", "of results that the screen has no room for: on (the default: $PAGER, else less), off, always, or a program", key{"pager", single}, func(in *invocation, v string) error {
			in.show.Pager = v
			if on, err := onOff(strings.ToLower(v)); err == nil {
				in.show.Pager = map[bool]string{true: "on", false: "off"}[on]
			}
			return nil
		}},
		{"", "", "", "styles of one's own: a role, and what it looks like", key{"colors", table}, func(in *invocation, v string) error {
			role, style, _ := strings.Cut(v, "=")
			return in.theme.SetStyle(role, style)
		}},
		{"config", "", "FILE", "read this configuration instead of riffle/config.toml of the user's", key{}, func(in *invocation, v string) error {
			in.config = v
			return nil
		}},
		{"no-config", "", "", "read no configuration", key{}, toggle(func(in *invocation) *bool { return &in.noConfig })},
		{"profile", "", "NAME", "take what the configuration has in [profiles.NAME] too", key{"profile", single}, func(in *invocation, v string) error {
			in.profile = v
			return nil
		}},
		{"update", "", "", "with check: record what the script says now", key{}, toggle(func(in *invocation) *bool { return &in.update })},
		{"speed", "", "N", "with demo: type N times as fast as a person", key{}, setSpeed},
		{"debug", "", "", "write a fuller log", key{"debug", single}, toggle(func(in *invocation) *bool { return &in.debug })},
		{"help", "h", "", "print this text", key{}, toggle(func(in *invocation) *bool { return &in.help })},
	}
}

func formats() []string {
	var names []string
	for _, f := range render.Formats() {
		names = append(names, f.Name)
	}
	return names
}

// toggle is what a switch means.
func toggle(what func(in *invocation) *bool) func(*invocation, string) error {
	return func(in *invocation, v string) (err error) {
		*what(in), err = onOff(v)
		return err
	}
}

func onOff(v string) (bool, error) {
	switch v {
	case "on", "true":
		return true, nil
	case "off", "false":
		return false, nil
	}
	return false, fmt.Errorf("%q is neither on nor off", v)
}

func setFormat(in *invocation, v string) error {
	if err := render.IsText(v); err != nil {
		return err
	}
	if v = strings.ToLower(v); !slices.Contains(formats(), v) {
		return fmt.Errorf("there is no format %q: take one of %s", v, strings.Join(formats(), ", "))
	}
	in.show.Format = v
	return nil
}

func setRows(in *invocation, v string) error {
	n, err := strconv.ParseInt(v, 10, 64)
	if err != nil || n < 1 {
		return fmt.Errorf("%q is not a number of rows from 1", v)
	}
	in.show.Rows = n
	return nil
}

func setFor(in *invocation, v string) error {
	d, err := time.ParseDuration(v)
	if err != nil || d <= 0 {
		return fmt.Errorf("%q is not a time such as 5s, 1m30s or 500ms", v)
	}
	in.show.For = d
	return nil
}

func setOnError(in *invocation, v string) error {
	if v != "stop" && v != "continue" {
		return fmt.Errorf("%q is neither stop nor continue", v)
	}
	in.show.Continue = v == "continue"
	return nil
}

func setSpeed(in *invocation, v string) error {
	speed, err := strconv.ParseFloat(v, 64)
	if err != nil || speed < 0.1 || speed > 1000 {
		return fmt.Errorf("%q is not a number from 0.1 to 1000", v)
	}
	in.speed = speed
	return nil
}

func setOption(in *invocation, v string) error {
	key, value, found := strings.Cut(v, "=")
	if key = strings.TrimSpace(key); !found || key == "" {
		return fmt.Errorf("%q is not of the form key=value", v)
	}
	in.set = append(in.set, setting{key: key, value: strings.TrimSpace(value)})
	return nil
}

func addJar(in *invocation, v string) error {
	path, err := filepath.Abs(v)
	if err != nil {
		return err
	}
	if _, err := os.Stat(path); err != nil {
		return err
	}
	in.jars = append(in.jars, path)
	return nil
}

func addLibrary(in *invocation, v string) error {
	entries, err := os.ReadDir(v)
	if err != nil {
		return err
	}
	found := false
	for _, entry := range entries {
		if filepath.Ext(entry.Name()) == ".jar" && !entry.IsDir() {
			found = true
			if err := addJar(in, filepath.Join(v, entry.Name())); err != nil {
				return err
			}
		}
	}
	if !found {
		return fmt.Errorf("%s holds no jars", v)
	}
	return nil
}

func setVariable(in *invocation, v string) error {
	name, value, found := strings.Cut(v, "=")
	if !found {
		return fmt.Errorf("%q is not of the form name=value", v)
	}
	in.vars = append(in.vars, setting{key: name, value: value})
	return session.CheckVariable(name)
}
