//go:build unix

package main

import (
	"context"
	"fmt"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"
)

var (
	viewRate   = regexp.MustCompile(`changes \(([0-9,]+)/s\)`)
	keysShown  = regexp.MustCompile(`↑ ↓ +select a row`)
	tableShown = regexp.MustCompile(`│ +k │ +n │`)
)

// measureLive measures a live view of 1,000 keys that a stream updates 200,000 times
// a second: the time from a pressed key to its screen, and the growth of memory. Then
// it measures the changes a second of a stream without a rate limit.
func measureLive(ctx context.Context, b *bench) error {
	s, err := b.riffleShell(ctx)
	if err != nil {
		return err
	}
	o, _, err := s.open(ctx)
	if err != nil {
		return err
	}
	defer o.leave(ctx)
	keys, memories, err := b.watch(ctx, o, 100_000) // each row is a −U and a +U
	if err != nil {
		return err
	}
	flood, _, err := b.watch(ctx, o, 100_000_000)
	if err != nil {
		return err
	}
	b.report.add(
		row{"live/key p99", "key to screen in a live view of 1,000 keys, 200,000 changes/s, p99", seconds,
			series{Name: "riffle", Settings: "a key each 50 ms", Values: []float64{keys.percentile(99)}}, nil},
		row{"live/key median", "the same, median", seconds, series{Name: "riffle", Settings: "a key each 50 ms", Values: keys.took}, nil},
		row{"live/memory", "the same, growth of riffle's memory in a minute", megabytes,
			series{Name: "riffle", Settings: "RSS at the end minus RSS after 10 s", Values: memories}, nil},
		row{"live/changes", "changes that a live view folds, from a stream without a rate limit", rowsPerSecond,
			series{Name: "riffle", Settings: "GROUP BY of 1,000 keys over datagen, as the status line shows", Values: flood.rates}, nil},
	)
	return nil
}

// watched is what was measured on a live view.
type watched struct {
	took  []float64 // from keys to screens, in seconds
	rates []float64 // changes a second, as the view shows them
}

func (w watched) percentile(p int) float64 {
	sorted := slices.Sorted(slices.Values(w.took))
	return sorted[len(sorted)*p/100]
}

// watch shows a stream of rowsPerSecond rows a second for a minute and presses keys.
func (b *bench) watch(ctx context.Context, o *opened, rowsPerSecond int) (w watched, growth []float64, err error) {
	name := fmt.Sprintf("stream_%d", rowsPerSecond)
	create := fmt.Sprintf("CREATE TEMPORARY TABLE %s (id BIGINT, k AS ABS(MOD(id, 1000))) WITH ('connector' = 'datagen', 'rows-per-second' = '%d');", name, rowsPerSecond)
	if _, err := o.run(ctx, create, regexp.MustCompile(`OK \(`)); err != nil {
		return w, nil, err
	}
	if err := o.send("SELECT k, COUNT(*) AS n FROM " + name + " GROUP BY k;\r"); err != nil {
		return w, nil, err
	}
	ctx, cancel := context.WithTimeout(ctx, 5*time.Minute)
	defer cancel()
	if _, _, err := o.expect(ctx, viewRate); err != nil {
		return w, nil, err
	}
	span := time.Minute
	if b.quick {
		span = 15 * time.Second
	}
	var first memory
	for began := time.Now(); time.Since(began) < span; {
		for _, shown := range []*regexp.Regexp{keysShown, tableShown} {
			o.forget()
			pressed := time.Now()
			if err := o.send("?"); err != nil {
				return w, nil, err
			}
			at, _, err := o.expect(ctx, shown)
			if err != nil {
				return w, nil, err
			}
			w.took = append(w.took, at.Sub(pressed).Seconds())
			time.Sleep(50 * time.Millisecond)
		}
		if first.resident == 0 && time.Since(began) > 10*time.Second {
			if first, err = memoryOf(o.cmd.Process.Pid); err != nil {
				return w, nil, err
			}
		}
	}
	last, err := memoryOf(o.cmd.Process.Pid)
	if err != nil {
		return w, nil, err
	}
	growth = []float64{float64(last.resident-first.resident) / (1 << 20)}
	for range b.repetitions(5) {
		_, text, err := o.expect(ctx, viewRate)
		if err != nil {
			return w, nil, err
		}
		rate, err := strconv.ParseFloat(strings.ReplaceAll(viewRate.FindStringSubmatch(text)[1], ",", ""), 64)
		if err != nil {
			return w, nil, err
		}
		w.rates = append(w.rates, rate)
	}
	b.say("%s: %d keys, %.0f changes/s", name, len(w.took), w.rates[0])
	if err := o.send("q"); err != nil {
		return w, nil, err
	}
	_, _, err = o.expect(ctx, regexp.MustCompile(`interrupted\)`))
	return w, growth, err
}
