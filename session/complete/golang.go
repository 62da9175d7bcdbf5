package complete

import (
	"go/token"
	"maps"
	"slices"
	"strings"

	"riffle/session/sqltext"
)

// GoNames are the names that Go in a cell can use.
type GoNames struct {
	Declared []GoName          // by the session's cells
	Imports  map[string]string // the paths of packages that the cells import, by name
	// Packages are the paths that a name can mean without an import, the likeliest first.
	Packages map[string][]string
	// Members are the exported names of packages, by path. A package that is missing here has
	// unknown members.
	Members map[string][]GoName
}

// GoName is a name in Go.
type GoName struct {
	Entry
	Kind Kind // GoFunc, GoType, GoVar or GoConst
}

// predeclared are the names that Go itself declares.
var predeclared = []GoName{
	{Entry{"append", "append(slice []T, elems ...T) []T"}, GoFunc},
	{Entry{"cap", "cap(v T) int"}, GoFunc},
	{Entry{"clear", "clear(t M)"}, GoFunc},
	{Entry{"close", "close(c chan<- T)"}, GoFunc},
	{Entry{"complex", "complex(r, i F) C"}, GoFunc},
	{Entry{"copy", "copy(dst, src []T) int"}, GoFunc},
	{Entry{"delete", "delete(m map[K]V, key K)"}, GoFunc},
	{Entry{"imag", "imag(c C) F"}, GoFunc},
	{Entry{"len", "len(v T) int"}, GoFunc},
	{Entry{"make", "make(t T, size ...int) T"}, GoFunc},
	{Entry{"max", "max(x T, y ...T) T"}, GoFunc},
	{Entry{"min", "min(x T, y ...T) T"}, GoFunc},
	{Entry{"new", "new(T) *T"}, GoFunc},
	{Entry{"panic", "panic(v any)"}, GoFunc},
	{Entry{"print", "print(args ...T)"}, GoFunc},
	{Entry{"println", "println(args ...T)"}, GoFunc},
	{Entry{"real", "real(c C) F"}, GoFunc},
	{Entry{"recover", "recover() any"}, GoFunc},
	{Entry{"false", ""}, GoConst}, {Entry{"iota", ""}, GoConst}, {Entry{"true", ""}, GoConst}, {Entry{"nil", ""}, GoVar},
	{Entry{"any", "interface"}, GoType}, {Entry{"bool", ""}, GoType}, {Entry{"byte", "uint8"}, GoType},
	{Entry{"comparable", "interface"}, GoType}, {Entry{"complex64", ""}, GoType}, {Entry{"complex128", ""}, GoType},
	{Entry{"error", "interface"}, GoType}, {Entry{"float32", ""}, GoType}, {Entry{"float64", ""}, GoType},
	{Entry{"int", ""}, GoType}, {Entry{"int8", ""}, GoType}, {Entry{"int16", ""}, GoType}, {Entry{"int32", ""}, GoType},
	{Entry{"int64", ""}, GoType}, {Entry{"rune", "int32"}, GoType}, {Entry{"string", ""}, GoType}, {Entry{"uint", ""}, GoType},
	{Entry{"uint8", ""}, GoType}, {Entry{"uint16", ""}, GoType}, {Entry{"uint32", ""}, GoType}, {Entry{"uint64", ""}, GoType},
	{Entry{"uintptr", ""}, GoType},
}

// goCell completes inside a Go declaration.
func (c *completion) goCell() {
	base := c.statement.Span.Start
	source := c.text[base:]
	tokens := significants(source)
	last := tokens[len(tokens)-1]
	if c.statement.Verb == "import" {
		c.importPaths(tokens)
		return
	}
	if inGoText(source) {
		return
	}
	if last.span.End == len(source) {
		switch {
		case last.kind == sqltext.Identifier || last.kind == sqltext.Keyword:
			c.begin(base + last.span.Start)
			tokens = tokens[:len(tokens)-1]
		case last.kind != sqltext.Operator || strings.Contains(")]}", last.text):
			return
		}
	}
	switch before := tokens[len(tokens)-1]; {
	case before.text == ".":
		c.members(c.readGo(tokens), tokens[:len(tokens)-1])
	case slices.Contains([]string{"func", "type", "var", "const"}, before.text): // a name that does not exist yet
	case !c.needsOnly:
		c.goNames(c.readGo(tokens))
	}
}

// inGoText reports whether a piece of Go ends in a comment, a string or a number.
func inGoText(source string) bool {
	lexed := sqltext.Lex(source)
	last := lexed[len(lexed)-1]
	switch last.Kind {
	case sqltext.Comment:
		return last.Open || strings.HasPrefix(source[last.Span.Start:], "//")
	case sqltext.String, sqltext.Number:
		return true
	}
	return false
}

// goText is the declarations in a Go text up to the cursor.
type goText struct {
	imports map[string]string // by name
	names   []GoName
}

// readGo reads a text's earlier declarations, whose names are visible, and the tokens of the
// declaration being typed, with its parameters and variables.
func (c *completion) readGo(current []significant) goText {
	read := goText{imports: map[string]string{}, names: localsOf(current)}
	for _, st := range sqltext.Split(c.text[:c.statement.Span.Start]) {
		if st.Class != sqltext.Go {
			continue
		}
		tokens := significants(st.Text)
		if st.Verb == "import" {
			maps.Copy(read.imports, importsOf(tokens))
		} else if len(tokens) > 1 && tokens[1].kind == sqltext.Identifier {
			read.names = append(read.names, GoName{Entry{tokens[1].text, ""}, declares[st.Verb]})
		}
	}
	return read
}

