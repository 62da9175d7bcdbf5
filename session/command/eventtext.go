package command

import (
	"fmt"
	"strings"

	"riffle/render"
	"riffle/session/query"
)

// EventText returns the text of a query's event for the user, in lines that have no effect on the terminal
// or page that shows them; "" for an event without a text. A notebook shows it below the query's cell. A
// terminal shows it among other output, so there the text names the query and the function that prints.
func EventText(f FrontEnd, id string, e query.Event) string {
	safe := render.Visible
	if f == Notebook {
		safe = render.WithoutControls
	}
	switch e := e.(type) {
	case query.Notice:
		return safe(e.Text)
	case query.Printed:
		by := ""
		if f != Notebook {
			by = strings.TrimSuffix(e.Query+" "+e.Function, " ") + ": "
		}
		return printed(e, by+safe(e.Text))
	case query.FailedRows:
		return id + ": " + safe(e.String())
	case query.Restarted:
		if e.Reason != "" {
			return id + ": " + safe(e.Reason)
		}
	case query.Failing:
		return failing(f, id, safe, e)
	}
	return ""
}

// printed returns the lines of a function's output; line is one of them.
func printed(p query.Printed, line string) string {
	var lines []string
	if p.Suppressed > 0 {
		lines = append(lines, fmt.Sprintf("%s: %s not shown", p.Query, render.Counted(p.Suppressed, "printed line")))
	}
	if p.Text != "" || p.Suppressed == 0 {
		lines = append(lines, line)
	}
	if p.Last {
		lines = append(lines, p.Query+": further output of its functions is only in the log")
	}
	return strings.Join(lines, "\n")
}
