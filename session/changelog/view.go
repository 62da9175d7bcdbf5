package changelog

import (
	"errors"
	"fmt"
	"hash/maphash"
	"math"
	"slices"

	"github.com/apache/arrow/go/v15/arrow"
	"github.com/apache/arrow/go/v15/arrow/array"
	"github.com/apache/arrow/go/v15/arrow/memory"

	"riffle/udfhost/rowkind"
)

// Mode is the kind of changelog that a view folds.
type Mode int8

const (
	// Retract has −U and −D rows that repeat the row that they retract, in any combination. Its whole
	// value identifies a row. If there is a key, it decides which row a new one replaces.
	Retract Mode = iota
	// Upsert has no −U: +I and +U replace the row of their key, and −D removes it. A −D may have NULL
	// in all columns except the key.
	Upsert
	// Append has only +I according to the plan. The view keeps the last rows. If another kind
	// arrives nevertheless, it continues as an Upsert view if there is a key, and otherwise as a
	// Retract view: Stats.Widened.
	Append
)

// Config configures a view.
type Config struct {
	Mode Mode
	// Key is the upsert key, as positions of data columns. It is nil if the plan has no key. Without a
	// key the result is a multiset of whole rows. Upsert requires a key. Append uses it only when
	// it is widened.
	Key []int
	// Order are the keys by which a Snapshot sorts its rows; empty for the order of their places.
	Order []Key
	// Shown is the number of data columns, from the first on, that a Snapshot has; 0 for all. The
	// columns after them only order the rows.
	Shown int
	// Limit is the number of rows to keep; 0 for all. Beyond it an Append view drops its oldest
	// rows, and any other view admits no new rows until others leave. Stats counts the missing rows.
	Limit int
	// WideLimit is the Limit of an Append view once it is widened; 0 for the same limit.
	WideLimit int
}

// View is the table that a changelog describes: the current rows of the result, each as a reference
// into the batch that contains it.
//
// Rows keep their places, unless they have an Order. A new row comes last. A row that is updated keeps
// its place. The place of a row that was deleted is closed when a frame ends (see EndFrame). A place
// vacated by −U stays one frame longer, so that a +U in the next batch finds it.
//
// The order of changes matters only within a subtask. When batches of subtasks interleave, a row can be
// retracted before it was added: the view remembers the debt, and the later addition cancels it. With a
// key in Retract mode, a −U or −D removes the row that it repeats and no newer one. Only while the limit
// hides rows are such early retractions attributed to hidden rows.
//
// A View is for use by one goroutine.
type View struct {
	mem      memory.Allocator
	schema   *arrow.Schema // data columns
	visible  *arrow.Schema // columns of a Snapshot
	config   Config
	original Config // before the view was widened

	store batchStore
	rows  []row            // by row number; unused ones are listed in free
	free  []int32          // row numbers to reuse
	order []int32          // row numbers in display order
	head  int              // Append: the first place in order that still has its row
	index map[uint64]int32 // hash of an identity → the first row with a place
	loose map[uint64]int32 // the same → the first spare or debt
	seed  maphash.Seed

	shown   int     // rows in the result
	vacated int     // places that a −U vacated
	deleted int     // places that a −D vacated
	waiting []int32 // without a key: vacated rows that a +U may take, newest last
	debts   int
	hidden  int64
	updates int64

	frame         uint32 // advances when gaps are closed
	lastID        uint64
	checkedSchema *arrow.Schema // the schema that was checked last
	wide          bool          // the view began as an Append view
	closed        bool

	scratch []byte // the identity of a row
}

// row is a row of the result, or what must be remembered of one.
type row struct {
	at      ref
	hash    uint64 // of its identity
	id      uint64 // of its place, for Snapshot.ID
	next    int32  // the next row whose identity has this hash, or none
	touched uint32 // the frame in which it changed last
	state   state
}

type state uint8

const (
	unused  state = iota
	shown         // in the result
	vacated       // its −U has arrived: the place waits for the +U
	deleted       // its −D has arrived: the place waits for the end of the frame
	spare         // with a key: replaced by a newer row before its own −U arrived
	debt          // its −U or −D arrived before its +I or +U
)

// none is no row.
const none = -1

