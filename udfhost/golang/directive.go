package golang

import (
	"fmt"
	"go/ast"
	"go/token"
	"regexp"
	"strconv"
	"strings"

	"riffle/udfhost/sqltype"
)

// directivePrefix begins the comments that tell riffle something about a
// function.
const directivePrefix = "//riffle:"

// directives are what the lines "//riffle:…" in the comment of a function say.
type directives struct {
	result *decimalType
	// deterministic overrules what is found about the function; nil if the
	// comment does not say.
	deterministic *bool
}

// decimalType is what a line "//riffle:result DECIMAL(10, 2)" says: the
// precision and scale of a result, which no Go type says.
type decimalType struct{ precision, scale int32 }

const (
	deterministicDirective    = directivePrefix + "deterministic"
	nondeterministicDirective = directivePrefix + "nondeterministic"
)

var resultDirective = regexp.MustCompile(`^//riffle:result\s+DECIMAL\s*\(\s*(\d{1,2})\s*(?:,\s*(\d{1,2})\s*)?\)\s*$`)

// directivesOf are those in the comment of a function.
func directivesOf(files *token.FileSet, doc *ast.CommentGroup) (directives, error) {
	var found directives
	for _, comment := range doc.List {
		if !strings.HasPrefix(comment.Text, directivePrefix) {
			continue
		}
		at := files.Position(comment.Pos())
		switch text := strings.TrimRight(comment.Text, " \t\r"); text {
		case deterministicDirective, nondeterministicDirective:
			if found.deterministic != nil {
				return directives{}, problemAt(at, "a function can have %s or %s only once", deterministicDirective, nondeterministicDirective)
			}
			deterministic := text == deterministicDirective
			found.deterministic = &deterministic
			continue
		}
		m := resultDirective.FindStringSubmatch(comment.Text)
		if m == nil {
			return directives{}, problemAt(at, "unknown directive: there are %sresult DECIMAL(10, 2), %s and %s",
				directivePrefix, deterministicDirective, nondeterministicDirective)
		}
		if found.result != nil {
			return directives{}, problemAt(at, "a function can have %sresult only once", directivePrefix)
		}
		precision, _ := strconv.Atoi(m[1]) // digits, by the expression
		scale := 0
		if m[2] != "" {
			scale, _ = strconv.Atoi(m[2])
		}
		if precision < 1 || precision > sqltype.MaxPrecision || scale > precision {
			return directives{}, problemAt(at, "a DECIMAL has 1 to %d digits, and at most as many after the decimal point", sqltype.MaxPrecision)
		}
		found.result = &decimalType{int32(precision), int32(scale)}
	}
	return found, nil
}

// apply gives a result the type that d says.
func (d *decimalType) apply(result *value) error {
	if d == nil {
		return nil
	}
	if result.kind != "Decimal" {
		return fmt.Errorf("%sresult is for riffle.Decimal, not for %s", directivePrefix, result.user)
	}
	row, _ := sqltype.OfGo("riffle.Decimal")
	result.returns(row, sqltype.Params{Precision: d.precision, Scale: d.scale})
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
				problems.add(files.Position(comment.Pos()), directive+" is not supported in functions", "")
			case strings.HasPrefix(directive, directivePrefix) && !ofFunctions[group]:
				problems.add(files.Position(comment.Pos()), directivePrefix+" must be directly above a function", "")
			}
		}
	}
	return problems.or()
}
