//go:build unix

package main

import (
	"context"
	"errors"
	"fmt"
	"os/exec"
	"time"

	"riffle/session"
)

// measureOnCluster measures riffle on an existing cluster: SELECT 1 against SQL Client on the same cluster, rows into
// the client against the same query into blackhole there, how old a row of a slow stream is when it arrives, and how
// long queries with a function take to start.
func measureOnCluster(ctx context.Context, b *bench) error {
	if err := b.onSharedCluster(ctx); err != nil {
		return err
	}
	return b.functionStarts(ctx)
}

func (b *bench) onSharedCluster(ctx context.Context) error {
	cluster, err := startCluster(ctx, b.peers, b.flink)
	if err != nil {
		return err
	}
	defer cluster.stop()
	if err := b.selectOnCluster(ctx, cluster); err != nil {
		return err
	}
	s, _, closeSession, err := b.openSessionOn(ctx, cluster.address())
	if err != nil {
		return err
	}
	return errors.Join(b.rowsOfCluster(ctx, s), b.agesOnCluster(ctx, s), closeSession())
}

// selectOnCluster compares SELECT 1 in riffle and in SQL Client, in turns.
func (b *bench) selectOnCluster(ctx context.Context, c *cluster) error {
	riffle, err := b.riffleShell(ctx)
	if err != nil {
		return err
	}
	own := riffle.command
	riffle.command = func(ctx context.Context) (*exec.Cmd, error) {
		cmd, err := own(ctx)
		if err == nil {
			cmd.Args = append(cmd.Args, "--cluster", c.address())
		}
		return cmd, err
	}
	riffle.prompt, riffle.settings = "riffle localhost:"+c.rest+"> ", "--cluster"
	client := b.sqlClientTuned("-XX:SharedArchiveFile=", c.options()...)
	client.name = "SQL Client, tuned"
	all := []shell{riffle, client}
	next := emptySeries(all)
	err = b.inTurns(3, all, func(k int, s shell) error { // 7 queries each, 21 in all
		l, err := b.launch(ctx, s)
		next[k].Values = append(next[k].Values, l.next.Values...)
		return err
	})
	b.report.add(row{"cluster/select", "next SELECT 1 on an existing cluster", seconds, next[0], next[1:]})
	return err
}

func (b *bench) rowsOfCluster(ctx context.Context, s *session.Session) error {
	lanes, err := b.sinkLanes(ctx, s, 2_000_000, 10_000_000)
	if err != nil {
		return err
	}
	speeds, err := b.race(ctx, 3, lanes)
	b.report.add(row{"cluster/client", "rows of four columns into the client through REST, against the same query into blackhole", rowsPerSecond, speeds[0].slope, []series{speeds[1].slope}})
	return err
}

func (b *bench) agesOnCluster(ctx context.Context, s *session.Session) error {
	age := series{Name: "riffle", Settings: "package session, --cluster; each value is the 99th percentile of 5 s, after 2 s"}
	for range b.repetitions(4) {
		p99, err := latency(ctx, s, "made")
		if err != nil {
			return err
		}
		age.Values = append(age.Values, p99.Seconds())
	}
	b.report.add(row{"cluster/latency", "a row's source to its arrival in the client through REST, 1,000 rows/s, p99", seconds, age, nil})
	return nil
}

// functionStarts times queries with a Go function on clusters that have just started, whose lib has flink-python.
// The first query of a TaskManager makes it load flink-python.
func (b *bench) functionStarts(ctx context.Context) error {
	flink, err := b.withFlinkPython()
	if err != nil {
		return err
	}
	names := []string{"first", "second", "third"}
	starts := make([]series, len(names))
	for i := range b.repetitions(5) {
		took, err := b.functionStartsOn(ctx, flink, len(names))
		if err != nil {
			return err
		}
		b.say("round %d: queries with a function started in %.2f s", i+1, took)
		for k, name := range names {
			starts[k].Name, starts[k].Settings = "riffle", "package session, --cluster; "+name+" query of a new cluster"
			starts[k].Values = append(starts[k].Values, took[k])
		}
	}
	for k, name := range names {
		b.report.add(row{"cluster/function " + name, "the " + name + " query with a Go function on a new cluster, flink-python in lib: start to its row", seconds, starts[k], nil})
	}
	return nil
}

// functionStartsOn starts a cluster and returns how many seconds each of n queries with a function took there.
func (b *bench) functionStartsOn(ctx context.Context, flink string, n int) (took []float64, err error) {
	cluster, err := startCluster(ctx, b.peers, flink)
	if err != nil {
		return nil, err
	}
	defer cluster.stop()
	s, _, closeSession, err := b.openSessionOn(ctx, cluster.address())
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, closeSession()) }()
	if _, err := fetchArrow(ctx, s, "func Twice(x int32) int32 { return 2 * x }; SELECT 1"); err != nil {
		return nil, err
	}
	for range n {
		begun := time.Now()
		rows, err := fetchArrow(ctx, s, "SELECT Twice(x) FROM (VALUES (1)) AS v(x)")
		if err == nil && rows != 1 {
			err = fmt.Errorf("the query has %d rows", rows)
		}
		if err != nil {
			return nil, err
		}
		took = append(took, time.Since(begun).Seconds())
	}
	return took, nil
}
