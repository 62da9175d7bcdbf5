// Package determinism finds the functions of a Go program that can return different results for
// equal arguments.
//
// It looks at everything that a function reaches: the functions and methods that it mentions,
// called or not, the initializers of the variables that it uses, and so on. A method called
// through an interface counts as every method of that name. Tables of the standard library, and
// the changes that the program makes to its package variables, show whether something depends on
// more than its arguments. The analysis is conservative: a function that it reports as
// deterministic is deterministic, but a function that it reports as nondeterministic may be
// deterministic after all. A directive overrides the result.
package determinism

import (
	"go/ast"
	"go/token"
	"go/types"
	"strings"
)

// Program is the type-checked program to analyze.
type Program struct {
	Files   []*ast.File
	Package *types.Package
	// Info has Defs, Uses, Implicits and Types.
	Info *types.Info
	// Directives are those in the comments of functions. They override the analysis.
	Directives map[types.Object]bool
	// Known are the import paths of the packages of the standard library that the tables of this package
	// cover. OwnPrefix is the start of the import paths of the program's own library.
	Known     map[string]bool
	OwnPrefix string
}

// Findings are the results of the analysis of a program.
type Findings struct {
	Program
	// nodes are the functions, methods and package variables.
	nodes map[types.Object]*node
	// methods lists the methods of the program, by name.
	methods map[string][]types.Object
	// orderly are mentions of functions whose result's order does not matter, because it is sorted.
	orderly map[*ast.Ident]bool
	// changed are the package variables that are changed, with the function that changes them.
	changed map[types.Object]types.Object
}

// node is a function or a package variable with what it reaches directly.
type node struct {
	object types.Object
	// cause is why it is nondeterministic, as in "calls time.Now", or "".
	cause string
	// reaches are other nodes of the program, in the order of the text.
	reaches []types.Object
}

// Find analyzes all functions of a program.
func Find(p Program) *Findings {
	d := &Findings{
		Program: p, nodes: map[types.Object]*node{}, methods: map[string][]types.Object{}, orderly: map[*ast.Ident]bool{},
	}
	for _, file := range p.Files {
		d.addNodes(file)
	}
	d.changed = findChanges(p)
	for _, file := range p.Files {
		for _, decl := range file.Decls {
			d.visitDecl(decl)
		}
	}
	return d
}

// addNodes adds the functions and variables that a file declares.
func (d *Findings) addNodes(file *ast.File) {
	for _, decl := range file.Decls {
		switch decl := decl.(type) {
		case *ast.FuncDecl:
			object := d.Info.Defs[decl.Name]
			if object == nil {
				continue
			}
			d.nodes[object] = &node{object: object}
			if decl.Recv != nil {
				d.methods[object.Name()] = append(d.methods[object.Name()], object)
			}
		case *ast.GenDecl:
			for _, spec := range decl.Specs {
				if spec, ok := spec.(*ast.ValueSpec); ok && decl.Tok == token.VAR {
					for _, ident := range spec.Names {
						if object := d.Info.Defs[ident]; object != nil {
							d.nodes[object] = &node{object: object}
						}
					}
				}
			}
		}
	}
}

// visitDecl records what the functions or variables of a declaration reach.
func (d *Findings) visitDecl(decl ast.Decl) {
	switch decl := decl.(type) {
	case *ast.FuncDecl:
		if n := d.nodes[d.Info.Defs[decl.Name]]; n != nil && decl.Body != nil {
			d.visit(n, decl.Body)
		}
		if isInit(decl) {
			d.visitInit(decl)
		}
	case *ast.GenDecl:
		for _, spec := range decl.Specs {
			spec, ok := spec.(*ast.ValueSpec)
			if !ok || decl.Tok != token.VAR {
				continue
			}
			for i, ident := range spec.Names {
				values := spec.Values
				if len(values) == len(spec.Names) {
					values = values[i : i+1]
				}
				for _, value := range values {
					if n := d.nodes[d.Info.Defs[ident]]; n != nil {
						d.visit(n, value)
					}
				}
			}
		}
	}
}

// visitInit adds what an init function reaches to the initializers of all variables that it
// mentions.
func (d *Findings) visitInit(decl *ast.FuncDecl) {
	ast.Inspect(decl.Body, func(child ast.Node) bool {
		if ident, ok := child.(*ast.Ident); ok {
			if v, ok := d.Info.Uses[ident].(*types.Var); ok && isPackageVar(v) {
				if n := d.nodes[v]; n != nil {
					d.visit(n, decl.Body)
				}
			}
		}
		return true
	})
}

