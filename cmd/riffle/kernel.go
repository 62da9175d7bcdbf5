package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"

	"riffle/kernel"
	"riffle/kernel/spec"
	"riffle/kernel/wire"
	"riffle/session"
	"riffle/session/flink/dist"
	"riffle/session/gateway"
	"riffle/session/linefile"
	"riffle/udfhost/golang"
)

// kernelUsage is the text of riffle kernel help.
const kernelUsage = `riffle kernel: riffle in Jupyter notebooks

Usage:
  riffle kernel install [WHERE] [WHICH]      add the riffle kernel to Jupyter
  riffle kernel uninstall [WHERE] [WHICH]    remove it
  riffle kernel list                         show where it is installed
  riffle kernel run [flags] CONNECTION-FILE  run the kernel, as Jupyter does

WHERE:
  --user          for your user (default)
  --sys-prefix    in the active Python environment
  --prefix DIR    in DIR/share/jupyter
WHICH:
  --profile NAME  a kernel that also uses [profiles.NAME] of riffle/config.toml
  --name NAME     its name (default: riffle, or riffle-NAME with --profile)

Every kernel uses riffle/config.toml. kernel run accepts riffle's own flags too,
such as --no-config, --for 30s and --set KEY=VALUE; see riffle help.
`

// kernelCommand runs riffle kernel ….
func kernelCommand(args []string) int {
	err := errors.New("a subcommand is missing: see riffle kernel help")
	if len(args) > 0 {
		rest := args[1:]
		switch args[0] {
		case "help", "--help", "-h":
			fmt.Print(kernelUsage)
			return exitOK
		case "run":
			var in invocation
			var files []string
			if in, files, err = parseFlags(rest); err == nil {
				if len(files) == 1 {
					return in.runKernel(files[0])
				}
				err = errors.New("run takes one connection file; Jupyter starts the kernel after riffle kernel install")
			}
		case "list":
			if len(rest) == 0 {
				listKernels()
				return exitOK
			}
			err = errors.New("list takes no arguments")
		case "install", "uninstall":
			var p placement
			if p, err = parsePlacement(rest); err == nil {
				return p.run(args[0])
			}
		default:
			err = fmt.Errorf("there is no command %q: see riffle kernel help", args[0])
		}
	}
	fmt.Fprintln(os.Stderr, "riffle kernel:", err)
	return exitUsage
}

// placement is which kernel is to be installed, and where.
type placement struct{ kernels, name, profile string }

func parsePlacement(args []string) (placement, error) {
	var p placement
	where := func(kernels string, err error) error {
		if p.kernels != "" {
			return errors.New("give only one of --user, --sys-prefix and --prefix")
		}
		p.kernels = kernels
		return err
	}
	for len(args) > 0 {
		flag, value, joined := strings.Cut(args[0], "=")
		args = args[1:]
		if takes := flag == "--prefix" || flag == "--name" || flag == "--profile"; takes && !joined {
			if len(args) == 0 {
				return p, fmt.Errorf("%s needs a value", flag)
			}
			value, args = args[0], args[1:]
		} else if !takes && joined {
			return p, fmt.Errorf("%s takes no value", flag)
		}
		var err error
		switch flag {
		case "--user":
			err = where(spec.User())
		case "--sys-prefix":
			var prefix string
			if prefix, err = activePrefix(); err == nil {
				err = where(spec.Under(prefix), nil)
			}
		case "--prefix":
			if value, err = filepath.Abs(value); err == nil {
				err = where(spec.Under(value), nil)
			}
		case "--name":
			p.name = value
		case "--profile":
			p.profile = value
		default:
			err = fmt.Errorf("there is no flag %s: see riffle kernel help", flag)
		}
		if err != nil {
			return p, err
		}
	}
	if p.name == "" {
		p.name = spec.DefaultName(p.profile)
	}
	if p.kernels == "" {
		return p, where(spec.User())
	}
	return p, nil
}

// activePrefix returns the prefix of the active Python environment.
func activePrefix() (string, error) {
	if prefix, ok := spec.Environment(); ok {
		return prefix, nil
	}
	out, err := exec.Command("python3", "-c", "import sys; print(sys.prefix)").Output()
	if err != nil {
		return "", fmt.Errorf("no Python environment is active, and python3 does not report one: %w: use --prefix", err)
	}
	return strings.TrimSpace(string(out)), nil
}

func (p placement) run(what string) int {
	var folder string
	var err error
	if what == "install" {
		k := spec.Kernel{Name: p.name, Profile: p.profile}
		if k.Program, err = ownProgram(); err == nil {
			err = checkProfile(p.profile)
		}
		if err == nil {
			folder, err = spec.Install(p.kernels, k)
		}
	} else {
		folder, err = spec.Uninstall(p.kernels, p.name)
	}
	if err != nil {
		fmt.Fprintf(os.Stderr, "riffle kernel %s: %v\n", what, err)
		return exitFailed
	}
	fmt.Printf("%sed %s\n", what, folder)
	return exitOK
}

