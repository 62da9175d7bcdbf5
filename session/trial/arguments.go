package trial

import (
	"fmt"
	"slices"
	"strings"

	"riffle/session/sqltext"
)

// arranged returns the argument of each parameter of a call, as package riffle.gateway.calls does for queries.
func arranged(f Function, call *expression) ([]*expression, error) {
	given := make([]*expression, len(f.Parameters))
	named := false
	for i, part := range call.parts {
		at := i
		switch {
		case part.parameter != "":
			named = true
			var err error
			if at, err = f.parameter(part); err != nil {
				return nil, err
			}
			if given[at] != nil {
				return nil, failed(part.parameterAt, fmt.Sprintf("the parameter %s of %s has two arguments", f.Parameters[at].Name, f.Name), "leave one of them out")
			}
		case named:
			hint := "all parameters of " + f.Name + " have an argument: leave this one out"
			if free := slices.Index(given, nil); free >= 0 {
				hint = "name this one too: " + f.Parameters[free].Name + " => …"
			}
			return nil, failed(part.span, "an argument without a name follows one with a name", hint)
		case i >= len(given):
			return nil, failed(call.span, fmt.Sprintf("%s takes at most %s, not %d", f.Name, counted(len(given)), len(call.parts)), "write "+f.form())
		}
		given[at] = part
	}
	for i, p := range f.Parameters {
		part := given[i]
		switch {
		case part != nil && part.form != aDefault:
		case part == nil && p.Default == "":
			return nil, failed(call.span, fmt.Sprintf("%s needs an argument for %s", f.Name, p.Name), "write "+f.form())
		case p.Default == "":
			return nil, failed(part.span, fmt.Sprintf("the parameter %s of %s has no default", p.Name, f.Name), "write a value")
		default:
			value, err := constant(p.Default)
			if err != nil {
				return nil, err
			}
			value.span = call.span
			given[i] = value
		}
	}
	return given, nil
}

// parameter returns the index of the parameter that an argument names. Case is ignored, as in the names of functions.
func (f Function) parameter(argument *expression) (int, error) {
	name := argument.parameter
	var names []string
	for _, p := range f.Parameters {
		names = append(names, p.Name)
	}
	if i := slices.Index(names, name); i >= 0 {
		return i, nil
	}
	if i := slices.IndexFunc(names, func(other string) bool { return strings.EqualFold(other, name) }); i >= 0 {
		return i, nil
	}
	if len(names) == 0 {
		return 0, failed(argument.parameterAt, f.Name+" has no parameters", "write "+f.form())
	}
	hint := "available: " + strings.Join(names, ", ")
	if near := sqltext.Nearest(name, slices.Values(names)); near != "" {
		hint = "did you mean " + near + "?"
	}
	return 0, failed(argument.parameterAt, f.Name+" has no parameter "+name, hint)
}

// form returns the form of a call, with the parameters that can be omitted in brackets.
func (f Function) form() string {
	var parameters []string
	for _, p := range f.Parameters {
		if p.Default != "" {
			parameters = append(parameters, "["+p.Name+"]")
		} else {
			parameters = append(parameters, p.Name)
		}
	}
	return f.Name + "(" + strings.Join(parameters, ", ") + ")"
}

func counted(arguments int) string {
	switch arguments {
	case 0:
		return "no arguments"
	case 1:
		return "1 argument"
	}
	return fmt.Sprintf("%d arguments", arguments)
}

// constant reads a text that is one constant.
func constant(text string) (*expression, error) {
	p, err := newParser(text)
	if err != nil {
		return nil, err
	}
	return p.expression()
}
