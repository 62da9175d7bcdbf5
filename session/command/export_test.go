package command

import (
	"fmt"

	"github.com/apache/arrow/go/v15/arrow"
)

// Most returns how many arguments the command takes at most.
func (c Command) Most() int { return c.most }

// Said returns the text of the magics.
func (m Mode) Said() string {
	m.waiting = ""
	return fmt.Sprintf("%+v", m)
}

// ChartOf reads the arguments of \plot, for a result with these columns.
func ChartOf(env *Env, arguments string, schema *arrow.Schema) (Chart, error) {
	c, _ := Find("plot")
	r, err := readPlot(env, c.split(arguments))
	if err != nil {
		return Chart{}, err
	}
	return r.chart(schema)
}

// Usage returns how the command is typed, where commands have a backslash.
func (c Command) Usage() string { return c.usage(Shell) }
