package golang

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"strings"
)

// makeWithGo builds the executable of p with go build, from a module that contains the guest's
// runtime in the same folder as riffle's own.
func (b *builder) makeWithGo(ctx context.Context, p program, folder string) error {
	module := filepath.Join(folder, "module")
	for _, name := range sourcePackages {
		target := filepath.Join(module, "udfhost", "guest", name)
		if err := os.MkdirAll(target, 0o700); err != nil {
			return err
		}
		if _, err := b.tools.writeSources(name, target); err != nil {
			return err
		}
	}
	main := filepath.Join(module, "program")
	if err := os.MkdirAll(main, 0o700); err != nil {
		return err
	}
	files := map[string]string{filepath.Join(module, "go.mod"): "module riffle\n\ngo 1.26\n"}
	for i, source := range p.whole {
		files[filepath.Join(main, fmt.Sprintf("riffle_%d.go", i))] = source
	}
	for _, glue := range subpackagesOf(p.glue, nil) {
		target := filepath.Join(module, filepath.FromSlash(strings.TrimPrefix(glue.path, "riffle/")))
		if err := os.MkdirAll(target, 0o700); err != nil {
			return err
		}
		files[filepath.Join(target, "glue.go")] = glue.files[0]
	}
	for path, text := range files {
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			return err
		}
	}
	ctx, cancel := context.WithTimeoutCause(ctx, b.limit, errTooMuch)
	defer cancel()
	// Only the program is compiled with -trimpath: the standard library's packages in the build
	// cache were compiled without it.
	_, err := output(ctx, b.tools.tool(ctx, module, b.tools.command, "build", "-ldflags="+strings.Join(p.linkFlags(), " "),
		fmt.Sprintf("-gcflags=./program='-trimpath=%s=>'", main), "-o", filepath.Join(folder, "program"), "./program"))
	return compileErrors(err)
}
