//go:build unix

package main

import (
	"context"
	"encoding/json"
	"fmt"
	"os"
	"runtime"
	"slices"
	"strconv"
	"strings"
	"time"
)

// report is what a run found.
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

// row is a line of the table: one thing, measured on riffle and on peers.
type row struct {
	What   string
	Unit   unit
	Riffle series
	Peers  []series `json:",omitempty"`
	Goals  []goal   `json:",omitempty"`
}

// series are the figures of one program, in the row's unit.
type series struct {
	Name     string
	Settings string
	Values   []float64
}

// unit is what figures are in.
type unit string

const (
	seconds       unit = "s"
	milliseconds  unit = "ms"
	rowsPerSecond unit = "rows/s" // more is better; less in all other units
	megabytes     unit = "MB"     // of 2^20 bytes
)

// goal is a limit that riffle has set itself, on its own figure or on how many
// times better it is than its best peer.
type goal struct {
	Level string // must or dream
	Limit float64
	Times bool
}

func must(limit float64) goal       { return goal{Level: "must", Limit: limit} }
func dream(limit float64) goal      { return goal{Level: "dream", Limit: limit} }
func mustTimes(limit float64) goal  { return goal{"must", limit, true} }
func dreamTimes(limit float64) goal { return goal{"dream", limit, true} }

func (s series) median() float64 {
	sorted := slices.Sorted(slices.Values(s.Values))
	n := len(sorted)
	if n%2 == 1 {
		return sorted[n/2]
	}
	return (sorted[n/2-1] + sorted[n/2]) / 2
}

// best is the peer with the best median.
func (r row) best() (series, bool) {
	var best series
	for _, peer := range r.Peers {
		if len(peer.Values) > 0 && (len(best.Values) == 0 || r.times(peer.median(), best.median()) > 1) {
			best = peer
		}
	}
	return best, len(best.Values) > 0
}

// times tells how many times better a is than b.
func (r row) times(a, b float64) float64 {
	if r.Unit == rowsPerSecond {
		return a / b
	}
	return b / a
}

// met tells whether a row reaches a goal, or not: "yes", "no", "?".
func (r row) met(g goal) string {
	value, reached := r.Riffle.median(), false
	if g.Times {
		best, ok := r.best()
		if !ok {
			return "?"
		}
		reached = r.times(value, best.median()) >= g.Limit
	} else {
		reached = r.times(value, g.Limit) >= 1
	}
	if reached {
		return "yes"
	}
	return "no"
}

// add takes over a row that has figures of riffle's.
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

// machine names processors and memory.
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

// markdown draws the table, the settings and the notes.
func (r *report) markdown() string {
	var text strings.Builder
	fmt.Fprintf(&text, "riffle %s, Flink %s, %s, %s, %s, %s\n", r.Revision, flinkVersion, r.Java, r.Go, r.Kernel, r.Machine)
	fmt.Fprintf(&text, "%s to %s, load %s before and %s after\n", r.Began.Format(time.DateTime), r.Ended.Format(time.TimeOnly), r.LoadBefore, r.LoadEnd)
	if r.Quick {
		text.WriteString("**A quick run: these are no figures to quote.**\n")
	}
	text.WriteString("\n| what | riffle: median (least–most) | peers | better than the best | must | dream |\n|---|---|---|---|---|---|\n")
	for _, row := range r.Rows {
		text.WriteString(row.markdown())
	}
	text.WriteString("\nSettings:\n")
	var told []string
	for _, row := range r.Rows {
		for _, s := range append([]series{row.Riffle}, row.Peers...) {
			if line := fmt.Sprintf("- %s: %s\n", s.Name, s.Settings); s.Settings != "" && !slices.Contains(told, line) {
				told = append(told, line)
				text.WriteString(line)
			}
		}
	}
	for _, note := range r.Notes {
		fmt.Fprintf(&text, "- %s\n", note)
	}
	return text.String()
}

func (r row) markdown() string {
	var peers []string
	for _, peer := range r.Peers {
		peers = append(peers, peer.Name+" "+r.figures(peer))
	}
	times := ""
	if best, ok := r.best(); ok {
		times = fmt.Sprintf("%.2f× (%s)", r.times(r.Riffle.median(), best.median()), best.Name)
	}
	return fmt.Sprintf("| %s, %s | %s | %s | %s | %s | %s |\n", r.What, r.Unit, r.figures(r.Riffle),
		strings.Join(peers, "<br>"), times, r.goals("must"), r.goals("dream"))
}

// goals are those of a level, each with whether it is met.
func (r row) goals(level string) string {
	var texts []string
	for _, g := range r.Goals {
		if g.Level != level {
			continue
		}
		text := r.figure(g.Limit) + " " + string(r.Unit)
		if g.Times {
			text = strconv.FormatFloat(g.Limit, 'g', 3, 64) + "×"
		}
		met := r.met(g)
		if met == "no" && level == "must" {
			met = "**no**"
		}
		texts = append(texts, text+": "+met)
	}
	return strings.Join(texts, ", ")
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
		return strconv.FormatFloat(v/1000, 'f', 0, 64) + " k"
	case r.Unit == megabytes:
		return strconv.FormatFloat(v, 'f', 0, 64)
	}
	return strconv.FormatFloat(v, 'f', 3, 64)
}
