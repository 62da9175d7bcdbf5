package determinism

import (
	"go/ast"
	"go/token"
	"go/types"
)

// changes looks for package variables that are changed after their initialization: assigned, or
// written to through an element, a field, a pointer or a method. It follows values from
// variable to variable, in no order and through all calls, so it finds more changes than can
// happen, and misses none that the program's own text makes.
type changes struct {
	Program
	// shares maps a variable, or the result of a function, to others with which it may share
	// memory.
	shares map[types.Object][]types.Object
	// written maps a variable that is written to, or whose target is written to, to the
	// function that writes.
	written map[types.Object]types.Object
	order   []types.Object // of written
	// kept are variables that a function literal changes but does not declare: they live as
	// long as the literal.
	kept map[types.Object]bool
	// passed and returned stand for the arguments and the results of calls of function values.
	passed, returned types.Object
	methods          map[string][]*types.Func

	// Of the current declaration:
	by      types.Object
	inInit  bool
	literal []*ast.FuncLit
	called  map[*ast.Ident]bool // names of functions in calls
}

// findChanges returns the package variables that are changed, with what changes them. What init
// functions do is part of the initialization.
func findChanges(p Program) map[types.Object]types.Object {
	ch := &changes{
		Program: p,
		shares:  map[types.Object][]types.Object{}, written: map[types.Object]types.Object{}, kept: map[types.Object]bool{},
		passed:   types.NewVar(token.NoPos, p.Package, "passed", nil),
		returned: types.NewVar(token.NoPos, p.Package, "returned", nil),
		methods:  map[string][]*types.Func{}, called: map[*ast.Ident]bool{},
	}
	for _, file := range p.Files {
		for _, decl := range file.Decls {
			if f, ok := decl.(*ast.FuncDecl); ok && f.Recv != nil {
				if m, ok := p.Info.Defs[f.Name].(*types.Func); ok {
					ch.methods[m.Name()] = append(ch.methods[m.Name()], m)
				}
			}
		}
	}
	for _, file := range p.Files {
		for _, decl := range file.Decls {
			ch.walkDecl(decl)
		}
	}
	return ch.packageVars()
}

// packageVars spreads writes to everything that shares memory with what was written.
func (ch *changes) packageVars() map[types.Object]types.Object {
	for i := 0; i < len(ch.order); i++ {
		by := ch.written[ch.order[i]]
		for _, other := range ch.shares[ch.order[i]] {
			ch.mark(other, by)
		}
	}
	changed := map[types.Object]types.Object{}
	for object, by := range ch.written {
		if isOwnVar(object, ch.Package) {
			changed[object] = by
		}
	}
	for object := range ch.shares {
		if changed[object] == nil && isOwnVar(object, ch.Package) && ch.keepsState(object) {
			changed[object] = object
		}
	}
	return changed
}

func isOwnVar(object types.Object, pkg *types.Package) bool {
	v, ok := object.(*types.Var)
	return ok && v.Pkg() == pkg && isPackageVar(v)
}

// keepsState reports whether a package variable is or contains functions that have variables of
// their own and change them.
func (ch *changes) keepsState(object types.Object) bool {
	if len(ch.kept) == 0 || !holdsFunctions(object.Type(), map[types.Type]bool{}) {
		return false
	}
	seen := map[types.Object]bool{object: true}
	for queue := []types.Object{object}; len(queue) > 0; queue = queue[1:] {
		if ch.kept[queue[0]] {
			return true
		}
		for _, other := range ch.shares[queue[0]] {
			if !seen[other] {
				seen[other] = true
				queue = append(queue, other)
			}
		}
	}
	return false
}

func (ch *changes) walkDecl(decl ast.Decl) {
	switch decl := decl.(type) {
	case *ast.FuncDecl:
		f, ok := ch.Info.Defs[decl.Name].(*types.Func)
		if !ok || decl.Body == nil {
			return
		}
		ch.by, ch.inInit = f, isInit(decl)
		for result := range f.Signature().Results().Variables() {
			ch.share(f, result) // for returns that name nothing
		}
		ch.walk(decl.Body)
		ch.inInit = false
	case *ast.GenDecl:
		for _, spec := range decl.Specs {
			if spec, ok := spec.(*ast.ValueSpec); ok && decl.Tok == token.VAR && len(spec.Names) > 0 {
				if ch.by = ch.Info.Defs[spec.Names[0]]; ch.by != nil {
					ch.walk(spec)
				}
			}
		}
	}
}

func (ch *changes) walk(part ast.Node) {
	var path []ast.Node
	ast.Inspect(part, func(n ast.Node) bool {
		if n == nil {
			if _, ok := path[len(path)-1].(*ast.FuncLit); ok {
				ch.literal = ch.literal[:len(ch.literal)-1]
			}
			path = path[:len(path)-1]
			return true
		}
		path = append(path, n)
		ch.visit(n)
		return true
	})
}

