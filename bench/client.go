//go:build unix

package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"os"
	"path/filepath"
	"sync/atomic"
	"time"

	"github.com/apache/arrow/go/v15/arrow"

	"riffle/render"
	"riffle/session"
	"riffle/session/flink"
	"riffle/session/gateway"
	"riffle/session/query"
	"riffle/udfhost"
	"riffle/udfhost/golang"
	"riffle/udfhost/shipment"
)

// fourColumns selects all columns of a source.
func fourColumns(rows int) string { return "SELECT id, n, price, name FROM " + source(rows) }

// measureClient compares how fast rows reach the client: through riffle's session as
// Arrow, through riffle's CSV output, and through PyFlink's to_pandas() and collect().
func measureClient(ctx context.Context, b *bench) error {
	n, collected := 1_000_000, 20_000
	if b.quick {
		n, collected = 100_000, 2_000
	}
	clients, closeAll, err := b.openClients(ctx, n, collected)
	if err != nil {
		return err
	}
	all, err := b.fetchAll(ctx, clients)
	what := fmt.Sprintf("%s rows of four columns into the client", render.Count(n))
	b.report.add(
		row{"client/arrow", what + ", as Arrow", rowsPerSecond, all[0], all[2:]},
		row{"client/csv", what + ", as CSV", rowsPerSecond, all[1], all[2:]},
	)
	b.report.note("execute().collect() fetches %s rows: more would take minutes.", render.Count(collected))
	return errors.Join(err, closeAll())
}

// fetchAll lets the clients fetch in turns and returns the rows a second of each.
// The first round warms up.
func (b *bench) fetchAll(ctx context.Context, clients []client) ([]series, error) {
	all := make([]series, len(clients))
	for i := range b.repetitions(5) + 1 {
		for k, c := range clients {
			if i > c.repeat {
				continue
			}
			took, err := c.fetch(ctx)
			if err != nil {
				return all, fmt.Errorf("%s: %w", c.name, err)
			}
			b.say("round %d: %s: %d rows in %.2f s", i, c.name, c.rows, took.Seconds())
			all[k].Name, all[k].Settings = c.name, c.settings
			if i > 0 {
				all[k].Values = append(all[k].Values, float64(c.rows)/took.Seconds())
			}
		}
	}
	return all, nil
}

// client is a way to fetch rows.
type client struct {
	name, settings string
	rows           int
	repeat         int // the largest number of rounds after the first
	fetch          func(context.Context) (time.Duration, error)
}

// openClients starts a session, a riffle and a PyFlink, and creates their tables.
func (b *bench) openClients(ctx context.Context, n, collected int) (clients []client, closeAll func() error, err error) {
	s, _, closeSession, err := b.openSession(ctx)
	if err != nil {
		return nil, nil, err
	}
	closers := []func() error{closeSession}
	closeAll = func() error {
		var errs []error
		for _, c := range closers {
			errs = append(errs, c())
		}
		return errors.Join(errs...)
	}
	defer func() {
		if err != nil {
			err = errors.Join(err, closeAll())
		}
	}()
	csv, err := openPiped(ctx, b.peers, "--format", "csv")
	if err != nil {
		return nil, nil, err
	}
	closers = append(closers, csv.close)
	python, err := openPyFlink(ctx, b.peers, "python.fn-execution.arrow.batch.size=100000", "collect-sink.batch-size.max=32mb")
	if err != nil {
		return nil, nil, err
	}
	closers = append(closers, python.close)
	if _, err := fetchArrow(ctx, s, createSource(n)); err != nil {
		return nil, nil, err
	}
	if err := csv.send(createSource(n) + ";"); err != nil {
		return nil, nil, err
	}
	if err := python.tables(n, collected); err != nil {
		return nil, nil, err
	}
	const settings = pyflinkSettings + "; Arrow batches of 100,000 rows, collect sink's batches of 32 MB"
	return []client{
		{"riffle, Arrow records", "package session; all records are kept until the end", n, 5, func(ctx context.Context) (time.Duration, error) {
			began := time.Now()
			got, err := fetchArrow(ctx, s, fourColumns(n))
			if err == nil && got != n {
				err = fmt.Errorf("got %d of %d rows", got, n)
			}
			return time.Since(began), err
		}},
		{"riffle, CSV", "riffle --format csv, read from a pipe", n, 5, func(ctx context.Context) (time.Duration, error) {
			return csv.query(ctx, fourColumns(n)+";", n+1) // with the header
		}},
		{"PyFlink to_pandas()", settings, n, 3, func(context.Context) (time.Duration, error) {
			return python.fetch("pandas", fourColumns(n), n)
		}},
		{"PyFlink collect()", settings, collected, 3, func(context.Context) (time.Duration, error) {
			return python.fetch("collect", fourColumns(collected), collected)
		}},
	}, closeAll, nil
}

