package flink

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"math"
	"net/http"
	"net/url"
	"regexp"
	"strconv"
	"strings"
	"time"

	"riffle/session/gateway"
)

// Health returns the state of a job. If the last call was a while ago, it takes as long as Flink needs
// to gather new figures: usually some milliseconds, and at most three seconds. Figures that are not
// available by then are unknown.
func (g *Gateway) Health(ctx context.Context, job string) (gateway.Health, error) {
	base, r, details, err := g.details(ctx, job)
	if err != nil {
		return gateway.Health{}, err
	}
	h := gateway.Health{Name: details.Name, State: details.State, RowsIn: -1, RowsOut: -1}
	if h.Restarts, err = g.restarts(ctx, r, details); err != nil {
		return gateway.Health{}, err
	}
	if len(details.Vertices) == 0 || h.State == "INITIALIZING" {
		return h, nil // Flink does not report on the job yet
	}
	fresh, err := g.fresh.await(ctx, rest{base})
	if err != nil {
		return gateway.Health{}, err
	}
	h.Deployed = true
	fed, feeding := details.edges()
	for _, v := range details.Vertices {
		h.Parallelism = max(h.Parallelism, v.Parallelism)
		h.Deployed = h.Deployed && (v.Status == "RUNNING" || v.Status == "FINISHED")
		if !fresh {
			continue // unknown is better than old
		}
		metrics, err := r.metrics(ctx, v, !fed[v.ID], !feeding[v.ID])
		if err != nil {
			return gateway.Health{}, err
		}
		addMetrics(&h, v, metrics, !feeding[v.ID])
	}
	return h, addCheckpoints(ctx, &h, r)
}

// details returns the base of the cluster's REST endpoint, the resource of a job, and what it says.
func (g *Gateway) details(ctx context.Context, job string) (base string, r rest, details jobDetails, err error) {
	if base, err = g.AwaitCluster(ctx); err != nil {
		return "", rest{}, jobDetails{}, err
	}
	r = rest{base: base + "/jobs/" + url.PathEscape(job)}
	if err = r.get(ctx, "", &details); isAbsent(err) {
		err = &gateway.Fault{Diagnosis: gateway.Diagnosis{Message: "the cluster has no job " + job, Hint: "SHOW JOBS lists the jobs"}}
	}
	return base, r, details, err
}

// jobDetails is the part of the answer to GET /jobs/ID that is read here.
type jobDetails struct {
	Name  string `json:"name"`
	State string `json:"state"`
	// Timestamps are when the job was in a state for the last time, by state; 0 for never. They and Now are in milliseconds,
	// by the clock of the JobManager.
	Timestamps map[string]int64 `json:"timestamps"`
	Now        int64            `json:"now"`
	Vertices   []jobVertex      `json:"vertices"`
	Plan       struct {
		Nodes []struct {
			ID     string `json:"id"`
			Inputs []struct {
				ID string `json:"id"`
			} `json:"inputs"`
		} `json:"nodes"`
	} `json:"plan"`
}

// jobVertex is a task of the job: operators in a chain.
type jobVertex struct {
	ID          string `json:"id"`
	Name        string `json:"name"`
	Parallelism int    `json:"parallelism"`
	Status      string `json:"status"`
}

// edges returns which vertices have inputs, and which have outputs.
func (d jobDetails) edges() (fed, feeding map[string]bool) {
	fed, feeding = map[string]bool{}, map[string]bool{}
	for _, n := range d.Plan.Nodes {
		for _, in := range n.Inputs {
			fed[n.ID], feeding[in.ID] = true, true
		}
	}
	return fed, feeding
}

// metric is a metric over all subtasks.
type metric struct {
	Name  string `json:"id"`
	Least number `json:"min"`
	Most  number `json:"max"`
	Sum   number `json:"sum"`
}

// number is a number as Flink writes it, which may be NaN.
type number float64

func (n *number) UnmarshalJSON(text []byte) error {
	f, err := strconv.ParseFloat(strings.Trim(string(text), `"`), 64)
	*n = number(f)
	return err
}

const (
	backpressureMetric = "backPressuredTimeMsPerSecond"
	watermarkMetric    = "currentInputWatermark"
	rowsMetric         = "numRecordsOut"
	writtenMetric      = "numRecordsIn"
)

// writers matches the operators that write rows, by their names in metrics. The operators that
// commit what was written receive summaries, not rows.
var (
	writers    = regexp.MustCompile(`^Sink__|Writer`)
	committers = regexp.MustCompile(`^(?:Sink__)?end\b|^end__|Committer`)
)

// isOfWriter reports whether a metric is the number of rows that a writer received.
func (m metric) isOfWriter() bool {
	operator, ok := strings.CutSuffix(m.Name, "."+writtenMetric)
	return ok && writers.MatchString(operator) && !committers.MatchString(operator)
}

