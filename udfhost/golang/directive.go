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

// directivePrefix begins the comments that are directives to riffle.
const directivePrefix = "//riffle:"

// directives holds the directives in the comment of a function.
type directives struct {
	result *decimalType
	// deterministic overrides the result of the analysis; nil without such a directive.
	deterministic *bool
	// vectorized says that slices have the values of many rows.
	vectorized bool
	defaults   []givenDefault
}

// decimalType is the precision and scale of a result, from a line "//riffle:result DECIMAL(10,
// 2)". Go types do not have them.
type decimalType struct{ precision, scale int32 }

const (
	deterministicDirective    = directivePrefix + "deterministic"
	nondeterministicDirective = directivePrefix + "nondeterministic"
)

var resultDirective = regexp.MustCompile(`^//riffle:result\s+DECIMAL\s*\(\s*(\d{1,2})\s*(?:,\s*(\d{1,2})\s*)?\)\s*$`)

// directivesOf returns the directives in the comment of a function.
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
		case vectorizedDirective:
			found.vectorized = true
			continue
		}
		if values, is := strings.CutPrefix(strings.TrimRight(comment.Text, " \t\r"), defaultDirective); is && strings.TrimLeft(values, " \t") != values {
			at.Column += len(defaultDirective)
			defaults, err := defaultsOf(values, at)
			if err != nil {
				return directives{}, err
			}
			found.defaults = append(found.defaults, defaults...)
			continue
		}
		m := resultDirective.FindStringSubmatch(comment.Text)
		if m == nil {
			return directives{}, problemAt(at, "unknown directive: there are %sresult DECIMAL(10, 2), %s limit=10, %s, %s and %s",
				directivePrefix, defaultDirective, vectorizedDirective, deterministicDirective, nondeterministicDirective)
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

// apply gives a result the type that d specifies.
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

// refuseDirectives reports directives to the compiler. Some would be lost on the way (embed).
// Others reach into other packages, and could let the user's code run before it is confined
// (linkname, cgo_import_dynamic). Of the rest only noinline is useful. Riffle's own directives
// must be above a function; elsewhere they would be lost too.
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
