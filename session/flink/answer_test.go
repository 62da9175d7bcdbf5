package flink

import (
	"bytes"
	"encoding/json"
	"errors"
	"slices"
	"strings"
	"testing"

	"github.com/apache/arrow/go/v15/arrow"
	"github.com/apache/arrow/go/v15/arrow/array"
	"github.com/apache/arrow/go/v15/arrow/ipc"
	"github.com/apache/arrow/go/v15/arrow/memory"

	"riffle/session/flink/frame"
	"riffle/session/flink/frame/frametest"
	"riffle/session/gateway"
)

// FuzzAnswer reads possible answers of the gateway to a statement.
func FuzzAnswer(f *testing.F) {
	rows, err := json.Marshal(ipcStream(f, twoColumns(f)))
	if err != nil {
		f.Fatal(err)
	}
	f.Add(`{"result":{"kind":"rows","rows":` + string(rows) + `}}`)
	f.Add(`{"result":{"kind":"query","job":"1","schema":` + string(rows) + `,"kinds":["+I"],"keys":[[0]]}}`)
	f.Add(`{"fault":{"causes":[{"class":"a.B","message":"x:\ny"}],"position":{"line":1,"column":2},"trace":"t"}}`)
	f.Add(`{"fault":{"causes":[]}}`)
	f.Add(`{}`)
	f.Fuzz(func(t *testing.T, answer string) {
		var p reply
		var fault *gateway.Fault
		switch err := decode(answer, &p, false); {
		case errors.As(err, &fault):
			if text := fault.Error(); text == "" || strings.Contains(text, "\n") {
				t.Errorf("%q is not one line", text)
			}
		case err == nil:
			_, _ = decodeSchema(p.Schema)
			if local, err := decodeRows(p.Rows); err == nil {
				for _, r := range local {
					r.Release()
				}
			}
		}
	})
}

// twoColumns returns a record batch such as the sink sends.
func twoColumns(t testing.TB) arrow.Record {
	schema := arrow.NewSchema([]arrow.Field{
		{Name: "a", Type: arrow.BinaryTypes.String, Nullable: true},
		{Name: "b", Type: arrow.ListOf(arrow.PrimitiveTypes.Int32), Nullable: true},
		{Name: "__kind", Type: arrow.PrimitiveTypes.Int8},
	}, nil)
	record, _, err := array.RecordFromJSON(memory.DefaultAllocator, schema,
		strings.NewReader(`[{"a":"x","b":[1,2],"__kind":0},{"a":null,"b":null,"__kind":3}]`))
	if err != nil {
		t.Fatal(err)
	}
	return record
}

func ipcStream(t testing.TB, record arrow.Record) []byte {
	var stream bytes.Buffer
	w := ipc.NewWriter(&stream, ipc.WithSchema(record.Schema()))
	if err := errors.Join(w.Write(record), w.Close()); err != nil {
		t.Fatal(err)
	}
	return stream.Bytes()
}

// FuzzRows cuts a subtask's stream anywhere, into frames of any size, lets it end with any
// number of rows, and puts bytes after the stream and after the end frame. A stream that is
// cut, miscounted or too long is never considered complete.
func FuzzRows(f *testing.F) {
	record := twoColumns(f)
	stream := ipcStream(f, record)
	f.Add(uint16(len(stream)), uint16(100), int64(2), true, []byte{}, []byte{})
	f.Add(uint16(len(stream)), uint16(1), int64(3), true, []byte{}, []byte{})
	f.Add(uint16(len(stream)-30), uint16(64), int64(2), true, []byte{}, []byte{})
	f.Add(uint16(len(stream)), uint16(7), int64(2), false, []byte{}, []byte{})
	f.Add(uint16(len(stream)), uint16(100), int64(2), true, []byte("x"), []byte{})
	f.Add(uint16(len(stream)), uint16(100), int64(4), true, stream, []byte{})
	f.Add(uint16(len(stream)-8), uint16(100), int64(2), true, []byte{0xff}, []byte{})
	f.Add(uint16(len(stream)), uint16(100), int64(2), true, []byte{}, []byte("x"))
	f.Add(uint16(len(stream)), uint16(100), int64(2), true, []byte{}, frametest.End(nil, 2))
	f.Fuzz(func(t *testing.T, upTo, size uint16, sent int64, ended bool, behind, after []byte) {
		if sent < 0 {
			return // Java counts up
		}
		part := stream[:min(int(upTo), len(stream))]
		var wire []byte
		for chunk := range slices.Chunk(slices.Concat(part, behind), int(max(size, 1))) {
			wire = frametest.Data(wire, chunk)
		}
		if ended {
			wire = append(frametest.End(wire, sent), after...)
		}
		rows, err := readAll(record.Schema(), wire)
		whole := len(part) == len(stream)
		if err == nil && (!ended || rows != sent || whole && len(behind)+len(after) > 0) {
			t.Errorf("%d of %d bytes, %d rows of %d, ended %v, then %q and %q: no error",
				len(part), len(stream), rows, sent, ended, behind, after)
		}
		if whole && len(behind)+len(after) == 0 && ended && sent == record.NumRows() && (err != nil || rows != sent) {
			t.Errorf("a whole stream: %d rows, %v", rows, err)
		}
	})
}

// readAll reads a stream as a query does, and counts the rows that it delivers.
func readAll(schema *arrow.Schema, wire []byte) (rows int64, err error) {
	q := newQuery(nil, nil, "q")
	q.schema = schema
	close(q.described)
	end := make(chan error, 1)
	go func() { end <- q.read(bytes.NewReader(wire), frame.Hello{}) }()
	for {
		select {
		case d := <-q.deliveries:
			rows += d.Record.NumRows()
			d.Record.Release()
		case err := <-end:
			return rows, err
		}
	}
}
