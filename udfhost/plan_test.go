package udfhost

import (
	"context"
	"errors"
	"log/slog"
	"strings"
	"testing"
	"testing/synctest"

	"github.com/apache/arrow/go/v15/arrow"
	"github.com/apache/arrow/go/v15/arrow/array"
	"github.com/apache/arrow/go/v15/arrow/memory"
	fnpb "github.com/apache/beam/sdks/v2/go/pkg/beam/model/fnexecution_v1"
	pipepb "github.com/apache/beam/sdks/v2/go/pkg/beam/model/pipeline_v1"
	"google.golang.org/protobuf/proto"

	"riffle/udfhost/coder"
	"riffle/udfhost/flinkfn"
	"riffle/udfhost/operation"
)

const strangeURN = "stranger:transform:strange:v1"

// stranger is an operation from elsewhere.
type stranger struct{}

func (stranger) Process(context.Context, arrow.Record, operation.Output) error { return nil }
func (stranger) Finish(context.Context, operation.Output) error                { return nil }
func (stranger) Close() error                                                  { panic("closed twice") }

// strange has it registered.
func strange(options ...operation.Option) *operation.Registry {
	r := operation.Standard()
	operation.Register(r, strangeURN, func(context.Context, *flinkfn.UserDefinedFunctions, *operation.Site) (operation.Operator, error) {
		return stranger{}, nil
	}, options...)
	return r
}

// numbersOut returns the coder of two columns, of which one is NOT NULL.
func numbersOut(ends bool) *flinkfn.CoderInfoDescriptor {
	field := func(name string, nullable bool) *flinkfn.Schema_Field {
		return &flinkfn.Schema_Field{Name: name, Type: &flinkfn.Schema_FieldType{TypeName: flinkfn.Schema_BIGINT, Nullable: nullable}}
	}
	return &flinkfn.CoderInfoDescriptor{SeparatedWithEndMessage: ends, DataType: &flinkfn.CoderInfoDescriptor_FlattenRowType_{
		FlattenRowType: &flinkfn.CoderInfoDescriptor_FlattenRowType{
			Schema: &flinkfn.Schema{Fields: []*flinkfn.Schema_Field{field("id", false), field("n", true)}},
		},
	}}
}

// descriptor returns one as Flink sends it, of an operation with the same coder at both ends.
func descriptor(t *testing.T, urn string, rows *flinkfn.CoderInfoDescriptor) *fnpb.ProcessBundleDescriptor {
	t.Helper()
	marshal := func(m proto.Message) []byte {
		b, err := proto.Marshal(m)
		if err != nil {
			t.Fatal(err)
		}
		return b
	}
	spec := func(urn string, payload []byte) *pipepb.FunctionSpec {
		return &pipepb.FunctionSpec{Urn: urn, Payload: payload}
	}
	port := marshal(&fnpb.RemoteGrpcPort{CoderId: "windowed"})
	return &fnpb.ProcessBundleDescriptor{
		Id: "1",
		Transforms: map[string]*pipepb.PTransform{
			"source": {Spec: spec(urnSource, port)}, "it": {Spec: spec(urn, nil)}, "sink": {Spec: spec(urnSink, port)},
		},
		Coders: map[string]*pipepb.Coder{
			"windowed": {Spec: spec(urnWindowedValue, nil), ComponentCoderIds: []string{"measured"}},
			"measured": {Spec: spec(urnLengthPrefix, nil), ComponentCoderIds: []string{"rows"}},
			"rows":     {Spec: spec(urnFlinkCoder, marshal(rows))},
		},
	}
}

func workerOf(r *operation.Registry) *worker {
	return &worker{
		harness: &harness{registry: r}, log: slog.New(slog.DiscardHandler),
		plans: map[string]func() (*plan, error){},
	}
}

// An operation that needs a state stream is rejected if Flink does not provide any.
func TestStateThatFlinkLacks(t *testing.T) {
	d := descriptor(t, strangeURN, numbersOut(false))
	if _, err := workerOf(strange(operation.KeyedState)).plan(d); err == nil || !strings.Contains(err.Error(), strangeURN+" needs a state stream") {
		t.Errorf("got %v", err)
	}
	if _, err := workerOf(strange()).plan(d); err != nil {
		t.Error(err)
	}
	d.StateApiServiceDescriptor = &pipepb.ApiServiceDescriptor{Url: "127.0.0.1:1"}
	if p, err := workerOf(strange(operation.KeyedState)).plan(d); err != nil || p.stateAddress != "127.0.0.1:1" {
		t.Error(err)
	}
}

