package udfhost

import (
	"context"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
	"testing"

	fnpb "github.com/apache/beam/sdks/v2/go/pkg/beam/model/fnexecution_v1"
	"google.golang.org/grpc"
)

// playedState is a state service that records requests, and gives every Get the same answer.
type playedState struct {
	grpc.ClientStream
	asked    []string
	answers  chan *fnpb.StateResponse
	data     []byte
	more     string // the continuation token
	refusing string
	sending  error // of Send
	ended    error // of Recv, after the answers
}

func (p *playedState) Send(r *fnpb.StateRequest) error {
	if p.sending != nil {
		return p.sending
	}
	response := &fnpb.StateResponse{Id: r.Id, Error: p.refusing}
	switch request := r.Request.(type) {
	case *fnpb.StateRequest_Get:
		p.asked = append(p.asked, "get "+r.InstructionId)
		response.Response = &fnpb.StateResponse_Get{Get: &fnpb.StateGetResponse{Data: p.data, ContinuationToken: []byte(p.more)}}
	case *fnpb.StateRequest_Clear:
		p.asked = append(p.asked, strings.TrimSpace("clear "+r.StateKey.GetMultimapSideInput().GetTransformId()))
	case *fnpb.StateRequest_Append:
		p.asked = append(p.asked, fmt.Sprintf("append %q", request.Append.Data))
	}
	p.answers <- response
	return nil
}

func (p *playedState) Recv() (*fnpb.StateResponse, error) {
	response, ok := <-p.answers
	if !ok {
		return nil, p.ended
	}
	return response, nil
}

func (p *playedState) took() []string {
	asked := p.asked
	p.asked = nil
	return asked
}

func playState(t *testing.T, data string) (*playedState, *keyedState) {
	t.Helper()
	p := &playedState{answers: make(chan *fnpb.StateResponse, 100), data: []byte(data), ended: context.Canceled}
	stream := &stateStream{client: p, waiting: map[string]chan *fnpb.StateResponse{}}
	done := make(chan struct{})
	go func() {
		defer close(done)
		stream.receive()
	}()
	t.Cleanup(func() {
		close(p.answers)
		<-done
	})
	return p, newKeyedState(stream, 2)
}

func tokens(text string) []*fnpb.ProcessBundleRequest_CacheToken {
	return []*fnpb.ProcessBundleRequest_CacheToken{{
		Type: &fnpb.ProcessBundleRequest_CacheToken_UserState_{UserState: &fnpb.ProcessBundleRequest_CacheToken_UserState{}}, Token: []byte(text),
	}}
}

// State is read once, and written once at the end of the bundle; the next bundle finds it in the
// cache as long as Flink's token is the same, the bundle went well, and there is room.
func TestStateIsCached(t *testing.T) {
	p, s := playState(t, "\x01old")
	key := []byte("k")
	for _, bundle := range []struct {
		name, token string
		fails       bool
		more        int // keys that are set, too
		want        []string
		first       string // the first thing that it reads
	}{
		{"1", "a", false, 0, []string{"get 1", "clear", `append "\x01new"`}, "old"},
		{"2", "a", false, 0, []string{"clear", `append "\x01new"`}, "new"},
		{"3", "b", false, 0, []string{"get 3", "clear", `append "\x01new"`}, "old"},
		{"4", "b", true, 0, nil, "new"},
		{"5", "b", false, 2, []string{"get 5", "clear", `append "\x01new"`, "clear", `append "\x01x"`, "clear", `append "\x01x"`}, "old"},
		{"6", "b", false, 0, []string{"get 6", "clear", `append "\x01new"`}, "old"},
		{"7", "", false, 0, []string{"get 7", "clear", `append "\x01new"`}, "old"},
		{"8", "", false, 0, []string{"get 8", "clear", `append "\x01new"`}, "old"},
	} {
		var token []*fnpb.ProcessBundleRequest_CacheToken
		if bundle.token != "" {
			token = tokens(bundle.token)
		}
		s.begin(bundle.name, token)
		for i := range 2 {
			value, err := s.Value(t.Context(), "n", key)
			if want := []string{bundle.first, "new"}[i]; err != nil || string(value) != want {
				t.Errorf("bundle %s: %q, %v, want %q", bundle.name, value, err, want)
			}
			s.SetValue("n", key, []byte("new"))
		}
		for i := range bundle.more {
			s.SetValue("n", fmt.Append(nil, i), []byte("x"))
		}
		if bundle.fails {
			s.drop()
		} else if err := s.flush(t.Context()); err != nil {
			t.Error(err)
		}
		if got := p.took(); !slices.Equal(got, bundle.want) {
			t.Errorf("bundle %s asked %q, want %q", bundle.name, got, bundle.want)
		}
	}
	// An empty value is one; nil removes.
	s.begin("9", tokens("c"))
	s.SetValue("n", key, []byte{})
	s.SetValue("m", key, nil)
	if err := s.flush(t.Context()); err != nil {
		t.Error(err)
	}
	if got, want := p.took(), []string{"clear", `append "\x01"`, "clear"}; !slices.Equal(got, want) {
		t.Errorf("asked %q, want %q", got, want)
	}
}

