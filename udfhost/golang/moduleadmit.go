package golang

import (
	"bytes"
	"errors"
	"fmt"
	"go/parser"
	"go/scanner"
	"go/token"
	"path"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
)

// This file decides which packages of modules a program can contain. Their code runs in the jail like a user's, but
// only because Go initializes package runtime, which confines the process, before them. Whatever could run code of a
// package earlier, or change what runs earlier, is refused: symbols of other packages, defined by go:linkname or in
// assembly (such as _cgo_init, which Go's runtime calls first of all), and libraries of C.

// unusable returns why a program cannot contain the package, or nil. It looks at what go list says, not into the files.
func (p *modulePackage) unusable() error {
	switch {
	case len(p.SysoFiles) > 0:
		return fmt.Errorf("%s is compiled code without source, which riffle does not link", p.SysoFiles[0])
	case len(p.GoFiles) == 0 && p.needsC():
		return errors.New("it needs cgo, and functions are built without a C compiler: look for a module in pure Go")
	case p.Error != nil:
		text, _, _ := strings.Cut(strings.TrimSpace(p.Error.Err), "\n")
		if p.Dir != "" {
			text = strings.ReplaceAll(text, p.Dir, p.place())
		}
		return errors.New(text)
	case len(p.GoFiles) == 0:
		return errors.New("it has no Go files for this system")
	}
	return nil
}

// needsC reports whether files of the package that are left out import "C".
func (p *modulePackage) needsC() bool {
	return slices.ContainsFunc(p.IgnoredGoFiles, func(name string) bool {
		file, err := parser.ParseFile(token.NewFileSet(), filepath.Join(p.Dir, name), nil, parser.ImportsOnly)
		if err != nil {
			return false
		}
		for _, spec := range file.Imports {
			if spec.Path.Value == `"C"` {
				return true
			}
		}
		return false
	})
}

// place returns the folder of the package as messages and traces show it: golang.org/x/text@v0.14.0/cases.
func (p *modulePackage) place() string {
	if p.Module == nil {
		return p.ImportPath
	}
	return p.Module.Path + "@" + p.Module.Version + strings.TrimPrefix(p.ImportPath, p.Module.Path)
}

// refuseReaching reports directives in a Go file with which a package reaches into others.
func (s *moduleSet) refuseReaching(p *modulePackage, name string, source []byte) error {
	files := token.NewFileSet()
	file := files.AddFile(name, -1, len(source))
	var words scanner.Scanner
	words.Init(file, source, nil, scanner.ScanComments) // the compiler reports what is no Go
	for {
		at, tok, _ := words.Scan()
		if tok == token.EOF {
			return nil
		}
		if tok != token.COMMENT || !bytes.HasPrefix(source[file.Offset(at):], []byte("//go:")) {
			continue
		}
		// Not the scanner's text, which lacks the carriage returns: to the compiler, they separate words.
		text, _, _ := bytes.Cut(source[file.Offset(at):], []byte("\n"))
		where := fmt.Sprintf("%s:%d", path.Join(p.place(), name), file.PositionFor(at, false).Line)
		fields := strings.Fields(string(text))
		switch {
		case strings.HasPrefix(fields[0], "//go:cgo_"):
			return fmt.Errorf("%s: %s links libraries of C, which functions cannot use", where, fields[0])
		case strings.HasPrefix(fields[0], "//go:linkname") && len(fields) > 2 && !s.ownSymbol(p, fields[2]):
			return fmt.Errorf("%s: %s reaches %s, which is not in its module and could change the jail: "+
				"look for a module or a version without that", where, fields[0], fields[2])
		}
	}
}

// symbolName is the part of a symbol's name after the path of its package: a function, a variable or a method. What
// the compiler itself names, such as the record of a package's initialization, has other forms.
var symbolName = regexp.MustCompile(`^(?:[\pL_][\pL\pN_]*|(?:[\pL_][\pL\pN_]*|\(\*[\pL_][\pL\pN_]*\))\.[\pL_][\pL\pN_]*)$`)

// ownSymbol reports whether a symbol that a directive names belongs to the module of a package.
func (s *moduleSet) ownSymbol(p *modulePackage, symbol string) bool {
	slash := strings.LastIndex(symbol, "/") + 1
	last, name, found := strings.Cut(symbol[slash:], ".")
	owner := s.packages[symbol[:slash]+strings.ReplaceAll(last, "%2e", ".")]
	return found && symbolName.MatchString(name) && owner != nil && owner.Module != nil && p.Module != nil &&
		owner.Module.Path == p.Module.Path
}

// assemblyName is the part of a symbol's name that assembly of a package can define.
var assemblyName = regexp.MustCompile(`^[\pL_][\pL\pN_]*$`)

// foreignSymbol returns a symbol that assembly defines and that does not belong to its package, or "". listing is the
// assembler's own, with the flag -S, in which the line of each symbol begins with its name, and other lines with a tab.
func foreignSymbol(listing []byte, importPath string) string {
	prefix := symbolPrefix(importPath) + "."
	for line := range strings.Lines(string(listing)) {
		fields := strings.Fields(line)
		if len(fields) == 0 || strings.HasPrefix(line, "\t") {
			continue
		}
		kind := ""
		if len(fields) > 1 {
			kind = fields[1]
		}
		switch name, own := strings.CutPrefix(fields[0], prefix); {
		case own && assemblyName.MatchString(name):
		case slices.Contains(fields[1:], "static"): // seen only in its file
		case strings.HasPrefix(kind, "SDWARF"): // for debuggers
		case strings.HasPrefix(fields[0], "$"): // a constant
		default:
			return fields[0]
		}
	}
	return ""
}

// symbolPrefix returns the form of an import path in the names of symbols, as cmd/internal/objabi.PathToPrefix does:
// in the last element dots are escaped. The paths of modules have no other characters that would be.
func symbolPrefix(importPath string) string {
	slash := strings.LastIndex(importPath, "/") + 1
	return importPath[:slash] + strings.ReplaceAll(importPath[slash:], ".", "%2e")
}
