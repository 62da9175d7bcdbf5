// Command build compiles the Java sources of package jvm and writes the jars next to
// them. It requires a JDK and a Flink: the one that riffle itself would use, or the
// class path passed with -cp.
//
//	go run ./session/flink/jvm/build [-cp CLASSPATH] [-javac PATH]
package main

import (
	"bytes"
	"context"
	"flag"
	"fmt"
	"os"
	"os/signal"
	"path/filepath"
	"runtime"

	"riffle/session/flink/dist"
	"riffle/session/flink/jvm"
	"riffle/udfhost/wholefile"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()
	classPath := flag.String("cp", "", "class `path` of Flink's jars, as javac takes it (default: the Flink that riffle finds)")
	javac := flag.String("javac", "", "`path` of javac (default: of JAVA_HOME, else PATH)")
	flag.Parse()
	if err := build(ctx, *classPath, *javac); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

func build(ctx context.Context, classPath, javac string) (err error) {
	if javac == "" {
		if javac, err = jvm.FindJavac(); err != nil {
			return err
		}
	}
	jars := filepath.SplitList(classPath)
	if classPath == "" {
		flink, err := dist.Find(ctx, dist.Options{})
		if err != nil {
			return err
		}
		jars = flink.ClassPath
	}
	root, err := sourceFolder()
	if err != nil {
		return err
	}
	built, err := jvm.Build(ctx, javac, jars, root)
	if err != nil {
		return err
	}
	for name, jar := range built {
		if err := wholefile.Write(filepath.Join(root, name), 0o644, bytes.NewReader(jar)); err != nil {
			return err
		}
	}
	return nil
}

// sourceFolder is package jvm's folder, wherever the tool is run from.
func sourceFolder() (string, error) {
	_, file, _, _ := runtime.Caller(0)
	root := filepath.Dir(filepath.Dir(file))
	if _, err := os.Stat(filepath.Join(root, "gateway", "src")); err != nil {
		return "", fmt.Errorf("build the jars: the sources are not where this tool was compiled (with -trimpath?): %w", err)
	}
	return root, nil
}
