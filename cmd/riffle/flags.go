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
	"riffle/session/flink"
)

// invocation is what the command line and the configuration request.
type invocation struct {
	command string // "", run, doctor, version or help
	files   []string
	texts   []string // from -e
	show    repl.Options
	theme   theme.Choice
	set     []setting
	vars    []setting
	inits   []string // scripts of -i
	jars    []string // of -j, and those in the folders of -l
	debug   bool
	cluster string // REST address of an existing cluster
	rows    string // address of this machine to which the cluster's tasks send rows; "" for the way through the JobManager
	help    bool
	version bool
	noInit  bool
	update  bool    // from check
	speed   float64 // from demo

	config   string // the file; "" for the usual one
	noConfig bool
	profile  string
	given    []given // on the command line
	wrong    []error // in the configuration
}

// setting is a name and its value, and the line of the configuration that contains it; 0 for
// the command line.
type setting struct {
	key, value string
	line       int
}

// given is a flag with its value, as the user typed it.
type given struct {
	spec        flagSpec
	name, value string
}

// flagSpec is a flag and a key of the configuration, or one of the two: its row in
// the usage text and on the docs page, and its meaning.
type flagSpec struct {
	name  string // "" for a flag that has only a short name, or none
	short string
	value string // as usage shows it; "" for a switch, whose value is on or off
	brief string
	key   key
	set   func(in *invocation, value string) error
}

// key is how a flag is written in a configuration.
type key struct {
	name string // "" if it cannot be in the configuration
	kind keyKind
}

type keyKind uint8

const (
	single keyKind = iota
	list           // of texts; one is a text by itself
	paths          // likewise, from the configuration's folder on
	table          // of names and values
)

// flags returns the table of flags, in the order of the usage text.
func flags() []flagSpec {
	return []flagSpec{
		{"", "e", "TEXT", "run a text; can be repeated", key{}, func(in *invocation, v string) error {
			in.texts = append(in.texts, v)
			return nil
		}},
		{"file", "f", "FILE", "run a script, like riffle run FILE", key{}, func(in *invocation, v string) error {
			in.files = append(in.files, v)
			return nil
		}},
		{"init", "i", "FILE", "run a script first", key{"init", paths}, func(in *invocation, v string) error {
			in.inits = append(in.inits, v)
			return nil
		}},
		{"format", "", "NAME", "format of results: " + strings.Join(formats(), ", ") + " (default: table)", key{"format", single}, setFormat},
		{"changelog", "", "", "print every change with its row kind instead of the final table", key{"changelog", single},
			toggle(func(in *invocation) *bool { return &in.show.Changelog })},
		{"rows", "", "N", "end each query after N rows, or N changes of an updating query", key{"rows", single}, setRows},
		{"for", "", "TIME", "end each query or INSERT after a time such as 5s or 2m", key{"for", single}, setFor},
		{"null", "", "TEXT", "print NULL as this text", key{"null", single}, func(in *invocation, v string) error {
			in.show.Null = v
			return nil
		}},
		{"set", "D", "KEY=VALUE", "set a Flink option, like SET; can be repeated", key{"flink", table}, setOption},
		{"var", "", "NAME=VALUE", "set a variable, ${NAME} in SQL; can be repeated", key{"var", table}, setVariable},
		{"cluster", "", "URL", "run jobs on an existing Flink cluster; URL is the address of its REST endpoint, such as http://localhost:8081", key{"cluster", single}, func(in *invocation, v string) (err error) {
			in.cluster, err = flink.ClusterAddress(v)
			return err
		}},
		{"rows-address", "", "HOST:PORT", "with --cluster, receive the rows of queries at this address of this machine, directly from TaskManagers", key{"rows-address", single}, func(in *invocation, v string) (err error) {
			in.rows, err = flink.RowsAddress(v)
			return err
		}},
		{"detach", "", "", "with --cluster, in a script: do not wait for INSERT jobs, which continue on the cluster", key{"detach", single},
			toggle(func(in *invocation) *bool { return &in.show.Detach })},
		{"jar", "j", "FILE", "add a jar, like ADD JAR; can be repeated", key{"jar", paths}, addJar},
		{"library", "l", "FOLDER", "add all jars in a folder", key{"library", paths}, addLibrary},
		{"no-init", "", "", "do not run riffle/init.sql of your configuration folder in the shell", key{},
			toggle(func(in *invocation) *bool { return &in.noInit })},
		{"on-error", "", "WHAT", "after a statement of a script fails: stop (default) or continue", key{"on-error", single}, setOnError},
		{"quiet", "q", "", "print rows and errors only", key{"quiet", single},
			toggle(func(in *invocation) *bool { return &in.show.Quiet })},
		{"strict", "", "", "in a script, treat a doubtful result as an error", key{"strict", single},
			toggle(func(in *invocation) *bool { return &in.show.Strict })},
		{"timing", "", "on|off", "in the shell, show how long each statement takes (default: on)", key{"timing", single}, func(in *invocation, v string) error {
			on, err := onOff(v)
			in.show.Untimed = !on
			return err
		}},
		{"theme", "", "NAME", "colors: auto (default, follows the terminal's background), dark, light, none", key{"theme", single}, func(in *invocation, v string) error {
			return in.theme.Set(v)
		}},
		{"pager", "", "WHAT", "for results that do not fit on the screen: on (default: $PAGER or less), off, always, or a program", key{"pager", single}, func(in *invocation, v string) error {
			in.show.Pager = v
			if on, err := onOff(strings.ToLower(v)); err == nil {
				in.show.Pager = map[bool]string{true: "on", false: "off"}[on]
			}
			return nil
		}},
		{"", "", "", "your own styles: a role and its style", key{"colors", table}, func(in *invocation, v string) error {
			role, style, _ := strings.Cut(v, "=")
			return in.theme.SetStyle(role, style)
		}},
		{"config", "", "FILE", "read this configuration instead of riffle/config.toml in your configuration folder", key{}, func(in *invocation, v string) error {
			in.config = v
			return nil
		}},
		{"no-config", "", "", "do not read a configuration", key{}, toggle(func(in *invocation) *bool { return &in.noConfig })},
		{"profile", "", "NAME", "also use [profiles.NAME] of the configuration", key{"profile", single}, func(in *invocation, v string) error {
			in.profile = v
			return nil
		}},
		{"update", "", "", "with check: record the current output in the script", key{}, toggle(func(in *invocation) *bool { return &in.update })},
		{"speed", "", "N", "with demo: type N times as fast as a person", key{}, setSpeed},
		{"debug", "", "", "write a more detailed log", key{"debug", single}, toggle(func(in *invocation) *bool { return &in.debug })},
		{"version", "V", "", "print the version", key{}, toggle(func(in *invocation) *bool { return &in.version })},
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

// toggle returns the effect of a switch.
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
	return false, fmt.Errorf("%q is not on or off", v)
}

func setFormat(in *invocation, v string) error {
	if err := render.IsText(v); err != nil {
		return err
	}
	if v = strings.ToLower(v); !slices.Contains(formats(), v) {
		return fmt.Errorf("there is no format %q: the formats are %s", v, strings.Join(formats(), ", "))
	}
	in.show.Format = v
	return nil
}

func setRows(in *invocation, v string) error {
	n, err := strconv.ParseInt(v, 10, 64)
	if err != nil || n < 1 {
		return fmt.Errorf("%q is not a positive number of rows", v)
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
		return fmt.Errorf("%q is not stop or continue", v)
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
		return fmt.Errorf("%s contains no jars", v)
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
