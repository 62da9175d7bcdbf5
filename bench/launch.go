//go:build unix

package main

import (
	"context"
	"fmt"
)

// measureLaunch times shells from their start until the prompt accepts keys and until
// the first SELECT 1, and it times the next ones. SQL Client is also measured on a
// session cluster that is already running.
func measureLaunch(ctx context.Context, b *bench) error {
	all, err := b.shells(ctx)
	if err != nil {
		return err
	}
	cluster, err := startCluster(ctx, b.peers, b.flink)
	if err != nil {
		return err
	}
	defer cluster.stop()
	remote := b.sqlClientTuned("-XX:SharedArchiveFile=", cluster.options()...)
	remote.name = "SQL Client, tuned, on a session cluster"
	all = append(all, remote)

	prompt, first, next := emptySeries(all), emptySeries(all), emptySeries(all)
	err = b.inTurns(7, all, func(k int, s shell) error {
		l, err := b.launch(ctx, s)
		if err != nil {
			return err
		}
		prompt[k].Values = append(prompt[k].Values, l.prompt)
		first[k].Values = append(first[k].Values, l.first)
		next[k].Values = append(next[k].Values, l.next.median())
		return nil
	})
	own := len(all) - 1 // the last one needs a running cluster
	b.report.add(
		row{"launch/prompt", "launch to a prompt that accepts keys", seconds, prompt[0], prompt[1:own]},
		row{"launch/first", "launch to SELECT 1 shown", seconds, first[0], first[1:own]},
		row{"launch/next", "next SELECT 1", seconds, next[0], next[1:own]},
		row{"launch/next on a cluster", "next SELECT 1, against a running cluster", seconds, next[0], next[own:]},
	)
	return err
}

// inTurns measures each shell n times, in turns. It stops at the first error; earlier
// measurements remain valid.
func (b *bench) inTurns(n int, shells []shell, measure func(k int, s shell) error) error {
	for i := range b.repetitions(n) {
		for k, s := range shells {
			b.say("round %d: %s", i+1, s.name)
			if err := measure(k, s); err != nil {
				return fmt.Errorf("%s: %w", s.name, err)
			}
		}
	}
	return nil
}

func emptySeries(shells []shell) []series {
	all := make([]series, len(shells))
	for i, s := range shells {
		all[i] = series{Name: s.name, Settings: s.settings}
	}
	return all
}

// launched are the times of one session, in seconds.
type launched struct {
	prompt, first float64
	next          series
}

// nextQueries is how many queries follow the first. Their median is the session's
// figure.
const nextQueries = 7

// launch times one session. The first query is entered as soon as the prompt accepts
// keys.
func (b *bench) launch(ctx context.Context, s shell) (launched, error) {
	var l launched
	o, ready, err := s.open(ctx)
	if err != nil {
		return l, err
	}
	l.prompt = ready.Seconds()
	a, err := o.run(ctx, s.query, s.result)
	l.first = a.shown.Sub(o.started).Seconds()
	for range nextQueries {
		if err != nil {
			break
		}
		a, err = o.run(ctx, s.query, s.result)
		l.next.Values = append(l.next.Values, a.took().Seconds())
	}
	if leave := o.leave(ctx); err == nil {
		err = leave
	}
	return l, err
}