// A coder or an operator that panics costs its bundle, and not the process that the session
// is in.
func TestStrangersPanic(t *testing.T) {
	r := operation.NewRegistry()
	operation.RegisterCoder(r, "flatten_row_type", func(*flinkfn.CoderInfoDescriptor) (coder.Coder, error) { panic("no coder") })
	operation.Register(r, strangeURN, func(context.Context, *flinkfn.UserDefinedFunctions, *operation.Site) (operation.Operator, error) {
		return stranger{}, nil
	})
	w := workerOf(r)
	if _, err := w.plan(descriptor(t, strangeURN, numbersOut(false))); err == nil || !strings.Contains(err.Error(), "internal error of the harness: no coder") {
		t.Errorf("a coder: %v", err)
	}
	if err := w.closePlans(); err != nil {
		t.Errorf("a plan that could not be read: %v", err)
	}
	w = workerOf(strange())
	p, err := w.plan(descriptor(t, strangeURN, numbersOut(false)))
	if err != nil {
		t.Fatal(err)
	}
	processor, err := p.acquire(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if err := p.release(processor, true); err != nil {
		t.Error(err)
	}
	if err := w.closePlans(); err == nil || !strings.Contains(err.Error(), "internal error of the harness: closed twice") {
		t.Errorf("an operator: %v", err)
	}
}

// What an operation emits is compared with what Flink expects, because Flink would misread
// anything else without an error.
func TestResultsAreCompared(t *testing.T) {
	bundleOf := func(options ...operation.Option) *bundle {
		ends := len(options) == 1
		p, err := workerOf(strange(options...)).plan(descriptor(t, strangeURN, numbersOut(ends)))
		if err != nil {
			t.Fatal(err)
		}
		return &bundle{processor: &processor{plan: p, encoder: p.output.NewEncoder()}, batch: 2}
	}
	batch := func(rows string, types ...arrow.DataType) arrow.Record {
		var fields []arrow.Field
		for i, dt := range types {
			fields = append(fields, arrow.Field{Name: string(rune('a' + i)), Type: dt, Nullable: true})
		}
		r, _, err := array.RecordFromJSON(memory.DefaultAllocator, arrow.NewSchema(fields, nil), strings.NewReader(rows))
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(r.Release)
		return r
	}
	long, short := arrow.PrimitiveTypes.Int64, arrow.PrimitiveTypes.Int32
	good := batch(`[{"a":1,"b":null}]`, long, long)
	for want, bad := range map[string]arrow.Record{
		"has emitted 1 columns where Flink expects 2":             batch(`[{"a":1}]`, long),
		"has emitted 3 columns where Flink expects 2":             batch(`[{"a":1,"b":1,"c":1}]`, long, long, long),
		"has emitted int32 in column n where Flink expects int64": batch(`[{"a":1,"b":1}]`, long, short),
		"has emitted NULL in column id, which is NOT NULL":        batch(`[{"a":1,"b":1},{"a":null,"b":1}]`, long, long),
	} {
		if err := bundleOf().Emit(bad); err == nil || !strings.Contains(err.Error(), strangeURN+" "+want) {
			t.Errorf("Emit: %v, want %q", err, want)
		}
		if err := bundleOf(operation.EndMarks).EmitFor(0, bad); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("EmitFor: %v, want %q", err, want)
		}
	}
	if err := bundleOf().Emit(good); err != nil {
		t.Error(err)
	}
	for want, emit := range map[string]func() error{
		"belong to no row, and is registered with EndMarks": func() error { return bundleOf(operation.EndMarks).Emit(good) },
		"for a row, and is registered without EndMarks":     func() error { return bundleOf().EmitFor(0, good) },
		"for row 2 of a batch of 2 rows":                    func() error { return bundleOf(operation.EndMarks).EmitFor(2, good) },
		"for row 0 after those for row 1": func() error {
			b := bundleOf(operation.EndMarks)
			if err := b.EmitFor(1, good); err != nil {
				return err
			}
			return b.EmitFor(0, good)
		},
	} {
		if err := emit(); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("got %v, want %q", err, want)
		}
	}
}

// TestBundlesTakeTurns: a bundle is carried out after the bundle of the same operator that began before it;
// other instructions do not wait.
func TestBundlesTakeTurns(t *testing.T) {
	bundle := func(descriptor string) *fnpb.InstructionRequest {
		return &fnpb.InstructionRequest{Request: &fnpb.InstructionRequest_ProcessBundle{
			ProcessBundle: &fnpb.ProcessBundleRequest{ProcessBundleDescriptorId: descriptor},
		}}
	}
	synctest.Test(t, func(t *testing.T) {
		turns := turns{}
		first, second := turns.take(bundle("1")), turns.take(bundle("1"))
		turns.take(bundle("2")).await(t.Context())
		turns.take(&fnpb.InstructionRequest{Request: &fnpb.InstructionRequest_ProcessBundleProgress{}}).await(t.Context())
		first.await(t.Context())
		begun, failed := false, error(nil)
		go func() {
			failed = second.await(t.Context())
			begun = true
		}()
		synctest.Wait()
		if begun {
			t.Error("the second bundle began before the end of the first")
		}
		first.failed = errors.New("it has failed")
		close(first.over)
		synctest.Wait()
		if !begun || failed != first.failed {
			t.Errorf("after the end of the first bundle: the second one has begun: %v, and fails with %v", begun, failed)
		}
	})
}
