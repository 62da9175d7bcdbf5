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
		f.writeCaller(&b, parts)
	}
	b.WriteString(parts.text.String())
	return b.String()
}

// Packages of guest.Sources that the glue imports.
const (
	runtimePath = guest.ImportPrefix + "runtime"
	packedPath  = guest.ImportPrefix + "packed"
)

// importNames are the names under which the glue imports packages.
var importNames = map[string]string{runtimePath: "riffle_guest", packedPath: "riffle_packed"}

// libraryOf returns the packages that functions need.
func libraryOf(functions []*signature) []string {
	if slices.ContainsFunc(functions, (*signature).packed) {
		return []string{runtimePath, packedPath}
	}
	return []string{runtimePath}
}

// packed reports whether any value of the function travels packed.
func (f *signature) packed() bool {
	return !f.result.column || slices.ContainsFunc(f.params, func(v *value) bool { return !v.column })
}

// served returns the function as the guest serves it, by its kind.
func (f *signature) served() string {
	switch f.Kind {
	case payload.Scalar:
		return fmt.Sprintf("riffle_guest.Scalar(riffle_%s)", f.Name)
	}
	panic(f.Kind.Unsupported()) // signatureOf creates none
}

// writeCaller writes the function that calls f, a scalar function, for the rows of a batch.
func (f *signature) writeCaller(b *strings.Builder, parts *partsGlue) {
	fmt.Fprintf(b, "\nfunc riffle_%s(riffle_c *riffle_guest.Call) {\n", f.Name)
	b.WriteString("\triffle_row, riffle_n := riffle_c.Progress(), riffle_c.Rows()\n")
	var args, strict []string
	for i, p := range f.params {
		if p.column {
			fmt.Fprintf(b, "\triffle_%d := riffle_guest.%s(riffle_c, %d)%s\n", i, p.columns(), i, p.bound())
			args = append(args, p.argument(i))
		} else {
			fmt.Fprintf(b, "\triffle_%d := riffle_packed.Arguments(riffle_c, %d)\n", i, i)
			args = append(args, fmt.Sprintf("riffle_a%d", i))
		}
		if p.pointer {
			fmt.Fprintf(b, "\triffle_v%d := riffle_c.Valid(%d)\n", i, i)
		} else {
			strict = append(strict, fmt.Sprint(i))
		}
	}
	if len(strict) > 0 {
		fmt.Fprintf(b, "\triffle_strict := riffle_c.Strict(%s)\n", strings.Join(strict, ", "))
	}
	if f.result.column {
		fmt.Fprintf(b, "\triffle_out := riffle_guest.%sResult(riffle_c)%s\n", f.result.kind, f.result.bound())
	} else {
		b.WriteString("\triffle_out := riffle_packed.NewResults(riffle_c)\n")
	}
	switch {
	case f.result.pointer:
		b.WriteString("\triffle_set := riffle_c.NullableResult()\n")
	case len(strict) > 0:
		b.WriteString("\triffle_c.ResultValidity(riffle_strict)\n")
	}
	if null := f.result.null("\t\t"); null != "" {
		fmt.Fprintf(b, "\tif riffle_i := riffle_c.From() - 1; riffle_i >= 0 {\n%s\t}\n", null)
	}
	b.WriteString("\tfor riffle_i := riffle_c.From(); riffle_i < riffle_n; riffle_i++ {\n\t\t*riffle_row = riffle_i\n")
	if len(strict) > 0 {
		fmt.Fprintf(b, "\t\tif riffle_guest.IsNull(riffle_strict, riffle_i) {\n%s\t\t\tcontinue\n\t\t}\n", f.result.null("\t\t\t"))
	}
	f.writeArguments(b, parts)
	f.writeRow(b, parts, strings.Join(args, ", "))
	b.WriteString("\t}\n")
	b.WriteString("}\n")
}

// writeArguments reads the packed arguments of a row.
func (f *signature) writeArguments(b *strings.Builder, parts *partsGlue) {
	for i, p := range f.params {
		if p.column {
			continue
		}
		if p.pointer {
			fmt.Fprintf(b, "\t\triffle_a%d := riffle_packed.Nullable(riffle_%d.Row(riffle_i), riffle_guest.IsNull(riffle_v%d, riffle_i), %s)\n",
				i, i, i, parts.get(p))
		} else {
			fmt.Fprintf(b, "\t\triffle_a%d := %s(riffle_%d.Row(riffle_i))\n", i, parts.get(p), i)
		}
		f.writeFail(b, fmt.Sprintf("riffle_%d.Err()", i))
	}
}

