package golang

import (
	"fmt"
	"go/ast"
	"go/token"
	"regexp"
	"strconv"
	"strings"
)

// directivePrefix begins the comments that tell riffle something about a
// function.
const directivePrefix = "//riffle:"

// directive is a line "//riffle:result DECIMAL(10, 2)" in the comment of a
// function: the precision and scale of its result, which no Go type says.
type directive struct{ precision, scale int32 }

var resultDirective = regexp.MustCompile(`^//riffle:result\s+DECIMAL\s*\(\s*(\d{1,2})\s*(?:,\s*(\d{1,2})\s*)?\)\s*$`)

// directiveOf is the directive in the comment of a function, or nil.
func directiveOf(files *token.FileSet, doc *ast.CommentGroup) (*directive, error) {
	var found *directive
	for _, comment := range doc.List {
		if !strings.HasPrefix(comment.Text, directivePrefix) {
			continue
		}
		at := files.Position(comment.Pos())
		m := resultDirective.FindStringSubmatch(comment.Text)
		if m == nil || found != nil {
			return nil, problemAt(at, "a function can have one directive, as in %sresult DECIMAL(10, 2)", directivePrefix)
		}
		precision, _ := strconv.Atoi(m[1]) // digits, by the expression
		scale := 0
		if m[2] != "" {
			scale, _ = strconv.Atoi(m[2])
		}
		if precision < 1 || precision > maxPrecision || scale > precision {
			return nil, problemAt(at, "a DECIMAL has 1 to %d digits, and not more than these behind the point", maxPrecision)
		}
		found = &directive{int32(precision), int32(scale)}
	}
	return found, nil
}

// apply gives a result the type that d says.
func (d *directive) apply(result *value) error {
	if d == nil {
		return nil
	}
	if result.kind != "Decimal" {
		return fmt.Errorf("%sresult is for riffle.Decimal, not for %s", directivePrefix, result.user)
	}
	typed := decimalValue(d.precision, d.scale)
	result.sql, result.arrow = typed.sql, typed.arrow
	return nil
}

// refuseDirectives reports comments that tell the compiler something: what they
// tell is lost on the way (embed), or reaches into other packages and could let
// the user's code run before it is confined (linkname, cgo_import_dynamic). Of
// what is left only noinline is of use. Those of riffle's own stand above a
// function, or are lost, too.
func refuseDirectives(files *token.FileSet, file *ast.File) error {
	problems := &Error{}
	ofFunctions := map[*ast.CommentGroup]bool{}
	for _, decl := range file.Decls {
		if f, ok := decl.(*ast.FuncDecl); ok && f.Recv == nil {
			ofFunctions[f.Doc] = true
		}
	}
	for _, group := range file.Comments {
		for _, comment := range group.List {
			directive, _, _ := strings.Cut(comment.Text, " ")
			switch {
			case strings.HasPrefix(directive, "//go:") && directive != "//go:noinline":
				problems.add(files.Position(comment.Pos()), directive+" is not possible in functions", "")
			case strings.HasPrefix(directive, directivePrefix) && !ofFunctions[group]:
				problems.add(files.Position(comment.Pos()), directivePrefix+" stands right above a function", "")
			}
		}
	}
	return problems.or()
}
