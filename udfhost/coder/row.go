package coder

import (
	"fmt"

	"github.com/apache/arrow/go/v15/arrow"
	"github.com/apache/arrow/go/v15/arrow/array"
	"github.com/apache/arrow/go/v15/arrow/memory"

	"riffle/udfhost/flinkfn"
	"riffle/udfhost/rowkind"
)

// Row is the coder of functions that Flink runs row by row (CoderInfoDescriptor.FlattenRowType and RowType,
// which have the same bytes). An element is one row: a mask and the fields that are not NULL, big-endian.
//
// The mask has two bits for the row's kind, and one bit per field that is set for NULL, most significant bit
// first, in whole bytes. Without WithKinds, the kind of an input row is not decoded and that of an output row
// is always an insertion, because Flink keeps the kinds of a scalar function's rows on its own side.
type Row struct {
	schema *arrow.Schema
	rows   *flinkfn.Schema
	kinds  bool
}

// batchRows is the maximum number of rows that a decoder collects for one batch: enough that
// the cost of a batch does not matter, and few enough that its columns stay in the processor's
// cache.
const batchRows = 4096

// NewFlattenRow returns the coder that a descriptor with a flatten_row_type
// describes.
func NewFlattenRow(d *flinkfn.CoderInfoDescriptor) (Coder, error) {
	return newRow(d.GetFlattenRowType().GetSchema())
}

// NewRow returns the coder that a descriptor with a row_type describes.
func NewRow(d *flinkfn.CoderInfoDescriptor) (Coder, error) {
	return newRow(d.GetRowType().GetSchema())
}

func newRow(s *flinkfn.Schema) (Coder, error) {
	schema, err := schemaOptions{wide: true}.schema(s)
	if err != nil {
		return nil, err
	}
	return &Row{schema: schema, rows: s}, nil
}

// WithKinds implements Kinded.
func (c *Row) WithKinds() (Coder, error) {
	schema, err := schemaOptions{wide: true, kinds: true}.schema(c.rows)
	if err != nil {
		return nil, err
	}
	return &Row{schema: schema, rows: c.rows, kinds: true}, nil
}

// Schema implements Coder.
func (c *Row) Schema() *arrow.Schema { return c.schema }

// NewDecoder implements Coder.
func (c *Row) NewDecoder() Decoder {
	d := &rowDecoder{schema: c.schema}
	for i, f := range c.rows.Fields {
		b := array.NewBuilder(memory.DefaultAllocator, c.schema.Field(i).Type)
		d.columns = append(d.columns, column{b, appender(b, f.Type)})
	}
	if c.kinds {
		d.kinds = array.NewInt8Builder(memory.DefaultAllocator)
	}
	return d
}

// NewEncoder implements Coder.
func (c *Row) NewEncoder() Encoder { return &rowEncoder{fields: c.rows.Fields, kinds: c.kinds} }

// maskSize returns the size in bytes of the mask of a row of n fields.
func maskSize(n int) int { return (n + 2 + 7) / 8 }

// nullBit returns where in the mask the bit of field i is.
func nullBit(i int) (at int, bit byte) { return (i + 2) / 8, 0x80 >> ((i + 2) % 8) }

// kindOf reads the kind from the first byte of a mask, and kindBits writes it there.
func kindOf(mask byte) int8 { return int8(mask>>7 | mask>>5&2) }

func kindBits(kind rowkind.Kind) byte { return byte(kind)<<7 | byte(kind)&2<<5 }

// column collects the values of one field. read appends the next value, which is not NULL, to
// the builder.
type column struct {
	array.Builder
	read func(*reader)
}

// rowDecoder turns rows into columns.
type rowDecoder struct {
	schema  *arrow.Schema
	columns []column
	kinds   *array.Int8Builder // nil: without
	rows    int
	reader  reader // of the row at hand; here, since it would escape from Decode
}

func (d *rowDecoder) Decode(element []byte) (arrow.Record, error) {
	r := &d.reader
	*r = reader{buf: element}
	r.row(d.columns, d.kinds)
	if r.err == nil && len(r.buf) > 0 {
		r.fail("%d bytes left over", len(r.buf))
	}
	if r.err != nil {
		return nil, fmt.Errorf("malformed row: %w", r.err)
	}
	if d.rows++; d.rows < batchRows {
		return nil, nil
	}
	return d.Flush(), nil
}

func (d *rowDecoder) Flush() arrow.Record {
	if d.rows == 0 {
		return nil
	}
	arrays := make([]arrow.Array, len(d.columns))
	for i, c := range d.columns {
		arrays[i] = c.NewArray()
		defer arrays[i].Release()
	}
	if d.kinds != nil {
		kinds := d.kinds.NewArray()
		defer kinds.Release()
		arrays = append(arrays, kinds)
	}
	batch := array.NewRecord(d.schema, arrays, int64(d.rows))
	d.rows = 0
	return batch
}

// rowEncoder turns columns into rows.
type rowEncoder struct {
	fields []*flinkfn.Schema_Field
	kinds  bool
	row    []byte
}

// End implements Ender. The element cannot be a row, which has at least the two bits of its kind and those of
// one field.
func (e *rowEncoder) End(out []byte) []byte { return appendElement(out, []byte{0}) }

func (e *rowEncoder) Encode(out []byte, batch arrow.Record) ([]byte, error) {
	columns := batch.Columns()
	var kinds []rowkind.Kind
	if e.kinds {
		var err error
		if kinds, err = rowkind.Of(batch); err != nil {
			return out, err
		}
		columns = columns[:len(columns)-1]
	}
	write := make([]writeFunc, len(columns))
	for i, c := range columns {
		w, err := writer(c, e.fields[i].Type)
		if err != nil {
			return out, fmt.Errorf("encode result column %s: %w", e.fields[i].Name, err)
		}
		write[i] = w
	}
	for row := range int(batch.NumRows()) {
		e.row = appendRow(e.row[:0], columns, write, row)
		if kinds != nil {
			e.row[0] |= kindBits(kinds[row])
		}
		out = appendElement(out, e.row)
	}
	return out, nil
}

// appendRow appends the mask and the fields of one row.
func appendRow(out []byte, columns []arrow.Array, write []writeFunc, row int) []byte {
	mask := len(out)
	out = append(out, make([]byte, maskSize(len(columns)))...)
	for i, c := range columns {
		if write[i] == nil || c.IsNull(row) {
			at, bit := nullBit(i)
			out[mask+at] |= bit
			continue
		}
		out = write[i](out, row)
	}
	return out
}
