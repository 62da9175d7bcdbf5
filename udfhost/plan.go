package udfhost

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"sync"

	fnpb "github.com/apache/beam/sdks/v2/go/pkg/beam/model/fnexecution_v1"
	pipepb "github.com/apache/beam/sdks/v2/go/pkg/beam/model/pipeline_v1"
	"google.golang.org/protobuf/proto"

	"riffle/udfhost/coder"
	"riffle/udfhost/flinkfn"
	"riffle/udfhost/operation"
)

// URNs of the other parts of a descriptor, around Flink's own transform and coder.
const (
	urnSource        = "beam:runner:source:v1"
	urnSink          = "beam:runner:sink:v1"
	urnWindowedValue = "beam:coder:param_windowed_value:v1"
	urnLengthPrefix  = "beam:coder:length_prefix:v1"
	urnFlinkCoder    = "flink:coder:v1"
)

// plan is the content of a bundle descriptor: source → transform → sink, of which Flink always
// sends exactly one each, and the coders at both ends.
type plan struct {
	id            string // of the descriptor
	source, sink  string // transform ids, with which data is labelled
	transform     string
	urn           string
	payload       []byte
	input, output coder.Coder
	endMarks      bool   // results belong to rows of the input
	stateAddress  string // "": the operator has no keyed state, and is not paced
	keyed         bool   // it has keyed state
	paced         bool   // its results wait for Flink

	registry  *operation.Registry
	functions operation.Instance
	log       *slog.Logger

	turn  sync.Mutex  // locked by a bundle of an operator with state
	state *keyedState // the state of such an operator, once a bundle has begun; guarded by turn

	mu     sync.Mutex
	idle   []*processor
	closed bool
}

// processor runs bundles of a plan, one at a time.
type processor struct {
	plan     *plan
	operator operation.Operator
	called   []string // the names of the functions that the operator calls
	decoder  coder.Decoder
	encoder  coder.Encoder
	out      []byte // encoded results that have not been sent
}

// dataPort reads the address and the coder with which data passes an end of the plan.
func dataPort(t *pipepb.PTransform) (*fnpb.RemoteGrpcPort, error) {
	port := new(fnpb.RemoteGrpcPort)
	if err := proto.Unmarshal(t.GetSpec().GetPayload(), port); err != nil {
		return nil, fmt.Errorf("bundle descriptor: data port: %w", err)
	}
	return port, nil
}

// dataAddress finds the address of a descriptor's data stream.
func dataAddress(d *fnpb.ProcessBundleDescriptor) (string, error) {
	for _, t := range d.GetTransforms() {
		if t.GetSpec().GetUrn() != urnSource {
			continue
		}
		port, err := dataPort(t)
		if err != nil {
			return "", err
		}
		return port.GetApiServiceDescriptor().GetUrl(), nil
	}
	return "", errors.New("bundle descriptor has no source")
}

// readPlan reads a descriptor.
func (w *worker) readPlan(d *fnpb.ProcessBundleDescriptor) (*plan, error) {
	var source, sink, transform *pipepb.PTransform
	p := &plan{id: d.GetId(), registry: w.harness.registry, functions: w.functions, log: w.log}
	for id, t := range d.GetTransforms() {
		place, name := &transform, &p.transform
		switch t.GetSpec().GetUrn() {
		case urnSource:
			place, name = &source, &p.source
		case urnSink:
			place, name = &sink, &p.sink
		}
		if *place != nil {
			return nil, fmt.Errorf("bundle descriptor has both %s and %s where one is expected", *name, id)
		}
		*place, *name = t, id
	}
	if source == nil || sink == nil || transform == nil {
		return nil, errors.New("bundle descriptor lacks a source, a transform or a sink")
	}
	p.urn, p.payload = transform.GetSpec().GetUrn(), transform.GetSpec().GetPayload()
	p.keyed, p.paced = p.registry.HasState(p.urn), p.registry.IsPaced(p.urn)
	if p.keyed || p.paced {
		if p.stateAddress = d.GetStateApiServiceDescriptor().GetUrl(); p.stateAddress == "" {
			return nil, fmt.Errorf("%s needs a state stream, but flink does not provide any", p.urn)
		}
	}
	input, err := portCoder(d, source)
	if err != nil {
		return nil, fmt.Errorf("input of %s: %w", p.urn, err)
	}
	output, err := portCoder(d, sink)
	if err != nil {
		return nil, fmt.Errorf("output of %s: %w", p.urn, err)
	}
	p.endMarks = output.GetSeparatedWithEndMessage()
	p.input, p.output, err = p.registry.Coders(p.urn, input, output)
	return p, err
}

// portCoder describes the rows that pass through a port.
func portCoder(d *fnpb.ProcessBundleDescriptor, t *pipepb.PTransform) (*flinkfn.CoderInfoDescriptor, error) {
	port, err := dataPort(t)
	if err != nil {
		return nil, err
	}
	id := port.GetCoderId()
	// The outer two are only framing, which coder.Elements reads.
	for _, urn := range []string{urnWindowedValue, urnLengthPrefix} {
		c := d.GetCoders()[id]
		if c.GetSpec().GetUrn() != urn || len(c.GetComponentCoderIds()) == 0 {
			return nil, fmt.Errorf("coder %q where %s is expected", c.GetSpec().GetUrn(), urn)
		}
		id = c.ComponentCoderIds[0]
	}
	spec := d.GetCoders()[id].GetSpec()
	if spec.GetUrn() != urnFlinkCoder {
		return nil, fmt.Errorf("coder %q where %s is expected", spec.GetUrn(), urnFlinkCoder)
	}
	var info flinkfn.CoderInfoDescriptor
	if err := proto.Unmarshal(spec.GetPayload(), &info); err != nil {
		return nil, fmt.Errorf("coder: %w", err)
	}
	return &info, nil
}

// acquire returns a processor for one bundle.
func (p *plan) acquire(ctx context.Context) (*processor, error) {
	p.mu.Lock()
	if n := len(p.idle); n > 0 {
		r := p.idle[n-1]
		p.idle = p.idle[:n-1]
		p.mu.Unlock()
		return r, nil
	}
	p.mu.Unlock()
	site := &operation.Site{
		Transform: p.transform,
		Input:     p.input.Schema(),
		Output:    p.output.Schema(),
		Functions: p.functions,
		Log:       p.log,
	}
	operator, err := p.registry.Open(ctx, p.urn, p.payload, site)
	if err != nil {
		return nil, err
	}
	return &processor{plan: p, operator: operator, called: site.Called(), decoder: p.input.NewDecoder(), encoder: p.output.NewEncoder()}, nil
}

// release returns a processor after its bundle. A processor whose bundle failed is closed.
func (p *plan) release(r *processor, well bool) error {
	p.mu.Lock()
	if well && !p.closed {
		p.idle = append(p.idle, r)
		r = nil
	}
	p.mu.Unlock()
	if r == nil {
		return nil
	}
	return r.close()
}

// close closes the operators. It is called when no bundle is running any more.
func (p *plan) close() error {
	p.mu.Lock()
	idle := p.idle
	p.idle, p.closed = nil, true
	p.mu.Unlock()
	var err error
	for _, r := range idle {
		err = errors.Join(err, r.close())
	}
	return err
}

func (r *processor) close() error {
	if closer, ok := r.operator.(io.Closer); ok {
		return closer.Close()
	}
	return nil
}
