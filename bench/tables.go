//go:build unix

package main

import (
	"context"
	"errors"
	"fmt"
)

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
func measureTables(ctx context.Context, b *bench) (err error) {
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
	lanes := []lane{{
		name: "riffle, Go function", settings: "default settings, parallelism 1",
		small: 200_000, large: 3_000_000, process: riffle.cmd.Process.Pid,
		run: riffle.inserts(func(rows int) string { return insertRows("Three", rows) }),
	}}
	if err := python.tables(100_000); err != nil {
		return err
	}
	var best tried
	for _, mode := range tableModes() {
		candidate, err := b.bestSize(ctx, python, mode)
		if err != nil {
			return err
		}
		if best.took == 0 || candidate.took < best.took {
			best = candidate
		}
	}
	best.settings += ", and the fastest mode"
	lanes = b.shorten(append(lanes, best.lane))
	if err := prepareTables(riffle, python, lanes); err != nil {
		return err
	}
	if err := riffle.send(tableFunction); err != nil {
		return err
	}
	speeds, err := b.race(ctx, 3, lanes)
	b.report.add(row{"tablefunc/three", "rows through a Go table function with three results a row", rowsPerSecond, speeds[0].slope, []series{speeds[1].slope}})
	return err
}
