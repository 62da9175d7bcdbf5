// Package cell implements the text that a front end passes to the session: a cell, its
// statements, the SQL that Flink gets for each of them, and errors that point into the cell.
// It converts positions in Flink's errors back to positions in the cell:
//
//	Cell ─► Statements ─► SQL ─► (Flink says: line 1, column 9) ─► SQL.Locate ─► Error
//
// The package does not run statements.
package cell

import (
	"cmp"
	"fmt"
	"os"
	"strings"

	"riffle/session/mention"
	"riffle/session/sqltext"
)

// Cell is a piece of text that a front end passes in: a typed entry, a notebook's cell, a script.
type Cell struct {
	Text string
	Name string // "quickstart.sql", "cell[3]"; every position in an error begins with it
	Line int    // the line at which Text begins in what Name refers to, from 1; 0 means 1
	// Sigil is typed before a command's name where the cell was typed, so that errors show
	// commands as they are typed there; "" means a backslash.
	Sigil string
	// Notebook says that the cell is one of a notebook, whose statements end with its text.
	// MayFail says that the notebook continues if the cell fails.
	Notebook, MayFail bool
}

// ReadCell reads a script.
func ReadCell(path string) (Cell, error) {
	text, err := os.ReadFile(path)
	return Cell{Text: string(text), Name: path}, err
}

// Statements splits the cell. Go declarations that follow each other are one statement, since they may
// refer to each other. A comment directly above them belongs to them.
func (c Cell) Statements() []Statement { return c.Split(sqltext.Split(c.Text)) }

// Script splits the cell as a script. The caller runs the parts that Session.Parts returns for each
// statement. For a notebook's cell the only part is the statement itself.
func (c Cell) Script() []Statement {
	if c.Notebook {
		return c.Statements()
	}
	return c.Split(sqltext.SplitScript(c.Text))
}

// Split converts the statements of the cell's split text to Statements.
func (c Cell) Split(split []sqltext.Statement) []Statement {
	var statements []Statement
	for _, s := range split {
		st := Statement{Statement: s, Cell: c}
		if s.Class == sqltext.Go && s.Err == nil {
			if n := len(statements); n > 0 && statements[n-1].Class == sqltext.Go && statements[n-1].Err == nil {
				statements[n-1].Extend(sqltext.Span{Start: statements[n-1].Span.Start, End: s.Span.End})
				statements[n-1].End = s.End
				continue
			}
			st.Extend(sqltext.Span{Start: c.commentAbove(s.Span.Start), End: s.Span.End})
		}
		statements = append(statements, st)
	}
	return statements
}

// commentAbove returns the offset at which the // comments directly above the line of an offset
// begin, or the offset itself.
func (c Cell) commentAbove(offset int) int {
	start := offset
	for {
		lineStart := strings.LastIndexByte(c.Text[:start], '\n') + 1
		if strings.TrimSpace(c.Text[lineStart:start]) != "" || lineStart == 0 {
			return offset
		}
		above := strings.LastIndexByte(c.Text[:lineStart-1], '\n') + 1
		if !strings.HasPrefix(strings.TrimSpace(c.Text[above:lineStart]), "//") {
			return offset
		}
		offset, start = above, above
	}
}

// Position formats an offset into the cell as "name:line:column".
func (c Cell) Position(offset int) string {
	p := sqltext.Locate(c.Text, offset)
	return fmt.Sprintf("%s:%d:%d", c.Name, p.Line+c.FirstLine()-1, p.Column)
}

// FirstLine returns the line at which Text begins in what Name refers to, from 1.
func (c Cell) FirstLine() int { return max(1, c.Line) }

// Spell writes the commands that a text mentions as they are typed where the cell was typed.
func (c Cell) Spell(text string) string { return mention.Write(text, cmp.Or(c.Sigil, `\`)) }
