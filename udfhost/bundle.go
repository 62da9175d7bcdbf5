package udfhost

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/apache/arrow/go/v15/arrow"
	fnpb "github.com/apache/beam/sdks/v2/go/pkg/beam/model/fnexecution_v1"
	pipepb "github.com/apache/beam/sdks/v2/go/pkg/beam/model/pipeline_v1"

	"riffle/udfhost/coder"
	"riffle/udfhost/operation"
)

// Results are collected for messages of flushSize bytes. Flink passes results on only at the end of a bundle, so
// sending them earlier only spreads the load.
//
// Beam holds up to 100 messages of a bundle until then. Another one blocks the data stream, and so the end of this
// and of other bundles. So the size doubles after each messagesOfASize: 100 messages have 8 GB.
const (
	flushSize       = 256 << 10
	messagesOfASize = 8
	maxKept         = 8 << 20 // bytes of a buffer that is used again
)

// processBundle runs one bundle: it reads the input to its end, sends the
// results, and then answers. It only fails with earlier if that is set.
func (w *worker) processBundle(
	ctx context.Context, id string, request *fnpb.ProcessBundleRequest, earlier error,
) (_ *fnpb.ProcessBundleResponse, err error) {
	descriptor, err := w.descriptor(ctx, request.GetProcessBundleDescriptorId())
	if err != nil {
		return nil, err
	}
	// This comes before anything else that can fail: Flink looks at an error of a worker's
	// first bundle only once the data stream exists, and waits minutes for the stream.
	address, err := dataAddress(descriptor)
	if err != nil {
		return nil, err
	}
	stream, err := w.data(address)
	if err != nil {
		return nil, err
	}
	input := stream.input(id)
	complete := false
	defer func() { input.close(complete) }()
	if earlier != nil {
		return nil, earlier
	}

	plan, err := w.plan(descriptor)
	if err != nil {
		return nil, err
	}
	state, err := w.beginState(plan, id, request.GetCacheTokens())
	if err != nil {
		return nil, err
	}
	defer plan.endState(state, &complete)
	pace, err := w.paceOf(plan, id)
	if err != nil {
		return nil, err
	}
	processor, err := plan.acquire(ctx)
	if err != nil {
		return nil, err
	}
	b := bundle{
		processor: processor, input: input, stream: stream, id: id, state: state, ctx: ctx, pace: pace, sent: time.Now(),
		time: bundleTime{limit: w.harness.bundleLimit, overdue: w.interrupt},
	}
	defer func() { err = errors.Join(err, plan.release(processor, complete)) }()
	if err := b.run(ctx); err != nil {
		return nil, err
	}
	complete = true
	return &fnpb.ProcessBundleResponse{MonitoringInfos: slices.Concat(b.monitoring(), pace.report(), w.metrics(plan.transform, processor.called), w.report(plan))}, nil
}

// beginState gives a bundle its turn at the keyed state of a plan's operator, and returns the
// state; nil if the operator has none.
func (w *worker) beginState(p *plan, bundle string, tokens []*fnpb.ProcessBundleRequest_CacheToken) (*keyedState, error) {
	if !p.keyed {
		return nil, nil
	}
	stream, err := w.stateStream(p.stateAddress, "")
	if err != nil {
		return nil, err
	}
	p.turn.Lock()
	if p.state == nil {
		p.state = newKeyedState(stream, w.harness.maxCachedState)
	}
	p.state.begin(bundle, tokens)
	return p.state, nil
}

// paceOf returns the pace of a bundle of a plan; nil if its results do not wait for Flink.
func (w *worker) paceOf(p *plan, bundle string) (*pace, error) {
	if !p.paced {
		return nil, nil
	}
	stream, err := w.stateStream(p.stateAddress, p.id)
	return &pace{stream: stream, bundle: bundle}, err
}

// endState ends a bundle's turn.
func (p *plan) endState(s *keyedState, well *bool) {
	if s == nil {
		return
	}
	if !*well {
		s.drop()
	}
	p.turn.Unlock()
}

// bundle is a running bundle. It is the Output of its operator.
type bundle struct {
	*processor
	id     string
	input  *inputQueue
	stream *dataStream
	state  *keyedState // nil for an operator without
	rows   int64       // of input
	time   bundleTime
	ctx    context.Context // of its operator

	pace     *pace     // nil if results do not wait for Flink
	messages int       // of results that have been sent, since the pace has been waited for
	sent     time.Time // when the last of them was sent

	batch int // rows of the batch under way
	ended int // of them, whose results are complete
}

func (b *bundle) run(ctx context.Context) error {
	if beginner, ok := b.operator.(operation.Beginner); ok {
		begun := operation.Bundle{ID: b.id}
		if b.state != nil {
			begun.State = b.state
		}
		if err := beginner.Begin(ctx, begun); err != nil {
			return err
		}
	}
	for last := false; !last; {
		data, err := b.input.next(ctx)
		if err != nil {
			return err
		}
		if data.TransformId != b.plan.source {
			return fmt.Errorf("data for transform %q in a bundle of %q", data.TransformId, b.plan.source)
		}
		for element, err := range coder.Elements(data.Data) {
			if err != nil {
				return err
			}
			batch, err := b.decoder.Decode(element)
			if err != nil {
				return err
			}
			if err := b.process(ctx, batch); err != nil {
				return err
			}
		}
		// Rows do not wait for more rows: the next message may arrive only after the time of a
		// whole bundle.
		if err := b.process(ctx, b.decoder.Flush()); err != nil {
			return err
		}
		last = data.IsLast
	}
	b.batch, b.ended = 0, 0
	if err := b.time.spend(func() error { return b.operator.Finish(ctx, b) }); err != nil {
		return err
	}
	if b.state != nil {
		if err := b.state.end(ctx); err != nil {
			return err
		}
	}
	return b.send(true)
}

