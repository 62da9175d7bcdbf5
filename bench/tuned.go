//go:build unix

package main

import (
	"archive/zip"
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
)

// A tuned peer gets what riffle does for its own JVM and what a user of the peer can
// do too: the planner is on the class path in place of its loader (Flink's
// documentation describes the swap), the garbage collector is the serial one, a
// class-data archive contains the classes, and Java starts without the additional
// JVMs of Flink's scripts.

// planner is the name of the jar inside the loader's jar.
const planner = "flink-table-planner.jar"

// tune creates the tuned distribution and the archives.
func (p *peers) tune(ctx context.Context) error {
	p.tuned = filepath.Join(p.folder, "tuned")
	if p.installed("tuned") {
		return nil
	}
	if err := os.RemoveAll(p.tuned); err != nil {
		return err
	}
	for _, dir := range []string{"conf", "lib", "opt", "plugins"} {
		if err := linkTree(filepath.Join(p.flink, dir), filepath.Join(p.tuned, dir)); err != nil {
			return err
		}
	}
	if err := p.swapPlanner(); err != nil {
		return err
	}
	for _, s := range []shell{p.sqlClientTuned("-XX:ArchiveClassesAtExit="), p.pyflinkShellTuned("-XX:ArchiveClassesAtExit=")} {
		if err := p.prepare(ctx, s); err != nil {
			return fmt.Errorf("%s: %w", s.name, err)
		}
		if _, err := os.Stat(s.archive); err != nil {
			return fmt.Errorf("%s created no class-data archive: %w", s.name, err)
		}
	}
	return p.setInstalled("tuned")
}

func (p *peers) swapPlanner() error {
	loader := filepath.Join(p.tuned, "lib", "flink-table-planner-loader-"+flinkVersion+".jar")
	jar, err := zip.OpenReader(loader)
	if err != nil {
		return err
	}
	defer jar.Close()
	inner, err := jar.Open(planner)
	if err != nil {
		return err
	}
	defer inner.Close()
	if err := copyFile(filepath.Join(p.tuned, "lib", planner), inner); err != nil {
		return err
	}
	return os.Remove(loader)
}

// javaOptions returns the JVM options of Flink's default configuration.
func (p *peers) javaOptions() ([]string, error) {
	config, err := os.ReadFile(filepath.Join(p.tuned, "conf", "config.yaml"))
	if err != nil {
		return nil, err
	}
	for line := range strings.Lines(string(config)) {
		if options, ok := strings.CutPrefix(strings.TrimSpace(line), "all: "); ok {
			return strings.Fields(options), nil
		}
	}
	return nil, fmt.Errorf("%s has no env.java.opts.all", p.tuned)
}

// tunedFlags are JVM flags. use is the flag for the archive: create it or use it.
func tunedFlags(use, archive string) []string {
	return []string{"-XX:+UseSerialGC", use + archive, "-Xlog:disable"}
}

// sqlClientTuned starts SQL Client as its script does, without the script.
func (p *peers) sqlClientTuned(use string, options ...string) shell {
	s := p.sqlClient(options...)
	s.name = "SQL Client, tuned"
	s.settings += "; started without its script, serial collector, class-data archive, planner on the class path"
	s.archive = filepath.Join(p.folder, "sql-client.jsa")
	s.command = func(ctx context.Context) (*exec.Cmd, error) {
		args, err := p.javaOptions()
		if err != nil {
			return nil, err
		}
		jars, err := filepath.Glob(filepath.Join(p.tuned, "*", "*.jar"))
		if err != nil {
			return nil, err
		}
		slices.Sort(jars)
		log := filepath.Join(p.tuned, "conf", "log4j-cli.properties")
		args = append(args, tunedFlags(use, s.archive)...)
		args = append(args,
			"-Dlog.file="+filepath.Join(p.folder, "log", "sql-client-tuned.log"), "-Dlog4j.configurationFile=file:"+log,
			"-classpath", strings.Join(jars, string(os.PathListSeparator)),
			"org.apache.flink.table.client.SqlClient")
		args = append(args, p.sqlClientArguments(options)...)
		cmd := exec.CommandContext(ctx, p.java, args...)
		cmd.Env = p.environment("FLINK_CONF_DIR=" + filepath.Join(p.tuned, "conf"))
		return cmd, nil
	}
	return s
}

// pyflinkShellTuned starts PyFlink's shell as its script does, without the
// script.
func (p *peers) pyflinkShellTuned(use string) shell {
	s := p.pyflinkShell()
	s.name = "pyflink-shell, tuned"
	s.settings += "; started without its script, serial collector, class-data archive, planner on the class path"
	s.archive = filepath.Join(p.folder, "pyflink-shell.jsa")
	s.command = func(ctx context.Context) (*exec.Cmd, error) {
		cmd := exec.CommandContext(ctx, filepath.Join(p.python, "python"), "-i", "-m", "pyflink.shell")
		cmd.Env = p.environment(
			"SUBMIT_ARGS=local",
			"FLINK_LIB_DIR="+filepath.Join(p.tuned, "lib"),
			"JVM_ARGS="+strings.Join(tunedFlags(use, s.archive), " "),
		)
		return cmd, nil
	}
	return s
}
