package udfhost

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"math"
	"runtime/debug"
	"strings"
	"sync"
	"time"

	fnpb "github.com/apache/beam/sdks/v2/go/pkg/beam/model/fnexecution_v1"
	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/credentials/insecure"
	"google.golang.org/grpc/metadata"
	"google.golang.org/grpc/status"

	"riffle/udfhost/operation"
)

// harness is what the workers of a process share.
type harness struct {
	engine   operation.Engine
	registry *operation.Registry
	// maxCachedState is the number of cells of keyed state that an operator caches from one bundle
	// to the next.
	maxCachedState int
	// bundleLimit is how long the functions of a bundle may take; 0 for no limit.
	bundleLimit time.Duration
}

// maxCachedState is the usual harness.maxCachedState.
const maxCachedState = 10_000

// worker is one SDK harness: it serves the operators of one job in one slot, through streams
// that it opens to Flink. Everything that it does ends with its context.
type worker struct {
	harness   *harness
	id        string // Flink's id, which is not unique among jobs
	caller    operation.Caller
	log       *slog.Logger
	functions operation.Instance // nil until the log is open

	client  fnpb.BeamFnControlClient
	control fnpb.BeamFnControl_ControlClient
	replyMu sync.Mutex // control.Send allows one caller at a time

	ctx     context.Context // of all streams, with worker_id in its metadata
	bundles context.Context // of all bundles, likewise; may end earlier
	// interrupt fails the bundles in progress, and later ones.
	interrupt context.CancelCauseFunc
	tasks     sync.WaitGroup // all goroutines

	mu          sync.Mutex
	conns       map[string]*grpc.ClientConn
	streams     map[string]func() (*dataStream, error)
	descriptors map[string]func() (*fnpb.ProcessBundleDescriptor, error)
	plans       map[string]func() (*plan, error)
	states      map[string]func() (*stateStream, error) // by address and name
}

// runWorker serves a worker until Flink ends it, which is not an error, or until ctx ends. Its
// bundles run in the context bundles, which is derived from ctx.
func runWorker(ctx, bundles context.Context, h *harness, id, provision string, caller operation.Caller) error {
	ctx, cancel := context.WithCancel(metadata.AppendToOutgoingContext(ctx, "worker_id", id))
	bundles, interrupt := context.WithCancelCause(metadata.AppendToOutgoingContext(bundles, "worker_id", id))
	w := &worker{
		harness: h, id: id, caller: caller, log: caller.Log, ctx: ctx, bundles: bundles, interrupt: interrupt,
		conns:       map[string]*grpc.ClientConn{},
		streams:     map[string]func() (*dataStream, error){},
		descriptors: map[string]func() (*fnpb.ProcessBundleDescriptor, error){},
		plans:       map[string]func() (*plan, error){},
		states:      map[string]func() (*stateStream, error){},
	}
	err := w.serve(provision)
	cancel()
	interrupt(nil)
	if w.functions != nil {
		err = errors.Join(err, w.functions.Close()) // ends the calls under way
	}
	w.tasks.Wait()
	err = errors.Join(err, w.closePlans())
	for _, c := range w.conns {
		c.Close()
	}
	return err
}

// closePlans closes the operators of all plans. It is called when no bundle is running any
// more.
func (w *worker) closePlans() error {
	var err error
	for _, get := range w.plans {
		if p, failed := get(); failed == nil {
			err = errors.Join(err, w.guard(p.close))
		}
	}
	return err
}

// serve opens the streams and answers instructions until the stream of instructions ends.
func (w *worker) serve(provision string) error {
	conn, err := w.conn(provision)
	if err != nil {
		return err
	}
	reply, err := fnpb.NewProvisionServiceClient(conn).GetProvisionInfo(w.ctx, &fnpb.GetProvisionInfoRequest{})
	if err != nil {
		return fmt.Errorf("ask flink at %s for the worker's provision: %w", provision, err)
	}
	if url := reply.GetInfo().GetLoggingEndpoint().GetUrl(); url != "" {
		if err := w.openLog(url); err != nil {
			return err
		}
	}
	w.caller.Log = w.log
	if w.functions, err = w.harness.engine.Open(w.ctx, w.caller); err != nil {
		return err
	}
	url := reply.GetInfo().GetControlEndpoint().GetUrl()
	if conn, err = w.conn(url); err != nil {
		return err
	}
	w.client = fnpb.NewBeamFnControlClient(conn)
	if w.control, err = w.client.Control(w.ctx); err != nil {
		return fmt.Errorf("open control stream to flink at %s: %w", url, err)
	}
	w.log.Info("worker started")
	turns := turns{}
	for {
		request, err := w.control.Recv()
		// Flink ends a worker by ending the stream or by cancelling it.
		if err == io.EOF || status.Code(err) == codes.Canceled {
			return nil
		}
		if err != nil {
			return fmt.Errorf("control stream: %w", err)
		}
		turn := turns.take(request)
		w.tasks.Go(func() {
			defer close(turn.over)
			turn.failed = w.answer(request, turn.await(w.bundles))
		})
	}
}

