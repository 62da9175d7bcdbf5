package flink

import (
	"bytes"
	"encoding/json"
	"errors"
	"strings"
	"testing"

	"github.com/apache/arrow/go/v15/arrow"
	"github.com/apache/arrow/go/v15/arrow/array"
	"github.com/apache/arrow/go/v15/arrow/ipc"
	"github.com/apache/arrow/go/v15/arrow/memory"
)

// FuzzAnswer reads what the gateway may answer to a statement.
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
		var p planned
		var fault *Fault
		switch err := decode(answer, &p); {
		case errors.As(err, &fault):
			if text := fault.Error(); text == "" || strings.Contains(text, "\n") {
				t.Errorf("%q is not one line", text)
			}
		case err == nil:
			_, _ = decodeSchema(p.Schema)
			if local, err := decodeRows(p.Rows); err == nil {
				for _, r := range local.Records {
					r.Release()
				}
			}
		}
	})
}

// twoColumns is a record batch such as the sink sends.
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
