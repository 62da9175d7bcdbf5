package golang

import (
	"fmt"
	"strings"

	"riffle/udfhost/guest"
	"riffle/udfhost/guest/abi"
)

// gluePrefix begins all names of the generated code, in which nothing else may
// be named that a user can declare: not even int or nil.
const gluePrefix = "riffle_"

// glue is the file of a program that connects its functions, in the order
// given, to package runtime.
func glue(functions []*signature, effects []string) string {
	var b strings.Builder
	b.WriteString(header + "\n")
	fmt.Fprintf(&b, "import riffle_guest %q\n", guest.ImportPrefix+"runtime")
	for _, path := range effects {
		fmt.Fprintf(&b, "import _ %q\n", path)
	}
	b.WriteString("\nfunc main() { riffle_guest.Serve(")
	for _, f := range functions {
		fmt.Fprintf(&b, "riffle_%s, ", f.Name)
	}
	b.WriteString(") }\n")
	for _, f := range functions {
		f.writeCaller(&b)
	}
	return b.String()
}

// writeCaller writes the function that calls f for the rows of a batch.
func (f *signature) writeCaller(b *strings.Builder) {
	fmt.Fprintf(b, "\nfunc riffle_%s(riffle_c *riffle_guest.Call) {\n", f.Name)
	b.WriteString("\triffle_row, riffle_n := riffle_c.Progress(), riffle_c.Rows()\n")
	var args, strict []string
	for i, p := range f.params {
		fmt.Fprintf(b, "\triffle_%d := riffle_guest.%s(riffle_c, %d)%s\n", i, p.column(), i, p.bound())
		if p.pointer {
			fmt.Fprintf(b, "\triffle_v%d := riffle_c.Valid(%d)\n", i, i)
		} else {
			strict = append(strict, fmt.Sprint(i))
		}
		args = append(args, p.argument(i))
	}
	if len(strict) > 0 {
		fmt.Fprintf(b, "\triffle_strict := riffle_c.Strict(%s)\n", strings.Join(strict, ", "))
	}
	fmt.Fprintf(b, "\triffle_out := riffle_guest.%sResult(riffle_c)%s\n", f.result.runtime, f.result.bound())
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
	f.writeRow(b, strings.Join(args, ", "))
	b.WriteString("\t}\n")
	b.WriteString("}\n")
}

// writeRow writes the call for one row and what becomes of its result.
func (f *signature) writeRow(b *strings.Builder, args string) {
	if f.hasError {
		fmt.Fprintf(b, "\t\triffle_r, riffle_err := %s(%s)\n", f.Name, args)
		b.WriteString("\t\tif riffle_guest.Failed(riffle_err) {\n\t\t\tif riffle_c.Fail(riffle_err) {\n\t\t\t\treturn\n\t\t\t}\n")
		b.WriteString(f.result.null("\t\t\t") + "\t\t\tcontinue\n\t\t}\n")
	} else {
		fmt.Fprintf(b, "\t\triffle_r := %s(%s)\n", f.Name, args)
	}
	if !f.result.pointer {
		b.WriteString("\t\t" + f.result.set("riffle_r"))
		return
	}
	b.WriteString("\t\tif riffle_guest.IsSet(riffle_r) {\n\t\t\triffle_set.Set(riffle_i)\n")
	b.WriteString("\t\t\t" + f.result.set("*riffle_r") + "\t\t}")
	if null := f.result.null("\t\t\t"); null != "" {
		b.WriteString(" else {\n" + null + "\t\t}")
	}
	b.WriteString("\n")
}

// variable reports whether values of the type have no fixed width.
func (v value) variable() bool { return v.abi == abi.String || v.abi == abi.Bytes }

// column is the function of package runtime that gives an argument's values.
func (v value) column() string {
	if v.abi == abi.Bytes {
		return "Blobs"
	}
	return v.runtime + "s"
}

// bound tells the compiler how long a slice of values is, so that it checks no
// index.
func (v value) bound() string {
	if v.variable() || v.abi == abi.Bool {
		return ""
	}
	return "[:riffle_n]"
}

// argument is the expression for the value of argument i.
func (v value) argument(i int) string {
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

// set is the statement that makes result the one of the row.
func (v value) set(result string) string {
	plain := fmt.Sprintf("riffle_guest.%s(%s)", v.runtime, result)
	switch v.abi {
	case abi.String:
		return fmt.Sprintf("riffle_out.SetString(%s)\n", plain)
	case abi.Bytes:
		return fmt.Sprintf("riffle_out.SetBytes(%s)\n", plain)
	case abi.Bool:
		return fmt.Sprintf("riffle_out.Set(riffle_i, %s)\n", plain)
	}
	return fmt.Sprintf("riffle_out[riffle_i] = %s\n", plain)
}

// null is the statement that makes NULL the result of the row; a bit of Bool is
// false already.
func (v value) null(indent string) string {
	switch {
	case v.variable():
		return indent + "riffle_out.Null()\n"
	case v.abi == abi.Bool:
		return ""
	}
	return indent + "riffle_out[riffle_i] = 0\n"
}
