package golang

import (
	"errors"
	"fmt"
	"go/types"
	"slices"
	"strings"

	"riffle/udfhost/guest"
)

// A vectorized function is a scalar function in SQL. In Go it is called for many rows at once: its parameters and its
// result are slices with one value for each row, or riffle.Column, which knows the rows that are NULL. A slice alone
// could also be an ARRAY, so a function without a riffle.Column needs the directive.

const vectorizedDirective = directivePrefix + "vectorized"

// form is how a vectorized function takes or returns the values of its rows.
type form int

const (
	inSlice  form = iota // []T
	inColumn             // riffle.Column[T]
)

// vectorForm returns the form of a type and the type of its values.
func vectorForm(t types.Type) (f form, element types.Type, ok bool) {
	if named, is := types.Unalias(t).(*types.Named); is && named.Obj().Pkg() != nil && named.Obj().Pkg().Path() == guest.CivilPath && named.Obj().Name() == "Column" {
		return inColumn, named.TypeArgs().At(0), true
	}
	under, is := t.Underlying().(*types.Slice)
	if !is {
		return 0, nil, false
	}
	return inSlice, under.Elem(), true
}

// hasColumns reports whether a function takes or returns a riffle.Column.
func hasColumns(sig *types.Signature) bool {
	for _, tuple := range []*types.Tuple{sig.Params(), sig.Results()} {
		for v := range tuple.Variables() {
			if f, _, ok := vectorForm(v.Type()); ok && f == inColumn {
				return true
			}
		}
	}
	return false
}

// vectorize makes s a vectorized function of a signature.
func (s *signature) vectorize(sig *types.Signature, result *decimalType) error {
	s.Vectorized = true
	if sig.Params().Len() == 0 {
		return fmt.Errorf("%s has no parameters; a vectorized function needs one, whose length is the number of rows", s.Name)
	}
	strict := false
	for i := range sig.Params().Len() {
		param := sig.Params().At(i)
		f, v, err := vectorOf(param.Type())
		if err != nil {
			return fmt.Errorf("parameter %s of %s: %w", paramName(param, i), s.Name, err)
		}
		nullable := f == inColumn || v.pointer
		strict = strict || !nullable
		s.params, s.forms = append(s.params, v), append(s.forms, f)
		s.Params = append(s.Params, Param{Name: paramName(param, i), SQLType: v.parameter, Nullable: nullable})
	}
	if err := s.oneResult(sig.Results()); err != nil {
		return err
	}
	if _, is := iterator(sig.Results().At(0).Type()); is {
		return fmt.Errorf("%s returns an iterator, and a table function cannot be vectorized", s.Name)
	}
	f, v, err := vectorOf(sig.Results().At(0).Type())
	if err == nil {
		err = result.apply(v)
	}
	if err != nil {
		return fmt.Errorf("result of %s: %w", s.Name, err)
	}
	s.result, s.resultForm = v, f
	s.Result = Result{SQLType: v.sql, Nullable: f == inColumn || v.pointer || strict}
	return nil
}

// vectorOf maps the values of a parameter or a result.
func vectorOf(t types.Type) (form, *value, error) {
	f, element, ok := vectorForm(t)
	if !ok {
		return 0, nil, fmt.Errorf("%s is one value; a vectorized function takes and returns those of many rows, as []%[1]s or riffle.Column[%[1]s]", typeText(t))
	}
	if basic, is := types.Unalias(element).(*types.Basic); is && basic.Kind() == types.Uint8 && f == inSlice {
		return 0, nil, errors.New("[]byte is one value; a vectorized function takes and returns those of many rows, as [][]byte or riffle.Column[[]byte]")
	}
	v, err := valueOf(element)
	if err != nil {
		return 0, nil, err
	}
	if v.pointer && f == inColumn {
		return 0, nil, fmt.Errorf("riffle.Column[%s] has NULL in two ways; use riffle.Column[%s]", v.user, strings.TrimPrefix(v.user, "*"))
	}
	return f, v, nil
}

// nullableResult reports whether the function can return NULL for a row that it is called for.
func (f *signature) nullableResult() bool {
	return f.result.pointer || f.Vectorized && f.resultForm == inColumn
}

// nullableParam reports whether the function is called for rows in which parameter i is NULL.
func (f *signature) nullableParam(i int) bool {
	return f.params[i].pointer || f.Vectorized && f.forms[i] == inColumn
}

// usesColumns reports whether the function takes or returns a riffle.Column.
func (f *signature) usesColumns() bool {
	return f.Vectorized && (f.resultForm == inColumn || slices.Contains(f.forms, inColumn))
}

