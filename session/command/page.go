package command

import (
	"fmt"
	"strings"
)

// Page is the docs page of the table, in Markdown.
func Page() string {
	var b strings.Builder
	b.WriteString("# Commands\n\n")
	b.WriteString("What can be typed beside SQL and Go. A command ends with its line and needs no semicolon.\n")
	b.WriteString("(This page is made from the table in `session/command`: `go test ./session/command -update`.)\n")
	for _, c := range Table() {
		fmt.Fprintf(&b, "\n## `%s`\n\n%s.", c.Usage(), sentence(c.Brief))
		if c.Help != "" {
			b.WriteString(" " + c.Help)
		}
		b.WriteString("\n\n")
		if also := c.Spellings(); len(also) > 0 {
			fmt.Fprintf(&b, "Also: `%s`. ", strings.Join(also, "`, `"))
		}
		fmt.Fprintf(&b, "Works in: %s.\n", c.FrontEnds)
	}
	return b.String()
}

func sentence(s string) string { return strings.ToUpper(s[:1]) + s[1:] }

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

// OnlyNotebook tells whether a command works in notebooks and not in a front end.
func (c Command) OnlyNotebook(f FrontEnd) bool {
	return c.FrontEnds&Notebook != 0 && c.FrontEnds&f == 0
}
