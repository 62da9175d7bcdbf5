//go:build unix

package main

import (
	"context"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

// sampleReport has a row of each kind: with peers, without, and with goals that are
// met, missed and not decided.
func sampleReport() *report {
	day := time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC)
	r := &report{Began: day, Ended: day.Add(time.Minute), Machine: "2 × cpu, 4 GB", Kernel: "Linux 6", Java: "java 17", Go: "go1.26", Revision: "abc", LoadBefore: "0.1", LoadEnd: "0.2"}
	riffle := func(values ...float64) series { return series{"riffle", "default settings", values} }
	r.add(
		row{"launch/prompt", "launch to a prompt", seconds, riffle(0.04, 0.01, 0.02), []series{{"SQL Client", "local", []float64{2}}, {"tuned", "local, tuned", []float64{1, 3, 0.5}}}},
		row{"memory/own", "memory", megabytes, riffle(50), nil},
		row{"client/arrow", "rows into the client", rowsPerSecond, riffle(2_000_000), nil},
		row{"catalog/show", "a row without a goal", milliseconds, riffle(0.5), nil},
		row{"sink/cost", "a difference below zero", nanoseconds, riffle(-12.4), nil},
		row{"func/row", "a row without figures", seconds, riffle(), nil},
	)
	r.note("A note.")
	return r
}

func TestReport(t *testing.T) {
	const want = `riffle abc, Flink 2.3.0, java 17, go1.26, Linux 6, 2 × cpu, 4 GB
2026-01-02 03:04:05 to 03:05:05, load 0.1 before and 0.2 after

| what | riffle: median (least–most) | peers | better than the best peer |
|---|---|---|---|
| launch to a prompt, s | 0.020 (0.010–0.040) | SQL Client 2.000<br>tuned 1.000 (0.500–3.000) | 50.00× (tuned) |
| memory, MB | 50 |  |  |
| rows into the client, rows/s | 2,000 k |  |  |
| a row without a goal, ms | 0.500 |  |  |
| a difference below zero, ns | -12 |  |  |

Settings:
- riffle: default settings
- SQL Client: local
- tuned: local, tuned
- A note.
`
	if diff := cmp.Diff(want, sampleReport().markdown(false)); diff != "" {
		t.Error(diff)
	}
}

func TestReportWithGoals(t *testing.T) {
	const want = `
| what | riffle: median (least–most) | peers | better than the best peer | must | dream |
|---|---|---|---|---|---|
| launch to a prompt, s | 0.020 (0.010–0.040) | SQL Client 2.000<br>tuned 1.000 (0.500–3.000) | 50.00× (tuned) | 0.050 s: yes | 0.030 s: yes |
| memory, MB | 50 |  |  | 40 MB: **no** | 25 MB: no |
| rows into the client, rows/s | 2,000 k |  |  | 18×: ? | 50×: ? |
| a row without a goal, ms | 0.500 |  |  |  |  |
| a difference below zero, ns | -12 |  |  | 60 ns: yes |  |
`
	got := sampleReport().markdown(true)
	if !strings.Contains(got, want) {
		t.Errorf("the table with goals is\n%s", got)
	}
	if orphans := "- Goals without a row: catalog/query, catalog/redefine, launch/first, launch/next, launch/next on a cluster, memory/all, sink/client\n"; !strings.HasSuffix(got, orphans) {
		t.Errorf("the goals of measured groups that have no row are not listed:\n%s", got)
	}
}

// Every goal belongs to a group. The groups that can be tested without Flink have a
// row for each of their goals.
func TestGoalsBelongToRows(t *testing.T) {
	for id := range allGoals() {
		if !slices.ContainsFunc(groups(), func(g group) bool { return g.name == groupOf(id) }) {
			t.Errorf("the goal %q belongs to no group", id)
		}
	}
	b := &bench{quick: true}
	if err := measureCompletion(context.Background(), b); err != nil {
		t.Fatal(err)
	}
	for _, row := range kernelRows(nil) {
		row.Riffle.Values = []float64{1}
		b.report.add(row)
	}
	if orphans := b.report.goalsWithoutRow(); len(orphans) > 0 {
		t.Errorf("goals without a row: %v", orphans)
	}
}
