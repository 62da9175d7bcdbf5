package golang

import (
	"fmt"
	"slices"
	"strings"

	"riffle/udfhost/guest"
	"riffle/udfhost/payload"
)

// gluePrefix begins all names in the generated code. It may not use any name that a user can
// declare, not even int or nil.
const gluePrefix = "riffle_"

// glue returns the file of a program that connects its functions, in the given order, to
// package runtime.
func glue(functions []*signature, effects []string) string {
	var b strings.Builder
	b.WriteString(header + "\n")
	for _, path := range libraryOf(functions) {
		fmt.Fprintf(&b, "import %s %q\n", importNames[path], path)
	}
	for _, path := range effects {
		fmt.Fprintf(&b, "import _ %q\n", path)
	}
	b.WriteString("\nfunc main() { riffle_guest.Serve(")
	for _, f := range functions {
		fmt.Fprintf(&b, "%s, ", f.served())
	}
	b.WriteString(") }\n")
	parts := newPartsGlue()
	for _, f := range functions {
		switch {
		case f.Kind == payload.Table:
			f.writeTable(&b, parts)
		case f.Vectorized:
			f.writeVectorized(&b, parts)
		default:
			f.writeCaller(&b, parts)
		}
	}
	b.WriteString(parts.text.String())
	return b.String()
}

// Packages of guest.Sources that the glue imports, and the names under which it does.
const (
	runtimePath = guest.ImportPrefix + "runtime"
	columnsPath = guest.ImportPrefix + "columns"
	runtimeName = "riffle_guest"
	columnsName = "riffle_columns"
	civilName   = "riffle_civil"
)

var importNames = map[string]string{runtimePath: runtimeName, columnsPath: columnsName, guest.CivilPath: civilName}

// libraryOf returns the packages that functions need.
func libraryOf(functions []*signature) []string {
	paths := []string{runtimePath}
	if slices.ContainsFunc(functions, func(f *signature) bool {
		return slices.ContainsFunc(f.results(), (*value).writesColumns) || slices.ContainsFunc(f.params, (*value).readsColumns)
	}) {
		paths = append(paths, columnsPath)
	}
	if slices.ContainsFunc(functions, (*signature).usesColumns) {
		paths = append(paths, guest.CivilPath)
	}
	for _, f := range functions {
		for _, g := range f.given {
			if !slices.Contains(paths, g.library) {
				paths = append(paths, g.library)
			}
		}
	}
	return paths
}

// served returns the function as the guest serves it, by its kind.
func (f *signature) served() string {
	switch f.Kind {
	case payload.Scalar:
		return fmt.Sprintf("riffle_guest.Scalar(riffle_%s)", f.Name)
	case payload.Table:
		return fmt.Sprintf("riffle_guest.Table(riffle_%s)", f.Name)
	}
	panic(f.Kind.Unsupported()) // signatureOf creates none
}

// writeCaller writes the function that calls f, a scalar function, for the rows of a batch.
func (f *signature) writeCaller(b *strings.Builder, parts *partsGlue) {
	fmt.Fprintf(b, "\nfunc riffle_%s(riffle_c *riffle_guest.Call) {\n", f.Name)
	b.WriteString("\triffle_row, riffle_n := riffle_c.Progress(), riffle_c.Rows()\n")
	args, strict, reads := f.writeArguments(b, parts)
	f.writeOutput(b, strict)
	if null := f.result.null("\t\t"); null != "" {
		fmt.Fprintf(b, "\tif riffle_i := riffle_c.From() - 1; riffle_i >= 0 {\n%s\t}\n", null)
	}
	b.WriteString("\tfor riffle_i := riffle_c.From(); riffle_i < riffle_n; riffle_i++ {\n\t\t*riffle_row = riffle_i\n")
	if strict {
		fmt.Fprintf(b, "\t\tif riffle_guest.IsNull(riffle_strict, riffle_i) {\n%s\t\t\tcontinue\n\t\t}\n", f.result.null("\t\t\t"))
	}
	f.writeReads(b, reads)
	f.writeRow(b, parts, f.call(args))
	b.WriteString("\t}\n}\n")
}

// writeArguments writes code that opens the arguments, and what SQL does not see: args are expressions for the
// arguments of row riffle_i, after the statements in reads. If strict is set, riffle_strict has the rows for which the
// function is called.
func (f *signature) writeArguments(b *strings.Builder, parts *partsGlue) (args []string, strict bool, reads []string) {
	for _, g := range f.given {
		fmt.Fprintf(b, "\t%s\n", g.opened)
	}
	var plain []string
	column := 0
	for i, p := range f.params {
		in := reader{v: p, column: fmt.Sprintf("riffle_%d", i), valid: fmt.Sprintf("riffle_v%d", i), index: "riffle_i"}
		fmt.Fprintf(b, "\t%s := %s\n", in.column, parts.open(p, fmt.Sprint(column))+p.bound())
		nullable := f.nullableParam(i)
		if nullable {
			fmt.Fprintf(b, "\t%s := riffle_c.Valid(%d)\n", in.valid, column)
		} else {
			plain = append(plain, fmt.Sprint(column))
		}
		if nullable || p.canFail() {
			to := fmt.Sprintf("riffle_a%d", i)
			read := parts.read(in, to)
			if nullable && !p.pointer { // NULL is the zero value
				read = fmt.Sprintf("if !riffle_guest.IsNull(%s, %s) { %s }", in.valid, in.index, read)
			}
			reads = append(reads, fmt.Sprintf("\t\tvar %s %s\n\t\t%s\n", to, p.slotText(), read))
			args = append(args, to)
		} else {
			args = append(args, in.value())
		}
		column += p.descriptors()
	}
	if len(plain) > 0 {
		fmt.Fprintf(b, "\triffle_strict := riffle_c.Strict(%s)\n", strings.Join(plain, ", "))
	}
	return args, len(plain) > 0, reads
}

