package repl

import (
	"fmt"
	"io"
	"slices"
	"strings"
	"time"

	"github.com/apache/arrow/go/v15/arrow"
	"github.com/apache/arrow/go/v15/arrow/array"
	"github.com/rivo/uniseg"

	"riffle/render"
	"riffle/repl/theme"
	"riffle/session/changelog"
	"riffle/session/query"
	"riffle/session/run"
)

// output is where and how rows are written.
type output struct {
	Options
	w        io.Writer
	page     *paging // the pager behind w; nil if output is visible as it is written
	width    int     // of the terminal, 0 without one
	theme    theme.Theme
	footer   bool           // print the number of rows and what was cut
	timing   bool           // and the time
	keys     bool           // keys are read while a query is shown
	location *time.Location // of TIMESTAMP_LTZ values, nil without such values
	notice   func(string)
}

// sheet writes the rows of one result.
type sheet struct {
	output
	writer  render.Writer
	rows    int64
	remarks []string // for the footer
}

// open begins a sheet.
func (o output) open(schema *arrow.Schema, dataOnly bool) (*sheet, error) {
	s := &sheet{output: o}
	var err error
	s.writer, err = render.New(o.Format, o.w, schema, render.Options{
		Null:       o.Null,
		MaxWidth:   o.width,
		Changelog:  o.Changelog && !dataOnly,
		DataOnly:   dataOnly,
		Faint:      o.theme[theme.Faint],
		Location:   o.location,
		ShowFooter: o.footer,
		Remarks:    func() []string { return s.remarks },
	})
	return s, err
}

func (s *sheet) write(rec arrow.Record) error {
	s.rows += rec.NumRows()
	return s.writer.Write(rec)
}

// close ends the sheet. The remarks are added to the footer, which has the number of rows and
// what was cut: (3 rows, 0.21 s).
func (s *sheet) close(remarks ...string) error {
	s.remarks = remarks
	if err := s.writer.Close(); err != nil {
		return err
	}
	if s.footer && s.Format != "table" && s.Format != "vertical" {
		// The other formats are for programs and have no footer of their own.
		if _, err := fmt.Fprintf(s.w, "(%s)\n", strings.Join(append([]string{render.Counted(s.rows, s.noun())}, remarks...), ", ")); err != nil {
			return err
		}
	}
	if s.page != nil {
		return s.page.show()
	}
	return nil
}

// noun returns the word for what the sheet counts.
func (s *sheet) noun() string {
	if s.Changelog {
		return "change"
	}
	return "row"
}

// remarksOn returns the remarks of a footer about a query, besides its rows.
func (o output) remarksOn(end outcome) []string {
	var remarks []string
	if o.timing {
		remarks = append(remarks, render.Elapsed(end.Elapsed))
	}
	if why := end.why(); why != "" {
		remarks = append(remarks, why)
	}
	return remarks
}

// why returns what ended a query early; "" if nothing did.
func (o outcome) why() string {
	switch {
	case o.Background:
		return "sent to the background"
	case o.State == query.Finished:
		return ""
	case o.State == query.Failed:
		return "failed"
	case o.Interrupted:
		return "interrupted"
	case o.Limit != "":
		return "ended by " + o.Limit
	}
	return "cancelled"
}

// textWriter writes a result that is a single text unchanged, without a frame.
type textWriter struct{ w io.Writer }

func (t textWriter) Write(rec arrow.Record) error {
	texts := rec.Column(0)
	for i := range texts.Len() {
		text := strings.TrimRight(texts.ValueStr(i), "\n")
		if _, err := fmt.Fprintln(t.w, render.WithoutControls(text)); err != nil {
			return err
		}
	}
	return nil
}

func (t textWriter) Flush() error { return nil }
func (t textWriter) Close() error { return nil }

// problem returns what a query's end means for the statement: nil if its result is what was
// asked for.
func (o outcome) problem(id string) error {
	switch {
	case o.Background:
		return nil
	case o.Interrupted:
		return run.ErrInterrupted
	case o.State == query.Failed:
		return o.Err
	case o.State == query.Cancelled && o.Limit == "":
		return fmt.Errorf("%s was cancelled", id)
	}
	return nil
}