// process passes a batch to the operator and releases it. A nil batch is ignored.
func (b *bundle) process(ctx context.Context, batch arrow.Record) error {
	if batch == nil {
		return nil
	}
	defer batch.Release()
	b.rows += batch.NumRows()
	if !b.plan.endMarks {
		return b.time.spend(func() error { return b.operator.Process(ctx, batch, b) })
	}
	b.batch, b.ended = int(batch.NumRows()), 0
	if err := b.time.spend(func() error { return b.operator.Process(ctx, batch, b) }); err != nil {
		return err
	}
	return b.end(b.batch)
}

// Emit implements Output.
func (b *bundle) Emit(batch arrow.Record) error {
	if b.plan.endMarks {
		return fmt.Errorf("%s has emitted results that belong to no row, and is registered with EndMarks", b.plan.urn)
	}
	return b.encode(batch)
}

// EmitFor implements RowOutput.
func (b *bundle) EmitFor(row int, batch arrow.Record) error {
	switch {
	case !b.plan.endMarks:
		return fmt.Errorf("%s has emitted results for a row, and is registered without EndMarks", b.plan.urn)
	case row < b.ended:
		return fmt.Errorf("%s has emitted results for row %d after those for row %d", b.plan.urn, row, b.ended)
	case row >= b.batch:
		return fmt.Errorf("%s has emitted results for row %d of a batch of %d rows", b.plan.urn, row, b.batch)
	}
	if err := b.end(row); err != nil {
		return err
	}
	return b.encode(batch)
}

// end writes that the results of the rows before a row are complete.
func (b *bundle) end(row int) error {
	for ; b.ended < row; b.ended++ {
		b.out = b.encoder.(coder.Ender).End(b.out)
		if err := b.sendFull(); err != nil {
			return err
		}
	}
	return nil
}

// check compares a batch of results with what Flink has planned. Flink reads rows by the
// planned types, and would misread others without an error.
func (b *bundle) check(batch arrow.Record) error {
	fields := b.plan.output.Schema().Fields()
	if int(batch.NumCols()) != len(fields) {
		return fmt.Errorf("%s has emitted %d columns where Flink expects %d", b.plan.urn, batch.NumCols(), len(fields))
	}
	for i, f := range fields {
		column := batch.Column(i)
		if !arrow.TypeEqual(column.DataType(), f.Type) {
			return fmt.Errorf("%s has emitted %v in column %s where Flink expects %v", b.plan.urn, column.DataType(), f.Name, f.Type)
		}
		if !f.Nullable && column.NullN() > 0 {
			return fmt.Errorf("%s has emitted NULL in column %s, which is NOT NULL", b.plan.urn, f.Name)
		}
	}
	return nil
}

func (b *bundle) encode(batch arrow.Record) error {
	err := b.check(batch)
	if err != nil {
		return err
	}
	before := len(b.out)
	if b.out, err = b.encoder.Encode(b.out, batch); err != nil {
		return err
	}
	if b.pace != nil {
		return b.keepPace(len(b.out) - before)
	}
	return b.sendFull()
}

// promptly is how long results of a slow function wait for others before they are sent.
const promptly = 20 * time.Millisecond

// keepPace sends the results so far, if they fill a message or are late, and waits if Flink has too many of them.
func (b *bundle) keepPace(bytes int) error {
	b.pace.add(bytes)
	if !b.pace.full() {
		if time.Since(b.sent) > promptly {
			return b.send(false)
		}
		return b.sendFull()
	}
	if err := b.send(false); err != nil {
		return err
	}
	b.messages = 0
	return b.time.except(func() error { return b.pace.wait(b.ctx) })
}

// sendFull sends the results so far if they fill a message.
func (b *bundle) sendFull() error {
	if len(b.out)>>(b.messages/messagesOfASize) < flushSize {
		return nil
	}
	return b.send(false)
}

// send sends the results so far. If last is set, it also sends the end of the results.
func (b *bundle) send(last bool) error {
	var elements fnpb.Elements
	if len(b.out) > 0 {
		elements.Data = append(elements.Data,
			&fnpb.Elements_Data{InstructionId: b.id, TransformId: b.plan.sink, Data: b.out})
	}
	if last {
		elements.Data = append(elements.Data,
			&fnpb.Elements_Data{InstructionId: b.id, TransformId: b.plan.sink, IsLast: true})
	}
	err := b.stream.send(&elements)
	b.messages++
	b.sent = time.Now()
	b.out = *b.stream.buffers.Get(0)
	return err
}

// reportURN is the URN of a report of functions, and ownURN the prefix of the URNs of riffle's own operators in Flink,
// which read it. Beam's counters would lose what happens after their last update, and have no texts.
const (
	reportURN = "riffle:functions:v1"
	ownURN    = "riffle:transform:"
)

// report returns what the functions of the worker have done so far, if anybody reads it.
func (w *worker) report(p *plan) []*pipepb.MonitoringInfo {
	reporter, ok := w.functions.(operation.Reporter)
	if !ok || !p.ofRiffle() {
		return nil
	}
	report := reporter.Report()
	if report == nil {
		return nil
	}
	return []*pipepb.MonitoringInfo{{Urn: reportURN, Type: reportURN, Payload: report}}
}