// checkProfile returns what is wrong with a kernel's profile.
func checkProfile(name string) error {
	if name == "" {
		return nil
	}
	in, err := invocation{profile: name}.configured()
	if err == nil && len(in.wrong) > 0 {
		err = errors.New(session.Explain(in.wrong[0]))
	}
	return err
}

// ownProgram returns the path of this program, which must be permanent.
func ownProgram() (string, error) {
	program, err := os.Executable()
	if err == nil && strings.HasPrefix(program, filepath.Join(os.TempDir(), "go-build")) {
		err = errors.New("go run removes its program when it ends: go build -o riffle ./cmd/riffle, and install with that")
	}
	return program, err
}

func listKernels() {
	found := spec.List(spec.Places())
	if len(found) == 0 {
		fmt.Println("riffle is not installed where Jupyter looks for kernels: run riffle kernel install")
	}
	for _, k := range found {
		line := k.Folder + " starts " + k.Program
		if k.Profile != "" {
			line += " with profile " + k.Profile
		}
		if k.Missing {
			line += ", which does not exist: run riffle kernel install"
		}
		fmt.Println(line)
	}
}

// runKernel serves the clients of a connection file.
func (in invocation) runKernel(path string) int {
	ctx, interrupts, stop := signals()
	defer stop()
	connection, err := wire.ReadConnection(path)
	if err != nil {
		return exitCode(ctx, err)
	}
	// From here on, errors appear in a cell: nobody reads what a kernel prints.
	history, err := linefile.StatePath("notebooks.jsonl")
	if err != nil {
		history = "" // there is no home folder: the kernel reports that it keeps no history
	}
	configured, err := in.configured()
	if err == nil {
		in = configured
	} else {
		in.wrong = append(in.wrong, err)
	}
	if wait := in.bound(); wait != "" {
		in.set = append(in.set, setting{key: session.NotebookWaitSetting, value: wait})
	}
	before, err := in.preparations()
	if err != nil {
		in.wrong = append(in.wrong, err)
	}
	parent, _ := strconv.Atoi(os.Getenv("JPY_PARENT_PID")) // without one it is 0
	k, err := kernel.Listen(ctx, kernel.Config{
		Connection: connection, Version: version(), History: history, Interrupts: interrupts, Parent: parent,
		Before: before, Wrong: in.wrong,
	})
	if err != nil {
		return exitCode(ctx, err)
	}
	return exitCode(ctx, in.serveKernel(ctx, k))
}

// bound returns how long cells wait for streaming queries, according to --rows and --for.
func (in *invocation) bound() string {
	var parts []string
	if in.show.Rows > 0 {
		parts = append(parts, fmt.Sprintf("rows=%d", in.show.Rows))
	}
	if in.show.For > 0 {
		parts = append(parts, "for="+in.show.For.String())
	}
	return strings.Join(parts, " ")
}

// serveKernel starts the session, which starts Flink while clients send their first requests,
// and ends it with the kernel.
func (in *invocation) serveKernel(ctx context.Context, k *kernel.Kernel) error {
	s, closeSession, err := newSession(ctx, sessionOptions{progress: showProgress(k.Progress), warn: k.Notice, debug: in.debug, cluster: in.cluster, rows: in.rows})
	if err != nil {
		s, closeSession = withoutFlink(ctx, err)
	}
	defer closeSession(false, nil) // Jupyter does not wait for work on later starts
	for _, v := range in.vars {
		if err := s.Set(v.key, v.value); err != nil {
			return err
		}
	}
	k.Serve(ctx, s)
	return nil
}

// withoutFlink returns a session in which every statement for Flink fails with a cause, and the
// function that closes it. A kernel that ended instead could not report the cause.
func withoutFlink(ctx context.Context, cause error) (*session.Session, func(bool, <-chan os.Signal)) {
	store := golang.New(golang.Options{})
	s := session.New(ctx, session.Config{
		Functions: store,
		Harness:   noHarness{},
		Boot:      func(context.Context) (gateway.Gateway, error) { return nil, cause },
	})
	return s, func(bool, <-chan os.Signal) {
		s.Close()
		_ = store.Close() // its folders could not be created either
	}
}

// noHarness is the harness of a session without Flink, which has no queries.
type noHarness struct{}

func (noHarness) StopQuery(string) {}

// showProgress shows the steps of fetching Flink below a cell. Checking an existing Flink gets
// no line.
func showProgress(show func(what string, done, total int64)) func(dist.Progress) {
	return func(p dist.Progress) {
		if p.Phase != dist.Checking {
			show(string(p.Phase), p.Done, p.Total)
		}
	}
}
