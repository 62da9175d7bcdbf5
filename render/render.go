// Package render writes Arrow record batches as text: tables for people; csv, tsv and json for
// programs; markdown for documents. It also writes parquet and Arrow files (save.go, columns.go).
//
// Each format is a row of one table (formats.go), from which help and flags are generated. A format is
// a Writer on top of a sheet. The sheet holds what all formats share: the columns of the schema, how
// the cells of each column become text, and the output buffer.
//
//	New(name) ──► Writer.Write(record) ──► sheet: row kinds checked, op and data columns
//	                                        │
//	                                        ├─ Cell (text.go, number.go, temporal.go): Flink's CAST(x AS STRING)
//	                                        │    └─ visible.go: what a terminal can show, and its width
//	                                        └─ jsonCell (jsonvalue.go)
//
// Data is never trusted. Text for people has control characters and invisible characters escaped. If a
// value, column or row is left out, the output says so.
package render

import (
	"io"
	"time"

	"github.com/apache/arrow/go/v15/arrow"
)

// Writer writes record batches of one schema in one format. It is used by one goroutine.
type Writer interface {
	// Write adds the rows of a batch. The caller keeps the batch, which is not used after Write
	// returns. Write rejects a batch whose columns are not those of the schema, and one with a row
	// kind other than +I unless Options.Changelog is set: fold such a result first.
	Write(rec arrow.Record) error
	// Flush writes rows that were held back. Only the table and html formats hold rows back, to find
	// their widths.
	Flush() error
	// Close writes the rest and the end of the format. It does not close the io.Writer.
	Close() error
}

// Options say how values and rows are shown. The zero value is for files.
type Options struct {
	// Null is shown for NULL; empty means the format's own: NULL in table, vertical and markdown,
	// nothing in csv (an empty string is ""), \N in tsv. JSON has its null.
	Null string
	// MaxWidth is the width of the terminal in columns; 0 for no limit. A table is fitted to it by
	// cutting texts with … and, if that is not enough, leaving out the last columns. A number that is
	// wider than the terminal is shown as ###: see [Whole].
	MaxWidth int
	// MaxCell is the maximum width of a value in html. A longer value is cut with …; 0 for no limit.
	MaxCell int
	// Caption is shown above an html table, where it may have several lines, and below a table of
	// text instead of the number of rows, with a remark on what was cut.
	Caption string
	// Changelog shows the row kind in a first column op: +I, -U, +U or -D.
	Changelog bool
	// DataOnly says that batches have no row kind column: all of their columns are data. Otherwise
	// a last column __kind INT8 is the row kind, and a schema without that column is all data.
	DataOnly bool
	// Faint is the style of NULL in table and vertical, as the codes of an escape sequence ("2");
	// empty for no escape sequences.
	Faint string
	// Location is the session's time zone, in which TIMESTAMP_LTZ is shown; nil is UTC.
	Location *time.Location
	// ShowFooter adds the number of rows to table and vertical. What was cut is reported in any case.
	ShowFooter bool
	// Remarks is called at Close. Its results follow the number of rows in the footer, such as the
	// time that the query took. May be nil.
	Remarks func() []string
}

// New returns a Writer that renders to w in the named format. The schema is that of the batches.
func New(name string, w io.Writer, schema *arrow.Schema, opts Options) (Writer, error) {
	format, err := lookup(name)
	if err != nil {
		return nil, err
	}
	if opts.Location == nil {
		opts.Location = time.UTC
	}
	s, err := newSheet(w, schema, opts)
	if err != nil {
		return nil, err
	}
	return format.open(s)
}