// ofJob describes how a job without rows of its own has ended.
func (o outcome) ofJob() string {
	if o.Limit == "" || o.State == query.Finished {
		return "finished"
	}
	return fmt.Sprintf("%s after %s", o.why(), render.Counted(o.Written, "row"))
}

// rowsDisplay writes rows as they arrive: those of an append-only result, or the changes of any
// result.
type rowsDisplay struct {
	*sheet
	wait        func(string) error // shows a line until the first row is here
	query       subject
	left        int64 // rows taken back that are written already
	saidChanges bool  // that rows change although the plan only adds some
}

func newRowsDisplay(o output, q subject, wait func(string) error) (*rowsDisplay, error) {
	s, err := o.open(q.Started().Schema, false)
	if err != nil {
		return nil, err
	}
	if started := q.Started(); started.Updating() && len(started.Order) > 0 {
		o.notice(q.ID() + ": changes are in the order in which they arrive, not in the order of ORDER BY")
	}
	if q.Started().Text && o.Format == "table" {
		s.writer = textWriter{o.w}
	}
	return &rowsDisplay{sheet: s, wait: wait, query: q}, nil
}

func (d *rowsDisplay) rows(rec arrow.Record) error {
	if d.sheet.rows == 0 && d.page == nil {
		if err := d.wait(""); err != nil {
			return err
		}
	}
	rec = d.query.Started().Visible(rec)
	defer rec.Release()
	if d.Changelog {
		return d.write(rec)
	}
	return d.add(rec)
}

func (d *rowsDisplay) restarted(reason string) error {
	if d.sheet.rows == 0 {
		return nil
	}
	return fmt.Errorf("%s after rows had been written; going on would write them twice: run the statement again", reason)
}

func (d *rowsDisplay) pause() error { return d.writer.Flush() }

func (d *rowsDisplay) tick() error {
	switch {
	case d.page.busy(), d.page == nil && d.sheet.rows > 0:
		return nil
	case d.page != nil:
		return d.wait(statusLine(d.query, render.Counted(d.sheet.rows, d.noun())))
	}
	return d.wait(statusLine(d.query))
}

func (d *rowsDisplay) end(o outcome) error {
	if !d.page.busy() {
		if err := d.wait(""); err != nil {
			return err
		}
	}
	if o.State == query.Failed && d.sheet.rows == 0 {
		return nil // the error is enough
	}
	if why := o.why(); why != "" && !d.footer {
		d.notice(fmt.Sprintf("%s: %s after %s", d.query.ID(), why, render.Counted(d.sheet.rows, d.noun())))
	}
	if d.left > 0 {
		d.notice(fmt.Sprintf("%s: %s retracted after being written: --changelog shows them", d.query.ID(), render.Counted(d.left, "row")))
	}
	return d.close(d.remarksOn(o)...)
}

// finalDisplay writes the final table of a query.
type finalDisplay struct {
	output
	wait  func(string) error
	query subject
	held  *changelog.Snapshot // the table to write; nil for the one at the end
}

func (d *finalDisplay) hold(table *changelog.Snapshot) { d.held = table }
func (d *finalDisplay) restarted(string) error         { return nil }
func (d *finalDisplay) progress() error                { return nil }
func (d *finalDisplay) pause() error                   { return nil }

func (d *finalDisplay) tick() error {
	return d.wait(statusLine(d.query, render.Counted(d.query.Rows(), "change"), render.Counted(d.query.Stats().Rows, "row")))
}

