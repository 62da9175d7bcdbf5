package golang

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"riffle/udfhost/guest"
	"riffle/udfhost/payload"
)

// gluePrefix begins all names in generated code that is in package main. It may not use any name that a user can
// declare, not even int or nil.
const gluePrefix = "riffle_"

// userPrefix begins the names of those types in the packages with glue that stand for types of the user.
const userPrefix = "User_"

// The glue of a function reads its arguments, calls it, and writes its results. It depends on the function's signature
// alone, so it is in a package of its own, which is compiled once for all functions of a signature, and kept in the
// cache. It gets the function as a value. The types of such a package that stand for the user's have the same layout.

// glueSource returns the source of a package with the glue for signatures: the functions F0, F1 and so on.
func glueSource(signatures []*signature) string {
	var b strings.Builder
	b.WriteString("package glue\n\n")
	for _, path := range libraryOf(signatures) {
		fmt.Fprintf(&b, "import %s %q\n", importNames[path], path)
	}
	parts := newPartsGlue()
	for i, s := range signatures {
		for _, v := range slices.Concat(s.params, s.results()) {
			parts.declare(v)
		}
		if s.row != nil {
			parts.declare(s.row)
		}
		fmt.Fprintf(&b, "\nfunc F%d(riffle_declared any) riffle_guest.Function {\n", i)
		fmt.Fprintf(&b, "\triffle_f := riffle_guest.Callable[%s](riffle_declared)\n", s.goType())
		fmt.Fprintf(&b, "\treturn %s(func(riffle_c *riffle_guest.Call) {\n", s.served())
		switch {
		case s.Kind == payload.Table:
			s.writeTable(&b, parts)
		case s.Vectorized:
			s.writeVectorized(&b, parts)
		case s.Async:
			s.writeAsync(&b, parts)
		default:
			s.writeCaller(&b, parts)
		}
		b.WriteString("\t})\n}\n")
	}
	b.WriteString(parts.text.String())
	return b.String()
}

// glueKey identifies the signatures that have the same glue.
func (s *signature) glueKey() string { return glueSource([]*signature{s}) }

// goType returns the type of the function as the glue writes it.
func (s *signature) goType() string {
	var params []string
	for _, g := range s.given {
		params = append(params, g.text())
	}
	for i, p := range s.params {
		if s.Vectorized {
			params = append(params, vectorText(s.forms[i], p))
		} else {
			params = append(params, p.slotText())
		}
	}
	var result string
	switch {
	case s.row != nil:
		result = "func(func(" + s.row.text + ") bool)"
	case s.Kind == payload.Table:
		result = "func(func(" + joined(s.columns, func(c tableColumn) string { return c.value.slotText() }) + ") bool)"
	case s.Vectorized:
		result = vectorText(s.resultForm, s.result)
	default:
		result = s.result.slotText()
	}
	if s.hasError {
		result += ", error"
	}
	return fmt.Sprintf("func(%s) (%s)", strings.Join(params, ", "), result)
}

// mainSource returns the file of a program that names its functions, in the given order, and their glue. A table that
// the linker fills in is compiled much faster than calls. groups has the subpackages of the functions that are not in
// package main.
func mainSource(functions []*signature, glue []gluePlace, groups map[string]*subpackage, effects []string) string {
	var b strings.Builder
	b.WriteString(header + "\n")
	fmt.Fprintf(&b, "import %s %q\n", runtimeName, runtimePath)
	packages := subpackagesOf(glue, groups)
	for i, p := range packages {
		fmt.Fprintf(&b, "import riffle_sub%d %q\n", i, p.path)
	}
	for _, path := range effects {
		fmt.Fprintf(&b, "import _ %q\n", path)
	}
	b.WriteString("\nfunc main() { riffle_guest.Serve(riffle_guest.Glued(riffle_functions[:])...) }\n")
	b.WriteString("\nvar riffle_functions = [...]riffle_guest.Declared{\n")
	for i, f := range functions {
		name := f.Name
		if p := groups[name]; p != nil {
			name = fmt.Sprintf("riffle_sub%d.%s", slices.Index(packages, p), name)
		}
		fmt.Fprintf(&b, "\t{riffle_sub%d.F%d, %s},\n", slices.Index(packages, glue[i].in), glue[i].number, name)
	}
	b.WriteString("}\n")
	return b.String()
}

// subpackagesOf returns the subpackages with glue and groups, each once.
func subpackagesOf(glue []gluePlace, groups map[string]*subpackage) []*subpackage {
	var all []*subpackage
	add := func(p *subpackage) {
		if !slices.Contains(all, p) {
			all = append(all, p)
		}
	}
	for _, place := range glue {
		add(place.in)
	}
	for _, name := range slices.Sorted(maps.Keys(groups)) {
		add(groups[name])
	}
	return all
}

// Packages of guest.Sources that the glue imports, and the names under which it does.
const (
	runtimePath = guest.ImportPrefix + "runtime"
	columnsPath = guest.ImportPrefix + "columns"
	runtimeName = "riffle_guest"
	columnsName = "riffle_columns"
	civilName   = "riffle_civil"
)

var importNames = map[string]string{asyncPath: asyncName, runtimePath: runtimeName, columnsPath: columnsName, guest.CivilPath: civilName}

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

// served returns the function of package runtime that serves the function, by its kind.
func (f *signature) served() string {
	switch f.Kind {
	case payload.Scalar:
		return "riffle_guest.Scalar"
	case payload.Table:
		return "riffle_guest.Table"
	}
	panic(f.Kind.Unsupported()) // signatureOf creates none
}

// writeCaller writes the body of what calls f, a scalar function, for the rows of a batch.
func (f *signature) writeCaller(b *strings.Builder, parts *partsGlue) {
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
	b.WriteString("\t}\n")
}

// writeArguments writes code that opens the arguments, and what SQL does not see: args are expressions for the
// arguments of row riffle_i, after the statements in reads. If strict is set, riffle_strict has the rows for which the
// function is called.
func (f *signature) writeArguments(b *strings.Builder, parts *partsGlue) (args []string, strict bool, reads []string) {
	for _, g := range f.given {
		if g.opened != "" {
			fmt.Fprintf(b, "\t%s\n", g.opened)
		}
	}
	var plain []string
	column := 0
	for i, p := range f.params {
		in := reader{
			v: p, column: fmt.Sprintf("riffle_%d", i), valid: fmt.Sprintf("riffle_v%d", i),
			targets: fmt.Sprintf("riffle_t%d", i), index: "riffle_i",
		}
		fmt.Fprintf(b, "\t%s := %s\n", in.column, parts.open(p, fmt.Sprint(column))+p.bound())
		if p.pointer {
			fmt.Fprintf(b, "\tvar %s riffle_guest.Targets[%s]\n", in.targets, p.text)
		}
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
