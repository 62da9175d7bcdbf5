package udfhost

import (
	"context"
	"crypto/rand"
	"crypto/subtle"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"path/filepath"
	"slices"
	"strconv"
	"sync"
	"sync/atomic"
	"time"

	fnpb "github.com/apache/beam/sdks/v2/go/pkg/beam/model/fnexecution_v1"
	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/metadata"
	"google.golang.org/grpc/peer"
	"google.golang.org/grpc/status"

	"riffle/udfhost/operation"
)

// Options configure Listen.
type Options struct {
	// Dir is this session's own folder, an absolute path that only the user can read. It
	// contains the shim and its token.
	Dir string
	// Engine runs the functions.
	Engine operation.Engine
	// Registry has the kinds of operations; nil for [operation.Standard].
	Registry *operation.Registry
	// Logger gets the harness's log; nil for none.
	Logger *slog.Logger
}

// Host is the harness's side in riffle's process. It is a server on the loopback interface from which
// Flink's runtime, through the shim, requests workers (Beam's BeamFnExternalWorkerPool).
type Host struct {
	fnpb.UnimplementedBeamFnExternalWorkerPoolServer

	harness harness
	dir     string
	log     *slog.Logger
	token   string
	address string
	server  *grpc.Server
	serving sync.WaitGroup
	started atomic.Int64 // workers so far

	mu      sync.Mutex
	closed  bool
	workers map[*workerEntry]struct{}
	stopped []string // queries that get no further worker, the last keptStopped of them
}

// workerEntry is a running worker.
type workerEntry struct {
	id    string
	query string // "" for a job that did not pass it
	stop  context.CancelFunc
	// interrupt fails the running bundles and later ones. The worker continues and reports the
	// failures to Flink.
	interrupt context.CancelCauseFunc
}

// errShimGone fails the bundles of a worker whose shim has ended.
var errShimGone = errors.New("flink has ended the worker")

// streamsGrace is how long a worker's streams stay open after the end of its shim, so that
// Flink can close them. A Flink that was killed closes them at once.
const streamsGrace = 2 * time.Second

// keptStopped is the number of stopped queries that are remembered. A late worker of a stopped
// query starts within seconds.
const keptStopped = 1000

// errStopped fails the bundles of a query that was stopped.
var errStopped = errors.New("the query was stopped")

// queryVariable is the environment variable in which a job passes the
// session's name of the query to its shims. The gateway sets it, by python.job-options.
const queryVariable = "RIFFLE_QUERY"

// zoneVariable is the environment variable in which Flink passes
// table.local-time-zone to its workers.
const zoneVariable = "TABLE_LOCAL_TIME_ZONE"

// Listen installs the shim in Options.Dir and begins to serve workers, until Close. ctx applies only
// to the installation.
func Listen(ctx context.Context, o Options) (*Host, error) {
	if o.Engine == nil || !filepath.IsAbs(o.Dir) {
		return nil, fmt.Errorf("function host: needs an engine and an absolute folder, got %q", o.Dir)
	}
	h := &Host{
		harness: harness{engine: o.Engine, registry: o.Registry, maxCachedState: maxCachedState},
		dir:     o.Dir, log: o.Logger, token: rand.Text(), workers: map[*workerEntry]struct{}{},
	}
	if h.harness.registry == nil {
		h.harness.registry = operation.Standard()
	}
	if h.log == nil {
		h.log = slog.New(slog.DiscardHandler)
	}
	if err := installShim(h.dir, h.token); err != nil {
		return nil, fmt.Errorf("function host: install shim in %s: %w", h.dir, err)
	}
	var config net.ListenConfig
	listener, err := config.Listen(ctx, "tcp", "127.0.0.1:0")
	if err != nil {
		return nil, errors.Join(fmt.Errorf("function host: %w", err), removeShim(h.dir))
	}
	h.address = listener.Addr().String()
	h.server = grpc.NewServer(grpc.UnaryInterceptor(h.authenticate), grpc.WaitForHandlers(true))
	fnpb.RegisterBeamFnExternalWorkerPoolServer(h.server, h)
	h.serving.Go(func() {
		if err := h.server.Serve(listener); err != nil {
			h.log.Error("function host ended", "error", err)
		}
	})
	return h, nil
}

// Close ends all workers and the server, and removes the shim.
func (h *Host) Close() error {
	h.mu.Lock()
	h.closed = true
	for w := range h.workers {
		w.stop()
	}
	h.mu.Unlock()
	h.server.Stop()
	h.serving.Wait()
	return removeShim(h.dir)
}

// Executable returns the path of riffle's executable, which stays until Close. It is also a worker, see Work.
func (h *Host) Executable() string { return filepath.Join(h.dir, ShimProbe) }

// FlinkOptions returns the options that make Flink run functions here. They must be set before the
// environment plans its first function.
func (h *Host) FlinkOptions() map[string]string {
	shim, options := h.Executable(), h.SizeOptions()
	options["python.executable"] = shim
	options["python.client.executable"] = shim
	options["python.loopback-server.address"] = h.address
	return options
}