func (d *finalDisplay) end(o outcome) error {
	table := d.held
	if table == nil {
		table, _ = d.query.Table() // the query has a subscriber
	}
	defer table.Release()
	if err := d.wait(""); err != nil || o.State == query.Failed {
		return err
	}
	if why := o.why(); why != "" {
		d.notice(fmt.Sprintf("%s: %s after %s; this is the table up to then", d.query.ID(), why, render.Counted(table.Stats().Updates, "change")))
	}
	if err := writeTable(d.output, table, d.remarksOn(o)...); err != nil {
		return err
	}
	if hidden := table.Stats().Hidden; hidden > 0 {
		return fmt.Errorf("the table has %s more: riffle keeps %s of an updating result; --changelog shows every change",
			render.Counted(hidden, "row"), render.Count(query.TableRows))
	}
	return nil
}

// tableChunk is the number of rows of a table that are copied at a time.
const tableChunk = 8192

// writeTable writes a complete table.
func writeTable(o output, table *changelog.Snapshot, remarks ...string) error {
	s, err := o.open(table.Schema(), true)
	if err != nil {
		return err
	}
	for lo := 0; lo < table.Rows(); lo += tableChunk {
		chunk, err := table.Slice(lo, min(lo+tableChunk, table.Rows()))
		if err != nil {
			return err
		}
		err = s.write(chunk)
		chunk.Release()
		if err != nil {
			return err
		}
	}
	return s.close(remarks...)
}

// writeRecord writes a record batch without row kinds. If the table of all columns does not fit
// the terminal, it omits those of the spare columns that would cause others to be cut.
func writeRecord(o output, rec arrow.Record, spare []string) error {
	var left []string
	if o.Format == "table" && o.width > 0 {
		var err error
		if rec, left, err = fitted(rec, spare, o.width); err != nil {
			return err
		}
		defer rec.Release()
	}
	o.footer = o.footer || len(left) > 0
	s, err := o.open(rec.Schema(), true)
	if err != nil {
		return err
	}
	if err := s.write(rec); err != nil {
		return err
	}
	if len(left) == 0 {
		return s.close()
	}
	return s.close(render.Counted(len(left), "column") + ` hidden (` + strings.Join(left, ", ") + `); \format vertical shows all`)
}

// comfortable is a width to which a column may be cut before spare columns are left out. It is
// larger than the width of a job's id, half of which would be useless: the widest columns are
// cut first.
const comfortable = 36

// fitted leaves out spare columns, in their order, until the others fit the width. The caller
// releases the record.
func fitted(rec arrow.Record, spare []string, width int) (fits arrow.Record, left []string, err error) {
	needs := 1 // the last border
	widths := map[string]int{}
	for i, field := range rec.Schema().Fields() {
		cell, err := render.CellOf(field, nil)
		if err != nil {
			return nil, nil, err
		}
		w := uniseg.StringWidth(field.Name)
		for row := range int(rec.NumRows()) {
			w = max(w, uniseg.StringWidth(render.Visible(string(cell(nil, rec.Column(i), row)))))
		}
		if !slices.Contains(spare, field.Name) {
			w = min(w, comfortable)
		}
		widths[field.Name] = w + 3
		needs += w + 3
	}
	for _, name := range spare {
		if needs > width {
			left = append(left, name)
			needs -= widths[name]
		}
	}
	var fields []arrow.Field
	var columns []arrow.Array
	for i, field := range rec.Schema().Fields() {
		if !slices.Contains(left, field.Name) {
			fields, columns = append(fields, field), append(columns, rec.Column(i))
		}
	}
	return array.NewRecord(arrow.NewSchema(fields, nil), columns, rec.NumRows()), left, nil
}

// jobDisplay waits for a job without rows.
type jobDisplay struct {
	wait  func(string) error
	query subject
}

func (d *jobDisplay) restarted(string) error { return nil }
func (d *jobDisplay) pause() error           { return nil }
func (d *jobDisplay) tick() error            { return d.wait(statusLine(d.query)) }
func (d *jobDisplay) end(outcome) error      { return d.wait("") }

// statusLine describes the state of a running query.
func statusLine(q subject, figures ...string) string {
	parts := append([]string{q.ID() + " running"}, figures...)
	return strings.Join(append(parts, render.Running(q.Elapsed()), "Ctrl-C cancels"), " · ")
}
