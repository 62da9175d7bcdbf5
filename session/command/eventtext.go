package command

import (
	"fmt"
	"strings"

	"riffle/render"
	"riffle/session/query"
)

// EventText is what an event of a query says to a user, in lines that have no effect on what
// shows them; "" for an event that says nothing. A notebook shows it below the cell of the
// query, a terminal among other things: so it says there which query and function print.
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
	}
	return ""
}

// printed are the lines of what a function printed, one of which is its own.
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
