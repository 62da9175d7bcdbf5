package udfhost

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"sync"

	fnpb "github.com/apache/beam/sdks/v2/go/pkg/beam/model/fnexecution_v1"
	pipepb "github.com/apache/beam/sdks/v2/go/pkg/beam/model/pipeline_v1"
	"google.golang.org/protobuf/proto"

	"riffle/udfhost/coder"
	"riffle/udfhost/flinkfn"
	"riffle/udfhost/operation"
)

// URNs of what is around Flink's own transform and coder in a descriptor.
const (
	urnSource        = "beam:runner:source:v1"
	urnSink          = "beam:runner:sink:v1"
	urnWindowedValue = "beam:coder:param_windowed_value:v1"
	urnLengthPrefix  = "beam:coder:length_prefix:v1"
	urnFlinkCoder    = "flink:coder:v1"
)

// plan is what a bundle descriptor says: source → transform → sink, of which
// Flink always sends exactly one each, and the coders at both ends.
type plan struct {
	source, sink  string // transform ids, with which data is labelled
	transform     string
	urn           string
	payload       []byte
	input, output coder.Coder

	registry  *operation.Registry
	functions operation.Instance
	log       *slog.Logger

	mu   sync.Mutex
	idle []*processor
}

// processor runs bundles of a plan, one at a time.
type processor struct {
	plan     *plan
	operator operation.Operator
	decoder  coder.Decoder
	encoder  coder.Encoder
	out      []byte // encoded results that have not been sent
}

// dataPort reads where and in what coder data passes an end of the plan.
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
	p := &plan{registry: w.host.registry, functions: w.functions, log: w.log}
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
	var err error
	if p.input, err = p.portCoder(d, source); err != nil {
		return nil, fmt.Errorf("input of %s: %w", p.urn, err)
	}
	if p.output, err = p.portCoder(d, sink); err != nil {
		return nil, fmt.Errorf("output of %s: %w", p.urn, err)
	}
	return p, nil
}

// portCoder returns the coder of the rows that pass a port.
func (p *plan) portCoder(d *fnpb.ProcessBundleDescriptor, t *pipepb.PTransform) (coder.Coder, error) {
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
	return p.registry.Coder(&info)
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
	operator, err := p.registry.Open(ctx, p.urn, p.payload, &operation.Site{
		Transform: p.transform,
		Input:     p.input.Schema(),
		Output:    p.output.Schema(),
		Functions: p.functions,
		Log:       p.log,
	})
	if err != nil {
		return nil, err
	}
	return &processor{plan: p, operator: operator, decoder: p.input.NewDecoder(), encoder: p.output.NewEncoder()}, nil
}

// release gives a processor back whose bundle went well.
func (p *plan) release(r *processor) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.idle = append(p.idle, r)
}