// New returns an empty view of a query's result. schema is that of its batches, including the row kind
// column. The batches that the view itself builds are allocated from mem.
func New(mem memory.Allocator, schema *arrow.Schema, config Config) (*View, error) {
	if !rowkind.Has(schema) {
		return nil, fmt.Errorf("schema has no row kind: its last column must be %s INT8", rowkind.Column)
	}
	data := DataSchema(schema)
	for i, field := range data.Fields() {
		if err := supported(field.Type); err != nil {
			return nil, fmt.Errorf("column %d (%s): %w", i+1, field.Name, err)
		}
	}
	for _, k := range config.Key {
		if k < 0 || k >= data.NumFields() {
			return nil, fmt.Errorf("key column %d is not one of the %d columns", k, data.NumFields())
		}
	}
	for _, k := range config.Order {
		if k.Column < 0 || k.Column >= data.NumFields() {
			return nil, fmt.Errorf("order column %d is not one of the %d columns", k.Column, data.NumFields())
		}
	}
	switch {
	case config.Shown < 0 || config.Shown > data.NumFields():
		return nil, fmt.Errorf("a view cannot show %d of %d columns", config.Shown, data.NumFields())
	case config.Mode < Retract || config.Mode > Append:
		return nil, fmt.Errorf("unknown changelog mode %d", config.Mode)
	case config.Mode == Upsert && config.Key == nil:
		return nil, errors.New("an upsert changelog needs its key")
	case config.Limit < 0:
		return nil, fmt.Errorf("a view cannot keep %d rows: give 0 for all or a positive number", config.Limit)
	case config.Limit == 0 || config.Limit > math.MaxInt32:
		config.Limit = math.MaxInt32
	}
	config.Key, config.Order = slices.Clone(config.Key), slices.Clone(config.Order)
	return &View{
		original: config,
		mem:      mem,
		schema:   data,
		visible:  FirstColumns(data, config.Shown),
		config:   config,
		store:    newBatchStore(mem, data),
		index:    make(map[uint64]int32),
		loose:    make(map[uint64]int32),
		seed:     maphash.MakeSeed(),
		frame:    1,
	}, nil
}

// Schema returns the data columns that the view shows.
func (v *View) Schema() *arrow.Schema { return v.visible }

// Apply folds a batch into the view. It retains the batch as needed; the caller keeps its reference. A
// batch that is rejected changes nothing.
func (v *View) Apply(rec arrow.Record) error {
	kinds, err := v.check(rec)
	if err != nil || len(kinds) == 0 {
		return err
	}
	if v.config.Mode == Append && slices.ContainsFunc(kinds, func(k Kind) bool { return k != Insert }) {
		if err := v.widen(); err != nil {
			return err
		}
	}
	data := array.NewRecord(v.schema, rec.Columns()[:v.schema.NumFields()], rec.NumRows())
	columns, err := bindRecord(data)
	if err != nil {
		data.Release()
		return err
	}
	batch := v.store.add(data, columns)
	v.fold(kinds, batch)
	v.store.unpin(batch)
	v.updates += int64(len(kinds))
	v.tidy()
	return nil
}

// check validates a batch against the view.
func (v *View) check(rec arrow.Record) ([]Kind, error) {
	if v.closed {
		return nil, errors.New("changelog view is closed")
	}
	if rec.Schema() != v.checkedSchema {
		if err := v.sameColumns(rec.Schema()); err != nil {
			return nil, err
		}
		v.checkedSchema = rec.Schema()
	}
	if rec.NumRows() > math.MaxInt32 {
		return nil, fmt.Errorf("record batch of %d rows is too large", rec.NumRows())
	}
	return Kinds(rec)
}

func (v *View) sameColumns(schema *arrow.Schema) error {
	data := DataSchema(schema)
	if data.NumFields() != v.schema.NumFields() {
		return fmt.Errorf("record batch has %d data columns, the view has %d", data.NumFields(), v.schema.NumFields())
	}
	for i, field := range v.schema.Fields() {
		if got := data.Field(i).Type; !arrow.TypeEqual(field.Type, got) {
			return fmt.Errorf("column %d (%s) of the record batch is %s, the view's is %s", i+1, field.Name, got, field.Type)
		}
	}
	return nil
}

// tidy keeps the memory of the view proportional to its rows.
func (v *View) tidy() {
	if v.head+v.vacated+v.deleted > len(v.order)/2+1024 {
		v.EndFrame()
	}
	if v.store.wasteful() {
		v.scratch = v.store.compact(v.rows, v.scratch)
	}
}

// Stats are the figures of a view.
type Stats struct {
	Rows    int   // rows in the view
	Updates int64 // changes folded
	// Hidden counts the rows of the result that are not in the view: dropped from the front in
	// Append mode, not admitted at the limit in the other modes. In Upsert mode it is an upper
	// bound, because each change of a key that was not admitted looks like a new key.
	Hidden int64
	// Debts counts retracted rows that have not been added yet. It returns to zero when all
	// subtasks are read. If it does not, changes were lost.
	Debts int
	// Widened says that the view began with a changelog of +I only, and that other kinds arrived.
	Widened bool
	Batches int   // record batches that the view keeps
	Bytes   int64 // approximate memory of the record batches
}

// Stats returns the view's figures.
func (v *View) Stats() Stats {
	return Stats{
		Rows:    v.shown,
		Updates: v.updates,
		Hidden:  v.hidden,
		Debts:   v.debts,
		Widened: v.wide,
		Batches: v.store.count,
		Bytes:   v.store.bytes,
	}
}

// Restart empties the view: it is as New returned it, except that the IDs of places are not reused.
func (v *View) Restart() error {
	fresh, err := New(v.mem, withKind(v.schema), v.original)
	if err != nil {
		return err
	}
	fresh.lastID = v.lastID
	v.Close()
	*v = *fresh
	return nil
}

// Close releases every batch. Snapshots stay valid. The view accepts no more batches.
func (v *View) Close() {
	v.store.close()
	*v = View{mem: v.mem, schema: v.schema, visible: v.visible, config: v.config, updates: v.updates, hidden: v.hidden, wide: v.wide, closed: true}
}
