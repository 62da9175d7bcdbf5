// Package sqltype is the table of types. It has a row for each type of Flink, which describes how
// riffle converts its values on their two ways.
//
//	to the screen    Flink's sink → Arrow → text, JSON, files
//	to a function    Flink's Fn API → Arrow → a guest → Go, and back
//
// The rows are in table.go. Derived from them are the Arrow types of the Fn API's columns
// (udfhost/coder), the Go types of functions (udfhost/golang), how columns are aligned, cut and
// sorted (render), and columns of docs/types.md. Tests compare everything that is not derived with
// the rows: the Java classes ArrowForm, ColumnWriter and ArgumentTypes on a real Flink (package
// session), the columns of guests (udfhost/guest, udfhost/golang), and the list of rows itself with Flink's types (session/flink).
//
// A new type needs a row here and its codecs. The tests name the codec that is missing.
//
// Every package may import this one. It imports none of riffle's packages.
package sqltype

import (
	"fmt"
	"slices"
	"strings"

	"github.com/apache/arrow/go/v15/arrow"
)

// MetadataKey is the key of a column's metadata under which the sink stores Flink's type.
const MetadataKey = "flink.type"

// Type is a row of the table.
type Type struct {
	// Root is the type's LogicalTypeRoot in Flink.
	Root string
	// Name is the start of Flink's text of such a type. Each of the Aliases is the start for some of
	// its types. Absent says why no column has the type.
	Name    string
	Aliases []string
	Absent  string
	// Takes are the parameters after the name.
	Takes Parameters
	// Class says how a column is displayed.
	Class Class
	// Arrow is Flink's own Arrow type for the values, on both ways. It is nil if Flink has none. Sink
	// is riffle's, if Flink has none or riffle uses another. Nested types have neither: their Arrow
	// type is composed of those of their parts.
	Arrow func(Params) (arrow.DataType, error)
	Sink  func(Params) arrow.DataType
	// Wire is the type's name in the Fn API's schemas, "" if it has none.
	Wire string

	// Go are the Go types that a function can use for it, as parameter and result, with the preferred
	// one first. Functions do not support a type without one, unless it is TakenAs another: then a
	// parameter accepts it, and a result is of that other type.
	Go      []Go
	TakenAs string
	// Returned are the parameters of a result, because a Go type has none.
	Returned Params
}

// Go is a Go type of a function's parameter or result.
type Go struct {
	// Type is the type as users write it.
	Type string
	// Kind is its name within the names of packages runtime and columns: "Int64" in Int64s, TypeInt64
	// and SetInt64. "" for a type composed of others.
	Kind string
}

// Parameters says which parameters follow the name of a type.
type Parameters int

const (
	Nothing Parameters = iota
	Length
	Precision
	PrecisionAndScale
	Parts // other types
)

// Params are the parameters of a type.
type Params struct{ Length, Precision, Scale int32 }

// Class is the class of a type's values for displays.
type Class int

const (
	Unknown   Class = iota
	Truth           // BOOLEAN
	Number          // aligned to the right
	Text            // may be cut, as may all below that are not Whole
	Bytes           //
	Date            //
	Clock           // TIME
	Timestamp       // whatever carries it
	Interval        //
	Nested          // composed of other types
	Opaque          // travels as text, because it has no parts that Arrow knows
)

// Whole reports whether a value makes sense only if it is shown whole: half a number reads as another
// number.
func (c Class) Whole() bool {
	switch c {
	case Truth, Number, Date, Clock, Timestamp, Interval:
		return true
	}
	return false
}

// OfName returns the row of the type whose text in Flink begins with a name, or nil.
func OfName(name string) *Type {
	if strings.HasPrefix(name, "INTERVAL ") {
		name, _, _ = strings.Cut(name, " TO ")
	}
	return find(func(t *Type) bool { return name != "" && (t.Name == name || slices.Contains(t.Aliases, name)) })
}

// OfWire returns the row of a type of the Fn API, or nil.
func OfWire(name string) *Type { return find(func(t *Type) bool { return t.Wire == name }) }

// OfGo returns the row of a function's Go type, or nil if SQL has no type for it.
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

// OfArrow returns the first row whose values can have an Arrow type, for a column about which nothing else is
// known. It returns nil for a nested type.
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

// All returns all rows.
func All() []Type { return slices.Clone(table) }

func find(is func(*Type) bool) *Type {
	for i := range table {
		if is(&table[i]) {
			return &table[i]
		}
	}
	return nil
}

// Text returns the type in SQL syntax.
func (t *Type) Text(p Params) string {
	switch t.Takes {
	case Precision:
		return fmt.Sprintf("%s(%d)", t.Name, p.Precision)
	case PrecisionAndScale:
		return fmt.Sprintf("%s(%d, %d)", t.Name, p.Precision, p.Scale)
	}
	return t.Name
}

// Result returns the Arrow type of a function's result with these parameters.
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

// Sent returns the Arrow type in which the sink sends a column that is not nested.
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