// visit records what a part of the text of n reaches.
func (d *Findings) visit(n *node, part ast.Node) {
	ast.Inspect(part, func(child ast.Node) bool {
		switch child := child.(type) {
		case *ast.Ident:
			d.visitIdent(n, child)
		case *ast.CallExpr:
			d.visitCall(n, child)
		case *ast.RangeStmt:
			if d.seesOrder(child) {
				n.blame("ranges over a map")
			}
		case *ast.SelectStmt:
			if len(child.Body.List) > 1 {
				n.blame("selects between channels")
			}
		case *ast.GoStmt:
			n.blame("starts a goroutine")
		}
		return true
	})
}

// blame records a cause. The first one is reported.
func (n *node) blame(cause string) {
	if n.cause == "" {
		n.cause = cause
	}
}

func (d *Findings) visitIdent(n *node, ident *ast.Ident) {
	object := d.Info.Uses[ident]
	switch used := object.(type) {
	case *types.Func:
		object = used.Origin()
	case *types.Var:
		if used.IsField() || !isPackageVar(used) {
			return
		}
	default:
		return
	}
	switch f, _ := object.(*types.Func); {
	case object.Pkg() == nil: // error.Error
		d.reachMethods(n, object.Name())
	case object.Pkg() != d.Package:
		if !d.orderly[ident] && d.varies(object) {
			verb := "uses "
			if f != nil {
				verb = "calls "
			}
			n.blame(verb + strings.TrimPrefix(qualifiedName(object), d.OwnPrefix))
		}
		if f != nil && isAbstract(f) {
			d.reachMethods(n, f.Name())
		}
	case f != nil && isAbstract(f):
		d.reachMethods(n, f.Name())
	case d.nodes[object] != nil && object != n.object:
		n.reaches = append(n.reaches, object)
	}
	if by := d.changed[object]; by != nil && by != n.object {
		n.blame("uses the variable " + object.Name() + ", which " + by.Name() + " changes")
	} else if by != nil {
		n.blame("changes the variable " + object.Name())
	}
}

func (d *Findings) reachMethods(n *node, name string) {
	n.reaches = append(n.reaches, d.methods[name]...)
}

// visitCall records what a call can do in addition to what its text mentions.
func (d *Findings) visitCall(n *node, call *ast.CallExpr) {
	info := d.Info
	if kind := info.Types[call.Fun]; kind.IsType() {
		if len(call.Args) == 1 && isBasic(kind.Type, types.Uintptr) && isBasic(info.TypeOf(call.Args[0]), types.UnsafePointer) {
			n.blame("uses an address as a number")
		}
		return
	}
	f := calledFunc(info, call)
	if f == nil || f.Pkg() == nil || f.Pkg() == d.Package {
		return
	}
	if sortsResult(f) && len(call.Args) > 0 {
		if inner, ok := ast.Unparen(call.Args[0]).(*ast.CallExpr); ok {
			if g := calledFunc(info, inner); g != nil && g.Pkg() != nil && g.Pkg().Path() == "maps" {
				d.orderly[calledName(inner)] = true
			}
		}
	}
	for i, arg := range call.Args {
		// It may call methods of its arguments: fmt calls String, sort calls Less.
		n.reaches = append(n.reaches, d.methodsOf(info.TypeOf(arg), map[types.Type]bool{})...)
		if t := info.TypeOf(arg); t != nil && types.IsInterface(t) {
			for _, name := range textMethods {
				d.reachMethods(n, name) // whatever is in it
			}
		}
		writer := i == 0 && strings.HasPrefix(f.Name(), "Fprint")
		if printsText(f) && !writer && showsAddress(info.Types[arg]) {
			n.blame("prints an address")
		}
	}
}

// methodsOf returns the program's methods of a type, and of the types that it is composed of.
func (d *Findings) methodsOf(t types.Type, seen map[types.Type]bool) []types.Object {
	if t == nil || seen[t] {
		return nil
	}
	seen[t] = true
	var all []types.Object
	switch t := types.Unalias(t).(type) {
	case *types.Named:
		if t.Obj().Pkg() != d.Package && types.IsInterface(t) { // error, rand.Source
			return d.methodsOf(t.Underlying(), seen)
		}
		if t.Obj().Pkg() != d.Package {
			return nil
		}
		for m := range t.Origin().Methods() {
			all = append(all, m)
		}
		return append(all, d.methodsOf(t.Underlying(), seen)...)
	case *types.Pointer:
		return d.methodsOf(t.Elem(), seen)
	case *types.Slice:
		return d.methodsOf(t.Elem(), seen)
	case *types.Array:
		return d.methodsOf(t.Elem(), seen)
	case *types.Map:
		return append(d.methodsOf(t.Key(), seen), d.methodsOf(t.Elem(), seen)...)
	case *types.Struct:
		for field := range t.Fields() {
			all = append(all, d.methodsOf(field.Type(), seen)...)
		}
	case *types.Interface:
		for m := range t.Methods() {
			all = append(all, d.methods[m.Name()]...)
		}
	}
	return all
}

