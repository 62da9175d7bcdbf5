package udfhost

import (
	"context"
	"fmt"
	"log/slog"
	"strconv"
	"strings"
	"sync/atomic"
	"unicode"

	fnpb "github.com/apache/beam/sdks/v2/go/pkg/beam/model/fnexecution_v1"
	"google.golang.org/protobuf/types/known/timestamppb"
)

// flinkLog is a slog.Handler that writes into Flink's log through a worker's logging stream. It
// never waits. Entries that the stream cannot take are counted, and the next entry that gets
// through reports the count.
type flinkLog struct {
	*flinkLogStream
	prefix string // of attribute names
	attrs  string
}

type flinkLogStream struct {
	entries chan *fnpb.LogEntry
	dropped atomic.Int64
}

// openLog opens the logging stream and adds it to the worker's log.
func (w *worker) openLog(address string) error {
	conn, err := w.conn(address)
	if err != nil {
		return err
	}
	client, err := fnpb.NewBeamFnLoggingClient(conn).Logging(w.ctx)
	if err != nil {
		return fmt.Errorf("open logging stream to flink at %s: %w", address, err)
	}
	const waiting = 256
	s := &flinkLogStream{entries: make(chan *fnpb.LogEntry, waiting)}
	w.tasks.Go(func() { s.run(w.ctx, client) })
	w.log = slog.New(slog.NewMultiHandler(w.log.Handler(), &flinkLog{flinkLogStream: s}))
	return nil
}

// run sends entries until the worker ends.
func (s *flinkLogStream) run(ctx context.Context, client fnpb.BeamFnLogging_LoggingClient) {
	for {
		select {
		case e := <-s.entries:
			if client.Send(&fnpb.LogEntry_List{LogEntries: []*fnpb.LogEntry{e}}) != nil {
				return // the control stream reports why
			}
		case <-ctx.Done():
			return
		}
	}
}

// Enabled implements slog.Handler. riffle's debug messages do not go to Flink's log.
func (h *flinkLog) Enabled(_ context.Context, level slog.Level) bool { return level >= slog.LevelInfo }

// Handle implements slog.Handler.
func (h *flinkLog) Handle(_ context.Context, r slog.Record) error {
	var text strings.Builder
	text.WriteString(r.Message)
	text.WriteString(h.attrs)
	r.Attrs(func(a slog.Attr) bool {
		writeAttr(&text, h.prefix, a)
		return true
	})
	if n := h.dropped.Swap(0); n > 0 {
		fmt.Fprintf(&text, " (%d log entries before this one were lost)", n)
	}
	select {
	case h.entries <- &fnpb.LogEntry{
		Severity:    severity(r.Level),
		Timestamp:   timestamppb.New(r.Time),
		Message:     text.String(),
		LogLocation: "riffle.udfhost",
		Thread:      "worker",
	}:
	default:
		h.dropped.Add(1)
	}
	return nil
}

// WithAttrs implements slog.Handler.
func (h *flinkLog) WithAttrs(attrs []slog.Attr) slog.Handler {
	var text strings.Builder
	for _, a := range attrs {
		writeAttr(&text, h.prefix, a)
	}
	return &flinkLog{h.flinkLogStream, h.prefix, h.attrs + text.String()}
}

// WithGroup implements slog.Handler.
func (h *flinkLog) WithGroup(name string) slog.Handler {
	return &flinkLog{h.flinkLogStream, h.prefix + name + ".", h.attrs}
}

// writeAttr writes an attribute on one line, whatever a function has put into it.
func writeAttr(text *strings.Builder, prefix string, a slog.Attr) {
	value := a.Value.Resolve().String()
	if strings.ContainsFunc(value, unicode.IsControl) {
		value = strconv.Quote(value)
	}
	fmt.Fprintf(text, " %s%s=%s", prefix, a.Key, value)
}

func severity(level slog.Level) fnpb.LogEntry_Severity_Enum {
	switch {
	case level >= slog.LevelError:
		return fnpb.LogEntry_Severity_ERROR
	case level >= slog.LevelWarn:
		return fnpb.LogEntry_Severity_WARN
	}
	return fnpb.LogEntry_Severity_INFO
}
