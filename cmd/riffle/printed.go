package main

import (
	"fmt"
	"log/slog"
	"sync"
)

// printedLines is how many lines of what functions print are shown for one
// worker, a subtask of a query. A function may print for each of a million rows.
const printedLines = 20

// printed shows what functions print, up to a limit, and logs all of it.
type printed struct {
	show func(line string)
	log  *slog.Logger

	mu    sync.Mutex
	lines map[string]int // by worker
}

func newPrinted(show func(string), log *slog.Logger) *printed {
	return &printed{show: show, log: log, lines: map[string]int{}}
}

func (p *printed) line(worker, text string) {
	p.log.Info("printed", "worker", worker, "line", text)
	p.mu.Lock()
	p.lines[worker]++
	n := p.lines[worker]
	p.mu.Unlock()
	switch {
	case n <= printedLines:
		p.show(text)
	case n == printedLines+1:
		p.show(fmt.Sprintf("… what worker %s prints beyond %d lines is in the log alone", worker, printedLines))
	}
}
