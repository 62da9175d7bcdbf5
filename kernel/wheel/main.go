// Command wheel builds Python packages of riffle. A package contains the program, its
// kernelspec, and what papermill needs to run riffle's notebooks. From a checkout,
//
//	go run ./kernel/wheel
//
// builds the package for this machine. pip install of that package is the whole installation.
// --platform selects other platforms, which Go cross-compiles. Equal sources give equal bytes.
package main

import (
	"bytes"
	"context"
	"debug/buildinfo"
	"errors"
	"flag"
	"fmt"
	"os"
	"os/exec"
	"os/signal"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()
	out := flag.String("out", "dist", "write the packages to this `folder`")
	version := flag.String("version", "", "version of the package, in the form of PEP 440 (default: the version of the build)")
	platforms := flag.String("platform", runtime.GOOS+"/"+runtime.GOARCH, "platforms, separated by commas, or all: "+strings.Join(names(), ", "))
	flag.Parse()
	if err := run(ctx, *out, *version, *platforms); err != nil {
		fmt.Fprintln(os.Stderr, "wheel:", err)
		os.Exit(1)
	}
}

// run builds a wheel for each of the platforms.
func run(ctx context.Context, out, version, platforms string) error {
	if flag.NArg() > 0 {
		return fmt.Errorf("unexpected argument %q: wheel takes only flags", flag.Arg(0))
	}
	wanted := strings.Split(platforms, ",")
	if platforms == "all" {
		wanted = names()
	}
	for _, name := range wanted {
		p, ok := find(name)
		if !ok {
			return fmt.Errorf("unknown platform %q: use all, or some of %s", name, strings.Join(names(), ", "))
		}
		path, err := pack(ctx, out, version, p)
		if err != nil {
			return fmt.Errorf("%s: %w", p.name(), err)
		}
		fmt.Println(path)
	}
	return nil
}

// pack builds riffle for a platform, and writes the wheel with it.
func pack(ctx context.Context, out, version string, p platform) (path string, err error) {
	scratch, err := os.MkdirTemp("", "riffle-wheel-*")
	if err != nil {
		return "", err
	}
	defer func() { err = errors.Join(err, os.RemoveAll(scratch)) }()
	program := filepath.Join(scratch, p.program())
	if err := build(ctx, p, program); err != nil {
		return "", err
	}
	if version == "" {
		info, err := buildinfo.ReadFile(program)
		if err != nil {
			return "", fmt.Errorf("read the version of the build: %w", err)
		}
		if version, err = versionOf(info.Main.Version); err != nil {
			return "", err
		}
	}
	w := wheel{version: version, platform: p}
	if w.program, err = os.ReadFile(program); err != nil {
		return "", err
	}
	module, err := exec.CommandContext(ctx, "go", "env", "GOMOD").Output()
	if err != nil {
		return "", fmt.Errorf("find the checkout: %w", err)
	}
	if w.license, err = os.ReadFile(filepath.Join(filepath.Dir(string(module)), "LICENSE")); err != nil {
		return "", err
	}
	archive, err := w.archive()
	if err != nil {
		return "", err
	}
	if err := os.MkdirAll(out, 0o755); err != nil {
		return "", err
	}
	path = filepath.Join(out, w.fileName())
	return path, os.WriteFile(path, archive, 0o644)
}

// build builds a program that depends on nothing but the operating system.
func build(ctx context.Context, p platform, program string) error {
	cmd := exec.CommandContext(ctx, "go", "build", "-trimpath", "-ldflags=-s -w", "-o", program, "riffle/cmd/riffle")
	cmd.Env = append(os.Environ(), "CGO_ENABLED=0", "GOOS="+p.goos, "GOARCH="+p.goarch, "GOFLAGS=")
	if out, err := cmd.CombinedOutput(); err != nil {
		return fmt.Errorf("go build: %w\n%s", err, bytes.TrimSpace(out))
	}
	return nil
}

func names() []string {
	var all []string
	for _, p := range platforms {
		all = append(all, p.name())
	}
	return all
}

func find(name string) (platform, bool) {
	i := slices.IndexFunc(platforms[:], func(p platform) bool { return p.name() == strings.TrimSpace(name) })
	if i < 0 {
		return platform{}, false
	}
	return platforms[i], true
}
