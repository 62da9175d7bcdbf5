package engine

import (
	"crypto/rand"
	"encoding/json"
	"fmt"
	"strings"
	"sync"
)

// Report is what the functions of a worker have done for its query so far. A worker on a cluster sends it to Flink,
// from where the session reads it.
type Report struct {
	Worker    string // unique
	Number    int64  // the first is 1
	Functions []Usage
	// Lines are the last that were shown of those that the functions have printed. Each has a number, from 1.
	Lines []ReportedLine
	// Suppressed is the number of lines suppressed after these.
	Suppressed int64
}

// ReportedLine is a printed line.
type ReportedLine struct {
	Number int64
	Line
}

// maxReported is the number of bytes of lines that a report has. Flink keeps one report of each worker in memory, and
// sends it with each of its heartbeats, every ten seconds. Functions print more only in a burst.
const maxReported = 32 << 10

// reporter writes the reports of a worker.
type reporter struct {
	worker string

	mu     sync.Mutex
	number int64
	lines  []ReportedLine
	last   int64 // the number of the last line
	bytes  int
}

func newReporter() *reporter { return &reporter{worker: rand.Text()} }

// printed keeps a line, in place of the oldest if there are too many.
func (r *reporter) printed(l Line) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.last++
	r.lines = append(r.lines, ReportedLine{Number: r.last, Line: l})
	for r.bytes += len(l.Text); r.bytes > maxReported && len(r.lines) > 1; r.lines = r.lines[1:] {
		r.bytes -= len(r.lines[0].Text)
	}
}

// report returns the next report.
func (r *reporter) report(usage []Usage, suppressed int64) Report {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.number++
	return Report{Worker: r.worker, Number: r.number, Functions: usage, Lines: r.lines, Suppressed: suppressed}
}

// EnableReports makes workers report what their functions do.
func (e *Engine) EnableReports() {
	e.mu.Lock()
	defer e.mu.Unlock()
	e.reports = true
}

// Report implements operation.Reporter.
func (in *instance) Report() []byte {
	if in.reporter == nil {
		return nil
	}
	in.account.flush()
	usage := in.account.usage()
	if len(usage) == 0 {
		return nil
	}
	in.account.mu.Lock()
	suppressed := in.account.suppressed
	in.account.mu.Unlock()
	r := in.reporter.report(usage, suppressed)
	text, err := json.Marshal(r)
	if err != nil {
		panic(err) // it has texts and numbers only
	}
	return fmt.Appendf(nil, "%s %d %s", r.Worker, r.Number, text)
}

// ParseReport reads a report.
func ParseReport(text string) (Report, error) {
	var r Report
	fields := strings.SplitN(text, " ", 3)
	if len(fields) < 3 {
		return r, fmt.Errorf("%.100q is not a report of functions", text)
	}
	return r, json.Unmarshal([]byte(fields[2]), &r)
}
