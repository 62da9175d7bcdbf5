package render

import (
	"fmt"
	"io"
	"strings"

	"github.com/apache/arrow/go/v15/arrow"

	"riffle/udfhost/rowkind"
	"riffle/udfhost/sqltype"
)

// opColumn is the name under which Options.Changelog shows a row's kind.
const opColumn = "op"

// flushSize bounds the output that is collected before it is written.
const flushSize = 64 << 10

// sheet is what all formats share.
type sheet struct {
	w       io.Writer
	out     []byte // not written yet
	opts    Options
	schema  *arrow.Schema
	columns []column // of data
	hasKind bool     // batches have a row kind after the data columns
	rows    int64
	checked *arrow.Schema // the schema of the last batch that was compared
}

// column is a data column of the schema.
type column struct {
	name    string
	field   arrow.Field
	flink   flinkType
	cell    Cell
	numeric bool
}

func newSheet(w io.Writer, schema *arrow.Schema, opts Options) (*sheet, error) {
	s := &sheet{w: w, opts: opts, schema: schema}
	fields := schema.Fields()
	if s.hasKind = !opts.DataOnly && rowkind.Has(schema); s.hasKind {
		fields = fields[:len(fields)-1]
	}
	if opts.Changelog && !s.hasKind {
		return nil, fmt.Errorf("rows have no kind to show as a changelog: their last column is not %s", rowkind.Column)
	}
	for i, field := range fields {
		c := column{name: field.Name, field: field}
		var err error
		if c.flink, err = typeOf(field); err == nil {
			c.cell, err = textCell(field.Type, c.flink, opts.Location)
		}
		if err != nil {
			return nil, fmt.Errorf("column %d (%s): %w", i+1, field.Name, err)
		}
		c.numeric = RightAligned(field)
		s.columns = append(s.columns, c)
	}
	return s, nil
}

// RightAligned reports whether a column has numbers, which are right-aligned.
func RightAligned(field arrow.Field) bool { return classOf(field) == sqltype.Number }

// Whole reports whether the values of a column make sense only if they are shown whole: half a number
// reads as another number. Texts, and values that are shown as text, may be cut.
func Whole(field arrow.Field) bool { return classOf(field).Whole() }

// names returns the header: op first if it is shown, then the data columns.
func (s *sheet) names() []string {
	var names []string
	if s.opts.Changelog {
		names = append(names, opColumn)
	}
	for _, c := range s.columns {
		names = append(names, c.name)
	}
	return names
}

// each calls row for each row of a batch with its row kind as text, and writes out the buffer.
func (s *sheet) each(rec arrow.Record, row func(i int, op string)) error {
	if err := s.check(rec); err != nil {
		return err
	}
	kinds, err := s.kinds(rec)
	if err != nil {
		return err
	}
	for i := range int(rec.NumRows()) {
		kind := rowkind.Insert
		if kinds != nil {
			kind = kinds[i]
		}
		row(i, kind.String())
		s.rows++
		if len(s.out) >= flushSize {
			if err := s.Flush(); err != nil {
				return err
			}
		}
	}
	return s.Flush()
}

// check compares a batch's columns with the schema's.
func (s *sheet) check(rec arrow.Record) error {
	got := rec.Schema()
	if got == s.schema || got == s.checked {
		return nil
	}
	if got.NumFields() != s.schema.NumFields() {
		return fmt.Errorf("record batch has %d columns, but its schema has %d", got.NumFields(), s.schema.NumFields())
	}
	for i, field := range s.schema.Fields() {
		if t := got.Field(i).Type; !arrow.TypeEqual(field.Type, t) {
			return fmt.Errorf("column %d (%s) of the record batch is %s, but %s in the schema", i+1, field.Name, t, field.Type)
		}
	}
	s.checked = got
	return nil
}

// kinds returns the row kinds of a batch, or nil if it has none.
func (s *sheet) kinds(rec arrow.Record) ([]rowkind.Kind, error) {
	if !s.hasKind {
		return nil, nil
	}
	kinds, err := rowkind.Of(rec)
	if err != nil {
		return nil, err
	}
	for i, k := range kinds {
		if k != rowkind.Insert && !s.opts.Changelog {
			return nil, fmt.Errorf("row %d of the record batch is %s: fold the changelog first or show it as one", i, k)
		}
	}
	return kinds, nil
}

// Flush writes the collected output.
func (s *sheet) Flush() error {
	if len(s.out) == 0 {
		return nil
	}
	_, err := s.w.Write(s.out)
	s.out = s.out[:0]
	return err
}

// nullOr returns the text for NULL, or the format's own.
func (s *sheet) nullOr(own string) string {
	if s.opts.Null != "" {
		return s.opts.Null
	}
	return own
}

// counted returns the number of rows in words, and the caller's remarks.
func (s *sheet) counted() string {
	noun := "row"
	if s.opts.Changelog {
		noun = "change"
	}
	parts := []string{Counted(s.rows, noun)}
	if s.opts.Remarks != nil {
		parts = append(parts, s.opts.Remarks()...)
	}
	return strings.Join(parts, ", ")
}
