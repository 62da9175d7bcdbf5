// Package sqltype is the one table of types: a row for each type of Flink, with what riffle
// makes of its values on each of their two ways.
//
//	to the screen    Flink's sink → Arrow → text, JSON, files
//	to a function    Flink's Fn API → Arrow → a guest → Go, and back
//
// The rows are in table.go. From them derive the Arrow types of the Fn API's columns
// (udfhost/coder), the Go types of functions (udfhost/golang), how columns are aligned, cut and
// sorted (render), and columns of docs/types.md. What is written down elsewhere is held against
// the rows by tests: the Java classes ArrowForm, ValueWriter and ArgumentTypes on a real Flink
// (package session), the columns and the packed form of guests (udfhost/guest, udfhost/golang),
// and the list of rows itself against Flink's (session/flink).
//
// A new type is a row here and its codecs. The tests name the codec that lacks it.
//
// The package lies below all floors and imports nothing of ours.
package sqltype

import (
	"fmt"
	"slices"
	"strings"

	"github.com/apache/arrow/go/v15/arrow"
)

// MetadataKey is the key of a column's metadata under which the sink puts Flink's type.
const MetadataKey = "flink.type"

// Type is a row of the table.
type Type struct {
	// Root is the type's LogicalTypeRoot in Flink.
	Root string
	// Name is what Flink's text of such a type begins with; so are the Aliases, each for some of
	// its types. Absent says why no column has the type.
	Name    string
	Aliases []string
	Absent  string
	// Takes is what stands behind the name.
	Takes Parameters
	// Class is how a column looks.
	Class Class
	// Arrow is the form that Flink itself gives to values, on both ways. It is nil where Flink
	// has none; Sink is then riffle's, or where riffle's is another. Nested types have neither:
	// their form is made of those of their parts.
	Arrow func(Params) (arrow.DataType, error)
	Sink  func(Params) arrow.DataType
	// Wire is the type's name in the Fn API's schemas, "" if it has none.
	Wire string

	// Go are the Go types that a function takes it as and returns it as, first the one to
	// suggest. A type without is refused by functions, unless it is TakenAs another: then a
	// parameter takes it, and a result is of that other type.
	Go      []Go
	TakenAs string
	// Returned are the parameters of a result: a Go type says none.
	Returned Params
	// Column: guests have a column for it. Otherwise values travel packed.
	Column bool
	// ByRow: Flink 2.3 sends or reads some value wrong in an Arrow column. Its reader fails for a
	// timestamp before 1970 that is not of whole milliseconds, its writer overflows for one of
	// nanoseconds after 2262, and a TIME(0) loses its milliseconds. Arrays, maps and rows may
	// have such parts.
	ByRow bool
}

// Go is a Go type of a function's parameter or result.
type Go struct {
	// Type is the type as users write it.
	Type string
	// Kind is what packages runtime and packed call it in their own names: "Int64" in Int64s,
	// GetInt64 and PutInt64. "" for a type made of others.
	Kind string
}

// Parameters are what stands behind the name of a type.
type Parameters int

const (
	Nothing Parameters = iota
	Length
	Precision
	PrecisionAndScale
	Parts // other types
)

// Params are the numbers of a type.
type Params struct{ Length, Precision, Scale int32 }

// Class is what values are to those who look at a column.
type Class int

const (
	Unknown   Class = iota
	Truth           // BOOLEAN
	Number          // aligned to the right
	Text            // may be cut; so may all below that are not whole
	Bytes           //
	Date            //
	Clock           // TIME
	Timestamp       // whatever carries it
	Interval        //
	Nested          // made of other types
	Opaque          // travels as text, for Arrow knows none of its parts
)

// Whole tells whether a value makes sense only when it is shown whole: half a number reads as
// another one.
func (c Class) Whole() bool {
	switch c {
	case Truth, Number, Date, Clock, Timestamp, Interval:
		return true
	}
	return false
}

// OfName is the row of a type of which Flink's text begins with a name, nil if there is none.
func OfName(name string) *Type {
	if strings.HasPrefix(name, "INTERVAL ") {
		name, _, _ = strings.Cut(name, " TO ")
	}
	return find(func(t *Type) bool { return name != "" && (t.Name == name || slices.Contains(t.Aliases, name)) })
}

// OfWire is the row of a type of the Fn API, nil if there is none.
func OfWire(name string) *Type { return find(func(t *Type) bool { return t.Wire == name }) }

// OfGo is the row that a function's Go type belongs to, nil if SQL has no type for it.
func OfGo(name string) (*Type, Go) {
	for i := range table {
		for _, g := range table[i].Go {
			if g.Type == name && g.Kind != "" {
				return &table[i], g
			}
		}
	}
	return nil, Go{}
}

// OfArrow is the first row whose values can have an Arrow type, for a column of which nothing else
// is known; nil if it is a nested one.
func OfArrow(dt arrow.DataType) *Type {
	return find(func(t *Type) bool {
		for _, p := range []Params{{Length: 1, Precision: 1}, {Length: 1, Precision: 9}} {
			if form, err := t.Sent(p); err == nil && form.ID() == dt.ID() {
				return true
			}
		}
		return false
	})
}

// All are the rows.
func All() []Type { return slices.Clone(table) }

func find(is func(*Type) bool) *Type {
	for i := range table {
		if is(&table[i]) {
			return &table[i]
		}
	}
	return nil
}

// Text is the type as SQL writes it.
func (t *Type) Text(p Params) string {
	switch t.Takes {
	case Precision:
		return fmt.Sprintf("%s(%d)", t.Name, p.Precision)
	case PrecisionAndScale:
		return fmt.Sprintf("%s(%d, %d)", t.Name, p.Precision, p.Scale)
	}
	return t.Name
}

// Result is the Arrow type of a function's result of these parameters.
func (t *Type) Result(p Params) arrow.DataType {
	if t.Class == Timestamp {
		return wideTimestamp
	}
	dt, err := t.Arrow(p)
	if err != nil {
		panic(fmt.Sprintf("%s is no result: %v", t.Text(p), err)) // the table's, or checked by the caller
	}
	return dt
}

// Sent is the Arrow type in which the sink sends a column that is not nested.
func (t *Type) Sent(p Params) (arrow.DataType, error) {
	if t.Sink != nil {
		if dt := t.Sink(p); dt != nil {
			return dt, nil
		}
	}
	if t.Arrow == nil {
		return nil, fmt.Errorf("%s has no Arrow type of its own", t.Name)
	}
	return t.Arrow(p)
}
