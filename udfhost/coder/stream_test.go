package coder

import (
	"bytes"
	"fmt"
	"io"
	"strings"
	"testing"

	"github.com/apache/arrow/go/v15/arrow"
	"github.com/apache/arrow/go/v15/arrow/ipc"
	"pgregory.net/rapid"
)

// streamOf returns an IPC stream of batches of nestedTypes.
func streamOf(t testing.TB, seeds ...int) (stream []byte, batches []arrow.Record) {
	t.Helper()
	schema := arrowCoder(t, nestedTypes()...).Schema()
	var b bytes.Buffer
	w := ipc.NewWriter(&b, ipc.WithSchema(schema))
	for _, seed := range seeds {
		batch := rapid.Custom(func(r *rapid.T) arrow.Record { return drawBatch(r, schema) }).Example(seed)
		if err := w.Write(batch); err != nil {
			t.Fatal(err)
		}
		batches = append(batches, batch)
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return b.Bytes(), batches
}

// readStream reads as much of a stream as can be, each value of it.
func readStream(stream []byte) (texts []string, err error) {
	r, err := NewStreamReader(bytes.NewReader(stream))
	if err != nil {
		return nil, err
	}
	for {
		batch, err := r.Next()
		if err != nil {
			return texts, err
		}
		texts = append(texts, fmt.Sprint(batch))
		batch.Release()
	}
}

func TestStream(t *testing.T) {
	stream, batches := streamOf(t, 1, 2, 3)
	texts, err := readStream(stream)
	if err != io.EOF || len(texts) != len(batches) {
		t.Fatalf("%d batches, %v", len(texts), err)
	}
	for i, batch := range batches {
		if texts[i] != fmt.Sprint(batch) {
			t.Errorf("batch %d: %s, want %v", i, texts[i], batch)
		}
	}
	for _, end := range []int{0, 4, 100, len(stream) - 9} { // within a message
		if _, err := readStream(stream[:end]); err == io.EOF {
			t.Errorf("cut at %d: no error", end)
		}
	}
}

// A long message is read whole, and its batch keeps no more memory than it has.
func TestStreamLongMessages(t *testing.T) {
	for _, size := range []int{0, 1, readChunk - 1, readChunk, readChunk + 1, 5*readChunk + 3} {
		want := bytes.Repeat([]byte("0123456789"), size/10+1)[:size]
		got, err := readBytes(bytes.NewReader(append(want, 'x')), int64(size))
		if err != nil || !bytes.Equal(got, want) || cap(got) != size {
			t.Errorf("%d bytes: %d with a capacity of %d, %v", size, len(got), cap(got), err)
		}
		if _, err := readBytes(bytes.NewReader(want), int64(size+1)); unexpectedEOF(err) != io.ErrUnexpectedEOF {
			t.Errorf("%d bytes of %d: %v", size, size+1, err)
		}
	}
}

// Types that Flink does not send are rejected before any batch of them.
func TestStreamTypes(t *testing.T) {
	for _, dt := range []arrow.DataType{
		&arrow.FixedSizeBinaryType{ByteWidth: -1}, &arrow.FixedSizeBinaryType{},
		arrow.FixedSizeListOf(2, arrow.PrimitiveTypes.Int8), arrow.ListOf(arrow.BinaryTypes.LargeString),
	} {
		stream, err := schemaMessage(arrow.NewSchema([]arrow.Field{{Name: "c", Type: dt}}, nil))
		if err != nil {
			t.Fatal(err)
		}
		if _, err := NewStreamReader(bytes.NewReader(stream)); err == nil || !strings.Contains(err.Error(), "column c: unexpected type") {
			t.Errorf("%v: %v", dt, err)
		}
	}
}

// FuzzStream reads arbitrary streams.
func FuzzStream(f *testing.F) {
	for seed := range 3 {
		stream, _ := streamOf(f, seed, seed+10)
		f.Add(stream)
	}
	f.Fuzz(func(t *testing.T, stream []byte) {
		if _, err := readStream(stream); err == nil {
			t.Error("it never ends")
		}
	})
}
