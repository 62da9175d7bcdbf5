package session

import (
	"fmt"

	"riffle/session/sqltext"
)

// Cell is a piece of text that a front end hands in: what was typed up to
// Enter, a notebook's cell, a script.
type Cell struct {
	Text string
	Name string // "quickstart.sql", "cell[3]"; every position in an error begins with it
	Line int    // the line of the named thing where Text begins, from 1; 0 means 1
}

// Statements splits the cell.
func (c Cell) Statements() []Statement {
	split := sqltext.Split(c.Text)
	statements := make([]Statement, len(split))
	for i, s := range split {
		statements[i] = Statement{Statement: s, Cell: c}
	}
	return statements
}

// position names a place in the cell as "name:line:column".
func (c Cell) position(offset int) string {
	p := sqltext.Locate(c.Text, offset)
	return fmt.Sprintf("%s:%d:%d", c.Name, p.Line+c.firstLine()-1, p.Column)
}

func (c Cell) firstLine() int { return max(1, c.Line) }

// Statement is one statement and the cell that it stands in.
type Statement struct {
	sqltext.Statement
	Cell Cell
}
