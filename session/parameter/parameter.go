// Package parameter converts values that are passed to a notebook from outside, for example
// by papermill, to SQL and to Go.
package parameter

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"slices"
	"strconv"
	"strings"

	"riffle/session/cell"
	"riffle/udfhost/golang"
)

// Parameter is a value that is passed to a notebook from outside. In SQL it is the variable ${name}. If
// Go declares a constant or variable of that name, the parameter replaces it and keeps its type.
type Parameter struct {
	Name  string
	Value any // nil, bool, json.Number, string, []any or map[string]any
}

// Parse reads name=value name=value …, where values are JSON.
func Parse(text string) ([]Parameter, error) {
	var all []Parameter
	for rest := strings.TrimSpace(text); rest != ""; {
		name, value, found := strings.Cut(rest, "=")
		if err := cell.CheckVariable(name); !found || err != nil {
			return nil, fmt.Errorf(`%q is not of the form name=value, with a value in JSON such as "text" or 5`, rest)
		}
		if slices.ContainsFunc(all, func(p Parameter) bool { return p.Name == name }) {
			return nil, fmt.Errorf("%s is given twice", name)
		}
		p := Parameter{Name: name}
		values := json.NewDecoder(strings.NewReader(value))
		values.UseNumber()
		if err := values.Decode(&p.Value); err != nil {
			if errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) {
				err = errors.New("it ends too early")
			}
			return nil, fmt.Errorf(`the value of %s is no JSON: %w: a text has quotes, as in %[1]s="text"`, name, err)
		}
		after := value[values.InputOffset():]
		if rest = strings.TrimSpace(after); rest == after && rest != "" {
			return nil, fmt.Errorf("%q follows the value of %s without a blank", rest, name)
		}
		all = append(all, p)
	}
	return all, nil
}

// Declaration returns the Go declaration that replaces declared.
func (p Parameter) Declaration(declared golang.Member) (string, error) {
	if declared.Kind != "var" && declared.Kind != "const" {
		return "", fmt.Errorf("%s is a %s in Go: a parameter can take the place of a var or const only", p.Name, declared.Kind)
	}
	typ, head := declared.Type, declared.Kind+" "+p.Name
	if !strings.HasPrefix(typ, "untyped ") {
		head += " " + typ
	}
	head += " = "
	switch value := p.fitted(strings.TrimPrefix(typ, "untyped ")).(type) {
	case nil:
		return head + "nil", nil
	case []any, map[string]any:
		if declared.Kind == "const" {
			return "", fmt.Errorf("%s is a const in Go, which cannot be a list or an object: declare it with var", p.Name)
		}
	case string:
		if !strings.HasPrefix(typ, "*") {
			return head + strconv.Quote(value), nil
		}
	default: // a number or a boolean, which Go writes as JSON does
		if !strings.HasPrefix(typ, "*") {
			return head + fmt.Sprint(value), nil
		}
	}
	return head + fmt.Sprintf("func() (v %s) { d := json.NewDecoder(strings.NewReader(%q)); d.DisallowUnknownFields(); "+
		"if err := d.Decode(&v); err != nil { panic(%q + err.Error()) }; return v }()", typ, p.json(), "parameter "+p.Name+": "), nil
}

// fitted returns the value for a Go name of a type. A text that reads as a number or a boolean
// is converted for a name of such a type, and a number is converted to a text for a string:
// papermill's -r passes every value as a text, and its -p converts everything that looks like a
// number. Without this, an untyped constant would take the value's type instead of keeping its
// own. Any other value is unchanged.
func (p Parameter) fitted(typ string) any {
	text, isText := p.Value.(string)
	switch typ {
	case "bool":
		if on, err := strconv.ParseBool(text); isText && err == nil {
			return on
		}
	case "int", "int8", "int16", "int32", "int64", "uint", "uint8", "uint16", "uint32", "uint64",
		"byte", "rune", "float", "float32", "float64":
		var n json.Number
		if isText && json.Unmarshal([]byte(text), &n) == nil {
			return n
		}
	case "string":
		if n, ok := p.Value.(json.Number); ok {
			return n.String()
		}
	}
	return p.Value
}

// Text returns the parameter's text in SQL: a text as it is, so that quotes around ${name} make it a
// string; a list of such values in SQL syntax, for IN and ARRAY; any other value as JSON.
func (p Parameter) Text() string {
	list, ok := p.Value.([]any)
	if !ok {
		if text, ok := p.Value.(string); ok {
			return text
		}
		return p.json()
	}
	var items []string
	for _, item := range list {
		switch item := item.(type) {
		case []any, map[string]any:
			return p.json()
		case nil:
			items = append(items, "NULL")
		case string:
			items = append(items, "'"+strings.ReplaceAll(item, "'", "''")+"'")
		default:
			items = append(items, fmt.Sprint(item))
		}
	}
	return strings.Join(items, ", ")
}

func (p Parameter) json() string {
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	if err := e.Encode(p.Value); err != nil {
		panic(err) // a value that was read from JSON can be written as JSON
	}
	return strings.TrimSuffix(b.String(), "\n")
}
