package golang

import (
	"cmp"
	"errors"
	"fmt"
	"go/ast"
	"go/types"
	"slices"
	"strings"

	"riffle/udfhost/payload"
)

// Function is an exported Go function as SQL sees it.
type Function struct {
	Name   string
	Kind   payload.Kind
	Doc    string // its doc comment
	Params []Param
	Result Result
	// Vectorized says that the Go function is called for many rows at once.
	Vectorized bool
	// Async says that the Go function gets a context, and that several of its calls are in progress at a time.
	Async bool
	// Nondeterministic says why equal arguments can have different results, as in
	// "it calls time.Now"; "" if they cannot.
	Nondeterministic string
	// Cell and Line say where it is declared.
	Cell string
	Line int
}

// Param is a parameter. A parameter that is not Nullable, a plain Go type, is strict: if it is NULL in a
// row, the function is not called for that row. The result is then NULL, or no rows for a table function.
type Param struct {
	Name string
	// SQLType has no precision and scale if any are accepted: DECIMAL.
	SQLType  string
	Nullable bool
	Default  Default
	// Struct is the name of the Go struct whose fields a ROW becomes, or "".
	Struct string
}

// Text returns the parameter as in "limit BIGINT = 10".
func (p Param) Text() string {
	text := p.Name + " " + p.SQLType
	if p.Default.Text != "" {
		text += " = " + p.Default.Text
	}
	return text
}

// Result is what a function returns. It is Nullable if the function can return
// NULL or has a strict parameter.
type Result struct {
	// SQLType is the type of the value. For a table function it is the ROW of the columns.
	SQLType  string
	Nullable bool
	// Shown is the result in a signature if it is not SQLType: "TABLE(STRING)".
	Shown string
}

// Signature returns the signature as in "Grade(DOUBLE) → STRING" or "Words(STRING) → TABLE(STRING)". If a parameter has
// a default, it has the names of the parameters: "Cap(price DOUBLE, limit BIGINT = 10) → DOUBLE".
func (f Function) Signature() string {
	named := slices.ContainsFunc(f.Params, func(p Param) bool { return p.Default.Text != "" })
	var params []string
	for _, p := range f.Params {
		if named {
			params = append(params, p.Text())
		} else {
			params = append(params, p.SQLType)
		}
	}
	return fmt.Sprintf("%s(%s) → %s", f.Name, strings.Join(params, ", "), cmp.Or(f.Result.Shown, f.Result.SQLType))
}

// Declaration returns the signature with remarks for the user.
func (f Function) Declaration() string {
	text := f.Signature()
	if f.Vectorized {
		text += ", vectorized"
	}
	if f.Async {
		text += ", asynchronous"
	}
	if f.Nondeterministic != "" {
		text += ", not deterministic: " + f.Nondeterministic
	}
	return text
}

// signature is a Function with everything that is needed to call it.
type signature struct {
	Function
	given    []*given // parameters before params, which SQL does not see
	params   []*value
	result   *value // of a scalar function
	hasError bool

	// Of a vectorized function: how it takes its parameters, whose values are those of one row, and its result.
	forms      []form
	resultForm form

	// Of a table function: its columns, and the struct whose fields they are, or nil.
	columns []tableColumn
	row     *value
}

// signatureOf maps the signature of a Go function. The error says which part has no SQL type,
// and what to write instead.
func signatureOf(name string, sig *types.Signature, d directives) (*signature, error) {
	s, err := mapSignature(name, sig, d)
	if err != nil {
		return nil, err
	}
	for i, p := range s.params {
		if p.structure {
			s.Params[i].Struct = strings.TrimPrefix(p.user, "*")
		}
	}
	return s, s.setDefaults(d.defaults)
}

// mapSignature maps the types of a signature.
func mapSignature(name string, sig *types.Signature, d directives) (*signature, error) {
	s := &signature{Function: Function{Name: name, Kind: payload.Scalar}}
	if sig.Variadic() {
		return nil, fmt.Errorf("%s is variadic, and a SQL function has a fixed number of parameters", name)
	}
	given, sig, err := takeGiven(name, sig)
	if err == nil && slices.Contains(given, contextParameter) {
		err = refuseAsync(name, sig, d)
	}
	if err != nil {
		return nil, err
	}
	s.given, s.Async = given, slices.Contains(given, contextParameter)
	if d.vectorized || hasColumns(sig) {
		return s, s.vectorize(sig, d.result)
	}
	strict := false
	for i := range sig.Params().Len() {
		param := sig.Params().At(i)
		v, err := valueOf(param.Type())
		if err != nil {
			return nil, fmt.Errorf("parameter %s of %s: %w", paramName(param, i), name, err)
		}
		strict = strict || !v.pointer
		s.params = append(s.params, v)
		s.Params = append(s.Params, Param{Name: paramName(param, i), SQLType: v.parameter, Nullable: v.pointer})
	}
	if err := s.oneResult(sig.Results()); err != nil {
		return nil, err
	}
	result := sig.Results().At(0).Type()
	if values, is := iterator(result); is {
		return s, s.table(values, d.result)
	}
	v, err := valueOf(result)
	if err != nil {
		return nil, fmt.Errorf("result of %s: %w", name, err)
	}
	if err := d.result.apply(v); err != nil {
		return nil, fmt.Errorf("result of %s: %w", name, err)
	}
	s.result = v
	s.Result = Result{SQLType: v.sql, Nullable: v.pointer || strict}
	return s, nil
}

