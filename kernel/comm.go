package kernel

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"slices"
	"sync"
	"time"

	"riffle/render"
	"riffle/session"
	"riffle/session/query"
)

const (
	// queryTarget is the only target of comms: the state of queries.
	queryTarget = "riffle.query"
	// commsMost is the maximum number of open comms.
	commsMost = 100

	stateRunning = "running"
)

// comms are the open comms, by the IDs that their clients gave them.
type comms struct {
	mu   sync.Mutex
	open map[string]*comm
}

// comm reports the state of one query or of all queries to a client when it has changed, and
// cancels queries for the client. Comms of other targets are closed.
type comm struct {
	id     string
	opened *request // its reports are effects of this request

	mu       sync.Mutex
	one      *query.Query      // the query that it reports on; nil for all
	queries  []*query.Query    // running at the last report
	reported map[string]report // the last reports, by name
	begun    bool              // it has reported something
	closed   bool
}

// report is the state of a query.
type report struct {
	Query     string   `json:"query"`
	Statement string   `json:"statement"`
	State     string   `json:"state"` // running, finished, cancelled, failed
	Bounded   bool     `json:"bounded"`
	Job       string   `json:"job"`                  // Flink's name
	Rows      *int64   `json:"rows,omitempty"`       // received; absent for an INSERT
	Rate      *float64 `json:"rows_per_s,omitempty"` // since the last report
	Seconds   float64  `json:"seconds"`              // since it began
	Error     string   `json:"error,omitempty"`      // of a failed query
	at        time.Time
}

// onComm handles a message of a comm. It does so at once, for any subshell, so that messages of
// one comm keep their order.
func (k *Kernel) onComm(r *request) {
	var asked struct {
		ID     string          `json:"comm_id"`
		Target string          `json:"target_name"`
		Data   json.RawMessage `json:"data"`
	}
	if err := r.Unpack(&asked); err != nil {
		k.config.Log.Warn("a message was not read", "error", err)
		if r.Header.Type == "comm_info_request" {
			k.reply(r, replyType(r), failed(err))
		}
		return
	}
	switch r.Header.Type {
	case "comm_info_request":
		k.reply(r, replyType(r), object{"status": "ok", "comms": k.comms.info(asked.Target)})
	case "comm_open":
		if err := k.openComm(r, asked.ID, asked.Target, asked.Data); err != nil {
			k.closeComm(r, asked.ID, err)
		}
	case "comm_msg":
		if c := k.comms.find(asked.ID); c != nil { // otherwise it was closed a moment ago
			k.obey(c, asked.Data)
		}
	case "comm_close":
		if c := k.comms.remove(asked.ID); c != nil {
			c.close()
		}
	}
}

func (k *Kernel) openComm(r *request, id, target string, data []byte) error {
	if target != queryTarget {
		return fmt.Errorf("riffle has no comm target %q", target)
	}
	var about struct{ Query string }
	if err := unpackData(data, &about); err != nil {
		return err
	}
	c := &comm{id: id, opened: r, reported: map[string]report{}}
	if about.Query != "" {
		q, ok := k.session.Query(about.Query)
		if !ok {
			return fmt.Errorf("no query %s runs", about.Query)
		}
		c.one, c.queries = q, []*query.Query{q}
	}
	if err := k.comms.add(c); err != nil {
		return err
	}
	r.Content, r.Buffers = nil, nil // its header is all that is needed, as long as the comm is open
	k.report(c, time.Now())
	return nil
}

// close prevents further reports.
func (c *comm) close() {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.closed = true
}

// unpackData reads the data of a comm's message, which may be missing.
func unpackData(data []byte, into any) error {
	if len(data) == 0 {
		return nil
	}
	if err := json.Unmarshal(data, into); err != nil {
		return fmt.Errorf("read the data of the message: %w", err)
	}
	return nil
}

// obey carries out a client's request to cancel a query. A failure is reported as {"error":
// "…"}.
func (k *Kernel) obey(c *comm, data []byte) {
	q, err := k.toCancel(c, data)
	if err != nil {
		k.publish(c.opened, "", "comm_msg", object{"comm_id": c.id, "data": object{"error": err.Error()}})
		return
	}
	k.tasks.Go(func() {
		ctx, cancel := context.WithTimeout(k.serving, cancelWithin)
		defer cancel()
		if err := q.Cancel(ctx); err != nil {
			text := fmt.Sprintf("%s could not be cancelled: %v", q.ID(), err)
			k.publish(c.opened, "", "comm_msg", object{"comm_id": c.id, "data": object{"error": text}})
		}
	})
}

// toCancel returns the query that {"cancel": true} or {"cancel": "q3"} is about.
func (k *Kernel) toCancel(c *comm, data []byte) (*query.Query, error) {
	var asked struct{ Cancel any }
	if err := unpackData(data, &asked); err != nil {
		return nil, err
	}
	switch which := asked.Cancel.(type) {
	case bool:
		if which && c.one != nil {
			return c.one, nil
		}
	case string:
		if q, ok := k.session.Query(which); ok {
			return q, nil
		}
		return nil, fmt.Errorf("no query %s runs", which)
	}
	return nil, errors.New(`send {"cancel": "q3"}, or {"cancel": true} on a comm of one query`)
}