// writeOutput writes code that opens the result, which is NULL for rows for which the function is not called.
func (f *signature) writeOutput(b *strings.Builder, strict bool) {
	fmt.Fprintf(b, "\triffle_out := %s\n", f.result.result())
	switch {
	case f.nullableResult():
		b.WriteString("\triffle_set := riffle_c.NullableResult()\n")
	case strict:
		b.WriteString("\triffle_c.ResultValidity(riffle_strict)\n")
	}
}

// results returns the values that the function returns.
func (f *signature) results() []*value {
	if f.Kind == payload.Scalar {
		return []*value{f.result}
	}
	var all []*value
	for _, c := range f.columns {
		all = append(all, c.value)
	}
	return all
}

// writeReads reads those arguments of a row that are read into variables.
func (f *signature) writeReads(b *strings.Builder, reads []string) {
	b.WriteString(strings.Join(reads, ""))
	if slices.ContainsFunc(f.params, (*value).canFail) {
		f.writeRejected(b)
	}
}

// writeRejected writes code that fails the row if a value of it was rejected.
func (f *signature) writeRejected(b *strings.Builder) {
	b.WriteString("\t\tif riffle_failed, riffle_ends := riffle_c.Rejected(); riffle_ends {\n\t\t\treturn\n\t\t} else if riffle_failed {\n")
	b.WriteString(f.result.null("\t\t\t") + "\t\t\tcontinue\n\t\t}\n")
}

// writeRow writes the call for one row and the handling of its result.
func (f *signature) writeRow(b *strings.Builder, parts *partsGlue, call string) {
	if f.hasError {
		fmt.Fprintf(b, "\t\triffle_r, riffle_err := %s\n", call)
		b.WriteString("\t\tif riffle_guest.Failed(riffle_err) {\n")
		b.WriteString("\t\t\tif riffle_c.Fail(riffle_err) {\n\t\t\t\treturn\n\t\t\t}\n")
		b.WriteString(f.result.null("\t\t\t") + "\t\t\tcontinue\n\t\t}\n")
	} else {
		fmt.Fprintf(b, "\t\triffle_r := %s\n", call)
	}
	f.writeResult(b, parts)
}

// writeResult writes code that makes riffle_r the result of the row.
func (f *signature) writeResult(b *strings.Builder, parts *partsGlue) {
	if !f.result.pointer {
		f.writeSet(b, parts, "riffle_r")
		return
	}
	b.WriteString("\t\tif riffle_guest.IsSet(riffle_r) {\n\t\t\triffle_set.Set(riffle_i)\n")
	f.writeSet(b, parts, "(*riffle_r)")
	b.WriteString("\t\t}")
	if null := f.result.null("\t\t\t"); null != "" {
		b.WriteString(" else {\n" + null + "\t\t}")
	}
	b.WriteString("\n")
}

// writeSet writes code that makes an expression the result of the row.
func (f *signature) writeSet(b *strings.Builder, parts *partsGlue, result string) {
	switch {
	case !f.result.direct():
		b.WriteString("\t\t" + parts.put(f.result, "riffle_out", 0, result) + "\n")
	case f.result.kind == "Bool":
		fmt.Fprintf(b, "\t\triffle_out.Set(riffle_i, riffle_guest.Bool(%s))\n", result)
	default:
		fmt.Fprintf(b, "\t\triffle_out[riffle_i] = riffle_guest.%s(%s)\n", f.result.kind, result)
	}
	if f.result.canFail() {
		f.writeRejected(b)
	}
}

// result returns the expression for what receives the results.
func (v *value) result() string {
	if !v.direct() {
		return fmt.Sprintf("riffle_c.Result(%s)", strings.Join(v.layout(), ", "))
	}
	return fmt.Sprintf("riffle_guest.%sResult(riffle_c)%s", v.kind, v.bound())
}

// null returns the statement that makes NULL the result of the row; a bit of Bool is
// false already.
func (v *value) null(indent string) string {
	switch {
	case !v.direct():
		return indent + "riffle_out.NullAt(riffle_i)\n"
	case v.kind == "Bool":
		return ""
	}
	return indent + "riffle_out[riffle_i] = 0\n"
}

// bound returns code that tells the compiler the length of a slice of values, so that the
// compiler omits index checks.
func (v *value) bound() string {
	if v.slice() {
		return "[:riffle_n]"
	}
	return ""
}
