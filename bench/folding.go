//go:build unix

package main

import (
	"context"
	"errors"
	"fmt"
	"regexp"
	"slices"
	"time"

	"riffle/render"
)

// folder is a shell that folds a changelog into a table and shows the table.
type folder struct {
	shell
	set   []string       // lines typed first
	final *regexp.Regexp // matches once the final table is shown
	back  string         // the key that returns to the prompt, "" if none is needed
	// repeat is the number of rounds after the warm-up. SQL Client takes minutes for one.
	repeat int
}

// folders are riffle's live view and SQL Client's result-mode table, with larger
// batches of its collect sink and as shipped.
func (b *bench) folders(ctx context.Context) ([]folder, error) {
	riffle, err := b.riffleShell(ctx)
	if err != nil {
		return nil, err
	}
	// SQL Client's view writes this line when it has the whole result and draws it.
	const mode = "SET 'sql-client.execution.result-mode' = 'table';"
	finished := regexp.MustCompile(`Table program finished`)
	tuned := b.sqlClient("-Dexecution.target=local", "-Dcollect-sink.batch-size.max=32mb")
	tuned.name = "SQL Client, collect sink's batches of 32 MB"
	return []folder{
		{shell: riffle, final: regexp.MustCompile(`\(1,000 rows, [0-9,]+ changes`), repeat: 5},
		{shell: tuned, set: []string{mode}, final: finished, back: "q", repeat: 3},
		{shell: b.sqlClient(), set: []string{mode}, final: finished, back: "q", repeat: 2},
	}, nil
}

// measureFolding compares how long it takes until the final table of a changelog is
// on the screen, with 1,000 keys and a −U and a +U for each row of the source. A
// smaller changelog comes first, to warm up.
func measureFolding(ctx context.Context, b *bench) error {
	n, warm := 5_000_000, 200_000
	if b.quick {
		n, warm = 200_000, 20_000
	}
	folders, err := b.folders(ctx)
	if err != nil {
		return err
	}
	took, changes := make([]series, len(folders)), make([]series, len(folders))
	for k, f := range folders {
		o, err := f.ready(ctx, warm, n)
		if err != nil {
			return fmt.Errorf("%s: %w", f.name, err)
		}
		took[k].Name, took[k].Settings = f.name, f.settings
		changes[k].Name, changes[k].Settings = f.name, f.settings
		for _, rows := range append([]int{warm}, slices.Repeat([]int{n}, b.repetitions(f.repeat))...) {
			d, err := f.fold(ctx, o, rows)
			if err != nil {
				return errors.Join(fmt.Errorf("%s: %w", f.name, err), o.leave(ctx))
			}
			b.say("%s: %d rows folded in %.2f s", f.name, rows, d.Seconds())
			if rows == n {
				took[k].Values = append(took[k].Values, d.Seconds())
				changes[k].Values = append(changes[k].Values, float64(2*n-1000)/d.Seconds())
			}
		}
		if err := o.leave(ctx); err != nil {
			return err
		}
	}
	what := fmt.Sprintf("%s rows counted by 1,000 keys: Enter to the final table on the screen", render.Count(n))
	b.report.add(
		row{"folding/time", what, seconds, took[0], took[1:]},
		row{"folding/changes", "the same, as changes folded a second", rowsPerSecond, changes[0], changes[1:]},
	)
	return nil
}

// createKeyed creates a source of n rows, in a line that no shell wraps.
func createKeyed(n int) string {
	return fmt.Sprintf("CREATE TEMPORARY TABLE keyed%d (id BIGINT, k AS ABS(MOD(id, 1000))) "+
		"WITH ('connector'='datagen','rows-per-second'='1000000000','number-of-rows'='%d');", n, n)
}

// ready starts the shell and creates its tables.
func (f folder) ready(ctx context.Context, counts ...int) (*opened, error) {
	o, _, err := f.open(ctx)
	if err != nil {
		return nil, err
	}
	lines := f.set
	for _, n := range counts {
		lines = append(lines, createKeyed(n))
	}
	for _, line := range lines {
		if _, err := o.run(ctx, line, regexp.MustCompile(`OK|succeed`)); err != nil {
			return nil, errors.Join(err, o.close())
		}
	}
	return o, nil
}

// fold runs the query and returns the time from Enter to its final table.
func (f folder) fold(ctx context.Context, o *opened, n int) (time.Duration, error) {
	ctx, cancel := context.WithTimeout(ctx, 15*time.Minute)
	defer cancel()
	if err := o.send(fmt.Sprintf("SELECT k, COUNT(*) AS n FROM keyed%d GROUP BY k;", n)); err != nil {
		return 0, err
	}
	if _, _, err := o.expect(ctx, regexp.MustCompile(`GROUP BY k;`)); err != nil {
		return 0, err
	}
	entered := time.Now()
	if err := o.send("\r"); err != nil {
		return 0, err
	}
	shown, _, err := o.expect(ctx, f.final)
	if err != nil {
		return 0, err
	}
	if err := o.send(f.back); err != nil {
		return 0, err
	}
	return shown.Sub(entered), o.awaitPrompt(ctx)
}
