package operation

import (
	"context"
	"errors"
	"fmt"
	"iter"
	"log/slog"

	"github.com/apache/arrow/go/v15/arrow"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/reflect/protopath"
	"google.golang.org/protobuf/reflect/protorange"

	"riffle/udfhost/coder"
	"riffle/udfhost/flinkfn"
)

// A Registry says which kinds of operations a harness can run and which wire
// formats it can read: it maps a transform's URN to the constructor of its
// operator, and the kind of a Flink coder to the constructor of that.
//
// It is filled before it is given to Listen and not changed after.
type Registry struct {
	operations map[string]*registered
	coders     map[string]openCoder
}

// registered is a kind of operation.
type registered struct {
	open     openOperator
	rowKinds bool
	endMarks bool
	state    bool
}

// An Option is what an operation needs of its rows.
type Option func(*registered)

// RowKinds gives an operation the kinds of its rows: its batches have one more column,
// that of package rowkind, and so have the rows in them. Without it all results are insertions,
// or have the kind of their row on Flink's side.
func RowKinds(o *registered) { o.rowKinds = true }

// EndMarks is for an operation whose results belong to a row of the input, none or many to
// each: its Output is a [RowOutput]. Flink says of such an operation that its
// coders have end messages; the input has none all the same.
func EndMarks(o *registered) { o.endMarks = true }

// KeyedState gives an operation keyed state: a [Beginner] finds it in its [Bundle].
func KeyedState(o *registered) { o.state = true }

type (
	openOperator func(ctx context.Context, payload []byte, site *Site) (Operator, error)
	openCoder    func(*flinkfn.CoderInfoDescriptor) (coder.Coder, error)
)

