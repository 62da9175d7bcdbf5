package kernel

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"time"

	"riffle/render"
	"riffle/session/command"
	"riffle/session/query"
)

const (
	// sharedEvery is the minimum interval between two writes of a table that changes.
	sharedEvery = time.Second
	// sharedPart limits the time spent on writing one table: to a tenth.
	sharedPart = 10
)

// shares are the files in which tables of running queries are kept, by their paths.
type shares struct {
	mu     sync.Mutex
	byPath map[string]*share
}

// share keeps the table of a query in a file.
type share struct {
	query *query.Query
	end   context.CancelFunc
	ended chan struct{}
}

// share keeps the table of a query in an Arrow file; "" means a file in the session's folder.
func (c *cell) share(q *query.Query, path string) error {
	path, err := c.sharedPath(q, path)
	if err != nil {
		return err
	}
	k, out := c.Kernel, c.out
	k.shares.mu.Lock()
	defer k.shares.mu.Unlock()
	before := k.shares.byPath[path]
	if before == nil || before.query != q {
		if before != nil { // the file now belongs to another query
			before.end()
			<-before.ended
		}
		events := q.Subscribe(query.ProgressOnly)
		remarks, err := command.WriteArrow(path, q)
		if err != nil {
			events.Close()
			return err
		}
		if len(remarks) > 0 {
			out.print("stderr", render.WithoutControls(strings.Join(remarks, "; ")))
		}
		ctx, end := context.WithCancel(k.serving)
		s := &share{q, end, make(chan struct{})}
		if k.shares.byPath == nil {
			k.shares.byPath = map[string]*share{}
		}
		k.shares.byPath[path] = s
		k.tasks.Go(func() {
			defer k.shares.forget(path, s)
			defer close(s.ended) // before forget, because share waits for it under the lock
			defer end()
			defer events.Close()
			keepWritten(ctx, q, events, path, func(err error) {
				out.print("stderr", render.WithoutControls(fmt.Sprintf("%s: the file could not be written: %v", q.ID(), err)))
			})
		})
	}
	c.result(object{"text/plain": render.WithoutControls(fmt.Sprintf(
		"%s is in %s\nin Python: pandas.read_feather(%q), or pyarrow.ipc.open_file(…).read_all()", q.ID(), path, path))})
	return nil
}

// forget takes out a share that has ended, and with it the query's table.
func (s *shares) forget(path string, ended *share) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.byPath[path] == ended {
		delete(s.byPath, path)
	}
}

// sharedPath returns where the table of a query is kept, as an absolute path.
func (c *cell) sharedPath(q *query.Query, path string) (string, error) {
	if path != "" {
		return filepath.Abs(path)
	}
	folder := c.session.Folder()
	if folder == "" {
		return "", errors.New("name a file: the session has no folder of its own")
	}
	folder = filepath.Join(folder, "shared")
	if err := os.MkdirAll(folder, 0o700); err != nil {
		return "", err
	}
	return filepath.Join(folder, q.ID()+".arrow"), nil
}

// keepWritten writes the table of a query whenever it has changed, until the query or ctx ends.
// Only the first failure is reported: the next write may succeed, for example when a reader has
// closed the file.
func keepWritten(ctx context.Context, q *query.Query, events *query.Subscription, path string, failed func(error)) {
	written := int64(-1) // changes that the file has
	for due := time.Now(); ; {
		limited, done := context.WithDeadline(ctx, due)
		event, err := events.Next(limited)
		done()
		_, ended := event.(query.Ended)
		switch {
		case ctx.Err() != nil:
			return
		case err == nil && !ended:
			continue
		}
		ended = ended || !errors.Is(err, context.DeadlineExceeded)
		begun := time.Now()
		if rows := q.Rows(); rows != written || ended {
			if _, err := command.WriteArrow(path, q); err == nil {
				written = rows
			} else if failed != nil {
				failed(err)
				failed = nil
			}
		}
		if ended {
			return
		}
		due = time.Now().Add(max(sharedEvery, sharedPart*time.Since(begun)))
	}
}