// declares maps a keyword to the kind of the name that follows it.
var declares = map[string]Kind{"func": GoFunc, "type": GoType, "var": GoVar, "const": GoConst}

// importPaths adds the quoted import paths of the packages that cells can import.
func (c *completion) importPaths(tokens []significant) {
	if last := tokens[len(tokens)-1]; len(tokens) > 1 && last.kind != sqltext.Operator && c.statement.Span.Start+last.span.End == len(c.text) {
		c.begin(c.statement.Span.Start + last.span.Start)
	}
	typed := strings.Trim(c.prefix, `"`)
	var paths []string
	for _, all := range c.names.Go.Packages {
		for _, path := range all {
			if hasPrefixFold(path, typed) {
				paths = append(paths, path)
			}
		}
	}
	slices.Sort(paths)
	for _, path := range slices.Compact(paths) {
		text := `"` + path
		if !strings.HasPrefix(c.after, `"`) {
			text += `"`
		}
		c.add(Candidate{Text: text, Kind: Package})
	}
}

// members adds the members of a package, after its name and a dot. If the name before the dot
// is not a package, nothing is added.
func (c *completion) members(cell goText, before []significant) {
	n := len(before)
	if n == 0 || before[n-1].kind != sqltext.Identifier || n > 1 && before[n-2].text == "." {
		return
	}
	name := before[n-1].text
	if slices.ContainsFunc(cell.names, func(l GoName) bool { return l.Name == name }) {
		return
	}
	paths := c.names.Go.Packages[name]
	if path, found := cell.imports[name]; found {
		paths = []string{path}
	} else if path, found := c.names.Go.Imports[name]; found {
		paths = []string{path}
	}
	c.needs.Packages = paths
	seen := map[string]bool{}
	for _, path := range paths {
		for _, m := range c.names.Go.Members[path] {
			if !seen[m.Name] {
				seen[m.Name] = true
				c.match(m.Name, Candidate{Text: m.Name, Kind: m.Kind, Detail: m.Detail})
			}
		}
	}
}

// goNames adds all names and keywords: those of the cell, of the session, packages, and Go's
// own.
func (c *completion) goNames(cell goText) {
	seen := map[string]bool{}
	add := func(name string, kind Kind, detail string) {
		if !seen[name] {
			seen[name] = true
			c.match(name, Candidate{Text: name, Kind: kind, Detail: detail})
		}
	}
	for _, names := range [][]GoName{cell.names, c.names.Go.Declared, predeclared} {
		for _, n := range names {
			add(n.Name, n.Kind, n.Detail)
		}
	}
	packages := map[string]string{}
	for name, paths := range c.names.Go.Packages {
		packages[name] = paths[0]
	}
	maps.Copy(packages, c.names.Go.Imports)
	maps.Copy(packages, cell.imports)
	for _, name := range slices.Sorted(maps.Keys(packages)) {
		add(name, Package, packages[name])
	}
	for word := token.BREAK; word <= token.VAR; word++ {
		add(word.String(), Keyword, "Go")
	}
}

// importsOf returns the packages that a declaration imports, by name.
func importsOf(tokens []significant) map[string]string {
	imports := map[string]string{}
	for i, t := range tokens {
		if t.kind != sqltext.String {
			continue
		}
		path := strings.Trim(t.text, "\"`")
		name := path[strings.LastIndexByte(path, '/')+1:]
		if before := tokens[i-1]; before.kind == sqltext.Identifier {
			name = before.text
		}
		imports[name] = path
	}
	return imports
}

// localsOf returns the names that a declaration declares, wherever they are visible.
func localsOf(tokens []significant) []GoName {
	var names []GoName
	add := func(t significant, kind Kind) {
		if t.kind == sqltext.Identifier && t.text != "_" {
			names = append(names, GoName{Entry{t.text, ""}, kind})
		}
	}
	for i, t := range tokens {
		if t.text == ":=" {
			for at := i - 1; at > 0 && tokens[at].kind == sqltext.Identifier; at -= 2 {
				add(tokens[at], GoVar)
				if tokens[at-1].text != "," {
					break
				}
			}
		}
		if i == 0 {
			continue
		}
		before := tokens[i-1].text
		if kind, found := declares[before]; found {
			add(t, kind)
		}
		if before == "func" {
			names = append(names, parametersOf(tokens[i:])...)
		}
	}
	return names
}

// parametersOf returns the parameters of a function, with their types, from the tokens after
// func. A receiver and named results are included.
func parametersOf(tokens []significant) []GoName {
	var names []GoName
	depth := 0
	for i, t := range tokens {
		switch {
		case t.text == "(":
			depth++
		case t.text == ")":
			depth--
		case t.text == "{" && depth == 0:
			return names
		case depth == 1 && t.kind == sqltext.Identifier && i > 0 && i+1 < len(tokens) &&
			(tokens[i-1].text == "(" || tokens[i-1].text == ",") && tokens[i+1].text != ")" && tokens[i+1].text != ".":
			names = append(names, GoName{Entry{t.text, typeAt(tokens[i+1:])}, GoVar})
		}
	}
	return names
}

// typeAt returns the type at the beginning of the tokens, up to the end of a parameter; "" if
// the parameter shares its type with the next one.
func typeAt(tokens []significant) string {
	var text strings.Builder
	depth := 0
	for i, t := range tokens {
		switch t.text {
		case "(", "[", "{":
			depth++
		case ")", "]", "}":
			depth--
		}
		if depth < 0 || depth == 0 && t.text == "," {
			break
		}
		if i > 0 && tokens[i-1].span.End < t.span.Start {
			text.WriteByte(' ')
		}
		text.WriteString(t.text)
	}
	return text.String()
}
