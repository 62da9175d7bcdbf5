//go:build unix

package main

import (
	"context"
	"errors"
	"os/exec"

	"riffle/session"
)

// measureOnCluster measures riffle on an existing cluster: SELECT 1 against SQL Client on the same cluster, rows into
// the client against the same query into blackhole there, and how old a row of a slow stream is when it arrives.
func measureOnCluster(ctx context.Context, b *bench) error {
	cluster, err := startCluster(ctx, b.peers)
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