// metrics requests the metrics of a vertex that are read here: its backpressure, the rows that
// it writes, for a source the rows that it emitted, and at the end of the job the watermark of
// the last operator. Flink names an operator's metrics after the operator.
func (r rest) metrics(ctx context.Context, v jobVertex, source, sink bool) ([]metric, error) {
	path := "/vertices/" + url.PathEscape(v.ID) + "/subtasks/metrics"
	requested := []string{backpressureMetric}
	var names []metric
	if err := r.get(ctx, path, &names); err != nil {
		return nil, err
	}
	for _, m := range names {
		if source && m.isOfSource() || sink && m.isOfLast(v) || m.isOfWriter() {
			requested = append(requested, m.Name)
		}
	}
	var values []metric
	err := r.get(ctx, path+"?agg=min,max,sum&get="+url.QueryEscape(strings.Join(requested, ",")), &values)
	return values, err
}

// isOfSource reports whether a metric is the number of rows that a source emitted.
func (m metric) isOfSource() bool {
	return strings.HasPrefix(m.Name, "Source__") && strings.HasSuffix(m.Name, "."+rowsMetric)
}

// isOfLast reports whether a metric is the input watermark of a task's last operator.
func (m metric) isOfLast(v jobVertex) bool {
	operator, ok := strings.CutSuffix(m.Name, "."+watermarkMetric)
	chain := strings.Split(v.Name, " -> ")
	return ok && plainName(operator) == plainName(chain[len(chain)-1])
}

// plainName returns an operator's name without what Flink replaces in metrics' names.
func plainName(name string) string {
	return strings.Map(func(r rune) rune {
		if strings.ContainsRune(" _:()", r) {
			return -1
		}
		return r
	}, name)
}

func addMetrics(h *gateway.Health, v jobVertex, metrics []metric, sink bool) {
	for _, m := range metrics {
		switch {
		case m.Name == backpressureMetric:
			if share := float64(m.Most) / 1000; share > h.Backpressure {
				h.Backpressure = share
			}
		case m.isOfSource():
			h.RowsIn = max(h.RowsIn, 0) + int64(m.Sum)
			if m.Sum == 0 {
				h.Silent = append(h.Silent, m.Name)
			}
		case m.isOfWriter():
			h.RowsOut = max(h.RowsOut, 0) + int64(m.Sum)
		case sink && m.isOfLast(v):
			setWatermark(h, m.Least)
		}
	}
}

// setWatermark keeps the least watermark of several sinks.
func setWatermark(h *gateway.Health, millis number) {
	switch {
	case millis >= math.MaxInt64/2:
		h.Drained = true
	case millis > math.MinInt64/2:
		if at := time.UnixMilli(int64(millis)); h.Watermark.IsZero() || at.Before(h.Watermark) {
			h.Watermark = at
		}
	}
}

func addCheckpoints(ctx context.Context, h *gateway.Health, r rest) error {
	var c struct {
		Counts struct {
			Failed int `json:"failed"`
		} `json:"counts"`
		Latest struct {
			Completed *struct {
				ID       int64 `json:"id"`
				At       int64 `json:"latest_ack_timestamp"`
				Duration int64 `json:"end_to_end_duration"`
			} `json:"completed"`
		} `json:"latest"`
	}
	if err := r.get(ctx, "/checkpoints", &c); err != nil {
		return err
	}
	h.Failed = c.Counts.Failed
	if last := c.Latest.Completed; last != nil {
		h.Checkpoint = &gateway.Checkpoint{ID: last.ID, At: time.UnixMilli(last.At), Took: time.Duration(last.Duration) * time.Millisecond}
	}
	return nil
}

// rest reads from Flink's REST endpoint.
type rest struct{ base string }

func (r rest) get(ctx context.Context, path string, v any) error {
	const most = 16 << 20 // bytes of an answer
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, r.base+path, nil)
	if err != nil {
		return err
	}
	response, err := http.DefaultClient.Do(request)
	if err != nil {
		return fmt.Errorf("ask Flink's REST endpoint: %w", err)
	}
	defer response.Body.Close()
	if response.StatusCode != http.StatusOK {
		var refusal struct{ Errors []string }
		_ = json.NewDecoder(io.LimitReader(response.Body, most)).Decode(&refusal) // then the status has to do
		first, _, _ := strings.Cut(strings.Join(refusal.Errors, ": "), "\n")
		return &statusError{response.StatusCode, fmt.Sprintf("ask Flink's REST endpoint for %s: %s %s", path, response.Status, first)}
	}
	if err := json.NewDecoder(io.LimitReader(response.Body, most)).Decode(v); err != nil {
		return fmt.Errorf("read %s from Flink's REST endpoint: %w", path, err)
	}
	return nil
}
