package udfhost

import (
	"context"
	"errors"
	"fmt"
	"io"
	"strconv"
	"sync"

	fnpb "github.com/apache/beam/sdks/v2/go/pkg/beam/model/fnexecution_v1"
)

// stateStream is a worker's stream to the state service of an operator, for its keyed state or its pace. It carries
// requests of several bundles. One goroutine (receive) passes each answer to its caller.
type stateStream struct {
	client fnpb.BeamFnState_StateClient
	sendMu sync.Mutex // Send allows one caller at a time

	mu      sync.Mutex
	asked   int
	waiting map[string]chan *fnpb.StateResponse // by request
	err     error                               // why the stream has ended
}

// openState opens the state stream at a client. The stream ends with ctx.
func openState(ctx context.Context, client fnpb.BeamFnStateClient) (*stateStream, error) {
	c, err := client.State(ctx)
	if err != nil {
		return nil, fmt.Errorf("open state stream: %w", err)
	}
	return &stateStream{client: c, waiting: map[string]chan *fnpb.StateResponse{}}, nil
}

// receive reads the stream to its end.
func (s *stateStream) receive() {
	for {
		response, err := s.client.Recv()
		s.mu.Lock()
		if err != nil {
			if err == io.EOF {
				err = errors.New("flink has closed the state stream")
			}
			s.err = err
			for _, answer := range s.waiting {
				close(answer)
			}
			clear(s.waiting)
			s.mu.Unlock()
			return
		}
		answer := s.waiting[response.Id]
		delete(s.waiting, response.Id)
		s.mu.Unlock()
		if answer != nil { // nil: the caller has given up
			answer <- response
		}
	}
}

// ask sends a request and waits for its answer.
func (s *stateStream) ask(ctx context.Context, request *fnpb.StateRequest) (*fnpb.StateResponse, error) {
	answer := make(chan *fnpb.StateResponse, 1)
	s.mu.Lock()
	if s.err != nil {
		s.mu.Unlock()
		return nil, fmt.Errorf("state stream: %w", s.err)
	}
	s.asked++
	request.Id = strconv.Itoa(s.asked)
	s.waiting[request.Id] = answer
	s.mu.Unlock()

	s.sendMu.Lock()
	err := s.client.Send(request)
	s.sendMu.Unlock()
	if err == nil || err == io.EOF { // io.EOF means that receive is about to learn why the stream has ended
		var response *fnpb.StateResponse
		if response, err = s.await(ctx, answer); err == nil {
			return response, nil
		}
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	delete(s.waiting, request.Id)
	return nil, fmt.Errorf("state stream: %w", err)
}

func (s *stateStream) await(ctx context.Context, answer chan *fnpb.StateResponse) (*fnpb.StateResponse, error) {
	select {
	case response := <-answer:
		switch {
		case response == nil: // receive has closed the channel, and set err before
			return nil, s.err
		case response.Error != "":
			return nil, errors.New(response.Error)
		}
		return response, nil
	case <-ctx.Done():
		return nil, context.Cause(ctx)
	}
}
