package command

import "strings"

func (f FrontEnd) String() string {
	var names []string
	for _, one := range []struct {
		front FrontEnd
		name  string
	}{{Shell, "shell"}, {Script, "scripts"}, {Notebook, "notebooks"}} {
		if f&one.front != 0 {
			names = append(names, one.name)
		}
	}
	return strings.Join(names, ", ")
}

// OnlyNotebook reports whether a command works in notebooks but not in a front end.
func (c Command) OnlyNotebook(f FrontEnd) bool {
	return c.FrontEnds&Notebook != 0 && c.FrontEnds&f == 0
}