func (ch *changes) visit(n ast.Node) {
	switch n := n.(type) {
	case *ast.FuncLit:
		ch.literal = append(ch.literal, n)
		if sig, ok := ch.Info.TypeOf(n).(*types.Signature); ok {
			ch.becomesValue(sig, ch.returned)
		}
	case *ast.Ident:
		if f, ok := ch.Info.Uses[n].(*types.Func); ok && f.Pkg() == ch.Package && !ch.called[n] {
			ch.becomesValue(f.Signature(), f)
			ch.share(ch.returned, f)
		}
	case *ast.AssignStmt:
		ch.bind(n.Lhs, n.Rhs)
		if n.Tok != token.DEFINE {
			for _, e := range n.Lhs {
				ch.write(e)
			}
		}
	case *ast.ValueSpec:
		names := make([]ast.Expr, len(n.Names))
		for i, name := range n.Names {
			names[i] = name
		}
		ch.bind(names, n.Values)
	case *ast.IncDecStmt:
		ch.write(n.X)
	case *ast.RangeStmt:
		ch.visitRange(n)
	case *ast.SendStmt:
		ch.through(n.Chan)
	case *ast.UnaryExpr:
		if n.Op == token.ARROW {
			ch.through(n.X)
		}
	case *ast.TypeSwitchStmt:
		ch.visitTypeSwitch(n)
	case *ast.ReturnStmt:
		to := ch.by
		if len(ch.literal) > 0 {
			to = ch.returned
		}
		for _, e := range n.Results {
			ch.share(to, ch.sources(e)...)
		}
	case *ast.CallExpr:
		ch.visitCall(n)
	case *ast.SelectorExpr:
		ch.visitMethodValue(n)
	}
}

// visitMethodValue records a method value, which has its receiver but is not called.
func (ch *changes) visitMethodValue(e *ast.SelectorExpr) {
	f, ok := ch.Info.Uses[e.Sel].(*types.Func)
	if !ok || ch.called[e.Sel] || f.Signature().Recv() == nil || ch.Info.Types[e.X].IsType() {
		return
	}
	f = f.Origin()
	receivers := ch.receiver(f, e.X)
	if v, ok := ch.by.(*types.Var); ok {
		receivers = append(receivers, v) // it keeps its initial value
	}
	switch {
	case isAbstract(f):
		for _, m := range ch.methods[f.Name()] {
			ch.share(m.Signature().Recv(), receivers...)
		}
	case f.Pkg() == ch.Package:
		ch.share(f.Signature().Recv(), receivers...)
	}
	if f.Pkg() != ch.Package && ch.writesReceiver(f) {
		ch.writes(receivers...)
	}
}

// becomesValue records a function that can be called without its name.
func (ch *changes) becomesValue(sig *types.Signature, result types.Object) {
	for param := range sig.Params().Variables() {
		ch.share(param, ch.passed)
	}
	if result != ch.returned {
		ch.share(ch.returned, result)
	}
}

// bind records that variables get values.
func (ch *changes) bind(left, right []ast.Expr) {
	for i, l := range left {
		if len(right) == 0 {
			return
		}
		r := right[min(i, len(right)-1)]
		for _, object := range ch.stores(l) {
			ch.share(object, ch.sources(r)...)
		}
	}
}

// stores returns the variables that hold a value that is assigned to e.
func (ch *changes) stores(e ast.Expr) []types.Object {
	switch e := ast.Unparen(e).(type) {
	case *ast.Ident:
		if object := ch.Info.ObjectOf(e); object != nil {
			return []types.Object{object}
		}
	case *ast.SelectorExpr:
		return ch.stores(e.X)
	case *ast.IndexExpr:
		return ch.stores(e.X)
	case *ast.StarExpr:
		return ch.stores(e.X)
	}
	return nil
}

func (ch *changes) share(object types.Object, with ...types.Object) {
	for _, other := range with {
		if other != object {
			ch.shares[object] = append(ch.shares[object], other)
		}
	}
}

func (ch *changes) visitRange(loop *ast.RangeStmt) {
	for _, e := range []ast.Expr{loop.Key, loop.Value} {
		if e == nil {
			continue
		}
		ch.bind([]ast.Expr{e}, []ast.Expr{loop.X})
		if loop.Tok == token.ASSIGN {
			ch.write(e)
		}
	}
	if t := ch.Info.TypeOf(loop.X); t != nil {
		if _, ok := t.Underlying().(*types.Chan); ok {
			ch.through(loop.X)
		}
	}
}

func (ch *changes) visitTypeSwitch(s *ast.TypeSwitchStmt) {
	assign, ok := s.Assign.(*ast.AssignStmt)
	if !ok || len(assign.Rhs) != 1 {
		return
	}
	for _, clause := range s.Body.List {
		if object := ch.Info.Implicits[clause]; object != nil {
			ch.share(object, ch.sources(assign.Rhs[0])...)
		}
	}
}