// seesOrder reports whether a loop ranges over a map and depends on the order.
func (d *Findings) seesOrder(loop *ast.RangeStmt) bool {
	t := d.Info.TypeOf(loop.X)
	if t == nil {
		return false
	}
	if param, ok := t.(*types.TypeParam); ok {
		t = param.Constraint()
	}
	isMap := false
	switch t := t.Underlying().(type) {
	case *types.Map:
		isMap = true
	case *types.Interface: // a constraint
		isMap = strings.Contains(t.String(), "map[")
	}
	named := func(e ast.Expr) bool {
		ident, ok := e.(*ast.Ident)
		return e != nil && !(ok && ident.Name == "_")
	}
	return isMap && (named(loop.Key) || named(loop.Value))
}

// Reason says why f is not deterministic, as in "it calls roll, which calls time.Now"; "" if f is
// deterministic. If there are several reasons it returns the nearest, which is the easiest to understand.
func (d *Findings) Reason(f *types.Func) string {
	start := d.nodes[f]
	if start == nil {
		return ""
	}
	if deterministic, says := d.Directives[f]; says {
		if deterministic {
			return ""
		}
		return "a directive says so"
	}
	type step struct {
		*node
		way string
	}
	seen := map[*node]bool{start: true}
	for queue := []step{{start, "it "}}; len(queue) > 0; queue = queue[1:] {
		at := queue[0]
		if at.cause != "" {
			return at.way + at.cause
		}
		for _, object := range at.reaches {
			next := d.nodes[object]
			if next == nil || seen[next] {
				continue
			}
			seen[next] = true
			deterministic, says := d.Directives[object]
			switch {
			case says && deterministic:
			case says:
				return at.way + "calls " + title(object) + ", which is not deterministic by a directive"
			default:
				queue = append(queue, step{next, at.way + way(object)})
			}
		}
	}
	return ""
}

// way returns the words that connect a mention of an object to what the object does.
func way(object types.Object) string {
	if _, ok := object.(*types.Var); ok {
		return "uses the variable " + object.Name() + ", whose initializer "
	}
	return "calls " + title(object) + ", which "
}

// title returns the name of a function of the program in messages: "Point.Norm".
func title(object types.Object) string {
	if f, ok := object.(*types.Func); ok {
		if recv := f.Signature().Recv(); recv != nil {
			t := recv.Type()
			if p, ok := t.(*types.Pointer); ok {
				t = p.Elem()
			}
			if named, ok := t.(*types.Named); ok {
				return named.Obj().Name() + "." + f.Name()
			}
		}
	}
	return object.Name()
}

// qualifiedName returns the name of another package's object in messages: "math/rand/v2.IntN",
// "math/rand.Rand.Intn".
func qualifiedName(object types.Object) string {
	return object.Pkg().Path() + "." + title(object)
}

func isInit(decl *ast.FuncDecl) bool { return decl.Recv == nil && decl.Name.Name == "init" }

func isPackageVar(v *types.Var) bool {
	return v.Pkg() != nil && v.Parent() == v.Pkg().Scope()
}

// isAbstract reports whether a method is an interface's.
func isAbstract(f *types.Func) bool {
	recv := f.Signature().Recv()
	return recv != nil && types.IsInterface(recv.Type())
}

func isBasic(t types.Type, kind types.BasicKind) bool {
	if t == nil {
		return false
	}
	basic, ok := t.Underlying().(*types.Basic)
	return ok && basic.Kind() == kind
}

// calledName returns the name of the function in a call that has one, or nil.
func calledName(call *ast.CallExpr) *ast.Ident {
	fun := ast.Unparen(call.Fun)
	switch x := fun.(type) {
	case *ast.IndexExpr:
		fun = ast.Unparen(x.X)
	case *ast.IndexListExpr:
		fun = ast.Unparen(x.X)
	}
	switch x := fun.(type) {
	case *ast.Ident:
		return x
	case *ast.SelectorExpr:
		return x.Sel
	}
	return nil
}

// calledFunc returns the function or method that a call names, or nil.
func calledFunc(info *types.Info, call *ast.CallExpr) *types.Func {
	if name := calledName(call); name != nil {
		if f, ok := info.Uses[name].(*types.Func); ok {
			return f.Origin()
		}
	}
	return nil
}