// inSession turns a function that measures in a session into the function of a
// group. The session is new, and ends with the group. A function that kills the
// session's JVM finds it in jvm.
func inSession(measure func(ctx context.Context, b *bench, s *session.Session, jvm *atomic.Pointer[flink.Gateway]) error) func(context.Context, *bench) error {
	return func(ctx context.Context, b *bench) error {
		s, jvm, closeSession, err := b.openSession(ctx)
		if err != nil {
			return err
		}
		return errors.Join(measure(ctx, b, s, jvm), closeSession())
	}
}

// openSession is openSessionOn with riffle's own cluster.
func (b *bench) openSession(ctx context.Context) (s *session.Session, jvm *atomic.Pointer[flink.Gateway], closeSession func() error, err error) {
	return b.openSessionOn(ctx, "")
}

// openSessionOn starts a session in this process, as riffle does, on the cluster at an address. The session's JVM is
// in jvm, for functions that kill it.
func (b *bench) openSessionOn(ctx context.Context, cluster string) (s *session.Session, jvm *atomic.Pointer[flink.Gateway], closeSession func() error, err error) {
	dir, err := os.MkdirTemp(filepath.Join(b.folder, "tmp"), "session-")
	if err != nil {
		return nil, nil, nil, err
	}
	log := slog.New(slog.DiscardHandler)
	store := golang.New(golang.Options{
		CacheDir: filepath.Join(b.folder, "cache", "riffle", "golang"), Elsewhere: cluster != "",
	})
	host, err := udfhost.Listen(ctx, udfhost.Options{Dir: dir, Engine: store.Engine(), Logger: log})
	if err != nil {
		return nil, nil, nil, err
	}
	jvm = &atomic.Pointer[flink.Gateway]{}
	s = session.New(ctx, session.Config{
		Log: log, Functions: store, Harness: host, Cluster: cluster,
		Boot: func(ctx context.Context) (gateway.Gateway, error) {
			cache := filepath.Join(b.folder, "cache", "riffle")
			where := flink.Embedded{Dir: dir, CacheDir: cache, Flink: host.FlinkOptions(), Remote: cluster, Log: log}
			if cluster != "" {
				packer := shipment.NewPacker(dir, b.riffle)
				where.Flink = host.SizeOptions() // the others are about this machine
				where.Pack = func(program, installed string) (string, error) {
					return packer.Pack(store.Engine().Program(program), installed)
				}
			}
			g, err := where.Start(ctx)
			if err != nil {
				return nil, err // not g: as an interface, a nil *flink.Gateway is not nil
			}
			jvm.Store(g)
			return g, nil
		},
	})
	closeSession = func() error {
		s.Close()
		return errors.Join(host.Close(), store.Close(), os.RemoveAll(dir))
	}
	return s, jvm, closeSession, s.Ready(ctx)
}

// fetchArrow runs statements and returns how many rows their queries have.
func fetchArrow(ctx context.Context, s *session.Session, text string) (int, error) {
	rows := 0
	for _, statement := range s.Cell(text).Statements() {
		reply, err := s.Execute(ctx, statement, query.Lossless)
		if err != nil {
			return 0, fmt.Errorf("%s\n%w", session.Explain(err), err)
		}
		if reply.Events == nil {
			continue
		}
		n, err := hold(ctx, reply.Events)
		if err != nil {
			return 0, err
		}
		rows += n
	}
	return rows, nil
}

// hold reads all records of a query, keeps them until the end and counts their rows.
func hold(ctx context.Context, events *query.Subscription) (int, error) {
	defer events.Close()
	var records []arrow.Record
	defer func() {
		for _, record := range records {
			record.Release()
		}
	}()
	rows := 0
	for {
		event, err := events.Next(ctx)
		if err == io.EOF {
			return rows, nil
		}
		if err != nil {
			return 0, err
		}
		switch event := event.(type) {
		case query.Batch:
			records = append(records, event.Record)
			rows += int(event.Record.NumRows())
		case query.Ended:
			if event.State != query.Finished {
				return 0, fmt.Errorf("the query was %s: %w", event.State, event.Err)
			}
		}
	}
}
