package golang

import (
	"errors"
	"fmt"
	"go/types"
	"slices"
	"strings"

	"github.com/apache/arrow/go/v15/arrow"

	"riffle/udfhost/payload"
)

// A table function returns an iterator, whose values become rows: iter.Seq[R], or iter.Seq2[R1, R2] for rows of two
// columns. A struct R is a row of its fields.

// tableColumn is a column of a table function's rows.
type tableColumn struct {
	name  string // in SQL
	field string // of the struct that is the row; "" if the value itself is the column
	value *value
}

// iterator returns the types of the values that an iterator passes to its loop. is is false for a type that is no
// iterator.
func iterator(t types.Type) (values []types.Type, is bool) {
	seq, ok := t.Underlying().(*types.Signature)
	if !ok || seq.Params().Len() != 1 || seq.Results().Len() != 0 {
		return nil, false
	}
	yield, ok := seq.Params().At(0).Type().Underlying().(*types.Signature)
	if !ok || yield.Variadic() || yield.Results().Len() != 1 || !types.Identical(yield.Results().At(0).Type(), types.Typ[types.Bool]) {
		return nil, false
	}
	for v := range yield.Params().Variables() {
		values = append(values, v.Type())
	}
	return values, true
}

// table makes s a table function whose iterator has values of some types.
func (s *signature) table(values []types.Type, result *decimalType) error {
	s.Kind = payload.Table
	switch {
	case len(values) == 0:
		return fmt.Errorf("%s returns an iterator without values; a table function returns iter.Seq[R] or iter.Seq2[R1, R2]", s.Name)
	case len(values) > 2:
		return fmt.Errorf("%s returns an iterator with %d values; a table function with more than two columns returns iter.Seq of a struct", s.Name, len(values))
	}
	for i, t := range values {
		if isError(t) {
			return fmt.Errorf("rows of %s: an iterator cannot return errors; return (iter.Seq[R], error), and panic if reading a row fails", s.Name)
		}
		v, err := valueOf(t)
		if err != nil {
			return fmt.Errorf("rows of %s: %w", s.Name, err)
		}
		if len(values) == 1 && v.structure {
			if v.pointer {
				return fmt.Errorf("rows of %s: a row cannot be NULL; use iter.Seq[%s]", s.Name, strings.TrimPrefix(v.user, "*"))
			}
			return s.rows(v, result)
		}
		name := s.Name
		if len(values) == 2 {
			name = fmt.Sprintf("f%d", i)
		}
		s.columns = append(s.columns, tableColumn{name: name, value: v})
	}
	if result != nil && len(values) == 2 {
		return fmt.Errorf("%sresult is for one riffle.Decimal, and the rows of %s have two columns", directivePrefix, s.Name)
	}
	if err := result.apply(s.columns[0].value); err != nil {
		return fmt.Errorf("rows of %s: %w", s.Name, err)
	}
	s.Result = s.rowType("TABLE(" + joined(s.columns, func(c tableColumn) string { return c.value.sql }) + ")")
	return nil
}

// rows makes the fields of a struct the columns.
func (s *signature) rows(row *value, result *decimalType) error {
	if result != nil {
		return errors.New(directivePrefix + "result is for one riffle.Decimal, and not for the fields of a struct")
	}
	s.row = row
	for i, f := range row.fields {
		s.columns = append(s.columns, tableColumn{name: row.arrow.(*arrow.StructType).Field(i).Name, field: f.name, value: f.value})
	}
	s.Result = s.rowType("TABLE(" + joined(s.columns, func(c tableColumn) string { return c.name + " " + c.value.sql }) + ")")
	return nil
}

// rowType returns the result with which the function is registered.
func (s *signature) rowType(shown string) Result {
	return Result{
		SQLType: "ROW<" + joined(s.columns, func(c tableColumn) string { return quoted(c.name) + " " + c.value.sql }) + ">",
		Shown:   shown, Nullable: true,
	}
}

