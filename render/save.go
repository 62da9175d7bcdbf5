package render

import (
	"fmt"
	"io"
	"iter"
	"slices"
	"strings"
	"time"

	"github.com/apache/arrow/go/v15/arrow"
	"github.com/apache/arrow/go/v15/arrow/array"
	"github.com/apache/arrow/go/v15/arrow/ipc"
)

// columnFile is a format that is not text: columns of typed values, for other programs.
type columnFile struct {
	name      string // and the end of files' names
	intervals bool   // it has types for them
	open      func(io.WriteSeeker, *arrow.Schema) (batchWriter, error)
}

// batchWriter writes the batches of one file.
type batchWriter interface {
	Write(arrow.Record) error
	Close() error
}

var columnFiles = []columnFile{
	{name: "parquet", open: openParquet},
	{name: "arrow", intervals: true, open: openArrow},
}

func openArrow(w io.WriteSeeker, schema *arrow.Schema) (batchWriter, error) {
	return ipc.NewFileWriter(w, ipc.WithSchema(schema))
}

// Save writes all rows of a table in a format that FormatOf returns. remarks say where the file differs
// from the table. Save may iterate over batches twice. The caller keeps them.
func Save(w io.WriteSeeker, format string, schema *arrow.Schema, opts Options, batches iter.Seq2[arrow.Record, error]) (remarks []string, err error) {
	if i := slices.IndexFunc(columnFiles, func(f columnFile) bool { return f.name == format }); i >= 0 {
		return columnFiles[i].save(w, schema, opts.Location, batches)
	}
	text, err := New(format, w, schema, opts)
	if err != nil {
		return nil, err
	}
	for rec, err := range batches {
		if err == nil {
			err = text.Write(rec)
		}
		if err != nil {
			return nil, err
		}
	}
	return nil, text.Close()
}

func (f columnFile) save(w io.WriteSeeker, schema *arrow.Schema, loc *time.Location, batches iter.Seq2[arrow.Record, error]) (remarks []string, err error) {
	columns, err := f.columns(schema, loc)
	if err != nil {
		return nil, err
	}
	if err := survey(columns, batches); err != nil {
		return nil, err
	}
	stored, remarks := f.schema(schema, columns)
	file, err := f.open(w, stored)
	if err != nil {
		return nil, err
	}
	for rec, err := range batches {
		if err == nil {
			err = writeColumns(file, stored, columns, rec)
		}
		if err != nil {
			return nil, err
		}
	}
	return remarks, file.Close()
}

func (f columnFile) columns(schema *arrow.Schema, loc *time.Location) ([]*fileType, error) {
	if loc == nil {
		loc = time.UTC
	}
	columns := make([]*fileType, schema.NumFields())
	for i, field := range schema.Fields() {
		t, err := typeOf(field)
		if err == nil {
			columns[i], err = newFileType(field.Type, t, loc, f)
		}
		if err != nil {
			return nil, fmt.Errorf("column %d (%s): %w", i+1, field.Name, err)
		}
	}
	return columns, nil
}

// survey reads all values of the columns whose type in the file depends on their values.
func survey(columns []*fileType, batches iter.Seq2[arrow.Record, error]) error {
	if !slices.ContainsFunc(columns, func(s *fileType) bool { return !s.fixedType() }) {
		return nil
	}
	for rec, err := range batches {
		if err != nil {
			return err
		}
		for i, c := range columns {
			if !c.fixedType() {
				c.inspect(rec.Column(i))
			}
		}
	}
	return nil
}

// schema returns the file's columns. Their names are made unique, because readers find a column
// by its name.
func (f columnFile) schema(schema *arrow.Schema, columns []*fileType) (stored *arrow.Schema, remarks []string) {
	names := make([]string, len(columns))
	for i, field := range schema.Fields() {
		names[i] = field.Name
	}
	var texts, renamed []string
	fields := make([]arrow.Field, len(columns))
	for i, name := range unique(names) {
		fields[i] = arrow.Field{Name: name, Type: columns[i].dataType(), Nullable: schema.Field(i).Nullable}
		if name != names[i] {
			renamed = append(renamed, fmt.Sprintf("a second %s is %s", names[i], name))
		}
		if of := columns[i].texts(); len(of) > 0 {
			slices.Sort(of)
			texts = append(texts, fmt.Sprintf("%s (%s)", name, strings.Join(slices.Compact(of), ", ")))
		}
	}
	if len(texts) > 0 {
		remarks = append(remarks, "as text: "+strings.Join(texts, ", "))
	}
	return arrow.NewSchema(fields, nil), append(remarks, renamed...)
}

func writeColumns(file batchWriter, schema *arrow.Schema, columns []*fileType, rec arrow.Record) error {
	arrays := make([]arrow.Array, len(columns))
	for i, c := range columns {
		arrays[i] = c.array(rec.Column(i))
		defer arrays[i].Release()
	}
	converted := array.NewRecord(schema, arrays, rec.NumRows())
	defer converted.Release()
	return file.Write(converted)
}