// SizeOptions returns the options of FlinkOptions that apply wherever functions run. The sizes are only
// defaults, and a session may set others.
func (h *Host) SizeOptions() map[string]string {
	const (
		// Flink's operators collect input for a bundle until the bundle has enough rows or is
		// old enough, and emit the results and the watermarks at its end. The time is therefore
		// the latency of a slow stream, at worst twice. At 50 ms a stream still looks live, and
		// ending bundles costs nothing yet. (riffle's own operator ends small bundles sooner.)
		bundleTime = 50 * time.Millisecond
		// The slot waits for Go only at the end of a bundle, so a fast stream needs large
		// bundles. About this many rows arrive within the time above. It is the most that
		// riffle's own operator puts into a bundle.
		bundleRows = 50_000
		// The rows of an Arrow batch: far fewer than those of a bundle, so that Go works on the
		// first batches while Flink still fills the later ones, but enough that a call per
		// batch costs nothing.
		batchRows = 10_000
	)
	return map[string]string{
		"python.fn-execution.bundle.size":      strconv.Itoa(bundleRows),
		"python.fn-execution.bundle.time":      strconv.FormatInt(bundleTime.Milliseconds(), 10),
		"python.fn-execution.arrow.batch.size": strconv.Itoa(batchRows),
	}
}

// tokenKey is the key of the token in a call's metadata.
const tokenKey = "riffle-token"

// authenticate rejects callers that do not have the token, because every user of the machine
// can reach the port.
func (h *Host) authenticate(ctx context.Context, request any, info *grpc.UnaryServerInfo, next grpc.UnaryHandler) (any, error) {
	md, _ := metadata.FromIncomingContext(ctx)
	values := md.Get(tokenKey)
	if len(values) == 1 && subtle.ConstantTimeCompare([]byte(values[0]), []byte(h.token)) == 1 {
		return next(ctx, request)
	}
	from := "unknown"
	if p, ok := peer.FromContext(ctx); ok {
		from = p.Addr.String()
	}
	h.log.Warn("call without the session's token refused", "method", info.FullMethod, "from", from)
	return nil, status.Error(codes.Unauthenticated, "missing or wrong token")
}

// StartWorker implements Beam's worker pool. It returns when the worker has ended: because Flink has
// ended it, or because the caller, the shim, is gone.
func (h *Host) StartWorker(ctx context.Context, request *fnpb.StartWorkerRequest) (*fnpb.StartWorkerResponse, error) {
	shim := ctx
	ctx, stop := context.WithCancel(context.WithoutCancel(shim))
	defer stop()
	bundles, interrupt := context.WithCancelCause(ctx)
	defer interrupt(nil)
	// Flink kills the shim first and then closes its own end of the streams. If our end closed
	// in between, Beam could release the worker twice: see StopQuery.
	defer context.AfterFunc(shim, func() {
		interrupt(errShimGone)
		time.AfterFunc(streamsGrace, stop)
	})()
	w := &workerEntry{
		id: request.GetWorkerId(), query: request.GetParams()[queryVariable],
		stop: stop, interrupt: interrupt,
	}
	if err := h.enter(w); err != nil {
		return nil, err
	}
	defer h.leave(w)
	// Flink restarts the numbering of workers in every job.
	name := fmt.Sprintf("%d/%s", h.started.Add(1), w.id)
	log := h.log.With("worker", name)
	err := runWorker(ctx, bundles, &h.harness, w.id, request.GetProvisionEndpoint().GetUrl(),
		operation.Caller{Worker: name, Query: w.query, Zone: request.GetParams()[zoneVariable], Log: log})
	if err != nil && ctx.Err() == nil {
		log.Error("worker failed", "error", err)
		return &fnpb.StartWorkerResponse{Error: oneLine(err)}, nil
	}
	log.Info("worker ended")
	return &fnpb.StartWorkerResponse{}, nil
}

// StopWorker implements Beam's worker pool. Flink does not call it but kills the shim. Worker ids are
// unique only within a job. An id that belongs to several workers stops none of them.
func (h *Host) StopWorker(_ context.Context, request *fnpb.StopWorkerRequest) (*fnpb.StopWorkerResponse, error) {
	h.mu.Lock()
	defer h.mu.Unlock()
	var found []*workerEntry
	for w := range h.workers {
		if w.id == request.GetWorkerId() {
			found = append(found, w)
		}
	}
	if len(found) != 1 {
		return &fnpb.StopWorkerResponse{Error: fmt.Sprintf("%d workers have the id %q", len(found), request.GetWorkerId())}, nil
	}
	found[0].stop()
	return &fnpb.StopWorkerResponse{}, nil
}

// StopQuery ends the functions of a query that are running: its bundles fail, and so do later ones.
// Workers that Flink is about to start for it are rejected. A task that waits for a function cannot be
// cancelled otherwise, because Flink kills the shim only after the bundle has ended. Flink must know
// beforehand that the job is to end, or it will treat this as a failure.
//
// The workers themselves are left for Flink to end. If a worker's control stream breaks during a bundle,
// Beam may release the worker twice, once for the stream and once for the task. The resulting "Reference
// count must not be negative" (DefaultJobBundleFactory.close) costs Flink its whole TaskManager.
func (h *Host) StopQuery(query string) {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.stopped = append(h.stopped, query)
	if len(h.stopped) > keptStopped {
		h.stopped = h.stopped[1:]
	}
	for w := range h.workers {
		if w.query == query {
			w.interrupt(errStopped)
		}
	}
}

// enter adds a worker to those that Close and StopQuery can end.
func (h *Host) enter(w *workerEntry) error {
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.closed {
		return status.Error(codes.Unavailable, "the session has ended")
	}
	if w.query != "" && slices.Contains(h.stopped, w.query) {
		return status.Error(codes.Aborted, errStopped.Error())
	}
	h.workers[w] = struct{}{}
	return nil
}

func (h *Host) leave(w *workerEntry) {
	h.mu.Lock()
	defer h.mu.Unlock()
	delete(h.workers, w)
}