func joined(columns []tableColumn, text func(tableColumn) string) string {
	all := make([]string, len(columns))
	for i, c := range columns {
		all[i] = text(c)
	}
	return strings.Join(all, ", ")
}

// tableType returns the type of the rows: a struct of the columns.
func (s *signature) tableType() arrow.DataType {
	fields := make([]arrow.Field, len(s.columns))
	for i, c := range s.columns {
		fields[i] = arrow.Field{Name: c.name, Type: c.value.arrow, Nullable: true}
	}
	return arrow.StructOf(fields...)
}

// writeTable writes the body of what calls f, a table function, for the rows of a batch.
func (f *signature) writeTable(b *strings.Builder, parts *partsGlue) {
	var layout []string
	for _, c := range f.columns {
		layout = append(layout, c.value.layout()...)
	}
	b.WriteString("\triffle_n := riffle_c.Rows()\n")
	args, strict, reads := f.writeArguments(b, parts)
	fmt.Fprintf(b, "\triffle_p := riffle_c.TableResult(%d, %s)\n", len(f.columns), strings.Join(layout, ", "))
	b.WriteString("\tfor riffle_i := riffle_c.From(); riffle_i < riffle_n; riffle_i++ {\n")
	b.WriteString("\t\tif riffle_c.Row(riffle_i) {\n\t\t\treturn\n\t\t}\n")
	if strict {
		b.WriteString("\t\tif riffle_guest.IsNull(riffle_strict, riffle_i) {\n\t\t\tcontinue\n\t\t}\n")
	}
	b.WriteString(strings.Join(reads, ""))
	if slices.ContainsFunc(f.params, (*value).canFail) {
		writeTableRejected(b, "\t\t", "continue")
	}
	call := f.call(args)
	if f.hasError {
		fmt.Fprintf(b, "\t\triffle_t, riffle_err := %s\n", call)
		b.WriteString("\t\tif riffle_guest.Failed(riffle_err) {\n\t\t\tif riffle_c.Fail(riffle_err) {\n\t\t\t\treturn\n\t\t\t}\n\t\t\tcontinue\n\t\t}\n")
	} else {
		fmt.Fprintf(b, "\t\triffle_t := %s\n", call)
	}
	b.WriteString("\t\tif !riffle_guest.IsTable(riffle_t) {\n\t\t\tcontinue\n\t\t}\n")
	f.writeLoop(b, parts)
	b.WriteString("\t}\n")
}

// writeLoop writes the loop over the iterator of a row.
func (f *signature) writeLoop(b *strings.Builder, parts *partsGlue) {
	variables := []string{"riffle_r0", "riffle_r1"}
	if f.row != nil || len(f.columns) == 1 {
		variables = variables[:1]
	}
	fmt.Fprintf(b, "\t\tfor %s := range riffle_t {\n", strings.Join(variables, ", "))
	at, canFail := 0, false
	for i, c := range f.columns {
		value := "riffle_r0." + c.field
		if f.row == nil {
			value = variables[i]
		}
		fmt.Fprintf(b, "\t\t\t%s\n", parts.putPart(c.value, at, value))
		at += c.value.descriptors()
		canFail = canFail || c.value.canFail()
	}
	if canFail {
		writeTableRejected(b, "\t\t\t", "break")
	}
	b.WriteString("\t\t\tif riffle_c.Yield() {\n\t\t\t\treturn\n\t\t\t}\n\t\t}\n")
}

// writeTableRejected writes code that fails the row if a value of it was rejected. leave ends the row.
func writeTableRejected(b *strings.Builder, indent, leave string) {
	fmt.Fprintf(b, "%sif riffle_failed, riffle_ends := riffle_c.Rejected(); riffle_ends {\n%s\treturn\n%s} else if riffle_failed {\n%s\t%s\n%s}\n",
		indent, indent, indent, indent, leave, indent)
}
