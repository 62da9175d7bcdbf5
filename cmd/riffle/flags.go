package main

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"time"

	"riffle/render"
	"riffle/repl"
	"riffle/session"
)

// invocation is what the command line asks for.
type invocation struct {
	command string // "", run, doctor, version or help
	files   []string
	texts   []string // of -e
	show    repl.Options
	set     []setting
	vars    []setting
	inits   []string // scripts of -i
	jars    []string // of -j, and those in the folders of -l
	debug   bool
	help    bool
	noInit  bool
	update  bool    // of check
	speed   float64 // of demo
}

type setting struct{ key, value string }

// flagSpec is a flag: its row in the usage text and its meaning.
type flagSpec struct {
	name  string
	short string
	value string // as usage shows it; "" for a flag without one
	brief string
	set   func(in *invocation, value string) error
}

// flags is the table of flags, in the order of the usage text.
func flags() []flagSpec {
	return []flagSpec{
		{"", "e", "TEXT", "run this text; may be given several times", func(in *invocation, v string) error {
			in.texts = append(in.texts, v)
			return nil
		}},
		{"file", "f", "FILE", "run a script, as run FILE does", func(in *invocation, v string) error {
			in.files = append(in.files, v)
			return nil
		}},
		{"init", "i", "FILE", "run a script before all else", func(in *invocation, v string) error {
			in.inits = append(in.inits, v)
			return nil
		}},
		{"format", "", "NAME", "of results: " + strings.Join(formats(), ", ") + " (default table)", setFormat},
		{"changelog", "", "", "show every change with its kind instead of the table it comes to", func(in *invocation, _ string) error {
			in.show.Changelog = true
			return nil
		}},
		{"rows", "", "N", "end each query after N rows, or N changes if it is updating", setRows},
		{"for", "", "TIME", "end each query after a time, for example 5s or 2m", setFor},
		{"null", "", "TEXT", "show NULL as this text", func(in *invocation, v string) error {
			in.show.Null = v
			return nil
		}},
		{"set", "D", "KEY=VALUE", "a Flink option, as SET does it; may be given several times", setOption},
		{"var", "", "NAME=VALUE", "a variable, ${NAME} in SQL; may be given several times", setVariable},
		{"jar", "j", "FILE", "add a jar, as ADD JAR does; may be given several times", addJar},
		{"library", "l", "FOLDER", "add all jars of a folder", addLibrary},
		{"no-init", "", "", "do not run riffle/init.sql of the user's configuration before the shell", func(in *invocation, _ string) error {
			in.noInit = true
			return nil
		}},
		{"on-error", "", "WHAT", "stop (the default): a statement of a script that fails is the last; or continue", setOnError},
		{"quiet", "", "", "print rows and errors only", func(in *invocation, _ string) error {
			in.show.Quiet = true
			return nil
		}},
		{"update", "", "", "with check: record what the script says now", func(in *invocation, _ string) error {
			in.update = true
			return nil
		}},
		{"speed", "", "N", "with demo: type N times as fast as a person", setSpeed},
		{"debug", "", "", "write a fuller log", func(in *invocation, _ string) error {
			in.debug = true
			return nil
		}},
		{"help", "h", "", "print this text", func(in *invocation, _ string) error {
			in.help = true
			return nil
		}},
	}
}

func formats() []string {
	var names []string
	for _, f := range render.Formats() {
		names = append(names, f.Name)
	}
	return names
}

func setFormat(in *invocation, v string) error {
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
	in.set = append(in.set, setting{key, strings.TrimSpace(value)})
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
	in.vars = append(in.vars, setting{name, value})
	return session.CheckVariable(name)
}

