package main

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"riffle/render"
	"riffle/repl"
	"riffle/session/sqltext"
)

// newInvocation returns an invocation with the defaults.
func newInvocation() invocation {
	return invocation{show: repl.Options{Format: "table"}, speed: 1}
}

// parse reads the command line.
func parse(args []string) (invocation, error) {
	in, words, err := parseFlags(args)
	if err != nil {
		return in, err
	}
	return in, in.takeWords(words)
}

// parseFlags parses the flags, and returns the other words. Flags may come before and after
// those; -- ends the flags.
func parseFlags(args []string) (in invocation, words []string, err error) {
	in = newInvocation()
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
		flag, used, err := readFlag(arg, args)
		if err != nil {
			return in, nil, err
		}
		in.given = append(in.given, flag)
		args = args[used:]
	}
	return in, words, in.take(in.given)
}

// readFlag parses one flag, and returns how many of the following arguments belong to it.
func readFlag(arg string, rest []string) (flag given, used int, err error) {
	name, value, joined := strings.Cut(arg, "=")
	if strings.HasPrefix(arg, "-D") && len(arg) > len("-D") { // as for Java programs: -Dkey=value
		name, value, joined = "-D", arg[len("-D"):], true
	}
	specs := flags()
	i := slices.IndexFunc(specs, func(f flagSpec) bool {
		return f.name != "" && name == "--"+f.name || f.short != "" && name == "-"+f.short
	})
	switch {
	case i < 0:
		return given{}, 0, fmt.Errorf("there is no flag %s", name)
	case specs[i].value == "" && !joined:
		value = "on"
	case specs[i].value != "" && !joined:
		if len(rest) == 0 {
			return given{}, 0, fmt.Errorf("%s needs a value: %s %s", name, name, specs[i].value)
		}
		value, used = rest[0], 1
	}
	return given{specs[i], name, value}, used, nil
}

// take applies flags.
func (in *invocation) take(flags []given) error {
	for _, f := range flags {
		if err := f.spec.set(in, f.value); err != nil {
			return fmt.Errorf("%s: %w", f.name, err)
		}
	}
	return nil
}

// takeWords takes the words that are not flags: the command and its files.
func (in *invocation) takeWords(words []string) error {
	if len(words) > 0 {
		if err := in.commandOf(words); err != nil {
			return err
		}
	}
	if len(in.files) > 0 && len(in.texts) > 0 {
		return errors.New("give either files or -e, not both")
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
		if in.command != "run" && slices.ContainsFunc(in.files, isNotebook) {
			return fmt.Errorf("%s takes scripts: convert the notebook with jupyter nbconvert --to script", in.command)
		}
	case "doctor", "version", "help":
		if len(words) > 1 {
			return fmt.Errorf("%s takes no arguments", in.command)
		}
	default:
		return unknownCommand(in.command)
	}
	return nil
}

// unknownCommand returns the error for a word that is not a command: a mistyped one, or the
// file of a script.
func unknownCommand(word string) error {
	commands := slices.Values([]string{"run", "check", "demo", "kernel", "doctor", "version", "help"})
	if near := sqltext.Nearest(word, commands); near != "" {
		return fmt.Errorf("there is no command %q: did you mean riffle %s?", word, near)
	}
	if _, err := os.Stat(word); err == nil {
		return fmt.Errorf("there is no command %q: did you mean riffle run %s?", word, word)
	}
	return fmt.Errorf("there is no command %q: riffle help lists them, and riffle run FILE runs a script", word)
}

func isNotebook(path string) bool { return filepath.Ext(path) == ".ipynb" }

// usageWidth is how wide the usage text is, in columns of a terminal; what flags mean
// begins at usageColumn.
const usageWidth, usageColumn = 80, 24

// usage returns the text of riffle help, made from the tables.
func usage() string {
	var b strings.Builder
	b.WriteString(`riffle: SQL and Go functions on Apache Flink

Usage:
  riffle [flags]              open the shell, or run a script from a pipe
  riffle run FILE… [flags]    run scripts, one after the other, in one session
  riffle -e TEXT [flags]      run a text
  riffle check FILE… [flags]  run scripts and compare the output with the one
                              recorded in them
  riffle demo FILE [flags]    type a script at the prompt and run it
  riffle kernel install       add riffle to Jupyter; see riffle kernel help
  riffle doctor               check the requirements on this machine; with
                              --cluster URL also that cluster
  riffle version              print the version
  riffle help                 print this text

Flags:
`)
	for _, f := range flags() {
		if f.name != "" || f.short != "" {
			b.WriteString(f.usage())
		}
	}
	b.WriteString(`
Most flags are also settings in riffle/config.toml of your configuration folder.
The command line takes precedence.
Exit codes: 0 success, 1 a statement or job failed, 2 wrong usage, 130 Ctrl-C.
In the shell, \help lists the commands.
`)
	return b.String()
}

// usage returns the flag's part of the usage text: its names, and its meaning in a second
// column.
func (f flagSpec) usage() string {
	var names []string
	if f.short != "" {
		names = append(names, "-"+f.short)
	}
	if f.name != "" {
		names = append(names, "--"+f.name)
	}
	left := "  " + strings.TrimSpace(strings.Join(names, ", ")+" "+f.value)
	text := render.Wrapped(f.brief, strings.Repeat(" ", usageColumn), usageWidth)
	if len(left)+2 <= usageColumn {
		return left + text[len(left):] + "\n"
	}
	return left + "\n" + text + "\n"
}
