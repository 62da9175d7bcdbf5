package kernel

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"regexp"
	"strings"
	"sync"

	"riffle/session/linefile"
	"riffle/session/sqltext"
)

// entry is a cell that was executed, a line of the file. One without code begins a
// session.
type entry struct {
	Session int    `json:"session"`
	Line    int    `json:"line,omitempty"` // its number in the session
	Code    string `json:"code,omitempty"`
}

// history is what was executed in this kernel and earlier ones, on disk: a line of JSON for
// each cell, without the values of secret options, which only the kernel in which they were
// typed knows. Kernels share the file. It is read when it is first needed. Each subshell has
// its own session in it.
type history struct {
	mu      sync.Mutex
	file    linefile.File // without a path if there is no home folder
	newest  int           // session; 0 before the file was read
	entries []entry
	broken  bool // it was reported that the history is not kept
}

var errNoHistory = errors.New("no home folder: set HOME or XDG_STATE_HOME")

// remember adds a cell to the history.
func (s *subshell) remember(code string) {
	err := s.openHistory()
	if added := s.history.add(entry{s.period, s.count, code}); err == nil {
		err = added
	}
	if err != nil && s.history.breaks() {
		s.Notice("the history is not saved: " + err.Error())
	}
}

// openHistory begins the subshell's session in the history.
func (s *subshell) openHistory() (err error) {
	if s.period == 0 {
		s.period, err = s.history.begin()
	}
	return err
}

// add appends a cell.
func (h *history) add(e entry) error {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.entries = append(h.entries, e)
	e.Code = sqltext.Mask(e.Code)
	return h.keep(e)
}

// breaks returns true once, when the history can no longer be kept, so that it is reported.
func (h *history) breaks() bool {
	h.mu.Lock()
	defer h.mu.Unlock()
	was := h.broken
	h.broken = true
	return !was
}

// begin begins a session with the next number, also if the file is not accessible.
func (h *history) begin() (session int, err error) {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.newest++
	err = h.keep(entry{})
	return h.newest, err
}

// keep adds an entry to the file. An entry that begins a session gets the next number. Cells of
// other kernels are read with the first read of the file; later, only the numbers of their
// sessions are.
func (h *history) keep(e entry) error {
	if h.file.Path == "" {
		return errNoHistory
	}
	first := h.newest == 1 && len(h.entries) == 0
	var failed error
	newest := 0 // session of another kernel
	err := h.file.Add(func(found linefile.Added) string {
		for _, line := range found.Lines {
			var other entry
			if json.Unmarshal([]byte(line), &other) != nil {
				continue // of a kernel that was killed while it wrote
			}
			newest = max(newest, other.Session)
			if first && other.Code != "" {
				h.entries = append(h.entries, other)
			}
		}
		if e.Session == 0 {
			h.newest = max(h.newest, newest+1)
			e.Session = h.newest
		} else {
			h.newest = max(h.newest, newest)
		}
		line, err := json.Marshal(e)
		failed = err
		return string(line)
	})
	return errors.Join(failed, err)
}

// historyRequest is the content of a history_request.
type historyRequest struct {
	Access  string `json:"hist_access_type"`
	Output  bool   `json:"output"`
	Session int    `json:"session"`
	Start   int    `json:"start"`
	Stop    *int   `json:"stop"`
	N       *int   `json:"n"`
	Pattern string `json:"pattern"`
	Unique  bool   `json:"unique"`
}

// recall answers a history_request.
func (s *subshell) recall(_ context.Context, r *request) {
	var asked historyRequest
	if err := r.Unpack(&asked); err != nil {
		s.reply(r, "history_reply", s.failure(err))
		return
	}
	if err := s.openHistory(); err != nil {
		s.config.Log.Warn("the history was not read", "error", err)
	}
	found, err := s.history.find(s.period, asked)
	if err != nil {
		s.reply(r, "history_reply", s.failure(err))
		return
	}
	list := []any{}
	for _, e := range found {
		var code any = e.Code
		if asked.Output {
			code = []any{e.Code, nil} // outputs are not kept
		}
		list = append(list, []any{e.Session, e.Line, code})
	}
	s.reply(r, "history_reply", object{"status": "ok", "history": list})
}

// find returns the entries that a session's request asks for, the oldest first.
func (h *history) find(session int, asked historyRequest) ([]entry, error) {
	h.mu.Lock()
	defer h.mu.Unlock()
	switch asked.Access {
	case "tail":
		return last(h.entries, asked.N), nil
	case "range":
		return h.between(session, asked), nil
	case "search":
		return h.search(asked)
	}
	return nil, fmt.Errorf("unknown hist_access_type %q: use tail, range or search", asked.Access)
}

func last(entries []entry, n *int) []entry {
	if n == nil || *n >= len(entries) {
		return entries
	}
	return entries[len(entries)-max(0, *n):]
}

// between returns the cells of a session from start up to, but not including, stop. The
// session counts from the asking one back, unless it is a positive number.
func (h *history) between(session int, asked historyRequest) []entry {
	of := asked.Session
	if of <= 0 {
		of += session
	}
	var found []entry
	for _, e := range h.entries {
		if e.Session == of && e.Line >= asked.Start && (asked.Stop == nil || e.Line < *asked.Stop) {
			found = append(found, e)
		}
	}
	return found
}

// search returns the cells that match a pattern with * and ? as a whole. If they are to be
// unique, it returns only the last of equal cells.
func (h *history) search(asked historyRequest) ([]entry, error) {
	pattern := asked.Pattern
	if pattern == "" {
		pattern = "*"
	}
	quoted := regexp.QuoteMeta(pattern)
	fits, err := regexp.Compile(`(?s)\A` + strings.NewReplacer(`\*`, ".*", `\?`, ".").Replace(quoted) + `\z`)
	if err != nil {
		return nil, fmt.Errorf("%q is not a valid pattern: %w", pattern, err)
	}
	lastOf := map[string]int{}
	for i, e := range h.entries {
		lastOf[e.Code] = i
	}
	var found []entry
	for i, e := range h.entries {
		if fits.MatchString(e.Code) && (!asked.Unique || lastOf[e.Code] == i) {
			found = append(found, e)
		}
	}
	return last(found, asked.N), nil
}
