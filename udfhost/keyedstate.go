package udfhost

import (
	"context"
	"encoding/base64"
	"encoding/binary"
	"errors"
	"iter"
	"slices"

	fnpb "github.com/apache/beam/sdks/v2/go/pkg/beam/model/fnexecution_v1"
	"google.golang.org/protobuf/proto"

	"riffle/udfhost/flinkfn"
)

// keyedState is the state of one operator, which Flink stores and which is cached here. It is
// an operation.State: writes are sent to Flink at the end of the bundle, before Flink is told
// that the bundle is complete, so a checkpoint contains them.
//
// Flink gives each bundle a token that says whether the cache may be used: the token is the
// same as long as no other worker has written the state.
type keyedState struct {
	stream *stateStream
	bundle string // the instruction that requests are part of
	token  string
	cache  map[stateCell]*cachedState
	max    int         // cells that are kept from one bundle to the next
	dirty  []stateCell // in the order in which they were written first
	// broken is a map whose pairs were not read to their end. Flink keeps its iterator until it
	// is told that no more will be read.
	broken *stateCell
}

// stateCell names a value, or one entry of a map.
type stateCell struct {
	name, key string
	inMap     bool
	entry     string
}

type cachedState struct {
	value []byte // nil: no value
	dirty bool
}

func newKeyedState(stream *stateStream, maxCached int) *keyedState {
	return &keyedState{stream: stream, max: maxCached, cache: map[stateCell]*cachedState{}}
}

// begin prepares the state for a bundle.
func (s *keyedState) begin(bundle string, tokens []*fnpb.ProcessBundleRequest_CacheToken) {
	token := ""
	for _, t := range tokens {
		if t.GetUserState() != nil {
			token = string(t.GetToken())
		}
	}
	if token == "" || token != s.token || len(s.cache) > s.max {
		clear(s.cache)
	}
	s.bundle, s.token, s.dirty, s.broken = bundle, token, nil, nil
}

// drop discards the writes of a bundle that failed.
func (s *keyedState) drop() {
	clear(s.cache)
	s.dirty = nil
}

// Value implements operation.State.
func (s *keyedState) Value(ctx context.Context, name string, key []byte) ([]byte, error) {
	return s.get(ctx, stateCell{name: name, key: string(key)})
}

// SetValue implements operation.State.
func (s *keyedState) SetValue(name string, key, value []byte) {
	s.set(stateCell{name: name, key: string(key)}, value)
}

// Entry implements operation.State.
func (s *keyedState) Entry(ctx context.Context, name string, key, entry []byte) ([]byte, error) {
	return s.get(ctx, stateCell{name, string(key), true, string(entry)})
}

// SetEntry implements operation.State.
func (s *keyedState) SetEntry(name string, key, entry, value []byte) {
	s.set(stateCell{name, string(key), true, string(entry)}, value)
}

func (s *keyedState) get(ctx context.Context, c stateCell) ([]byte, error) {
	if known := s.cache[c]; known != nil {
		return known.value, nil
	}
	read := s.readValue
	if c.inMap {
		read = s.readEntry
	}
	value, err := read(ctx, c)
	if err != nil {
		return nil, err
	}
	s.cache[c] = &cachedState{value: value}
	return value, nil
}

func (s *keyedState) set(c stateCell, value []byte) {
	known := s.cache[c]
	if known == nil {
		known = &cachedState{}
		s.cache[c] = known
	}
	if !known.dirty {
		s.dirty = append(s.dirty, c)
	}
	known.value, known.dirty = slices.Clone(value), true
}

// end ends a successful bundle.
func (s *keyedState) end(ctx context.Context) error {
	if err := s.flush(ctx); err != nil || s.broken == nil {
		return err
	}
	key, err := s.broken.stateKey()
	if err != nil {
		return err
	}
	s.broken = nil
	key.GetMultimapSideInput().TransformId = dropIterators
	_, err = s.send(ctx, key, &fnpb.StateRequest{Request: &fnpb.StateRequest_Clear{Clear: &fnpb.StateClearRequest{}}})
	return err
}

// flush writes the changes to Flink.
func (s *keyedState) flush(ctx context.Context) error {
	for _, c := range s.dirty {
		write := s.writeValue
		if c.inMap {
			write = s.writeEntry
		}
		if err := write(ctx, c, s.cache[c].value); err != nil {
			return err
		}
		s.cache[c].dirty = false
	}
	s.dirty = nil
	return nil
}

// In Flink, a value is a list of one element, which begins with a 1, because an empty list and
// a list with an empty element look alike.

func (s *keyedState) readValue(ctx context.Context, c stateCell) ([]byte, error) {
	response, err := s.ask(ctx, c, &fnpb.StateRequest{Request: &fnpb.StateRequest_Get{Get: &fnpb.StateGetRequest{}}})
	if err != nil {
		return nil, err
	}
	data := response.GetGet().GetData()
	if len(data) == 0 {
		return nil, nil
	}
	return data[1:], nil
}

func (s *keyedState) writeValue(ctx context.Context, c stateCell, value []byte) error {
	_, err := s.ask(ctx, c, &fnpb.StateRequest{Request: &fnpb.StateRequest_Clear{Clear: &fnpb.StateClearRequest{}}})
	if err != nil || value == nil {
		return err
	}
	_, err = s.ask(ctx, c, appending(append([]byte{1}, value...)))
	return err
}

