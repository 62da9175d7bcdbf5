//go:build unix

package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"maps"
	"os"
	"os/exec"
	"os/signal"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"time"

	"riffle/udfhost"
)

// group is a set of rows that are measured together. -only chooses groups.
type group struct {
	name    string
	measure func(context.Context, *bench) error
	alone   bool // does not use the peers that the other groups share
}

func groups() []group {
	return []group{
		{name: "launch", measure: measureLaunch},
		{name: "memory", measure: measureMemory},
		{name: "func", measure: measureFunc},
		{name: "coldfunc", measure: measureColdFunc},
		{name: "throughput", measure: measureThroughput},
		{name: "types", measure: measureTypes},
		{name: "tablefunc", measure: measureTables},
		{name: "vectorized", measure: measureVectorized},
		{name: "async", measure: measureAsync},
		{name: "client", measure: measureClient},
		{name: "sink", measure: inSession(measureSink)},
		{name: "stream", measure: inSession(measureStream)},
		{name: "cluster", measure: measureOnCluster},
		{name: "slow", measure: inSession(measureSlow)},
		{name: "live", measure: measureLive},
		{name: "folding", measure: measureFolding},
		{name: "completion", measure: measureCompletion, alone: true},
		{name: "loops", measure: measureLoops, alone: true},
		{name: "kernel", measure: measureKernel, alone: true},
		{name: "flood", measure: measureFlood, alone: true},
		{name: "catalog", measure: inSession(measureCatalog)},
		{name: "checkpoint", measure: inSession(measureCheckpoint)},
		{name: "recovery", measure: inSession(measureRecovery)},
		{name: "kills", measure: inSession(measureKills)},
	}
}

// bench is one run.
type bench struct {
	*peers
	quick  bool
	report report
}

// repetitions returns how many times something is measured: n times, or once with -quick.
func (b *bench) repetitions(n int) int {
	if b.quick {
		return 1
	}
	return n
}

// say reports progress.
func (b *bench) say(format string, args ...any) {
	fmt.Fprintf(os.Stderr, "%s  %s\n", time.Now().Format(time.TimeOnly), fmt.Sprintf(format, args...))
}

func main() {
	if udfhost.ShimName(os.Args[0]) { // Flink starts this program as its Python
		os.Exit(udfhost.Shim(os.Args, os.Environ()))
	}
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	err := run(ctx)
	stop()
	if err != nil {
		fmt.Fprintln(os.Stderr, "bench:", err)
		os.Exit(1)
	}
}

func run(ctx context.Context) error {
	var names []string
	for _, g := range groups() {
		names = append(names, g.name)
	}
	only := flag.String("only", "", "measure only these groups, separated by commas: "+strings.Join(names, ", "))
	quick := flag.Bool("quick", false, "one repetition and fewer rows, to see that everything runs; do not quote its figures")
	output := flag.String("o", "", "write the raw figures to this file (default bench/peers/results-TIME.json)")
	withGoals := flag.Bool("goals", false, "add the project's own goals to the table, for developers")
	flag.Parse()
	chosen, err := choose(*only)
	if err != nil {
		return err
	}
	b := &bench{quick: *quick}
	if b.peers, err = locate(ctx); err != nil {
		return err
	}
	if slices.ContainsFunc(chosen, func(g group) bool { return !g.alone }) {
		if err := b.peers.install(ctx, b.say); err != nil {
			return err
		}
	}
	b.report = newReport(ctx, b.peers, *quick)
	failed := measure(ctx, b, chosen)
	b.report.finish()
	if *output == "" {
		*output = filepath.Join(b.folder, "results-"+b.report.Began.Format("20060102-150405")+".json")
	}
	if err := b.report.save(*output); err != nil {
		return errors.Join(failed, err)
	}
	fmt.Print(b.report.markdown(*withGoals))
	b.say("raw figures are in %s", *output)
	return failed
}

// choose returns the named groups, or all groups if only is empty.
func choose(only string) ([]group, error) {
	if only == "" {
		return groups(), nil
	}
	byName := map[string]group{}
	for _, g := range groups() {
		byName[g.name] = g
	}
	var chosen []group
	for name := range strings.SplitSeq(only, ",") {
		g, ok := byName[strings.TrimSpace(name)]
		if !ok {
			return nil, fmt.Errorf("no group %q; choose from %s", name, strings.Join(slices.Sorted(maps.Keys(byName)), ", "))
		}
		chosen = append(chosen, g)
	}
	return chosen, nil
}

// measure measures the groups one after the other. If one fails, the others are
// still measured.
func measure(ctx context.Context, b *bench, chosen []group) error {
	var failures []error
	for _, g := range chosen {
		b.say("%s", g.name)
		if err := g.measure(ctx, b); err != nil {
			err = fmt.Errorf("%s: %w", g.name, err)
			b.say("%v", err)
			failures = append(failures, err)
		}
		if ctx.Err() != nil {
			break
		}
	}
	return errors.Join(failures...)
}

// command runs a program to its end and returns what it printed.
func command(ctx context.Context, environment []string, name string, args ...string) (string, error) {
	cmd := exec.CommandContext(ctx, name, args...)
	cmd.Env = environment
	out, err := cmd.CombinedOutput()
	if err != nil {
		text := strings.TrimSpace(string(out))
		return "", fmt.Errorf("%s %s: %w\n%s", name, strings.Join(args, " "), err, text[max(0, len(text)-2000):])
	}
	return strings.TrimSpace(string(out)), nil
}
