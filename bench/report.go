//go:build unix

package main

import (
	"context"
	"encoding/json"
	"fmt"
	"math"
	"os"
	"runtime"
	"slices"
	"strconv"
	"strings"
	"time"

	"riffle/render"
)

// report is the result of a run.
type report struct {
	Began, Ended        time.Time
	Quick               bool `json:",omitempty"`
	Machine             string
	Kernel, Java, Go    string
	Revision            string // of riffle
	LoadBefore, LoadEnd string
	Rows                []row
	Notes               []string
}

// row is a line of the table: one thing, measured on riffle and on its peers.
type row struct {
	ID     string // the group, and what distinguishes its rows; the same in every run
	What   string // as the table shows it; may contain the size of the run
	Unit   unit
	Riffle series
	Peers  []series `json:",omitempty"`
}

// series is the figures of one program, in the row's unit.
type series struct {
	Name     string
	Settings string
	Values   []float64
}

// unit is the unit of a row's figures.
type unit string

const (
	seconds       unit = "s"
	milliseconds  unit = "ms"
	rowsPerSecond unit = "rows/s" // more is better; less in all other units
	megabytes     unit = "MB"     // of 2^20 bytes
	nanoseconds   unit = "ns"
	percent       unit = "% of a core"
)

func (s series) median() float64 {
	sorted := slices.Sorted(slices.Values(s.Values))
	n := len(sorted)
	if n%2 == 1 {
		return sorted[n/2]
	}
	return (sorted[n/2-1] + sorted[n/2]) / 2
}

// best returns the peer with the best median.
func (r row) best() (series, bool) {
	var best series
	for _, peer := range r.Peers {
		if len(peer.Values) > 0 && (len(best.Values) == 0 || r.times(peer.median(), best.median()) > 1) {
			best = peer
		}
	}
	return best, len(best.Values) > 0
}

// times returns how many times better a is than b.
func (r row) times(a, b float64) float64 {
	if r.Unit == rowsPerSecond {
		return a / b
	}
	return b / a
}

// add adds the rows for which riffle has figures.
func (r *report) add(rows ...row) {
	for _, row := range rows {
		if len(row.Riffle.Values) > 0 {
			r.Rows = append(r.Rows, row)
		}
	}
}

// note adds a line below the table.
func (r *report) note(format string, args ...any) {
	r.Notes = append(r.Notes, fmt.Sprintf(format, args...))
}

func newReport(ctx context.Context, p *peers, quick bool) report {
	r := report{Began: time.Now(), Quick: quick, Machine: machine(), LoadBefore: load(), Go: runtime.Version()}
	r.Kernel, _ = command(ctx, nil, "uname", "-sr")
	java, _ := command(ctx, nil, p.java, "-version")
	r.Java, _, _ = strings.Cut(java, "\n")
	r.Revision, _ = command(ctx, nil, "git", "-C", p.root, "describe", "--always", "--dirty")
	return r
}

func (r *report) finish() { r.Ended, r.LoadEnd = time.Now(), load() }

// machine describes the processors and the memory.
func machine() string {
	model := runtime.GOARCH
	cpus, _ := os.ReadFile("/proc/cpuinfo")
	for line := range strings.Lines(string(cpus)) {
		if name, value, _ := strings.Cut(line, ":"); strings.TrimSpace(name) == "model name" {
			model = strings.TrimSpace(value)
			break
		}
	}
	memory, _ := os.ReadFile("/proc/meminfo")
	fields := strings.Fields(string(memory))
	gigabytes := 0
	if len(fields) > 1 {
		kilobytes, _ := strconv.Atoi(fields[1])
		gigabytes = kilobytes >> 20
	}
	return fmt.Sprintf("%d × %s, %d GB", runtime.NumCPU(), model, gigabytes)
}

func load() string {
	average, _ := os.ReadFile("/proc/loadavg")
	return strings.Join(strings.Fields(string(average))[:min(3, len(strings.Fields(string(average))))], " ")
}

func (r *report) save(path string) error {
	text, err := json.MarshalIndent(r, "", "  ")
	if err != nil {
		return err
	}
	return os.WriteFile(path, append(text, '\n'), 0o644)
}

// markdown returns the report: the table, the settings and the notes. withGoals adds
// the columns for developers.
func (r *report) markdown(withGoals bool) string {
	var text strings.Builder
	fmt.Fprintf(&text, "riffle %s, Flink %s, %s, %s, %s, %s\n", r.Revision, flinkVersion, r.Java, r.Go, r.Kernel, r.Machine)
	fmt.Fprintf(&text, "%s to %s, load %s before and %s after\n", r.Began.Format(time.DateTime), r.Ended.Format(time.TimeOnly), r.LoadBefore, r.LoadEnd)
	if r.Quick {
		text.WriteString("**A quick run: do not quote these figures.**\n")
	}
	head, rule := "\n| what | riffle: median (least–most) | peers | better than the best peer |", "\n|---|---|---|---|"
	if withGoals {
		head, rule = head+" must | dream |", rule+"---|---|"
	}
	text.WriteString(head + rule + "\n")
	for _, row := range r.Rows {
		text.WriteString(row.markdown())
		if withGoals {
			text.WriteString(row.goalCells())
		}
		text.WriteString("\n")
	}
	text.WriteString("\nSettings:\n")
	var listed []string
	for _, row := range r.Rows {
		for _, s := range append([]series{row.Riffle}, row.Peers...) {
			if line := fmt.Sprintf("- %s: %s\n", s.Name, s.Settings); s.Settings != "" && !slices.Contains(listed, line) {
				listed = append(listed, line)
				text.WriteString(line)
			}
		}
	}
	for _, note := range r.Notes {
		fmt.Fprintf(&text, "- %s\n", note)
	}
	if orphans := r.goalsWithoutRow(); withGoals && len(orphans) > 0 {
		fmt.Fprintf(&text, "- Goals without a row: %s\n", strings.Join(orphans, ", "))
	}
	return text.String()
}

// markdown returns the row's line of the table, without the line end.
func (r row) markdown() string {
	var peers []string
	for _, peer := range r.Peers {
		peers = append(peers, peer.Name+" "+r.figures(peer))
	}
	times := ""
	if best, ok := r.best(); ok {
		times = fmt.Sprintf("%.2f× (%s)", r.times(r.Riffle.median(), best.median()), best.Name)
	}
	return fmt.Sprintf("| %s, %s | %s | %s | %s |", r.What, r.Unit, r.figures(r.Riffle), strings.Join(peers, "<br>"), times)
}

func (r row) figures(s series) string {
	switch len(s.Values) {
	case 0:
		return "–"
	case 1:
		return r.figure(s.Values[0])
	}
	return fmt.Sprintf("%s (%s–%s)", r.figure(s.median()), r.figure(slices.Min(s.Values)), r.figure(slices.Max(s.Values)))
}

func (r row) figure(v float64) string {
	switch {
	case r.Unit == rowsPerSecond:
		if v < 10_000 {
			return strconv.FormatFloat(v/1000, 'f', 1, 64) + " k"
		}
		return render.Count(int64(math.Round(v/1000))) + " k"
	case r.Unit == megabytes || r.Unit == nanoseconds:
		return render.Count(int64(math.Round(v)))
	case r.Unit == percent:
		return strconv.FormatFloat(v, 'f', 1, 64)
	}
	return strconv.FormatFloat(v, 'f', 3, 64)
}
