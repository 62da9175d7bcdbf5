package udfhost

import (
	"context"
	"strconv"

	fnpb "github.com/apache/beam/sdks/v2/go/pkg/beam/model/fnexecution_v1"
	pipepb "github.com/apache/beam/sdks/v2/go/pkg/beam/model/pipeline_v1"
)

// pace keeps a bundle from sending results faster than Flink's side emits them: the results of a bundle wait in the
// memory of the TaskManager. The Fn API has no flow control, and that of gRPC would stop the whole data stream, which
// other bundles need, among them those of an operator that the results are emitted to. So the bundle sends a request on
// the state stream, and the operator in Flink (Bundles.java) answers when it has emitted enough.
type pace struct {
	stream  *stateStream // of its own, see worker.stateStream
	bundle  string       // the instruction that requests are part of
	waiting []int        // bytes of the elements that may not have been emitted, the oldest first
	bytes   int          // of all of these
	emitted int          // elements before them
}

// The results of a bundle that wait in Flink. The bundle stops at maxWaiting bytes until there are no more than
// enoughWaiting.
const (
	maxWaiting    = 8 << 20
	enoughWaiting = 4 << 20
)

// emittedState is the name of the state that is asked for. Its key is a number of elements of the bundle, and the
// answer comes when these have been emitted.
const emittedState = "riffle:emitted"

// resultsURN is the URN of the number of elements of results that a bundle has sent, which Bundles.java compares with
// those that have come.
const resultsURN = "riffle:results:v1"

// add counts an element that is sent.
func (p *pace) add(bytes int) {
	p.waiting = append(p.waiting, bytes)
	p.bytes += bytes
}

// full reports whether the bundle has to wait.
func (p *pace) full() bool { return p.bytes > maxWaiting && len(p.waiting) > 1 }

// wait waits until enough elements have been emitted, all of which have been sent.
func (p *pace) wait(ctx context.Context) error {
	first := 0
	for p.bytes > enoughWaiting && first < len(p.waiting)-1 {
		p.bytes -= p.waiting[first]
		first++
	}
	p.waiting = append(p.waiting[:0], p.waiting[first:]...)
	p.emitted += first
	_, err := p.stream.ask(ctx, &fnpb.StateRequest{
		InstructionId: p.bundle,
		StateKey: &fnpb.StateKey{Type: &fnpb.StateKey_BagUserState_{BagUserState: &fnpb.StateKey_BagUserState{
			UserStateId: emittedState, Key: []byte(strconv.Itoa(p.emitted)),
		}}},
		Request: &fnpb.StateRequest_Get{Get: &fnpb.StateGetRequest{}},
	})
	return err
}

// report returns how many elements the bundle has sent, for its answer.
func (p *pace) report() []*pipepb.MonitoringInfo {
	if p == nil {
		return nil
	}
	sent := strconv.Itoa(p.emitted + len(p.waiting))
	return []*pipepb.MonitoringInfo{{Urn: resultsURN, Type: resultsURN, Payload: []byte(sent)}}
}
