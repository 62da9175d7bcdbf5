package flink

import (
	"bufio"
	"fmt"
	"io"
	"os"
	"regexp"
	"strconv"
	"strings"

	"github.com/apache/arrow/go/v15/parquet/file"

	"riffle/session/gateway"
)

// Flink's exceptions do not name the file that a source cannot read. Its log has the files that it
// assigned to the subtasks of a source, one after the other.

// fileRules are about files that do not fit a table.
var fileRules = []rule{
	by(`Unexpected type: (\w+)$`, wrongParquetType),
	by(`(?:optional|required|repeated) (\w+) (\w+)(?: \((\w+)\))? is not a group$`, notNested),
	by(`\S*ParquetInputFile\S* is not a Parquet file`, notOfFormat("a Parquet file")),
	by(`corrupted file: the footer index is not within the file`, notOfFormat("a whole Parquet file")),
	by(`Not an Avro data file`, notOfFormat("an Avro file")),
	by(`(?:Malformed ORC file|File is too small to be an ORC file)`, notOfFormat("an ORC file")),
}

// wrongParquetType is about a column that has a type in a Parquet file which the column of the table
// cannot have. Flink reports the type only, so the columns that have it in the file are named.
func wrongParquetType(f *exception, found []string) gateway.Diagnosis {
	d := gateway.Diagnosis{Hint: "create the table with the types of its files, and use CAST in the query"}
	switch columns := parquetColumns(f.file, found[1]); len(columns) {
	case 0:
		d.Message = fmt.Sprintf("a column is %s in %s, but not in the table", found[1], f.fileName())
	case 1:
		d.Message = fmt.Sprintf("column %s is %s in %s, but not in the table", columns[0], found[1], f.fileName())
	default:
		d.Message = fmt.Sprintf("one of the columns %s, which are %s in %s, has another type in the table",
			strings.Join(columns, ", "), found[1], f.fileName())
	}
	return d
}

// notNested is about a column of a Parquet file that is an ARRAY, MAP or ROW in the table only.
func notNested(f *exception, found []string) gateway.Diagnosis {
	kind := found[3]
	if kind == "" {
		kind = strings.ToUpper(found[1])
	}
	return gateway.Diagnosis{
		Message: fmt.Sprintf("column %s is %s in %s, but a nested type in the table", found[2], kind, f.fileName()),
		Hint:    "create the table with the types of its files",
	}
}

func notOfFormat(format string) func(*exception, []string) gateway.Diagnosis {
	return func(f *exception, _ []string) gateway.Diagnosis {
		return gateway.Diagnosis{
			Message: f.fileName() + " is not " + format,
			Hint:    "correct 'path' or 'format' of the table, or remove the file",
		}
	}
}

// fileName is the file that was being read, for a message.
func (f *exception) fileName() string {
	if f.file == "" {
		return "a file of the source"
	}
	return "the file " + f.file
}

// parquetColumns returns the columns of a local Parquet file that have a physical type, in Java's spelling.
func parquetColumns(path, physical string) []string {
	reader, err := file.OpenParquetFile(path, false)
	if err != nil {
		return nil
	}
	defer reader.Close()
	if physical == "BINARY" {
		physical = "BYTE_ARRAY"
	}
	var columns []string
	schema := reader.MetaData().Schema
	for i := range schema.NumColumns() {
		if column := schema.Column(i); column.PhysicalType().String() == physical {
			columns = append(columns, column.ColumnPath()[0])
		}
	}
	return columns
}

// sourceTask matches a task that reads: its source, and its number among the parallel ones.
var sourceTask = regexp.MustCompile(`^(Source: .+?)(?: -> .*)? \((\d+)/\d+\)`)

// fileRead returns the file that a failed task was reading; "" if the task reads no files.
func (g *Gateway) fileRead(task string) string {
	found := sourceTask.FindStringSubmatch(task)
	if found == nil {
		return ""
	}
	log, err := os.Open(g.Log())
	if err != nil {
		return ""
	}
	defer log.Close()
	const most = 8 << 20 // bytes
	if info, err := log.Stat(); err != nil || info.Size() > most {
		if _, err := log.Seek(-most, io.SeekEnd); err != nil {
			return ""
		}
	}
	return lastSplit(log, found[1], found[2])
}

var assignedSplit = regexp.MustCompile(`Assigned split to subtask (\d+) .*?: FileSourceSplit: (.+) \[\d+, \d+\)`)

// lastSplit returns the last file in a log that was assigned to a subtask of a source. Subtasks are counted
// from 1 in the name of a task, and from 0 in the log.
func lastSplit(log io.Reader, source, subtask string) string {
	number, _ := strconv.Atoi(subtask)
	subtask = strconv.Itoa(number - 1)
	path, requested := "", false
	for lines := bufio.NewReader(log); ; {
		line, err := lines.ReadString('\n')
		switch found := assignedSplit.FindStringSubmatch(line); {
		case strings.Contains(line, " - Starting split enumerator for source "+source+"."): // of a later job
			path, requested = "", false
		case strings.Contains(line, " - Source "+source+" received split request from parallel task "+subtask+" "):
			requested = true
		case requested && found != nil && found[1] == subtask:
			path, requested = strings.TrimPrefix(found[2], "file:"), false
		}
		if err != nil {
			return path
		}
	}
}
