package flink

import (
	"context"
	"regexp"
	"strconv"
	"strings"
	"time"

	"riffle/session/gateway"
)

// Restarts returns how often Flink has restarted a job, and why it did so the last time.
func (g *Gateway) Restarts(ctx context.Context, job string) (gateway.Restarts, error) {
	_, r, details, err := g.details(ctx, job)
	if err != nil {
		return gateway.Restarts{}, err
	}
	return g.restarts(ctx, r, details)
}

// restarts reads the newest failure of a job from the job's resource r. It makes no request for a job that was never
// restarted. For a job that has ended, its end says why.
func (g *Gateway) restarts(ctx context.Context, r rest, details jobDetails) (gateway.Restarts, error) {
	if details.Timestamps["RESTARTING"] == 0 || (gateway.Health{State: details.State}).Ended() {
		return gateway.Restarts{}, nil
	}
	var exceptions struct {
		History struct {
			Entries []struct {
				Trace string `json:"stacktrace"`
				Task  string `json:"taskName"` // null if no task failed
				At    int64  `json:"timestamp"`
			} `json:"entries"` // the newest first
		} `json:"exceptionHistory"`
	}
	if err := r.get(ctx, "/exceptions?maxExceptions=1", &exceptions); err != nil {
		return gateway.Restarts{}, err
	}
	// The metric can be as old as metrics.fetcher.update-interval. The number in the task's name is not.
	var counts []struct {
		Value number `json:"value"`
	}
	if err := r.get(ctx, "/metrics?get=numRestarts", &counts); err != nil {
		return gateway.Restarts{}, err
	}
	restarts := gateway.Restarts{Times: 1}
	for _, c := range counts {
		restarts.Times = max(restarts.Times, int(c.Value))
	}
	for _, last := range exceptions.History.Entries {
		if execution := executionMark.FindStringSubmatch(last.Task); execution != nil {
			n, _ := strconv.Atoi(execution[1]) // digits, by the expression
			restarts.Times = max(restarts.Times, n+1)
		}
		f := &exception{Causes: thrownIn(last.Trace), Trace: last.Trace, Task: last.Task, remote: g.remote, ofJob: true}
		f.file = g.fileRead(last.Task)
		restarts.Last = f.fault()
		restarts.At = time.Now().Add(-time.Duration(details.Now-last.At) * time.Millisecond)
	}
	return restarts, nil
}

// executionMark ends the name of a task in the history of exceptions. A task's first execution is number 0.
var executionMark = regexp.MustCompile(` - execution #(\d+)$`)

// thrownIn returns the exception and its causes of a stack trace in Java's form.
func thrownIn(trace string) []cause {
	var heads []string
	inHead := true // a message can have several lines
	for line := range strings.SplitSeq(strings.TrimSpace(trace), "\n") {
		line = strings.TrimSuffix(line, "\r")
		head, isCause := strings.CutPrefix(line, "Caused by: ")
		switch {
		case isCause || len(heads) == 0:
			heads, inHead = append(heads, head), true
		case frameLine.MatchString(line):
			inHead = false
		case inHead:
			heads[len(heads)-1] += "\n" + line
		}
	}
	causes := make([]cause, len(heads))
	for i, head := range heads {
		causes[i].Message = head
		if found := thrownHead.FindStringSubmatch(head); found != nil {
			causes[i] = cause{Class: found[1], Message: found[2]}
		}
	}
	return causes
}

var (
	frameLine  = regexp.MustCompile(`^\t+(?:at |\.\.\. \d+ |Suppressed: )`)
	thrownHead = regexp.MustCompile(`(?s)^((?:[\p{L}_$][\p{L}\d_$]*\.)+[\p{L}_$][\p{L}\d_$]*)(?:: (.*))?$`)
)