func TestStateFails(t *testing.T) {
	p, s := playState(t, "\x00\x00\x00\x00\x09short")
	s.begin("1", nil)
	if _, err := s.Entry(t.Context(), "n", []byte("k"), []byte("e")); err != errStateAnswer {
		t.Errorf("a length beyond the answer: %v", err)
	}
	p.data = []byte{7}
	if _, err := s.Entry(t.Context(), "n", []byte("k"), []byte("e")); err != errStateAnswer {
		t.Errorf("a flag that there is not: %v", err)
	}
	for _, err := range s.Entries(t.Context(), "n", []byte("k")) {
		if err != errStateAnswer {
			t.Errorf("pairs: %v", err)
		}
	}
	p.refusing = "State name corrupt"
	if _, err := s.Value(t.Context(), "n", []byte("k")); err == nil || !strings.Contains(err.Error(), "state stream: State name corrupt") {
		t.Errorf("Flink's refusal: %v", err)
	}
	ended, cancel := context.WithCancel(t.Context())
	cancel()
	full := &stateStream{client: &playedState{answers: make(chan *fnpb.StateResponse, 1)}, waiting: map[string]chan *fnpb.StateResponse{}}
	if _, err := full.ask(ended, &fnpb.StateRequest{}); err == nil || len(full.waiting) != 0 {
		t.Errorf("given up: %v, %d wait", err, len(full.waiting))
	}
}

// When a stream ends, every caller gets the reason, whichever of them notices it first.
func TestStateStreamEnds(t *testing.T) {
	broken := &playedState{answers: make(chan *fnpb.StateResponse), sending: io.EOF, ended: errors.New("connection reset")}
	stream := &stateStream{client: broken, waiting: map[string]chan *fnpb.StateResponse{}}
	asked := make(chan error, 2)
	go func() {
		for range 2 { // while the stream ends, and after its end
			_, err := stream.ask(t.Context(), &fnpb.StateRequest{})
			asked <- err
		}
	}()
	close(broken.answers)
	stream.receive()
	for range 2 {
		if err := <-asked; err == nil || err.Error() != "state stream: connection reset" {
			t.Errorf("got %v", err)
		}
	}
}

// Flink keeps the iterator of a map that was not read to its end, until it is told.
func TestBrokenIterations(t *testing.T) {
	p, s := playState(t, "\x00\x00\x00\x01k\x01\x00\x00\x00\x01v")
	for _, bundle := range []struct {
		name, more string
		want       []string
	}{
		{"1", "token", []string{"get 1", "clear clear_iterators"}},
		{"2", "", []string{"get 2"}},
	} {
		p.more = bundle.more
		s.begin(bundle.name, nil)
		for pair, err := range s.Entries(t.Context(), "n", []byte("k")) {
			if err != nil || string(pair[0])+string(pair[1]) != "kv" {
				t.Errorf("bundle %s: %q, %v", bundle.name, pair, err)
			}
			break
		}
		if err := s.end(t.Context()); err != nil {
			t.Error(err)
		}
		if got := p.took(); !slices.Equal(got, bundle.want) {
			t.Errorf("bundle %s asked %q, want %q", bundle.name, got, bundle.want)
		}
	}
}
