//go:build unix

package main

import (
	"context"
	"errors"
	"fmt"
	"time"
)

// typed is a type of arguments and results that costs more than a number or a string.
type typed struct {
	name     string // of the type
	column   string // of the source; PyFlink's functions have the same name
	function string // riffle's
	result   string // of riffle's function, in SQL
	peers    string // of PyFlink's function
}

func typeCases() []typed {
	return []typed{
		// A time.Time has nanoseconds and Python's datetime has microseconds. The argument has milliseconds in both.
		{"TIMESTAMP_LTZ", "instant", "Later", "TIMESTAMP_LTZ(9)", "TIMESTAMP_LTZ(3)"},
		{"ARRAY", "counts", "Raise", "ARRAY<BIGINT>", "ARRAY<BIGINT>"},
		{"ROW", "pair", "Bump", "ROW<a BIGINT, b STRING>", "ROW<a BIGINT, b STRING>"},
	}
}

const typedFunctions = `func Later(t time.Time) time.Time { return t.Add(time.Hour) }
func Raise(counts []int64) []int64 {
	raised := make([]int64, len(counts))
	for i, n := range counts { raised[i] = n + 1 }
	return raised
}
type pair struct { A int64; B string }
func Bump(p pair) pair { return pair{p.A + 1, p.B} }`

func createTypedSource(n int) string {
	return fmt.Sprintf("CREATE TEMPORARY TABLE typed%d (id BIGINT, instant AS TO_TIMESTAMP_LTZ(id, 3), counts AS ARRAY[id, id + 1, id + 2], "+
		"pair AS CAST(ROW(id, CONCAT('user', CAST(id + 10000000 AS STRING))) AS ROW<a BIGINT, b STRING>)) WITH ('connector' = 'datagen', "+
		"'rows-per-second' = '1000000000', 'number-of-rows' = '%[1]d', "+
		"'fields.id.kind' = 'sequence', 'fields.id.start' = '1', 'fields.id.end' = '%[1]d')", n)
}

func (c typed) createSink(result string) string {
	return fmt.Sprintf("CREATE TEMPORARY TABLE %s_sink (v %s) WITH ('connector' = 'blackhole')", c.column, result)
}

func (c typed) insert(function string, rows int) string {
	return fmt.Sprintf("INSERT INTO %s_sink SELECT %s(%[1]s) FROM typed%[3]d", c.column, function, rows)
}

// The numbers of rows between which the slopes are taken.
const (
	typedSmall, typedLarge         = 200_000, 3_000_000
	typedPeerSmall, typedPeerLarge = 100_000, 1_000_000
)

// modes returns PyFlink's modes of functions for the type. A mode may not take it.
func (c typed) modes() []pyflinkMode {
	general := func(rows int) string { return c.insert("general_"+c.column, rows) }
	pandas := func(rows int) string { return c.insert("pandas_"+c.column, rows) }
	return []pyflinkMode{
		{"PyFlink general", general, inProcess(), typedPeerSmall, typedPeerLarge, tryRows},
		{"PyFlink pandas", pandas, inProcess(), typedPeerSmall, typedPeerLarge, tryRows},
		{"PyFlink thread", general, inThread(), typedPeerSmall, typedPeerLarge, tryRows},
	}
}

// measureTypes compares rows a second through a function of each type with PyFlink's
// fastest mode that takes the type.
func measureTypes(ctx context.Context, b *bench) (err error) {
	riffle, err := openPiped(ctx, b.peers)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, riffle.close()) }()
	python, err := openPyFlink(ctx, b.peers)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, python.close()) }()
	if err := riffle.send(typedFunctions); err != nil {
		return err
	}
	known := map[string]bool{}
	for _, c := range typeCases() {
		if err := b.measureType(ctx, c, riffle, python, known); err != nil {
			return fmt.Errorf("%s: %w", c.name, err)
		}
	}
	return nil
}

// measureType measures one type. The tables that exist are in known.
func (b *bench) measureType(ctx context.Context, c typed, riffle *piped, python *pyflinkProcess, known map[string]bool) error {
	own := lane{
		name: "riffle, Go function", settings: "default settings, parallelism 1",
		small: typedSmall, large: typedLarge, process: riffle.cmd.Process.Pid,
		run: riffle.inserts(func(rows int) string { return c.insert(c.function, rows) }),
	}
	create := func(statements ...string) error {
		for _, statement := range statements {
			if known[statement] {
				continue
			}
			known[statement] = true
			if _, err := python.sql(statement); err != nil {
				return err
			}
			if err := riffle.send(statement + ";"); err != nil {
				return err
			}
		}
		return nil
	}
	if _, err := python.sql(c.createSink(c.peers)); err != nil {
		return err
	}
	if err := riffle.send(c.createSink(c.result) + ";"); err != nil {
		return err
	}
	if err := create(createTypedSource(fewRows), createTypedSource(tryRows)); err != nil {
		return err
	}
	best, err := b.bestMode(ctx, c, python)
	if err != nil {
		return err
	}
	lanes := b.shorten([]lane{own, best})
	for _, n := range counts(lanes) {
		if err := create(createTypedSource(n)); err != nil {
			return err
		}
	}
	speeds, err := b.race(ctx, 3, lanes)
	b.report.add(row{"types/" + c.name, "rows through a Go function of " + c.result, rowsPerSecond, speeds[0].slope, []series{speeds[1].slope}})
	return err
}

// fewRows is the size of a job that takes little more than its start-up.
const fewRows = 10_000

// bestMode finds the mode and the size with which PyFlink is fastest, among the modes
// that take the type. The modes differ in their start-up, which must not count.
func (b *bench) bestMode(ctx context.Context, c typed, python *pyflinkProcess) (lane, error) {
	var best tried
	for _, mode := range c.modes() {
		candidate, err := b.bestSize(ctx, python, mode)
		var refused statementError
		if errors.As(err, &refused) {
			b.say("%s does not take %s: %v", mode.name, c.name, err)
			b.report.note("%s fails for %s.", mode.name, c.result)
			continue
		}
		if err != nil {
			return lane{}, err
		}
		startup, err := candidate.run(ctx, fewRows)
		if err != nil {
			return lane{}, err
		}
		candidate.took = max(candidate.took-startup, time.Millisecond)
		if best.took == 0 || candidate.took < best.took {
			best = candidate
		}
	}
	if best.took == 0 {
		return lane{}, errors.New("no mode of PyFlink takes it")
	}
	best.settings += ", and the fastest mode"
	return best.lane, nil
}
