package udfhost

import (
	"bytes"
	"math"
	"net"
	"testing"

	fnpb "github.com/apache/beam/sdks/v2/go/pkg/beam/model/fnexecution_v1"
	"google.golang.org/grpc"
	"google.golang.org/grpc/mem"
	"google.golang.org/protobuf/proto"
	"pgregory.net/rapid"
)

// drawElements draws a message of the data stream.
func drawElements(r *rapid.T) *fnpb.Elements {
	e := new(fnpb.Elements)
	for range rapid.IntRange(0, 3).Draw(r, "messages") {
		e.Data = append(e.Data, &fnpb.Elements_Data{
			InstructionId: rapid.String().Draw(r, "instruction"), TransformId: rapid.StringN(0, 3, 3).Draw(r, "transform"),
			Data: rapid.SliceOfN(rapid.Byte(), 0, 3000).Draw(r, "data"), IsLast: rapid.Bool().Draw(r, "last"),
		})
	}
	return e
}

// The codec writes what protobuf reads, and reads what protobuf writes.
func TestElementsCodec(t *testing.T) {
	codec := elementsCodec{new(buffers)}
	rapid.Check(t, func(r *rapid.T) {
		want := drawElements(r)
		sent, err := codec.Marshal(proto.CloneOf(want))
		if err != nil {
			r.Fatal(err)
		}
		var got, own fnpb.Elements
		if err := proto.Unmarshal(sent.Materialize(), &got); err != nil || !proto.Equal(&got, want) {
			r.Errorf("protobuf reads %v, %v, want %v", &got, err, want)
		}
		if err := codec.Unmarshal(sent, &own); err != nil || !proto.Equal(&own, want) {
			r.Errorf("got %v, %v, want %v", &own, err, want)
		}
		sent.Free()
	})
}

// Data is not copied in either direction.
func TestElementsAreNotCopied(t *testing.T) {
	codec := elementsCodec{new(buffers)}
	data := make([]byte, 100_000)
	sent, err := codec.Marshal(&fnpb.Elements{Data: []*fnpb.Elements_Data{{InstructionId: "1", Data: data}}})
	if err != nil || len(sent) != 3 || &sent[1].ReadOnlyData()[0] != &data[0] {
		t.Errorf("%d buffers, %v", len(sent), err)
	}
	message := sent.Materialize()
	var got fnpb.Elements
	if !parseElements(message, &got) || &got.Data[0].Data[0] != &message[len(message)-len(data)] {
		t.Error("data that has arrived is a copy")
	}
}

// Memory is not used again before gRPC has sent it.
func TestElementsAreSentWhole(t *testing.T) {
	const messages = 300
	stream := echoed(t)
	size := func(i int) int { return 1 + i*7919%300_000 }
	go func() {
		for i := range messages {
			data := (*stream.buffers.Get(0))[:0]
			for range size(i) {
				data = append(data, byte(i))
			}
			if err := stream.send(&fnpb.Elements{Data: []*fnpb.Elements_Data{{InstructionId: "1", TransformId: "sink", Data: data}}}); err != nil {
				t.Error(err)
				return
			}
		}
	}()
	for i := range messages {
		got, err := stream.client.Recv()
		if err != nil {
			t.Fatal(err)
		}
		if data := got.Data[0].Data; len(data) != size(i) || bytes.Count(data, []byte{byte(i)}) != size(i) {
			t.Fatalf("message %d has %d bytes of %d, or others", i, len(data), size(i))
		}
	}
}

// Whatever arrives is what protobuf makes of it, or an error of protobuf.
func FuzzElements(f *testing.F) {
	for _, e := range []*fnpb.Elements{
		{Data: []*fnpb.Elements_Data{{InstructionId: "1", TransformId: "source", Data: []byte("abc")}, {InstructionId: "1", IsLast: true}}},
		{Timers: []*fnpb.Elements_Timers{{InstructionId: "1"}}}, {Data: []*fnpb.Elements_Data{{}}},
	} {
		b, err := proto.Marshal(e)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(b)
		f.Add(append(b, b...))
	}
	f.Add([]byte("\x0a\x03\x0a\x01\xff"))          // no UTF-8
	f.Add([]byte("\x0a\x04\x20\x01\x20\x00"))      // a field twice
	f.Add([]byte("\x0a\x03\x2a\x01x\x1a\x00\x00")) // fields that are not known
	f.Fuzz(func(t *testing.T, b []byte) {
		var got, want fnpb.Elements
		err := elementsCodec{}.Unmarshal(mem.BufferSlice{mem.SliceBuffer(bytes.Clone(b))}, &got)
		if failed := proto.Unmarshal(b, &want); (failed == nil) != (err == nil) || err == nil && !proto.Equal(&got, &want) {
			t.Errorf("got %v, %v; protobuf %v, %v", &got, err, &want, failed)
		}
	})
}

// echo is the other side of a data stream, which sends back what it gets.
type echo struct {
	fnpb.UnimplementedBeamFnDataServer
}

func (echo) Data(stream fnpb.BeamFnData_DataServer) error {
	for {
		e, err := stream.Recv()
		if err != nil {
			return err
		}
		if err := stream.Send(e); err != nil {
			return err
		}
	}
}

// echoed returns a data stream to an echo.
func echoed(t testing.TB) *dataStream {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	server := grpc.NewServer(grpc.MaxRecvMsgSize(math.MaxInt32))
	fnpb.RegisterBeamFnDataServer(server, echo{})
	go server.Serve(listener)
	t.Cleanup(server.Stop)
	conn, err := dial(listener.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { conn.Close() })
	stream, err := openData(t.Context(), fnpb.NewBeamFnDataClient(conn))
	if err != nil {
		t.Fatal(err)
	}
	return stream
}

// BenchmarkData sends messages of 10,000 rows of 25 bytes through a data stream and back.
func BenchmarkData(b *testing.B) {
	const rows = 10_000
	stream := echoed(b)
	b.ReportAllocs()
	for b.Loop() {
		data := *stream.buffers.Get(25 * rows)
		if err := stream.send(&fnpb.Elements{Data: []*fnpb.Elements_Data{{InstructionId: "1", TransformId: "sink", Data: data}}}); err != nil {
			b.Fatal(err)
		}
		if _, err := stream.client.Recv(); err != nil {
			b.Fatal(err)
		}
	}
	b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N*rows), "ns/row")
}
