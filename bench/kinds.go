//go:build unix

package main

import (
	"context"
	"errors"
	"fmt"
)

// kind is a kind of functions that is compared with the fastest mode of PyFlink.
type kind struct {
	id, what  string                // of its row in the report
	functions string                // in Go
	insert    func(rows int) string // the measured job with them
	modes     []pyflinkMode
	// small and large are the numbers of rows of riffle's lane.
	small, large int
	rounds       int // after one to warm up
}

// tableFunction returns three rows of two columns for each row.
const tableFunction = `func Three(n int64, s string) iter.Seq2[int64, string] {
	return func(yield func(int64, string) bool) {
		for i := range int64(3) {
			if !yield(n+i, s) { return }
		}
	}
}`

// insertRows returns the measured job. The numbers of rows are those of the source.
func insertRows(function string, n int) string {
	return fmt.Sprintf("INSERT INTO sink SELECT x.a, x.b FROM %s, LATERAL TABLE(%s(id, name)) AS x(a, b)", source(n), function)
}

// tableModes returns PyFlink's modes of table functions. It has no pandas mode of them.
func tableModes() []pyflinkMode {
	insert := func(rows int) string { return insertRows("table_three", rows) }
	return []pyflinkMode{
		{"PyFlink general", insert, inProcess(), 50_000, 500_000, 100_000},
		{"PyFlink thread", insert, inThread(), 50_000, 500_000, 100_000},
	}
}

// measureTables compares input rows a second through a table function with three results a row.
func measureTables(ctx context.Context, b *bench) error {
	return b.compareKind(ctx, kind{
		id: "tablefunc/three", what: "rows through a Go table function with three results a row", functions: tableFunction,
		insert: func(rows int) string { return insertRows("Three", rows) }, modes: tableModes(),
		small: 200_000, large: 3_000_000, rounds: 3,
	})
}

// vectorizedFunctions do what goFunctions do.
const vectorizedFunctions = `//riffle:vectorized
func AddOnes(n []int64) []int64 {
	sums := make([]int64, len(n))
	for i := range n { sums[i] = n[i] + 1 }
	return sums
}
//riffle:vectorized
func Shouts(s []string) []string {
	shouts := make([]string, len(s))
	for i := range s { shouts[i] = strings.ToUpper(s[i]) }
	return shouts
}`

// measureVectorized compares rows a second through two vectorized functions.
func measureVectorized(ctx context.Context, b *bench) error {
	return b.compareKind(ctx, kind{
		id: "vectorized", what: "rows through two vectorized Go functions", functions: vectorizedFunctions,
		insert: func(rows int) string { return insert("AddOnes(id)", "Shouts(name)", rows) }, modes: pyflinkModes(),
		small: 400_000, large: 6_000_000, rounds: 5,
	})
}

// compareKind compares input rows a second through functions of a kind.
func (b *bench) compareKind(ctx context.Context, k kind) (err error) {
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
	best, err := b.fastestMode(ctx, python, k.modes)
	if err != nil {
		return err
	}
	lanes := b.shorten([]lane{{
		name: "riffle, Go functions", settings: "default settings, parallelism 1",
		small: k.small, large: k.large, process: riffle.cmd.Process.Pid, run: riffle.inserts(k.insert),
	}, best})
	if err := prepareTables(riffle, python, lanes); err != nil {
		return err
	}
	if err := riffle.send(k.functions); err != nil {
		return err
	}
	speeds, err := b.race(ctx, k.rounds, lanes)
	b.report.add(row{k.id, k.what, rowsPerSecond, speeds[0].slope, []series{speeds[1].slope}})
	return err
}

// fastestMode finds the mode and the size with which PyFlink is fastest. All modes are tried with as many rows.
func (b *bench) fastestMode(ctx context.Context, python *pyflinkProcess, modes []pyflinkMode) (lane, error) {
	var best tried
	for _, mode := range modes {
		if err := python.tables(mode.try); err != nil {
			return lane{}, err
		}
		candidate, err := b.bestSize(ctx, python, mode)
		if err != nil {
			return lane{}, err
		}
		if best.took == 0 || candidate.took < best.took {
			best = candidate
		}
	}
	best.settings += ", and the fastest mode"
	return best.lane, nil
}
