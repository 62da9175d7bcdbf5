package guest

import (
	"github.com/apache/arrow/go/v15/arrow"
	"github.com/apache/arrow/go/v15/arrow/array"
	"github.com/apache/arrow/go/v15/arrow/memory"

	"riffle/udfhost/guest/abi"
)

// TableResults are results of a table function.
type TableResults struct {
	// Rows has the row of each result. All results of a row come before those of the next one. A row that failed
	// in a call with marks has ^row for its last result, whose columns are NULL.
	Rows *array.Int32
	// Columns are the columns of the results, as Function.Result has them.
	Columns []arrow.Array
}

// tableBatch is the part of a batch of results that is in one reply.
type tableBatch struct {
	column *resultColumn // the row of each result, then its columns
	rows   []int32       // of column
	bad    []badValue    // results that have a value which its type cannot hold
}

// newTableBatch returns a batch for results of a struct of columns.
func newTableBatch(columns *arrow.StructType, alloc memory.Allocator) *tableBatch {
	fields := append([]arrow.Field{{Name: "row", Type: arrow.PrimitiveTypes.Int32}}, columns.Fields()...)
	b := &tableBatch{column: newResultColumn(arrow.StructOf(fields...), alloc)}
	b.column.nullable, b.column.parts[0].nullable = false, false
	for _, part := range b.column.parts {
		part.top = true
	}
	return b
}

func (b *tableBatch) release() { b.column.release() }

// read reads the batch in a reply that readReply has accepted. last is the row of the result before it, and
// marked says whether rows that have failed are marked. The caller releases the batch, also after an error.
func (b *tableBatch) read(memory []byte, request abi.Request, reply abi.Reply, last int, marked bool) error {
	r := result{rows: int(reply.Rows), column: b.column}
	bad, err := r.take(memory, request, reply)
	if err != nil {
		return err
	}
	b.bad = bad
	b.rows = int32s(b.column.parts[0].data.Bytes()) // copied, so the guest cannot change them
	for _, row := range b.rows {
		of := rowOf(row)
		if of < last || of >= int(request.Rows) || row < 0 && !marked {
			return errProtocol("a result is of row %d, after one of row %d of %d", row, last, request.Rows)
		}
		last = of
	}
	return nil
}

// rowOf returns the row of a result, which may be marked.
func rowOf(row int32) int {
	if row < 0 {
		return int(^row)
	}
	return int(row)
}

// number counts the rows from the first of the whole call.
func (b *tableBatch) number(from int) {
	for i, row := range b.rows {
		if row < 0 {
			b.rows[i] = row - int32(from) // ^row is -row-1
		} else {
			b.rows[i] = row + int32(from)
		}
	}
}

// results returns some of the results. The caller releases their columns.
func (b *tableBatch) results(from, to int) TableResults {
	data := b.column.arrayData()
	defer data.Release()
	whole := array.NewStructData(data)
	defer whole.Release()
	slice := func(i int) arrow.Array { return array.NewSlice(whole.Field(i), int64(from), int64(to)) }
	r := TableResults{Rows: slice(0).(*array.Int32)}
	for i := 1; i < whole.NumField(); i++ {
		r.Columns = append(r.Columns, slice(i))
	}
	return r
}

func (r TableResults) release() {
	r.Rows.Release()
	for _, c := range r.Columns {
		c.Release()
	}
}

// read reads the batch in a reply.
func (t *tableCall) read(reply abi.Reply) (*tableBatch, error) {
	b := newTableBatch(t.function.Result.(*arrow.StructType), t.process.options.Allocator)
	if err := b.read(t.process.shared.bytes, t.request, reply, t.last, t.marked); err != nil {
		return b, err
	}
	if n := len(b.rows); n > 0 {
		t.last = rowOf(b.rows[n-1])
	}
	return b, nil
}

// pass passes a batch on, up to the first wrong value of each row.
func (t *tableCall) pass(b *tableBatch) error {
	b.number(t.from)
	begin := t.skip(b, 0)
	for _, bad := range b.bad {
		if bad.row < begin {
			continue // of a row that has failed already
		}
		row := rowOf(b.rows[bad.row])
		failure := t.failure(row-t.from, Failure{Kind: BadValue, Message: bad.message})
		if t.failures == nil {
			return failure
		}
		if err := t.takeSome(b, begin, bad.row); err != nil {
			return err
		}
		t.failures.add(t.rows, failure)
		t.failed = row
		if t.marked {
			if err := t.mark(row); err != nil {
				return err
			}
		}
		begin = t.skip(b, bad.row)
	}
	return t.takeSome(b, begin, len(b.rows))
}

// skip returns the first result from some on that is not of a row that has failed on this side.
func (t *tableCall) skip(b *tableBatch, from int) int {
	for from < len(b.rows) && rowOf(b.rows[from]) == t.failed {
		from++
	}
	return from
}

// takeSome passes on some results of a batch.
func (t *tableCall) takeSome(b *tableBatch, from, to int) error {
	if from == to {
		return nil
	}
	results := b.results(from, to)
	defer results.release()
	return t.take(results)
}

// mark passes on a mark that a row has failed.
func (t *tableCall) mark(row int) error {
	b := array.NewInt32Builder(t.process.options.Allocator)
	defer b.Release()
	b.Append(^int32(row))
	mark := TableResults{Rows: b.NewInt32Array()}
	for _, field := range t.function.Result.(*arrow.StructType).Fields() {
		mark.Columns = append(mark.Columns, array.MakeArrayOfNull(t.process.options.Allocator, field.Type, 1))
	}
	defer mark.release()
	return t.take(mark)
}