// reportAll reports what has changed, and closes the comms whose client has disconnected.
func (k *Kernel) reportAll(now time.Time) {
	for _, c := range k.comms.all() {
		if !c.opened.socket.Connected(c.opened.client) {
			k.closeComm(c.opened, c.id, nil)
			continue
		}
		k.report(c, now)
	}
}

// report reports to a client what has changed since the last report.
func (k *Kernel) report(c *comm, now time.Time) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.closed {
		return
	}
	reports, changed := c.look(now, k.session.Queries())
	if !changed {
		return
	}
	k.publish(c.opened, "comm "+c.id, "comm_msg", object{"comm_id": c.id, "data": object{"queries": reports}})
	if c.one != nil && len(c.queries) == 0 {
		c.closed = true
		k.closeComm(c.opened, c.id, nil)
	}
}

// look creates the reports, and says whether they contain anything new; c.mu is held. A query
// that has ended is reported once more.
func (c *comm) look(now time.Time, running []*query.Query) (reports []report, changed bool) {
	queries := c.queries
	if c.one == nil {
		for _, q := range running {
			if _, ended := q.End(); !ended && q.Started().Job != "" && !slices.Contains(queries, q) {
				queries = append(queries[:len(queries):len(queries)], q)
			}
		}
	}
	changed = !c.begun
	reports = []report{}
	latest := map[string]report{}
	var left []*query.Query
	for _, q := range queries {
		r := reportOf(q, now)
		before, known := c.reported[r.Query]
		changed = changed || !known || !r.equals(before)
		r.setRate(before)
		reports = append(reports, r)
		if r.State == stateRunning {
			latest[r.Query], left = r, append(left, q)
		}
	}
	if changed {
		c.begun, c.reported, c.queries = true, latest, left
	}
	return reports, changed
}

func reportOf(q *query.Query, now time.Time) report {
	started := q.Started()
	r := report{
		Query: q.Number(), Statement: render.WithoutControls(q.Summary()), State: stateRunning,
		Bounded: started.Bounded, Job: started.Job, Seconds: q.Elapsed().Seconds(), at: now,
	}
	if started.Schema != nil {
		rows := q.Rows()
		r.Rows = &rows
	}
	if end, ok := q.End(); ok {
		r.State, r.Seconds = end.State.String(), end.Elapsed.Seconds()
		if end.Err != nil {
			r.Error = render.WithoutControls(session.Explain(end.Err))
		}
	}
	return r
}

// equals reports whether two reports are the same except for the time.
func (r report) equals(other report) bool {
	return r.State == other.State && (r.Rows == nil || other.Rows != nil && *r.Rows == *other.Rows)
}

// setRate computes the rate of rows since an earlier report, which may be empty.
func (r *report) setRate(before report) {
	if r.Rows == nil {
		return
	}
	rows, seconds := *r.Rows, r.Seconds
	if before.Rows != nil {
		rows, seconds = rows-*before.Rows, r.at.Sub(before.at).Seconds()
	}
	rate := max(0, float64(rows)) / max(seconds, 0.001) // a restarted job counts its rows from zero
	r.Rate = &rate
}

// closeComm tells the client that a comm is closed, and why if that is an error.
func (k *Kernel) closeComm(r *request, id string, why error) {
	k.comms.remove(id)
	data := object{}
	if why != nil {
		data["error"] = why.Error()
	}
	k.publish(r, "", "comm_close", object{"comm_id": id, "data": data})
}

func (c *comms) add(added *comm) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	switch _, taken := c.open[added.id]; {
	case added.id == "":
		return errors.New("a comm needs an ID")
	case !taken && len(c.open) >= commsMost:
		return fmt.Errorf("%d comms are open, and more are not allowed: close one first", commsMost)
	}
	if c.open == nil {
		c.open = map[string]*comm{}
	}
	c.open[added.id] = added
	return nil
}

// remove removes the comm with an ID and returns it, or returns nil.
func (c *comms) remove(id string) *comm {
	c.mu.Lock()
	defer c.mu.Unlock()
	removed := c.open[id]
	delete(c.open, id)
	return removed
}

func (c *comms) find(id string) *comm {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.open[id]
}

func (c *comms) all() []*comm {
	c.mu.Lock()
	defer c.mu.Unlock()
	return slices.Collect(maps.Values(c.open))
}

// info lists the comms of a target; "" stands for all targets.
func (c *comms) info(target string) object {
	found := object{}
	for _, open := range c.all() {
		if target == "" || target == queryTarget {
			found[open.id] = object{"target_name": queryTarget}
		}
	}
	return found
}
