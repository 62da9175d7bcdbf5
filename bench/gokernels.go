//go:build unix

package main

import (
	"context"
	"encoding/json"
	"errors"
	"os"
	"path/filepath"
)

// Go kernels that riffle is compared with, where they can be built.
const (
	gonbVersion        = "v0.11.3"
	gophernotesVersion = "v0.7.5"
	// goToolsVersion is the version of golang.org/x/tools that gophernotes builds
	// with: the version that it requires no longer compiles.
	goToolsVersion = "v0.30.0"
	goplsVersion   = "v0.20.0"
)

// goKernels installs the Go kernels and returns them. For a kernel that cannot be
// built, the report says why.
func (b *bench) goKernels(ctx context.Context) []notebookKernel {
	var found []notebookKernel
	bin := filepath.Join(b.folder, "gokernels")
	withTools := append(os.Environ(), "PATH="+bin+string(filepath.ListSeparator)+os.Getenv("PATH"))
	// The interpreter of gophernotes panics when it finds packages of a Go with generics.
	withoutGo := append(os.Environ(), "GOROOT="+filepath.Join(b.folder, "none"), "PATH="+bin)
	for _, k := range []struct {
		install func(context.Context, string) error
		kernel  notebookKernel
	}{
		{b.installGonb, notebookKernel{name: "gonb", command: []string{filepath.Join(bin, "gonb"), "--kernel"}, environment: withTools, plan: plan{
			Ready: "%%\nfmt.Println(1)", Statement: "%%\nfmt.Println(\"x\")", Complete: "import \"fmt\"\n%%\nfmt.Printl",
			Print: "%%\nfor range 20_000 { fmt.Println(\"a line of text\") }",
			Busy:  "%%\nfmt.Println(1); time.Sleep(600 * time.Second)", BusyShows: "stream",
			Skip: []string{"control"}, // not answered while a cell runs
		}}},
		{b.installGophernotes, notebookKernel{name: "gophernotes", command: []string{filepath.Join(bin, "gophernotes")}, environment: withoutGo, plan: plan{
			Ready: "1", Prepare: []string{"import \"fmt\""}, Statement: "fmt.Println(\"x\")",
			Print: "for i := 0; i < 20000; i++ { fmt.Println(\"a line of text\") }",
			Skip:  []string{"complete", "interrupt", "control"}, // it has no completion, and an interrupt ends it
		}}},
	} {
		if err := k.install(ctx, bin); err != nil {
			b.report.note("%s could not be built: %.300v", k.kernel.name, err)
			continue
		}
		k.kernel.optional = true
		found = append(found, k.kernel)
	}
	return found
}

// installGonb builds gonb and the tools that it calls. gonb is built in a new module,
// because go install would look up gonb's newest version too.
func (b *bench) installGonb(ctx context.Context, bin string) error {
	if b.installed("gonb") {
		return nil
	}
	module := filepath.Join(b.folder, "tmp", "gonb")
	if err := errors.Join(os.RemoveAll(module), os.MkdirAll(module, 0o755), os.MkdirAll(bin, 0o755)); err != nil {
		return err
	}
	if err := os.WriteFile(filepath.Join(module, "go.mod"), []byte("module peers\n"), 0o644); err != nil {
		return err
	}
	for _, tool := range []string{"golang.org/x/tools/cmd/goimports@" + goToolsVersion, "golang.org/x/tools/gopls@" + goplsVersion} {
		if _, err := command(ctx, append(os.Environ(), "GOBIN="+bin), "go", "install", tool); err != nil {
			return err
		}
	}
	return b.build(ctx, "gonb", module,
		[]string{"get", "github.com/janpfeifer/gonb@" + gonbVersion},
		[]string{"build", "-o", bin, "github.com/janpfeifer/gonb"},
	)
}

// build runs go commands in a folder and marks the peer as installed.
func (b *bench) build(ctx context.Context, peer, folder string, commands ...[]string) error {
	for _, c := range commands {
		if _, err := command(ctx, os.Environ(), "go", append([]string{"-C", folder}, c...)...); err != nil {
			return err
		}
	}
	return b.setInstalled(peer)
}

// installGophernotes builds gophernotes in a copy of its sources, with newer tools.
func (b *bench) installGophernotes(ctx context.Context, bin string) error {
	if b.installed("gophernotes") {
		return nil
	}
	out, err := command(ctx, nil, "go", "mod", "download", "-json", "github.com/gopherdata/gophernotes@"+gophernotesVersion)
	if err != nil {
		return err
	}
	var module struct{ Dir string }
	if err := json.Unmarshal([]byte(out), &module); err != nil {
		return err
	}
	sources := filepath.Join(b.folder, "tmp", "gophernotes")
	if err := os.RemoveAll(sources); err != nil {
		return err
	}
	if err := os.CopyFS(sources, os.DirFS(module.Dir)); err != nil {
		return err
	}
	return errors.Join(b.build(ctx, "gophernotes", sources,
		[]string{"get", "golang.org/x/tools@" + goToolsVersion},
		[]string{"build", "-o", filepath.Join(bin, "gophernotes"), "."},
	), os.RemoveAll(sources))
}