// turns orders the bundles of each operator: they are processed in the order in which they began, one after
// the other, because a function may keep something from row to row. It has the last turn of each descriptor.
type turns map[string]*turn

// turn is when an instruction may be carried out.
type turn struct {
	before *turn // nil: at once
	over   chan struct{}
	failed error // of the bundle, or of an earlier one; set before over is closed
}

func (t turns) take(request *fnpb.InstructionRequest) *turn {
	mine := &turn{over: make(chan struct{})}
	if bundle := request.GetProcessBundle(); bundle != nil {
		id := bundle.GetProcessBundleDescriptorId()
		mine.before = t[id]
		t[id] = mine
	}
	return mine
}

// await waits for the end of the turn before, or of ctx. It returns the error if an earlier bundle has failed: the
// operator fails with it, so functions must not be called for the rows that follow.
func (t *turn) await(ctx context.Context) (failed error) {
	before := t.before
	if before == nil {
		return nil
	}
	t.before = nil // and all before it
	select {
	case <-before.over:
		return before.failed
	case <-ctx.Done():
		return nil
	}
}

// conn returns the connection to an address.
func (w *worker) conn(address string) (*grpc.ClientConn, error) {
	if address == "" {
		return nil, errors.New("flink did not send the address of one of the worker's services")
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	if c := w.conns[address]; c != nil {
		return c, nil
	}
	c, err := dial(address)
	if err == nil {
		w.conns[address] = c
	}
	return c, err
}

// dial connects to a service of Flink or of a Host, both on this machine.
func dial(address string) (*grpc.ClientConn, error) {
	// A message consists of whole elements, and an element is a batch of any size.
	const window = 4 << 20
	const buffer = 256 << 10 // of a call to the operating system
	return grpc.NewClient("passthrough:///"+address,
		grpc.WithTransportCredentials(insecure.NewCredentials()),
		grpc.WithNoProxy(),
		grpc.WithDefaultCallOptions(
			grpc.MaxCallRecvMsgSize(math.MaxInt32), grpc.MaxCallSendMsgSize(math.MaxInt32)),
		grpc.WithReadBufferSize(buffer), grpc.WithWriteBufferSize(buffer),
		grpc.WithInitialWindowSize(window), grpc.WithInitialConnWindowSize(window))
}

// once returns the result of open for a key, and calls open only once. Callers with the same
// key wait for it, callers with other keys do not. An error is kept too: a worker that cannot
// read a plan or reach a stream fails its bundles until Flink releases it and starts another
// one, which tries again.
func once[T any](w *worker, made map[string]func() (T, error), key string, open func() (T, error)) (T, error) {
	w.mu.Lock()
	get := made[key]
	if get == nil {
		get = sync.OnceValues(func() (made T, err error) {
			err = w.guard(func() (err error) {
				made, err = open()
				return err
			})
			return made, err
		})
		made[key] = get
	}
	w.mu.Unlock()
	return get()
}

// data returns the data stream at an address, opened the first time.
func (w *worker) data(address string) (*dataStream, error) {
	return once(w, w.streams, address, func() (*dataStream, error) {
		conn, err := w.conn(address)
		if err != nil {
			return nil, err
		}
		s, err := openData(w.ctx, fnpb.NewBeamFnDataClient(conn))
		if err == nil {
			w.tasks.Go(func() { s.receive(w.ctx) })
		}
		return s, err
	})
}

// stateStream returns the state stream at an address that has a name, opened the first time. Keyed state has the one
// without a name. Each operator with a pace has its own: the operator in Flink answers on the thread of its task, and
// gRPC does not allow two threads to answer on one stream at a time.
func (w *worker) stateStream(address, name string) (*stateStream, error) {
	return once(w, w.states, address+" "+name, func() (*stateStream, error) {
		conn, err := w.conn(address)
		if err != nil {
			return nil, err
		}
		s, err := openState(w.ctx, fnpb.NewBeamFnStateClient(conn))
		if err == nil {
			w.tasks.Go(s.receive)
		}
		return s, err
	})
}

// descriptor returns a bundle descriptor, asking Flink for it the first time.
func (w *worker) descriptor(ctx context.Context, id string) (*fnpb.ProcessBundleDescriptor, error) {
	return once(w, w.descriptors, id, func() (*fnpb.ProcessBundleDescriptor, error) {
		d, err := w.client.GetProcessBundleDescriptor(ctx,
			&fnpb.GetProcessBundleDescriptorRequest{ProcessBundleDescriptorId: id})
		if err != nil {
			return nil, fmt.Errorf("bundle descriptor %q: %w", id, err)
		}
		return d, nil
	})
}

// register keeps descriptors that older versions of Beam send by themselves.
func (w *worker) register(descriptors []*fnpb.ProcessBundleDescriptor) {
	w.mu.Lock()
	defer w.mu.Unlock()
	for _, d := range descriptors {
		w.descriptors[d.GetId()] = func() (*fnpb.ProcessBundleDescriptor, error) { return d, nil }
	}
}

// plan returns the plan of a descriptor.
func (w *worker) plan(d *fnpb.ProcessBundleDescriptor) (*plan, error) {
	return once(w, w.plans, d.GetId(), func() (*plan, error) { return w.readPlan(d) })
}

// answer executes one instruction, sends the response, and returns the instruction's error. earlier is that of an earlier
// bundle of the operator, which fails this one.
func (w *worker) answer(request *fnpb.InstructionRequest, earlier error) error {
	response, err := w.execute(request, earlier)
	if err != nil {
		response = &fnpb.InstructionResponse{Error: oneLine(err)}
		if w.bundles.Err() == nil && earlier == nil {
			w.log.Error("bundle failed", "instruction", request.InstructionId, "error", response.Error)
		}
	}
	response.InstructionId = request.InstructionId
	w.replyMu.Lock()
	defer w.replyMu.Unlock()
	if err := w.control.Send(response); err != nil && w.ctx.Err() == nil {
		// The end of the stream also ends serve, which reports the reason.
		w.log.Warn("instruction not answered", "instruction", request.InstructionId, "error", err)
	}
	return err
}

// guard turns a panic into an error: operations and coders may come from other packages, and a
// panic in one of them must not end the process.
func (w *worker) guard(work func() error) (err error) {
	defer func() {
		if p := recover(); p != nil {
			w.log.Error("panic in the harness", "panic", p, "stack", string(debug.Stack()))
			err = fmt.Errorf("internal error of the harness: %v", p)
		}
	}()
	return work()
}

// execute executes an instruction. A panic fails only that instruction.
func (w *worker) execute(request *fnpb.InstructionRequest, earlier error) (response *fnpb.InstructionResponse, err error) {
	err = w.guard(func() (err error) {
		response, err = w.dispatch(request, earlier)
		return err
	})
	return response, err
}

func (w *worker) dispatch(request *fnpb.InstructionRequest, earlier error) (*fnpb.InstructionResponse, error) {
	response := new(fnpb.InstructionResponse)
	switch r := request.GetRequest().(type) {
	case *fnpb.InstructionRequest_ProcessBundle:
		result, err := w.processBundle(w.bundles, request.InstructionId, r.ProcessBundle, earlier)
		response.Response = &fnpb.InstructionResponse_ProcessBundle{ProcessBundle: result}
		return response, err
	case *fnpb.InstructionRequest_Register:
		w.register(r.Register.GetProcessBundleDescriptor())
		response.Response = &fnpb.InstructionResponse_Register{Register: &fnpb.RegisterResponse{}}
	case *fnpb.InstructionRequest_ProcessBundleProgress:
		response.Response = &fnpb.InstructionResponse_ProcessBundleProgress{ProcessBundleProgress: &fnpb.ProcessBundleProgressResponse{}}
	case *fnpb.InstructionRequest_ProcessBundleSplit: // an empty answer declines
		response.Response = &fnpb.InstructionResponse_ProcessBundleSplit{ProcessBundleSplit: &fnpb.ProcessBundleSplitResponse{}}
	case *fnpb.InstructionRequest_FinalizeBundle:
		response.Response = &fnpb.InstructionResponse_FinalizeBundle{FinalizeBundle: &fnpb.FinalizeBundleResponse{}}
	default:
		return nil, fmt.Errorf("instruction %T is not supported", r)
	}
	return response, nil
}

// oneLine returns the text of an error for Flink.
func oneLine(err error) string {
	return strings.Join(strings.FieldsFunc(err.Error(), func(r rune) bool { return r == '\n' || r == '\r' }), "; ")
}