func (ch *changes) visitCall(call *ast.CallExpr) {
	if name := calledName(call); name != nil {
		ch.called[name] = true
	}
	if ch.Info.Types[call.Fun].IsType() {
		return
	}
	if ident := calledName(call); ident != nil {
		if b, ok := ch.Info.Uses[ident].(*types.Builtin); ok {
			ch.visitBuiltin(b.Name(), call)
			return
		}
	}
	f := calledFunc(ch.Info, call)
	switch {
	case f == nil:
		for _, arg := range call.Args {
			ch.share(ch.passed, ch.sources(arg)...)
		}
	case f.Pkg() == ch.Package && !isAbstract(f):
		ch.pass(f, call)
	case isAbstract(f):
		for _, m := range ch.methods[f.Name()] {
			ch.pass(m, call)
		}
		ch.visitForeign(f, call)
	default:
		ch.visitForeign(f, call)
	}
}

func (ch *changes) visitBuiltin(name string, call *ast.CallExpr) {
	if len(call.Args) == 0 {
		return
	}
	_, sliced := ast.Unparen(call.Args[0]).(*ast.SliceExpr)
	switch name {
	case "delete", "clear", "copy", "close":
		ch.through(call.Args[0])
	case "append":
		if sliced { // it has capacity after its end
			ch.through(call.Args[0])
		}
	}
}

// pass records that the parameters of a function get the arguments of a call.
func (ch *changes) pass(f *types.Func, call *ast.CallExpr) {
	sig := f.Signature()
	args := call.Args
	if recv := sig.Recv(); recv != nil {
		if selector, ok := ast.Unparen(call.Fun).(*ast.SelectorExpr); ok {
			if kind := ch.Info.Types[selector.X]; kind.IsType() { // Point.Norm(p)
				if len(args) > 0 {
					ch.share(recv, ch.sources(args[0])...)
					args = args[1:]
				}
			} else {
				ch.share(recv, ch.receiver(f, selector.X)...)
			}
		}
	}
	n := sig.Params().Len()
	for i, arg := range args {
		if n > 0 {
			ch.share(sig.Params().At(min(i, n-1)), ch.sources(arg)...)
		}
	}
}

// receiver returns the variables that a method can reach through its receiver x. A method with
// a pointer receiver takes the address of x.
func (ch *changes) receiver(f *types.Func, x ast.Expr) []types.Object {
	if recv := f.Signature().Recv(); recv != nil {
		if _, ok := recv.Type().(*types.Pointer); ok {
			return ch.stores(x)
		}
	}
	return ch.sources(x)
}

// visitForeign records what a function or method of another package does with its arguments.
func (ch *changes) visitForeign(f *types.Func, call *ast.CallExpr) {
	takesFunc := false
	for _, arg := range call.Args {
		if t := ch.Info.TypeOf(arg); t != nil {
			_, isFunc := t.Underlying().(*types.Signature)
			takesFunc = takesFunc || isFunc
		}
	}
	isMethod := f.Signature().Recv() != nil
	for _, arg := range call.Args {
		if takesFunc {
			ch.share(ch.passed, ch.sources(arg)...)
		}
		address, _ := ast.Unparen(arg).(*ast.UnaryExpr)
		if address != nil && address.Op == token.AND || !isMethod && writesArguments(f) {
			ch.through(arg)
		}
	}
	if selector, ok := ast.Unparen(call.Fun).(*ast.SelectorExpr); ok && isMethod && f.Pkg() != ch.Package && ch.writesReceiver(f) {
		ch.writes(ch.receiver(f, selector.X)...)
	}
}

// through records a write to what e refers to.
func (ch *changes) through(e ast.Expr) {
	ch.writes(ch.sources(e)...)
}

// write records an assignment to e.
func (ch *changes) write(e ast.Expr) {
	switch e := ast.Unparen(e).(type) {
	case *ast.Ident:
		v, ok := ch.Info.Uses[e].(*types.Var)
		if ok && (isPackageVar(v) || len(ch.literal) > 0) {
			ch.writes(v)
		}
	case *ast.IndexExpr:
		if t := ch.Info.TypeOf(e.X); t != nil {
			if _, ok := t.Underlying().(*types.Array); ok {
				ch.write(e.X)
				return
			}
		}
		ch.through(e.X)
	case *ast.StarExpr:
		ch.through(e.X)
	case *ast.SelectorExpr:
		if v, ok := ch.Info.Uses[e.Sel].(*types.Var); ok && !v.IsField() {
			return // another package's
		}
		ch.through(e.X)
		ch.write(e.X)
	}
}

// writes records that the current declaration writes to variables.
func (ch *changes) writes(objects ...types.Object) {
	for _, object := range objects {
		if n := len(ch.literal); n > 0 && (object.Pos() < ch.literal[n-1].Pos() || object.Pos() > ch.literal[n-1].End()) {
			ch.kept[object] = true
		}
		if !ch.inInit {
			ch.mark(object, ch.by)
		}
	}
}

func (ch *changes) mark(object, by types.Object) {
	if ch.written[object] == nil {
		ch.written[object] = by
		ch.order = append(ch.order, object)
	}
}
