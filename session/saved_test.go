package session_test

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/apache/arrow/go/v15/arrow"
	"github.com/apache/arrow/go/v15/arrow/array"
	"github.com/apache/arrow/go/v15/arrow/ipc"
	"github.com/apache/arrow/go/v15/arrow/memory"
	"github.com/apache/arrow/go/v15/parquet"
	"github.com/apache/arrow/go/v15/parquet/pqarrow"

	"riffle/render"
	"riffle/session/query"
	"riffle/udfhost/sqltype"
)

// Values of all types come back from parquet and Arrow files as Flink's CAST
// shows them. Maps and intervals have other types there than in a batch, and
// none that render knows; of these NULLs are counted.
func TestSavedValuesAreFlinks(t *testing.T) {
	run(t, viewOfTypes())
	defer run(t, "DROP TEMPORARY VIEW typed")
	var columns []string
	for k := range scalars {
		columns = append(columns, fmt.Sprintf("c%d", k))
	}
	for k := range expressions {
		columns = append(columns, fmt.Sprintf("e%d", k))
	}
	got := shown(t, run(t, "SELECT "+strings.Join(columns, ", ")+" FROM typed").Events)
	if got.ended.State != query.Finished || len(got.rows) != typedRows() {
		t.Fatalf("%d rows, %v", len(got.rows), got.ended.Err)
	}
	for _, format := range []string{"parquet", "arrow"} {
		table := savedTable(t, format, got)
		for i, field := range got.schema.Fields() {
			column, err := array.Concatenate(table.Column(i).Data().Chunks(), memory.DefaultAllocator)
			if err != nil {
				t.Fatal(err)
			}
			if column.Len() != len(got.rows) || column.NullN() != got.record.Column(i).NullN() {
				t.Errorf("%s: %s has %d rows, %d of them NULL, want %d and %d", format, field.Name, column.Len(), column.NullN(), len(got.rows), got.record.Column(i).NullN())
				continue
			}
			of, _ := field.Metadata.GetValue(sqltype.MetadataKey)
			if strings.Contains(of, "MAP<") || strings.Contains(of, "INTERVAL") {
				continue
			}
			field.Type = column.DataType()
			for r, text := range cellsOf(t, field, column, query.Started{Location: got.location}) {
				if text != got.rows[r][i] {
					t.Errorf("%s: %s is %q, want %q", format, of, text, got.rows[r][i])
				}
			}
		}
	}
}

func savedTable(t *testing.T, format string, of display) arrow.Table {
	t.Helper()
	f, err := os.Create(filepath.Join(t.TempDir(), "saved"))
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	options := render.Options{DataOnly: true, Location: of.location}
	_, err = render.Save(f, format, of.schema, options, func(yield func(arrow.Record, error) bool) { yield(of.record, nil) })
	if err != nil {
		t.Fatal(err)
	}
	var table arrow.Table
	if format == "parquet" {
		table, err = pqarrow.ReadTable(context.Background(), f, parquet.NewReaderProperties(nil), pqarrow.ArrowReadProperties{}, memory.DefaultAllocator)
	} else {
		r, failed := ipc.NewFileReader(f)
		if failed != nil {
			t.Fatal(failed)
		}
		rec, failed := r.RecordAt(0)
		table, err = array.NewTableFromRecords(r.Schema(), []arrow.Record{rec}), failed
	}
	if err != nil {
		t.Fatal(err)
	}
	return table
}