// writeVectorized writes the body of what calls f, a vectorized function, for the rows of a batch: it reads the rows for
// which f is called into slices, calls f, and writes the results.
func (f *signature) writeVectorized(b *strings.Builder, parts *partsGlue) {
	b.WriteString("\triffle_row, riffle_n := riffle_c.Progress(), riffle_c.Rows()\n")
	args, strict, reads := f.writeArguments(b, parts)
	f.writeOutput(b, strict)
	fmt.Fprintf(b, "\tvar riffle_all %s\n", vectorText(f.resultForm, f.result))
	b.WriteString("\triffle_rows, riffle_open := riffle_c.Vector()\n\tif riffle_open {\n")
	f.writeGather(b, args, strict, reads)
	f.writeCall(b)
	b.WriteString("\t}\n\tfor riffle_i := 0; riffle_i < riffle_n; riffle_i++ {\n\t\t*riffle_row = riffle_i\n")
	fmt.Fprintf(b, "\t\triffle_k, riffle_found := riffle_rows.Index(riffle_i)\n\t\tif !riffle_found {\n%s\t\t\tcontinue\n\t\t}\n", f.result.null("\t\t\t"))
	if f.resultForm == inSlice {
		b.WriteString("\t\triffle_r := riffle_all[riffle_k]\n")
		f.writeResult(b, parts)
	} else {
		fmt.Fprintf(b, "\t\tif riffle_all.IsNull(riffle_k) {\n%s\t\t\tcontinue\n\t\t}\n", f.result.null("\t\t\t"))
		b.WriteString("\t\triffle_set.Set(riffle_i)\n\t\triffle_r := riffle_all.Values[riffle_k]\n")
		f.writeSet(b, parts, "riffle_r")
	}
	b.WriteString("\t}\n")
}

// vectorText returns the type of the values of many rows, as the glue writes it.
func vectorText(f form, v *value) string {
	if f == inColumn {
		return civilName + ".Column[" + v.text + "]"
	}
	return "[]" + v.slotText()
}

// writeGather writes code that reads the rows for which f is called into riffle_s0 and so on.
func (f *signature) writeGather(b *strings.Builder, args []string, strict bool, reads []string) {
	for i, p := range f.params {
		fmt.Fprintf(b, "\t\triffle_s%d := riffle_guest.Slice[%s](riffle_n)\n", i, p.slotText())
	}
	b.WriteString("\t\tfor riffle_i := 0; riffle_i < riffle_n; riffle_i++ {\n\t\t*riffle_row = riffle_i\n")
	if strict {
		b.WriteString("\t\tif riffle_guest.IsNull(riffle_strict, riffle_i) {\n\t\t\tcontinue\n\t\t}\n")
	}
	b.WriteString(strings.Join(reads, ""))
	if slices.ContainsFunc(f.params, (*value).canFail) {
		b.WriteString("\t\tif riffle_failed, riffle_ends := riffle_c.Rejected(); riffle_ends {\n\t\t\treturn\n\t\t} else if riffle_failed {\n\t\t\tcontinue\n\t\t}\n")
	}
	for i, arg := range args {
		fmt.Fprintf(b, "\t\triffle_s%d = riffle_guest.Append(riffle_s%[1]d, %s)\n", i, arg)
	}
	b.WriteString("\t\triffle_rows.Add(riffle_i)\n\t\t}\n")
}

// writeCall writes the call of f.
func (f *signature) writeCall(b *strings.Builder) {
	var args []string
	for i := range f.params {
		arg := fmt.Sprintf("riffle_s%d", i)
		if f.forms[i] == inColumn {
			arg = fmt.Sprintf("%s.ColumnOf(%s, riffle_rows.Nulls(riffle_v%d))", civilName, arg, i)
		}
		args = append(args, arg)
	}
	call := f.call(args)
	length := "riffle_guest.Length(riffle_all)"
	if f.resultForm == inColumn {
		length = "riffle_all.Len()"
	}
	b.WriteString("\t\tif riffle_rows.Call() {\n")
	if f.hasError {
		fmt.Fprintf(b, "\t\t\triffle_r, riffle_err := %s\n\t\t\triffle_all = riffle_r\n\t\t\tif riffle_rows.ReturnedError(%s, riffle_err) {\n", call, length)
	} else {
		fmt.Fprintf(b, "\t\t\triffle_all = %s\n\t\t\tif riffle_rows.Returned(%s) {\n", call, length)
	}
	b.WriteString("\t\t\t\treturn\n\t\t\t}\n\t\t}\n")
}
