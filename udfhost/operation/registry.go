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

// A Registry lists the kinds of operations that a harness can run and the wire formats that it
// can read. It maps a transform's URN to the constructor of its operator, and the kind of a Flink
// coder to the constructor of that coder.
//
// It is filled before it is passed to Listen and not changed afterwards.
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
	paced    bool
	coders   map[string]openCoder // in place of the registry's
}

// An Option declares what an operation needs besides batches.
type Option func(*registered)

// RowKinds gives an operation the kinds of its rows: its batches have a last column with them
// (package rowkind), and so have nested rows. Without it, all results are insertions or have
// the kind of their row on Flink's side.
func RowKinds(o *registered) { o.rowKinds = true }

// EndMarks is for an operation that returns zero or more results for each input row. Its Output is
// a [RowOutput]. Flink declares end messages for both coders of such an operation, but the input
// has none.
func EndMarks(o *registered) { o.endMarks = true }

// KeyedState gives an operation keyed state: a [Beginner] finds it in its [Bundle].
func KeyedState(o *registered) { o.state = true }

// Paced is for an operation that can have more results for a batch than Flink should keep in memory: Emit waits until
// Flink has emitted enough of the earlier ones. It works with riffle's own operators in Flink only (Bundles.java).
func Paced(o *registered) { o.paced = true }

// WithCoder gives an operation a wire format of its own in place of the registry's for that kind, see
// [RegisterCoder].
func WithCoder(kind string, open func(*flinkfn.CoderInfoDescriptor) (coder.Coder, error)) Option {
	return func(o *registered) {
		if o.coders == nil {
			o.coders = map[string]openCoder{}
		}
		o.coders[kind] = open
	}
}

type (
	openOperator func(ctx context.Context, payload []byte, site *Site) (Operator, error)
	openCoder    func(*flinkfn.CoderInfoDescriptor) (coder.Coder, error)
)

// NewRegistry returns an empty registry.
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
	// riffle's own operators in Flink, which send every type as a column.
	Register(r, "riffle:transform:scalar_function:v1", openScalar, WithCoder("arrow_type", coder.NewColumns))
	Register(r, "riffle:transform:table_function:v1", openTable, Paced, WithCoder("arrow_type", coder.NewColumns))
	return r
}

// Register adds a kind of operation: the URN of its transforms and the constructor of its operators.
// The parameter of the constructor is the message type of the payload. Optional methods of the operator
// declare what else it can do, see [Operator]. Register panics if the URN is taken.
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

// RegisterCoder adds a wire format. kind is the name of the field of CoderInfoDescriptor's
// data_type that selects it. RegisterCoder panics if kind is taken.
func RegisterCoder(r *Registry, kind string, open func(*flinkfn.CoderInfoDescriptor) (coder.Coder, error)) {
	if r.coders[kind] != nil {
		panic("operation: coder " + kind + " registered twice")
	}
	r.coders[kind] = open
}

// A Site describes the place of an operator: what the harness knows about a transform besides
// its payload.
type Site struct {
	Transform string        // the transform's id in its bundle descriptor
	Input     *arrow.Schema // of input batches
	Output    *arrow.Schema // required of output batches
	Functions Instance      // resolves and runs the user's functions
	Log       *slog.Logger  // writes to riffle's log and to Flink's

	task   Task
	called []string
}

// An Operator runs one transform. It serves one bundle at a time and is reused for the next. If
// two bundles of a transform overlap, each has an operator of its own. After an error it is not
// used again.
//
// If it is a [Beginner], Begin is called at the start of each bundle and provides keyed state. If
// it is an [io.Closer], Close is called once: when its worker ends, or after an error of its own.
type Operator interface {
	// Process processes the next batch of the bundle's input. The caller owns the batch.
	Process(ctx context.Context, batch arrow.Record, out Output) error
	// Finish ends the bundle and emits everything that was held back.
	Finish(ctx context.Context, out Output) error
}

// Output receives an operator's results.
type Output interface {
	// Emit sends a batch of the output's schema. The caller keeps the batch and may reuse it
	// after the call.
	Emit(batch arrow.Record) error
}

// A RowOutput is the Output of operations with [EndMarks], in place of Emit.
type RowOutput interface {
	Output
	// EmitFor sends results of one row of the batch that is being processed. Calls must follow
	// the order of the rows. A row may have several batches of results, or none.
	EmitFor(row int, batch arrow.Record) error
}

// A Beginner is an Operator whose Begin is called when a bundle begins. The bundle ends with
// Finish.
type Beginner interface {
	Begin(ctx context.Context, b Bundle) error
}

// Bundle is a bundle in progress.
type Bundle struct {
	ID string // Flink's, unique within a worker
	// State is the operator's keyed state, valid until Finish returns; nil for an operator
	// without state. Bundles of an operator with state never overlap.
	State State
}

// State is an operator's keyed state, which Flink keeps. For each key, a name of the operator's
// choice refers to bytes or to a map from bytes to bytes, but not to both. nil means that there is
// no value, and setting nil removes the value.
//
// key has the form that [coder.Keys] writes: a row of the type of the operator's key. Writes are
// sent to Flink when the bundle ends, so the next checkpoint contains them. Bytes that were read must
// not be modified, because they are cached for later reads.
type State interface {
	Value(ctx context.Context, name string, key []byte) ([]byte, error)
	SetValue(name string, key, value []byte)
	Entry(ctx context.Context, name string, key, entry []byte) ([]byte, error)
	SetEntry(name string, key, entry, value []byte)
	// Entries returns all pairs of a map, in no particular order. The map must not change
	// during the iteration.
	Entries(ctx context.Context, name string, key []byte) iter.Seq2[[2][]byte, error]
}

// Open creates an operator for a transform: it passes the payload to the constructor that is
// registered for the URN.
func (r *Registry) Open(ctx context.Context, urn string, payload []byte, site *Site) (Operator, error) {
	o, err := r.operation(urn)
	if err != nil {
		return nil, err
	}
	return o.open(ctx, payload, site)
}

// IsPaced reports whether an operation was registered with [Paced].
func (r *Registry) IsPaced(urn string) bool {
	o := r.operations[urn]
	return o != nil && o.paced
}

// HasState reports whether an operation was registered with [KeyedState].
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

// Coders returns the coders of an operation's input and output, as the descriptors describe them.
// It returns an error for anything in them that is not supported, because Flink would misread the
// results without an error.
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
	c, err := r.plainCoder(o, d)
	if err != nil || !o.rowKinds {
		return c, err
	}
	if k, ok := c.(coder.Kinded); ok {
		return k.WithKinds()
	}
	return nil, errors.New("its coder has no row kinds")
}

// unknownFields finds the fields of a message, and of the messages in it, that are not known
// here; nil if there are none.
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

func (r *Registry) plainCoder(o *registered, d *flinkfn.CoderInfoDescriptor) (coder.Coder, error) {
	switch d.GetMode() { // it selects how many results Flink's own harness takes from a function
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
	open := o.coders[string(kind.Name())]
	if open == nil {
		open = r.coders[string(kind.Name())]
	}
	if open == nil {
		return nil, fmt.Errorf("coder %s is not supported", kind.Name())
	}
	return open(d)
}
