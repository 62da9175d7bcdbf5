package main

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"sync/atomic"
	"time"

	"riffle/session"
	"riffle/session/flink"
	"riffle/session/flink/dist"
	"riffle/session/gateway"
	"riffle/udfhost"
	"riffle/udfhost/golang"
	"riffle/udfhost/guest"
)

// sessionOptions are the command line's and the front end's options for a session. The
// functions are called from any goroutine.
type sessionOptions struct {
	progress func(dist.Progress) // the fetching of Flink
	warn     func(string)        // a line for the user
	debug    bool                // log more
}

// choreDelay keeps the processors free for the first statement, which is often waiting when
// Flink starts.
const choreDelay = 3 * time.Second

// archiveWait is how long the end of a machine's first session waits for the class-data
// archive. It waits only once, and the archive saves seconds at every later start.
const archiveWait = 40 * time.Second

// newSession connects the parts of a session on the embedded Flink: the folder, the store of Go
// declarations, the harness that runs them, and the gateway, which starts in parallel. The
// returned function closes all of them. If everything went well, it may first finish work for
// later starts, unless it is interrupted.
func newSession(ctx context.Context, o sessionOptions) (*session.Session, func(wellDone bool, interrupts <-chan os.Signal), error) {
	folder, err := newSessionFolder()
	if err != nil {
		return nil, nil, err
	}
	log, closeLog, err := openLog(folder.path, o.debug)
	if err != nil {
		folder.remove()
		return nil, nil, err
	}
	store := golang.New(golang.Options{
		Guest: guest.Options{RowTimeout: guest.DefaultRowTimeout, Memory: guest.DefaultMemory},
	})
	host, err := udfhost.Listen(ctx, udfhost.Options{Dir: folder.path, Engine: store.Engine(), Logger: log})
	if err != nil {
		closeLog()
		folder.remove()
		return nil, nil, err
	}
	e := flink.Embedded{
		Dir:      folder.path,
		Flink:    host.FlinkOptions(),
		Progress: o.progress,
		Warn:     o.warn,
		Log:      log,
	}
	archive := newChore(ctx, log, "record the class-data archive", e.RecordArchive)
	library := newChore(ctx, log, "compile Go's standard library", store.Warm)
	cleaning := newChore(ctx, log, "remove files of killed sessions", removeAbandoned)
	var firstStart atomic.Bool
	s := session.New(ctx, session.Config{
		Log:       log,
		Jars:      artifactJars,
		Folder:    folder.path,
		Functions: store,
		Harness:   host,
		Notice:    o.warn,
		Boot: func(ctx context.Context) (gateway.Gateway, error) {
			g, err := e.Start(ctx)
			if err != nil {
				return nil, err // not g, which would be a nil of another type
			}
			firstStart.Store(!e.ArchiveTried(ctx))
			for _, c := range []*chore{archive, library, cleaning} {
				c.start(choreDelay)
			}
			return g, nil
		},
	})
	return s, func(wellDone bool, interrupts <-chan os.Signal) {
		s.Close()
		library.stop()
		cleaning.stop()
		if wellDone && firstStart.Load() && !archive.ended() {
			o.warn("preparing a faster next start (once; Ctrl-C skips it)")
			archive.wait(ctx, interrupts, archiveWait)
		}
		archive.stop()
		if err := errors.Join(host.Close(), store.Close()); err != nil {
			log.Warn("close the session", "error", err)
		}
		closeLog()
		folder.remove()
	}, nil
}

// artifactJars lets Maven download the artifact that \jar names.
func artifactJars(ctx context.Context, artifact string, say func(string)) ([]string, error) {
	a, err := dist.ParseArtifact(artifact)
	if err != nil {
		return nil, err
	}
	return a.Jars(ctx, dist.Options{}, say)
}

// openLog opens riffle's own log, next to Flink's.
func openLog(dir string, debug bool) (*slog.Logger, func(), error) {
	file, err := os.OpenFile(filepath.Join(dir, "riffle.log"), os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0o600)
	if err != nil {
		return nil, nil, fmt.Errorf("open riffle's log: %w", err)
	}
	level := slog.LevelInfo
	if debug {
		level = slog.LevelDebug
	}
	log := slog.New(slog.NewTextHandler(file, &slog.HandlerOptions{Level: level}))
	return log, func() { file.Close() }, nil
}