// Requests about maps, as Flink's BeamMapStateHandler reads them. Flink answers an iteration
// with keys and values one after the other, so each is written after its length.
const (
	mapGet     = 0
	mapIterate = 1

	mapExists  = 0
	mapMissing = 2

	mapDelete = 0
	mapSet    = 2

	// dropIterators, as the transform of a request to clear a map, drops the operator's
	// iterators over all maps instead.
	dropIterators = "clear_iterators"
)

func (s *keyedState) readEntry(ctx context.Context, c stateCell) ([]byte, error) {
	response, err := s.ask(ctx, c, getting(measured([]byte{mapGet}, c.entry)))
	if err != nil {
		return nil, err
	}
	data := response.GetGet().GetData()
	switch {
	case len(data) == 1 && data[0] == mapMissing:
		return nil, nil
	case len(data) > 0 && data[0] == mapExists:
		value, _, err := cutMeasured(data[1:])
		return value, err
	}
	return nil, errStateAnswer
}

func (s *keyedState) writeEntry(ctx context.Context, c stateCell, value []byte) error {
	entry := string(measured(nil, c.entry))
	data := binary.BigEndian.AppendUint32(nil, 1) // changes
	if value == nil {
		data = measured(append(data, mapDelete), entry)
	} else {
		data = measured(append(data, mapSet), entry)
		data = measured(data, string(measured(nil, string(value))))
	}
	_, err := s.ask(ctx, c, appending(data))
	return err
}

// Entries implements operation.State.
func (s *keyedState) Entries(ctx context.Context, name string, key []byte) iter.Seq2[[2][]byte, error] {
	return func(yield func([2][]byte, error) bool) {
		if err := s.flush(ctx); err != nil { // Flink iterates over what it has stored
			yield([2][]byte{}, err)
			return
		}
		c := stateCell{name: name, key: string(key), inMap: true}
		for token := ""; ; {
			response, err := s.ask(ctx, c, getting(measured([]byte{mapIterate, 0}, token)))
			if err != nil {
				yield([2][]byte{}, err)
				return
			}
			token = string(response.GetGet().GetContinuationToken())
			for data := response.GetGet().GetData(); len(data) > 0; {
				var pair [2][]byte
				if pair, data, err = cutEntry(data); !yield(pair, err) || err != nil {
					if token != "" {
						s.broken = &c
					}
					return
				}
			}
			if token == "" {
				return
			}
		}
	}
}

func cutEntry(data []byte) (pair [2][]byte, rest []byte, err error) {
	if pair[0], data, err = cutMeasured(data); err != nil {
		return pair, nil, err
	}
	if len(data) == 0 || data[0] != 1 { // the first byte says whether there is a value
		return pair, nil, errStateAnswer
	}
	pair[1], rest, err = cutMeasured(data[1:])
	return pair, rest, err
}

// ask sends a request about the value or the map of a cell.
func (s *keyedState) ask(ctx context.Context, c stateCell, request *fnpb.StateRequest) (*fnpb.StateResponse, error) {
	key, err := c.stateKey()
	if err != nil {
		return nil, err
	}
	return s.send(ctx, key, request)
}

func (s *keyedState) send(ctx context.Context, key *fnpb.StateKey, request *fnpb.StateRequest) (*fnpb.StateResponse, error) {
	request.InstructionId, request.StateKey = s.bundle, key
	return s.stream.ask(ctx, request)
}

// stateKey returns Flink's key of a cell's value or map.
func (c stateCell) stateKey() (*fnpb.StateKey, error) {
	descriptor, err := proto.Marshal(&flinkfn.StateDescriptor{StateName: c.name})
	if err != nil {
		return nil, err
	}
	id := base64.StdEncoding.EncodeToString(descriptor)
	if c.inMap {
		return &fnpb.StateKey{Type: &fnpb.StateKey_MultimapSideInput_{MultimapSideInput: &fnpb.StateKey_MultimapSideInput{
			SideInputId: id, Key: []byte(c.key),
		}}}, nil
	}
	return &fnpb.StateKey{Type: &fnpb.StateKey_BagUserState_{BagUserState: &fnpb.StateKey_BagUserState{
		UserStateId: id, Key: []byte(c.key),
	}}}, nil
}

func getting(token []byte) *fnpb.StateRequest {
	return &fnpb.StateRequest{Request: &fnpb.StateRequest_Get{Get: &fnpb.StateGetRequest{ContinuationToken: token}}}
}

func appending(data []byte) *fnpb.StateRequest {
	return &fnpb.StateRequest{Request: &fnpb.StateRequest_Append{Append: &fnpb.StateAppendRequest{Data: data}}}
}

var errStateAnswer = errors.New("keyed state: the answer of Flink is malformed")

// measured appends a text after its length.
func measured(out []byte, text string) []byte {
	return append(binary.BigEndian.AppendUint32(out, uint32(len(text))), text...)
}

// cutMeasured cuts a text with its length from the start of data.
func cutMeasured(data []byte) (text, rest []byte, err error) {
	if len(data) < 4 {
		return nil, nil, errStateAnswer
	}
	n := int64(binary.BigEndian.Uint32(data))
	if data = data[4:]; n > int64(len(data)) {
		return nil, nil, errStateAnswer
	}
	return data[:n:n], data[n:], nil
}