// oneResult checks that a function returns one value, or one and an error.
func (s *signature) oneResult(results *types.Tuple) error {
	switch {
	case results.Len() == 2 && isError(results.At(1).Type()):
		s.hasError = true
	case results.Len() == 1 && isError(results.At(0).Type()), results.Len() == 0:
		return fmt.Errorf("%s returns no value; a SQL function returns one, or one and an error", s.Name)
	case results.Len() != 1:
		return fmt.Errorf("%s returns %d values; a SQL function returns one, or one and an error", s.Name, results.Len())
	}
	return nil
}

// call returns the text of a call of the function, riffle_f, in the glue. args are the expressions for the parameters that
// SQL sees.
func (f *signature) call(args []string) string {
	var all []string
	for _, g := range f.given {
		all = append(all, g.argument)
	}
	return fmt.Sprintf("riffle_f(%s)", strings.Join(append(all, args...), ", "))
}

func paramName(param *types.Var, i int) string {
	if param.Name() == "" || param.Name() == "_" {
		return fmt.Sprintf("arg%d", i+1)
	}
	return param.Name()
}

func isError(t types.Type) bool { return types.Identical(t, types.Universe.Lookup("error").Type()) }

// functions returns the SQL functions among the declarations, sorted by name, and notes about
// exported functions that cannot be called from SQL. An exported function of the cell that is
// being defined must be a SQL function, or be used by another declaration.
func (c *checked) functions(cell *Cell) (all []*signature, notes []string, err error) {
	problems := &Error{}
	found := c.determinism()
	defined := map[string]bool{} // by the cell
	for _, u := range c.units {
		object := c.exported(u)
		if object == nil {
			continue
		}
		name, sig := object.Name(), object.Type().(*types.Signature)
		if sig.TypeParams().Len() > 0 {
			if u.cell == cell {
				notes = append(notes, name+" is generic, so it is a Go helper and not a SQL function")
			}
			continue
		}
		s, err := signatureOf(name, sig, u.directives)
		directive := (*directiveError)(nil)
		switch {
		case err == nil:
			s.Doc, s.Cell, s.Line = strings.TrimSpace(u.doc), u.at.Filename, u.at.Line
			s.Nondeterministic = found.Reason(object)
			all = append(all, s)
			defined[name] = u.cell == cell
		case u.cell != cell:
		case errors.As(err, &directive):
			problems.add(directive.at, directive.message, "")
		case c.usedBy(object, u):
			notes = append(notes, fmt.Sprintf("%s is a Go helper, not a SQL function: %v", name, err))
		default:
			at := u.at
			if placed := (*placedError)(nil); errors.As(err, &placed) {
				at = c.files.Position(placed.pos)
			}
			problems.add(at, fmt.Sprintf("%v (use a lower-case name to keep it Go-only)", err), "")
		}
	}
	slices.SortFunc(all, func(a, b *signature) int { return strings.Compare(a.Name, b.Name) })
	refuseSameNames(problems, all, defined)
	return all, notes, problems.or()
}

// refuseSameNames reports functions whose names differ only in case, because SQL treats them as
// one name. The problem is reported at the function that the new cell defines.
func refuseSameNames(problems *Error, all []*signature, defined map[string]bool) {
	seen := map[string]*signature{}
	for _, s := range all {
		folded := strings.ToLower(s.Name)
		if other := seen[folded]; other != nil {
			if !defined[s.Name] {
				s, other = other, s
			}
			problems.Problems = append(problems.Problems, Problem{
				Cell: s.Cell, Line: s.Line,
				Message: fmt.Sprintf("%s and %s (%s:%d) are the same name in SQL: rename one of them", s.Name, other.Name, other.Cell, other.Line),
			})
		}
		seen[folded] = s
	}
}

// exported returns the exported function that u declares, or nil.
func (c *checked) exported(u *unit) *types.Func {
	for _, decl := range u.file.Decls {
		if f, ok := decl.(*ast.FuncDecl); ok && f.Recv == nil && f.Name.IsExported() {
			object, _ := c.info.Defs[f.Name].(*types.Func)
			return object
		}
	}
	return nil
}