// writeFail writes code that ends the call if an expression is an error.
func (f *signature) writeFail(b *strings.Builder, err string) {
	fmt.Fprintf(b, "\t\tif riffle_err := %s; riffle_guest.Failed(riffle_err) {\n", err)
	f.writeFailed(b)
}

// writeFailed writes the rest of a statement that ends a failed call.
func (f *signature) writeFailed(b *strings.Builder) {
	b.WriteString("\t\t\tif riffle_c.Fail(riffle_err) {\n\t\t\t\treturn\n\t\t\t}\n")
	b.WriteString(f.result.null("\t\t\t") + "\t\t\tcontinue\n\t\t}\n")
}

// writeRow writes the call for one row and the handling of its result.
func (f *signature) writeRow(b *strings.Builder, parts *partsGlue, args string) {
	if f.hasError {
		fmt.Fprintf(b, "\t\triffle_r, riffle_err := %s(%s)\n", f.Name, args)
		b.WriteString("\t\tif riffle_guest.Failed(riffle_err) {\n")
		f.writeFailed(b)
	} else {
		fmt.Fprintf(b, "\t\triffle_r := %s(%s)\n", f.Name, args)
	}
	if !f.result.pointer {
		f.writeSet(b, parts, "riffle_r")
		return
	}
	b.WriteString("\t\tif riffle_guest.IsSet(riffle_r) {\n\t\t\triffle_set.Set(riffle_i)\n")
	f.writeSet(b, parts, "*riffle_r")
	b.WriteString("\t\t}")
	if null := f.result.null("\t\t\t"); null != "" {
		b.WriteString(" else {\n" + null + "\t\t}")
	}
	b.WriteString("\n")
}

// writeSet writes code that makes an expression the result of the row.
func (f *signature) writeSet(b *strings.Builder, parts *partsGlue, result string) {
	if f.result.column {
		b.WriteString("\t\t" + f.result.set(result))
		return
	}
	fmt.Fprintf(b, "\t\t%s(riffle_out.Row(), %s)\n", parts.put(f.result), result)
	f.writeFail(b, "riffle_out.End()")
}

// variable reports whether values of the type have no fixed width.
func (v *value) variable() bool { return !v.column || v.kind == "String" || v.kind == "Bytes" }

// columns returns the function of package runtime that returns an argument's values.
func (v *value) columns() string {
	if v.kind == "Bytes" {
		return "Blobs"
	}
	return v.kind + "s"
}

// bound returns code that tells the compiler the length of a slice of values, so that the
// compiler omits index checks.
func (v *value) bound() string {
	if v.variable() || v.kind == "Bool" {
		return ""
	}
	return "[:riffle_n]"
}

// argument returns the expression for the value of argument i, which has a column.
func (v *value) argument(i int) string {
	slice := v.bound() != ""
	var text string
	switch {
	case v.pointer && slice:
		text = fmt.Sprintf("riffle_guest.Pointer(riffle_%d, riffle_v%d, riffle_i)", i, i)
	case v.pointer:
		text = fmt.Sprintf("riffle_%d.Pointer(riffle_v%d, riffle_i)", i, i)
	case slice:
		text = fmt.Sprintf("riffle_%d[riffle_i]", i)
	default:
		text = fmt.Sprintf("riffle_%d.At(riffle_i)", i)
	}
	switch {
	case v.named == "":
		return text
	case v.pointer:
		return fmt.Sprintf("(*%s)(%s)", v.named, text)
	}
	return fmt.Sprintf("%s(%s)", v.named, text)
}

// set returns the statement that makes result the one of the row, where it has a
// column.
func (v *value) set(result string) string {
	plain := fmt.Sprintf("riffle_guest.%s(%s)", v.kind, result)
	switch v.kind {
	case "String":
		return fmt.Sprintf("riffle_out.SetString(%s)\n", plain)
	case "Bytes":
		return fmt.Sprintf("riffle_out.SetBytes(%s)\n", plain)
	case "Bool":
		return fmt.Sprintf("riffle_out.Set(riffle_i, %s)\n", plain)
	}
	return fmt.Sprintf("riffle_out[riffle_i] = %s\n", plain)
}

// null returns the statement that makes NULL the result of the row; a bit of Bool is
// false already.
func (v *value) null(indent string) string {
	switch {
	case v.variable():
		return indent + "riffle_out.Null()\n"
	case v.kind == "Bool":
		return ""
	}
	return indent + "riffle_out[riffle_i] = 0\n"
}
