package query

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"riffle/session/sqltext"
)

// Wait limits how long to wait for a streaming query: until it has received a number of rows or
// until a time has passed, whichever is first. Without either limit, the wait lasts until the
// query ends.
type Wait struct {
	Rows int64         // number of changes to wait for; 0 for no limit
	For  time.Duration // 0 for no limit
	Then Then
	// FailIfShort makes it an error if the rows have not arrived within the time.
	FailIfShort bool
}

// Then says what happens to a query when the wait is over.
type Then uint8

// Values of Then. For Unspecified, the code that waits has its own default.
const (
	Unspecified Then = iota
	CancelIt
	LeaveIt // in the background
)

// waitOptions are the words before the = in a Wait's text.
var waitOptions = []string{"rows", "for", "then", "else"}

// ParseWait parses a wait such as rows=100 for=10s then=background else=fail. Each word may occur
// once, in any order. Spans of errors are in the text.
func ParseWait(text string) (Wait, *sqltext.Error) {
	var w Wait
	seen := map[string]bool{}
	at := 0
	for word := range strings.FieldsSeq(text) {
		at += strings.Index(text[at:], word)
		span := sqltext.Span{Start: at, End: at + len(word)}
		at = span.End
		key, value, _ := strings.Cut(word, "=")
		problem := w.set(key, value)
		if seen[key] {
			problem = key + "= is given twice"
		}
		if problem != "" {
			return Wait{}, &sqltext.Error{Span: span, Message: problem}
		}
		seen[key] = true
	}
	if w.FailIfShort && w.Rows == 0 {
		return Wait{}, &sqltext.Error{Span: sqltext.Span{End: len(text)}, Message: "else=fail needs a number of rows: add rows=N"}
	}
	return w, nil
}

// set reads one option. It returns what is wrong with it, or "".
func (w *Wait) set(key, value string) string {
	var err error
	switch key {
	case "rows":
		if w.Rows, err = strconv.ParseInt(value, 10, 64); err != nil || w.Rows < 1 {
			return "rows= takes a positive number: rows=100"
		}
	case "for":
		if w.For, err = time.ParseDuration(value); err != nil || w.For <= 0 {
			return "for= takes a time with its unit: for=500ms, for=10s, for=5m or for=1h"
		}
	case "then":
		switch value {
		case "cancel":
			w.Then = CancelIt
		case "background":
			w.Then = LeaveIt
		default:
			return "then= takes cancel or background"
		}
	case "else":
		if w.FailIfShort = value == "fail"; !w.FailIfShort {
			return "else= takes fail"
		}
	default:
		problem := fmt.Sprintf("there is no option %s: the options are rows=N, for=TIME, then=background and else=fail", key)
		if near := sqltext.Nearest(key, slices.Values(waitOptions)); near != "" {
			problem = fmt.Sprintf("there is no option %s: did you mean %s=?", key, near)
		}
		return problem
	}
	return ""
}

// Shortfall says how many of a query's rows are missing when the time is over. It returns "" if
// none are missing.
func (w Wait) Shortfall(q *Query, rows int64) string {
	if rows >= w.Rows {
		return ""
	}
	came := "came"
	if q.config.Started.Schema == nil {
		came = "were written"
	}
	return fmt.Sprintf("%d of %d rows %s in %s", rows, w.Rows, came, w.For)
}