// parse reads the command line. Flags may stand before and after other
// arguments; -- ends them.
func parse(args []string) (invocation, error) {
	in := invocation{show: repl.Options{Format: "table"}, speed: 1}
	var words []string
	for len(args) > 0 {
		arg := args[0]
		args = args[1:]
		if arg == "--" {
			words = append(words, args...)
			break
		}
		if len(arg) < 2 || arg[0] != '-' {
			words = append(words, arg)
			continue
		}
		used, err := in.flag(arg, args)
		if err != nil {
			return in, err
		}
		args = args[used:]
	}
	return in, in.words(words)
}

// flag takes one flag, and tells how many of the arguments behind it are its own.
func (in *invocation) flag(arg string, rest []string) (used int, err error) {
	name, value, joined := strings.Cut(arg, "=")
	if strings.HasPrefix(arg, "-D") && len(arg) > len("-D") { // as Java programs have it: -Dkey=value
		name, value, joined = "-D", arg[len("-D"):], true
	}
	specs := flags()
	i := slices.IndexFunc(specs, func(f flagSpec) bool {
		return f.name != "" && name == "--"+f.name || f.short != "" && name == "-"+f.short
	})
	switch {
	case i < 0:
		return 0, fmt.Errorf("there is no flag %s", name)
	case specs[i].value == "" && joined:
		return 0, fmt.Errorf("%s takes no value", name)
	case specs[i].value != "" && !joined:
		if len(rest) == 0 {
			return 0, fmt.Errorf("%s needs a value: %s %s", name, name, specs[i].value)
		}
		value, used = rest[0], 1
	}
	if err := specs[i].set(in, value); err != nil {
		return 0, fmt.Errorf("%s: %w", name, err)
	}
	return used, nil
}

// words takes what is no flag: the command and its files.
func (in *invocation) words(words []string) error {
	if len(words) > 0 {
		if err := in.commandOf(words); err != nil {
			return err
		}
	}
	if len(in.files) > 0 && len(in.texts) > 0 {
		return errors.New("either files or -e, not both")
	}
	return nil
}

func (in *invocation) commandOf(words []string) error {
	switch in.command = words[0]; in.command {
	case "run", "check", "demo":
		in.files = append(in.files, words[1:]...)
		if len(in.files) == 0 && !in.help {
			return fmt.Errorf("%[1]s needs a file: riffle %[1]s FILE", in.command)
		}
		if in.command == "demo" && len(in.files) > 1 {
			return errors.New("demo takes one file")
		}
	case "doctor", "version", "help":
		if len(words) > 1 {
			return fmt.Errorf("%s takes no arguments", in.command)
		}
	default:
		return fmt.Errorf("there is no command %q: did you mean riffle run %s?", in.command, in.command)
	}
	return nil
}

// usage is the text of riffle help, made from the tables.
func usage() string {
	var b strings.Builder
	b.WriteString(`riffle: SQL and Go functions on Apache Flink

Usage:
  riffle [flags]              the shell; without a terminal, a script from standard input
  riffle run FILE… [flags]    run scripts, one after the other, in one session
  riffle check FILE… [flags]  run scripts and compare what they say with what is recorded in them
  riffle demo FILE [flags]    type a script at the prompt and run it, as a person would
  riffle -e TEXT [flags]      run a text
  riffle kernel install       let Jupyter find riffle; riffle kernel help shows more
  riffle doctor               tell what this machine has of what riffle needs
  riffle version              print the version
  riffle help                 print this text

Flags:
`)
	for _, f := range flags() {
		b.WriteString("  " + f.left() + f.brief + "\n")
	}
	b.WriteString(`
Exit codes: 0 all went well, 1 a statement or job failed, 2 wrong usage, 130 Ctrl-C.
In the shell, \help lists the commands.
`)
	return b.String()
}

// left is the flag's column in the usage text.
func (f flagSpec) left() string {
	var names []string
	if f.short != "" {
		names = append(names, "-"+f.short)
	}
	if f.name != "" {
		names = append(names, "--"+f.name)
	}
	return fmt.Sprintf("%-18s", strings.TrimSpace(strings.Join(names, ", ")+" "+f.value)) + " "
}
