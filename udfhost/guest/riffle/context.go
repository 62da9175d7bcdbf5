package riffle

import (
	"context"
	"log/slog"
	"os"
	"time"

	"riffle/udfhost/guest/abi"
	"riffle/udfhost/guest/scope"
)

// Context connects a function with the job that calls it. A function gets one as its first parameter, which SQL does
// not see. It can be used by several goroutines, and after the call.
type Context struct {
	scope  *scope.Scope
	logger *slog.Logger
}

// ContextOf is for the code that riffle generates.
func ContextOf(s *scope.Scope) *Context {
	if s.Shown == nil {
		s.Shown = &Context{s, slog.New(timeless{slog.NewTextHandler(os.Stdout, nil)})}
	}
	return s.Shown.(*Context)
}

// Counter returns the counter of a name, which is added if it is new. A name has up to 80 letters, digits, and the
// characters _ - and dot; other names panic, and so does the name of a metric of another kind. A function can have 100
// metrics. It is warned when it uses another one, which nobody sees.
func (c *Context) Counter(name string) *Counter { return (*Counter)(c.metric(abi.Counter, name)) }

// Meter returns the meter of a name. See [Context.Counter] for names.
func (c *Context) Meter(name string) *Meter { return (*Meter)(c.metric(abi.Meter, name)) }

// Gauge returns the gauge of a name. See [Context.Counter] for names.
func (c *Context) Gauge(name string) *Gauge { return (*Gauge)(c.metric(abi.Gauge, name)) }

// Distribution returns the distribution of a name. See [Context.Counter] for names.
func (c *Context) Distribution(name string) *Distribution {
	return (*Distribution)(c.metric(abi.Distribution, name))
}

func (c *Context) metric(kind uint32, name string) *scope.Metric {
	m, first := c.scope.Metric(kind, name)
	if first {
		c.logger.Warn("a function can have 100 metrics: this one and all further ones are not reported", "metric", name)
	}
	return m
}

// Counter counts. Flink shows the sum of each subtask.
type Counter scope.Metric

// Inc adds n, which may be negative.
func (c *Counter) Inc(n int64) { (*scope.Metric)(c).Add(n) }

// Meter measures how often something happens. Flink shows the events per second, over the last minute.
type Meter scope.Metric

// Mark adds n events.
func (m *Meter) Mark(n int64) { (*scope.Metric)(m).Add(n) }

// Gauge has a value that changes. Flink shows the last one.
type Gauge scope.Metric

// Set sets the value.
func (g *Gauge) Set(n int64) { (*scope.Metric)(g).Set(n) }

// Distribution has the sum, the number, the minimum and the maximum of values.
type Distribution scope.Metric

// Update adds a value.
func (d *Distribution) Update(n int64) { (*scope.Metric)(d).Update(n) }

// JobParameter returns a parameter of the job, which the setting pipeline.global-job-parameters has, or otherwise the
// given value.
func (c *Context) JobParameter(name, otherwise string) string {
	if value, found := c.scope.Parameter(name); found {
		return value
	}
	return otherwise
}

// Subtask returns the number of the subtask that calls the function, from 0.
func (c *Context) Subtask() int { return c.scope.Subtask }

// Subtasks returns the number of parallel subtasks that call the function.
func (c *Context) Subtasks() int { return c.scope.Subtasks }

// Logger returns a logger whose records appear like what the function prints, each as a line of the form that
// [slog.TextHandler] has, without the time: level=WARN msg="no price" product=7. Records below slog.LevelInfo are
// dropped.
func (c *Context) Logger() *slog.Logger { return c.logger }

// timeless leaves the time out of records: whoever shows a line knows when it came.
type timeless struct{ slog.Handler }

// Handle implements slog.Handler.
func (h timeless) Handle(ctx context.Context, r slog.Record) error {
	r.Time = time.Time{}
	return h.Handler.Handle(ctx, r)
}

// WithAttrs implements slog.Handler.
func (h timeless) WithAttrs(attrs []slog.Attr) slog.Handler {
	return timeless{h.Handler.WithAttrs(attrs)}
}

// WithGroup implements slog.Handler.
func (h timeless) WithGroup(name string) slog.Handler { return timeless{h.Handler.WithGroup(name)} }
