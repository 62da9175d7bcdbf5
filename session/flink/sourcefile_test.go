package flink

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/apache/arrow/go/v15/arrow"
	"github.com/apache/arrow/go/v15/arrow/array"
	"github.com/apache/arrow/go/v15/arrow/memory"
	"github.com/apache/arrow/go/v15/parquet"
	"github.com/apache/arrow/go/v15/parquet/pqarrow"
)

// The lines are of Flink's log: two sources, whose subtasks read several files.
const splitsLog = `
21:46:54,059 INFO  org.apache.flink.runtime.source.coordinator.SourceCoordinator - Starting split enumerator for source Source: p[1].
21:46:54,543 INFO  org.apache.flink.runtime.source.coordinator.SourceCoordinator - Source Source: p[1] received split request from parallel task 0 (#0)
21:46:54,544 INFO  org.apache.flink.connector.file.src.impl.StaticFileSplitEnumerator - Assigned split to subtask 0 : FileSourceSplit: file:/data/old [0, 574) (no host info) ID=0000000001 position=null
21:46:55,059 INFO  org.apache.flink.runtime.source.coordinator.SourceCoordinator - Starting split enumerator for source Source: p[1].
21:46:55,060 INFO  org.apache.flink.runtime.source.coordinator.SourceCoordinator - Starting split enumerator for source Source: q[2].
21:46:55,543 INFO  org.apache.flink.runtime.source.coordinator.SourceCoordinator - Source Source: p[1] received split request from parallel task 0 (#0)
21:46:55,544 INFO  org.apache.flink.connector.file.src.impl.StaticFileSplitEnumerator - Assigned split to subtask 0 : FileSourceSplit: file:/data/first [0, 574) (no host info) ID=0000000001 position=null
21:46:55,545 INFO  org.apache.flink.runtime.source.coordinator.SourceCoordinator - Source Source: p[1] received split request from parallel task 1 (#0)
21:46:55,546 INFO  org.apache.flink.connector.file.src.impl.StaticFileSplitEnumerator - Assigned split to subtask 1 (on host 'h') : FileSourceSplit: s3://bucket/a b [0, 574) (no host info) ID=0000000002 position=null
21:46:55,547 INFO  org.apache.flink.runtime.source.coordinator.SourceCoordinator - Source Source: p[1] received split request from parallel task 0 (#0)
21:46:55,548 INFO  org.apache.flink.connector.file.src.impl.StaticFileSplitEnumerator - Assigned split to subtask 0 : FileSourceSplit: file:/data/last [0, 574) (no host info) ID=0000000003 position=null
21:46:55,549 INFO  org.apache.flink.runtime.source.coordinator.SourceCoordinator - Source Source: q[2] received split request from parallel task 0 (#0)
21:46:55,550 INFO  org.apache.flink.connector.file.src.impl.StaticFileSplitEnumerator - Assigned split to subtask 0 : FileSourceSplit: file:/data/other [0, 574) (no host info) ID=0000000001 position=null
21:46:55,551 INFO  org.apache.flink.runtime.source.coordinator.SourceCoordinator - Source Source: p[1] received split request from parallel task 1 (#0)`

func TestFileOfAFailedTask(t *testing.T) {
	for task, want := range map[string]string{
		"Source: p[1] -> Sink: result q12 (1/2)":         "/data/last",
		"Source: p[1] -> Calc[3] -> Sink: x (y) (2/2)#0": "s3://bucket/a b",
		"Source: q[2] (1/1)":                             "/data/other",
		"Source: r[3] (1/1)":                             "",
		"Calc[4] (1/1)":                                  "",
	} {
		got := ""
		if found := sourceTask.FindStringSubmatch(task); found != nil {
			got = lastSplit(strings.NewReader(splitsLog), found[1], found[2])
		}
		if got != want {
			t.Errorf("%s was reading %q, want %q", task, got, want)
		}
	}
}

// The texts of the causes are Flink's and Parquet's.
func TestFilesThatDoNotFit(t *testing.T) {
	path := filepath.Join(t.TempDir(), "x.parquet")
	writeParquet(t, path)
	for _, c := range []struct{ text, file, want string }{
		{"Unexpected type: INT64", path, "column n is INT64 in the file " + path + ", but not in the table"},
		{"Unexpected type: BINARY", path, "one of the columns a, b, which are BINARY in the file " + path + ", has another type in the table"},
		{"Unexpected type: INT32", "s3://bucket/x", "a column is INT32 in the file s3://bucket/x, but not in the table"},
		{"Unexpected type: INT32", "", "a column is INT32 in a file of the source, but not in the table"},
		{"optional binary b (STRING) is not a group", path, "column b is STRING in the file " + path + ", but a nested type in the table"},
		{"optional int32 a is not a group", path, "column a is INT32 in the file " + path + ", but a nested type in the table"},
		{"org.apache.flink.formats.parquet.ParquetInputFile@1419b090 is not a Parquet file. Expected magic number at tail, but found [1]", "/x", "the file /x is not a Parquet file"},
		{"org.apache.flink.formats.parquet.ParquetInputFile@78fc0f8 is not a Parquet file (length is too low: 0)", "/x", "the file /x is not a Parquet file"},
		{"corrupted file: the footer index is not within the file: -2021161076", "/x", "the file /x is not a whole Parquet file"},
		{"Not an Avro data file", "/x", "the file /x is not an Avro file"},
	} {
		f := exception{Causes: []cause{{Class: "java.lang.RuntimeException", Message: "One or more fetchers have encountered exception"}, {Class: "x.Y", Message: c.text}}, file: c.file}
		if d := f.diagnose(); d.Message != c.want || d.Hint == "" {
			t.Errorf("%s is %q, hint %q, want %q", c.text, d.Message, d.Hint, c.want)
		}
	}
}

func writeParquet(t *testing.T, path string) {
	t.Helper()
	schema := arrow.NewSchema([]arrow.Field{
		{Name: "a", Type: arrow.BinaryTypes.String}, {Name: "n", Type: arrow.PrimitiveTypes.Int64}, {Name: "b", Type: arrow.BinaryTypes.Binary},
	}, nil)
	rows := array.NewRecordBuilder(memory.DefaultAllocator, schema)
	defer rows.Release()
	rows.Field(0).(*array.StringBuilder).Append("x")
	rows.Field(1).(*array.Int64Builder).Append(1)
	rows.Field(2).(*array.BinaryBuilder).Append([]byte("y"))
	record := rows.NewRecord()
	defer record.Release()
	f, err := os.Create(path)
	if err != nil {
		t.Fatal(err)
	}
	w, err := pqarrow.NewFileWriter(schema, f, parquet.NewWriterProperties(), pqarrow.DefaultWriterProps())
	if err != nil {
		t.Fatal(err)
	}
	if err := w.Write(record); err != nil {
		t.Fatal(err)
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
}
