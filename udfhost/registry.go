package udfhost

import (
	"context"
	"fmt"
	"log/slog"

	"github.com/apache/arrow/go/v15/arrow"
	"google.golang.org/protobuf/proto"

	"riffle/udfhost/coder"
	"riffle/udfhost/flinkfn"
)

// A Registry says which kinds of operations a harness can run and which wire
// formats it can read: it maps a transform's URN to the constructor of its
// operator, and the kind of a Flink coder to the constructor of that.
//
// It is filled before it is given to Listen and not changed after.
type Registry struct {
	operations map[string]openOperator
	coders     map[string]openCoder
}

type (
	openOperator func(ctx context.Context, payload []byte, site *Site) (Operator, error)
	openCoder    func(*flinkfn.CoderInfoDescriptor) (coder.Coder, error)
)

// NewRegistry returns a registry of nothing.
func NewRegistry() *Registry {
	return &Registry{operations: map[string]openOperator{}, coders: map[string]openCoder{}}
}

// Standard returns a new registry of everything that this package implements.
func Standard() *Registry {
	r := NewRegistry()
	RegisterCoder(r, "flatten_row_type", coder.NewFlattenRow)
	RegisterCoder(r, "row_type", coder.NewRow)
	RegisterCoder(r, "arrow_type", coder.NewArrow)

	RegisterOperation(r, "flink:transform:scalar_function:v1", openScalar)
	return r
}

// RegisterOperation makes a kind of operation known: the URN of its transforms,
// and the constructor of an operator from their payload, whose message is the
// constructor's parameter. It panics if the URN is taken.
func RegisterOperation[T any, Payload interface {
	*T
	proto.Message
}](r *Registry, urn string, open func(ctx context.Context, payload Payload, site *Site) (Operator, error)) {
	if r.operations[urn] != nil {
		panic("udfhost: operation " + urn + " registered twice")
	}
	r.operations[urn] = func(ctx context.Context, payload []byte, site *Site) (Operator, error) {
		message := Payload(new(T))
		if err := proto.Unmarshal(payload, message); err != nil {
			return nil, fmt.Errorf("payload of %s: %w", urn, err)
		}
		return open(ctx, message, site)
	}
}

// RegisterCoder makes a wire format known: kind is the name of the field of
// CoderInfoDescriptor's data_type that selects it. It panics if that is taken.
func RegisterCoder(r *Registry, kind string, open func(*flinkfn.CoderInfoDescriptor) (coder.Coder, error)) {
	if r.coders[kind] != nil {
		panic("udfhost: coder " + kind + " registered twice")
	}
	r.coders[kind] = open
}

// A Site is where an operator stands: what the harness knows of a transform
// besides its payload.
type Site struct {
	Transform string        // the transform's id in its bundle descriptor
	Input     *arrow.Schema // of the batches that come in
	Output    *arrow.Schema // of the batches that must go out
	Functions Instance      // resolves and runs the user's functions
	Log       *slog.Logger  // to our log and to Flink's
}

// An Operator runs one transform. It serves one bundle at a time, and one after
// the other: where two bundles of a transform overlap, each has its own. After
// an error it is not used again.
type Operator interface {
	// Process takes the next batch of the bundle's input, which stays the
	// caller's.
	Process(ctx context.Context, batch arrow.Record, out Output) error
	// Finish ends the bundle: what has been held back is emitted now.
	Finish(ctx context.Context, out Output) error
}

// Output is where an operator's results go.
type Output interface {
	// Emit sends a batch of the output's schema. The batch stays the caller's
	// and may be reused after the call.
	Emit(batch arrow.Record) error
}

// operator returns an operator for a transform.
func (r *Registry) operator(ctx context.Context, urn string, payload []byte, site *Site) (Operator, error) {
	open := r.operations[urn]
	if open == nil {
		return nil, fmt.Errorf("operation %s is not supported", urn)
	}
	return open(ctx, payload, site)
}

// coder returns the coder that a descriptor describes.
func (r *Registry) coder(d *flinkfn.CoderInfoDescriptor) (coder.Coder, error) {
	m := d.ProtoReflect()
	kind := m.WhichOneof(m.Descriptor().Oneofs().ByName("data_type"))
	if kind == nil {
		return nil, fmt.Errorf("coder without a wire format")
	}
	open := r.coders[string(kind.Name())]
	if open == nil {
		return nil, fmt.Errorf("coder %s is not supported", kind.Name())
	}
	return open(d)
}
