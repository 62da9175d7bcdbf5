package main

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"sync"
	"sync/atomic"
	"time"

	"riffle/session"
	"riffle/session/flink"
	"riffle/session/flink/dist"
	"riffle/session/gateway"
	"riffle/udfhost"
	"riffle/udfhost/golang"
	"riffle/udfhost/guest"
	"riffle/udfhost/shipment"
)

// sessionOptions are the command line's and the front end's options for a session. The
// functions are called from any goroutine.
type sessionOptions struct {
	progress func(dist.Progress) // the fetching of Flink
	warn     func(string)        // a line for the user
	debug    bool                // log more
	cluster  string              // REST address of an existing cluster; "" for the embedded one
	rows     string              // address at which that cluster's tasks reach riffle; "" for the way through its JobManager
	onDemand bool                // Flink starts when a statement needs it
	early    bool                // Go is declared before Flink has started
}

// choreDelay keeps the processors free for the first statement, which is often waiting when
// Flink starts.
const choreDelay = 3 * time.Second

// archiveWait is how long the end of a machine's first session waits for the class-data
// archive. It waits only once, and the archive saves seconds at every later start.
const archiveWait = 40 * time.Second

// newSession starts a session on the embedded Flink. The gateway starts in parallel. The returned
// function closes the session and all its parts. If everything went well, it may first finish work
// for later starts, unless it is interrupted.
func newSession(ctx context.Context, o sessionOptions) (*session.Session, func(wellDone bool, interrupts <-chan os.Signal), error) {
	e, err := openEmbedded(ctx, o)
	if err != nil {
		return nil, nil, err
	}
	s := session.New(ctx, session.Config{
		Log:       e.log,
		Jars:      artifactJars,
		Folder:    e.folder.path,
		Functions: e.store,
		Harness:   e.host,
		Notice:    o.warn,
		Boot:      e.boot,
		Cluster:   o.cluster,
		OnDemand:  o.onDemand,

		DeclareEarly: o.early,
	})
	return s, func(wellDone bool, interrupts <-chan os.Signal) {
		s.Close()
		e.close(ctx, wellDone, interrupts)
	}, nil
}

// embedded has the parts of a session on the embedded Flink: its folder, its log, the store of Go
// declarations, the harness that runs them, and the work for later starts.
type embedded struct {
	flink    flink.Embedded
	warn     func(string)
	folder   *sessionFolder
	log      *slog.Logger
	closeLog func()
	store    *golang.Store
	host     *udfhost.Host

	archive, library, cleaning *chore
	firstStart                 atomic.Bool // Flink has started, and never before on this machine
}

func openEmbedded(ctx context.Context, o sessionOptions) (*embedded, error) {
	folder, err := newSessionFolder()
	if err != nil {
		return nil, err
	}
	log, closeLog, err := openLog(folder.path, o.debug)
	if err != nil {
		folder.remove()
		return nil, err
	}
	store := golang.New(golang.Options{
		Guest:     guest.Options{RowTimeout: guest.DefaultRowTimeout, Memory: guest.DefaultMemory},
		Elsewhere: o.cluster != "",
	})
	host, err := udfhost.Listen(ctx, udfhost.Options{Dir: folder.path, Engine: store.Engine(), Logger: log})
	if err != nil {
		closeLog()
		folder.remove()
		return nil, err
	}
	e := &embedded{warn: o.warn, folder: folder, log: log, closeLog: closeLog, store: store, host: host}
	options := host.FlinkOptions()
	var pack flink.Pack
	var once sync.Once
	costs := func(text string) { once.Do(func() { o.warn(text) }) }
	if o.cluster != "" {
		options = host.SizeOptions() // the others are about this machine
		packer := shipment.NewPacker(folder.path, host.Executable())
		pack = func(program, installed string) (string, error) {
			return packer.Pack(store.Engine().Program(program), installed)
		}
	}
	e.flink = flink.Embedded{
		Dir: folder.path, Flink: options, Remote: o.cluster, RowsAddress: o.rows, Pack: pack, Costs: costs, Progress: o.progress, Warn: o.warn, Log: log,
	}
	e.archive = newChore(ctx, log, "record the class-data archive", e.flink.RecordArchive)
	e.library = newChore(ctx, log, "compile Go's standard library", store.Warm)
	e.cleaning = newChore(ctx, log, "remove files of killed sessions", removeAbandoned)
	return e, nil
}

// boot starts the gateway, and a while after it the chores.
func (e *embedded) boot(ctx context.Context) (gateway.Gateway, error) {
	g, err := e.flink.Start(ctx)
	if err != nil {
		return nil, err // not g, which would be a nil of another type
	}
	e.firstStart.Store(!e.flink.ArchiveTried(ctx))
	for _, c := range []*chore{e.archive, e.library, e.cleaning} {
		c.start(choreDelay)
	}
	return g, nil
}

// close closes the parts of a session that has ended.
func (e *embedded) close(ctx context.Context, wellDone bool, interrupts <-chan os.Signal) {
	e.library.stop()
	e.cleaning.stop()
	if wellDone && e.firstStart.Load() && !e.archive.ended() {
		e.warn("preparing a faster next start (once; Ctrl-C skips it)")
		e.archive.wait(ctx, interrupts, archiveWait)
	}
	e.archive.stop()
	if err := errors.Join(e.host.Close(), e.store.Close()); err != nil {
		e.log.Warn("close the session", "error", err)
	}
	e.closeLog()
	e.folder.remove()
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
