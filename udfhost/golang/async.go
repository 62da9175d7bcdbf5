package golang

import (
	"fmt"
	"go/types"
	"slices"
	"strings"

	"riffle/udfhost/guest"
)

// An asynchronous function is a scalar function in SQL. In Go its first parameter is a context.Context, and many of its
// calls are in progress at a time, each in a goroutine of its own.

const (
	asyncPath = guest.ImportPrefix + "async"
	asyncName = "riffle_async"
)

// refuseAsync refuses kinds of functions that cannot be asynchronous. sig is the signature without the context.
func refuseAsync(name string, sig *types.Signature, d directives) error {
	if d.vectorized || hasColumns(sig) {
		return fmt.Errorf("%s takes a context.Context, and a vectorized function cannot be asynchronous: take the values of one row, or remove the context", name)
	}
	for r := range sig.Results().Variables() {
		if _, is := iterator(r.Type()); is {
			return fmt.Errorf("%s takes a context.Context, and a table function cannot be asynchronous: return a slice, which UNNEST turns into rows, or remove the context", name)
		}
	}
	return nil
}

// writeAsync writes the body of what calls f, an asynchronous function, for the rows of a batch: it reads the
// arguments of one row after the other and begins their calls, waits for all, and writes the results in order.
func (f *signature) writeAsync(b *strings.Builder, parts *partsGlue) {
	b.WriteString("\triffle_n := riffle_c.Rows()\n")
	args, strict, reads := f.writeArguments(b, parts)
	f.writeOutput(b, strict)
	fmt.Fprintf(b, "\triffle_rows := %s.Begin[%s](riffle_c)\n", asyncName, f.result.slotText())
	f.writeBegin(b, args, strict, reads)
	b.WriteString("\tif riffle_rows.Wait() {\n\t\treturn\n\t}\n")
	b.WriteString("\tfor riffle_i := 0; riffle_i < riffle_n; riffle_i++ {\n\t\triffle_r, riffle_ok := riffle_rows.Result(riffle_i)\n")
	fmt.Fprintf(b, "\t\tif !riffle_ok {\n%s\t\t\tcontinue\n\t\t}\n", f.result.null("\t\t\t"))
	f.writeResult(b, parts)
	b.WriteString("\t}\n")
}

// writeBegin writes code that begins the calls. A call gets variables of its own, because it may end after the next row
// is read.
func (f *signature) writeBegin(b *strings.Builder, args []string, strict bool, reads []string) {
	b.WriteString("\tfor riffle_i := 0; riffle_i < riffle_n && riffle_rows.Next(riffle_i); riffle_i++ {\n")
	if strict {
		b.WriteString("\t\tif riffle_guest.IsNull(riffle_strict, riffle_i) {\n\t\t\tcontinue\n\t\t}\n")
	}
	b.WriteString(strings.Join(reads, ""))
	if slices.ContainsFunc(f.params, (*value).canFail) {
		b.WriteString("\t\tif riffle_failed, riffle_ends := riffle_c.Rejected(); riffle_ends {\n\t\t\triffle_rows.Stop()\n\t\t\treturn\n" +
			"\t\t} else if riffle_failed {\n\t\t\tcontinue\n\t\t}\n")
	}
	var own []string
	for i, arg := range args {
		own = append(own, fmt.Sprintf("riffle_x%d", i))
		fmt.Fprintf(b, "\t\t%s := %s\n", own[i], arg)
	}
	call := f.call(own)
	fmt.Fprintf(b, "\t\triffle_rows.Go(riffle_i, func(riffle_ctx %s.Context) (%s, %[1]s.Error) {\n", asyncName, f.result.slotText())
	if f.hasError {
		fmt.Fprintf(b, "\t\t\treturn %s\n", call)
	} else {
		fmt.Fprintf(b, "\t\t\treturn %s, %s.NoError()\n", call, asyncName)
	}
	b.WriteString("\t\t})\n\t}\n")
}
