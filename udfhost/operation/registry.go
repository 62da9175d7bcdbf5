package operation

import (
	"context"
	"errors"
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

	Register(r, "flink:transform:scalar_function:v1", openScalar)
	return r
}

// Register makes a kind of operation known: the URN of its transforms,
// and the constructor of an operator from their payload, whose message is the
// constructor's parameter. It panics if the URN is taken.
func Register[T any, Payload interface {
	*T
	proto.Message
}](r *Registry, urn string, open func(ctx context.Context, payload Payload, site *Site) (Operator, error)) {
	if r.operations[urn] != nil {
		panic("operation: " + urn + " registered twice")
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
		panic("operation: coder " + kind + " registered twice")
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

// Open makes an operator for a transform, as the constructor that its URN is registered
// with does from the payload.
func (r *Registry) Open(ctx context.Context, urn string, payload []byte, site *Site) (Operator, error) {
	open := r.operations[urn]
	if open == nil {
		return nil, fmt.Errorf("operation %s is not supported", urn)
	}
	return open(ctx, payload, site)
}

// Coder makes the coder that a descriptor describes. It refuses what no coder here
// understands: Flink would misread the results without a word.
func (r *Registry) Coder(d *flinkfn.CoderInfoDescriptor) (coder.Coder, error) {
	if d.GetSeparatedWithEndMessage() {
		return nil, errors.New("coder with end messages is not supported")
	}
	if unknown := d.ProtoReflect().GetUnknown(); len(unknown) > 0 {
		return nil, fmt.Errorf("coder with fields of a newer Flink is not supported: %x", unknown)
	}
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