// NewRegistry returns a registry of nothing.
func NewRegistry() *Registry {
	return &Registry{operations: map[string]*registered{}, coders: map[string]openCoder{}}
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
// constructor's parameter. What else an operator can do, its type says: see [Operator].
// Register panics if the URN is taken.
func Register[T any, Payload interface {
	*T
	proto.Message
}](r *Registry, urn string, open func(ctx context.Context, payload Payload, site *Site) (Operator, error), options ...Option) {
	if r.operations[urn] != nil {
		panic("operation: " + urn + " registered twice")
	}
	o := &registered{open: func(ctx context.Context, payload []byte, site *Site) (Operator, error) {
		message := Payload(new(T))
		if err := proto.Unmarshal(payload, message); err != nil {
			return nil, fmt.Errorf("payload of %s: %w", urn, err)
		}
		if newer := unknownFields(message); newer != nil {
			return nil, fmt.Errorf("payload of %s with fields of a newer Flink is not supported: %x", urn, newer)
		}
		return open(ctx, message, site)
	}}
	for _, option := range options {
		option(o)
	}
	r.operations[urn] = o
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
//
// One that is a [Beginner] is told of each bundle's begin and gets keyed state, and one that
// is an [io.Closer] is closed, once: when its worker ends, or after an error of its own.
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

// A RowOutput is the Output of operations with [EndMarks], in place of Emit.
type RowOutput interface {
	Output
	// EmitFor sends results of one row of the batch that is being processed. The rows
	// come in their order; one may have several batches of results, or none.
	EmitFor(row int, batch arrow.Record) error
}

// A Beginner is an Operator that is told when a bundle begins. Its end is Finish.
type Beginner interface {
	Begin(ctx context.Context, b Bundle) error
}

// Bundle is a bundle under way.
type Bundle struct {
	ID string // Flink's, unique within a worker
	// State is the operator's keyed state, good up to the end of Finish; nil for an
	// operator without one. Bundles of an operator with state never overlap.
	State State
}

// State is what an operator keeps in Flink, by key: bytes under a name of the operator's, or a
// map of bytes to bytes. nil means that there is nothing, and setting nil removes. A name is
// for values or for maps, not for both.
//
// key is as [coder.Keys] writes it: a row of the type of the operator's key. What is set goes to
// Flink when the bundle ends, with the checkpoint that comes after it. Bytes that are read must not
// be changed: they are kept for the next one who asks.
type State interface {
	Value(ctx context.Context, name string, key []byte) ([]byte, error)
	SetValue(name string, key, value []byte)
	Entry(ctx context.Context, name string, key, entry []byte) ([]byte, error)
	SetEntry(name string, key, entry, value []byte)
	// Entries are all pairs of a map, in no order. The map must not change meanwhile.
	Entries(ctx context.Context, name string, key []byte) iter.Seq2[[2][]byte, error]
}

// Open makes an operator for a transform, as the constructor that its URN is registered
// with does from the payload.
func (r *Registry) Open(ctx context.Context, urn string, payload []byte, site *Site) (Operator, error) {
	o, err := r.operation(urn)
	if err != nil {
		return nil, err
	}
	return o.open(ctx, payload, site)
}

// HasState tells whether an operation has been registered with [KeyedState].
func (r *Registry) HasState(urn string) bool {
	o := r.operations[urn]
	return o != nil && o.state
}

func (r *Registry) operation(urn string) (*registered, error) {
	o := r.operations[urn]
	if o == nil {
		return nil, fmt.Errorf("operation %s is not supported", urn)
	}
	return o, nil
}

// Coders makes the coders of an operation's input and output, as descriptors describe them.
// It refuses what they or the operation do not understand: Flink would misread the
// results without a word.
func (r *Registry) Coders(urn string, input, output *flinkfn.CoderInfoDescriptor) (in, out coder.Coder, err error) {
	o, err := r.operation(urn)
	if err != nil {
		return nil, nil, err
	}
	if in, err = r.coder(o, input); err != nil {
		return nil, nil, fmt.Errorf("input of %s: %w", urn, err)
	}
	if out, err = r.coder(o, output); err != nil {
		return nil, nil, fmt.Errorf("output of %s: %w", urn, err)
	}
	switch _, can := out.NewEncoder().(coder.Ender); {
	case !o.endMarks && (input.GetSeparatedWithEndMessage() || output.GetSeparatedWithEndMessage()):
		return nil, nil, fmt.Errorf("%s: a coder with end messages is not supported", urn)
	case o.endMarks && (!output.GetSeparatedWithEndMessage() || !can):
		return nil, nil, fmt.Errorf("%s: its output's coder has no end messages", urn)
	}
	return in, out, nil
}

func (r *Registry) coder(o *registered, d *flinkfn.CoderInfoDescriptor) (coder.Coder, error) {
	c, err := r.plainCoder(d)
	if err != nil || !o.rowKinds {
		return c, err
	}
	if k, ok := c.(coder.Kinded); ok {
		return k.WithKinds()
	}
	return nil, errors.New("its coder has no row kinds")
}

// unknownFields finds fields that a message, or one inside of it, has beyond those that are known here;
// nil if there are none.
func unknownFields(m proto.Message) (found []byte) {
	_ = protorange.Range(m.ProtoReflect(), func(p protopath.Values) error {
		if last := p.Index(-1); last.Step.Kind() == protopath.UnknownAccessStep {
			found = last.Value.Bytes()
			return protorange.Terminate
		}
		return nil
	})
	return found
}

func (r *Registry) plainCoder(d *flinkfn.CoderInfoDescriptor) (coder.Coder, error) {
	switch d.GetMode() { // it says how many results Flink's own harness takes from a function
	case flinkfn.CoderInfoDescriptor_SINGLE, flinkfn.CoderInfoDescriptor_MULTIPLE:
	default:
		return nil, fmt.Errorf("coder of mode %d is not supported", d.GetMode())
	}
	if newer := unknownFields(d); newer != nil {
		return nil, fmt.Errorf("coder with fields of a newer Flink is not supported: %x", newer)
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
