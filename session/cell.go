package session

import (
	"cmp"
	"fmt"
	"os"
	"strings"

	"riffle/session/sqltext"
)

// Cell is a piece of text that a front end hands in: what was typed up to
// Enter, a notebook's cell, a script.
type Cell struct {
	Text string
	Name string // "quickstart.sql", "cell[3]"; every position in an error begins with it
	Line int    // the line of the named thing where Text begins, from 1; 0 means 1
	// Sigil stands before a command's name where the cell was typed, so that errors
	// name commands as they are typed there; "" means a backslash.
	Sigil string
	// Notebook: it is one of a notebook, so that it ends with its text. MayFail says
	// that the notebook goes on if it fails.
	Notebook, MayFail bool
}

// ReadCell reads a script.
func ReadCell(path string) (Cell, error) {
	text, err := os.ReadFile(path)
	return Cell{Text: string(text), Name: path}, err
}

// Statements splits the cell. Go declarations that follow each other are one
// statement, since they may need each other, and a comment right above them
// belongs to them.
func (c Cell) Statements() []Statement { return c.statements(sqltext.Split(c.Text)) }

// Script splits the cell as a script: what [Session.Parts] makes of each statement is
// to be carried out. Of a notebook's cell that is the statement.
func (c Cell) Script() []Statement {
	if c.Notebook {
		return c.Statements()
	}
	return c.statements(sqltext.SplitScript(c.Text))
}

func (c Cell) statements(split []sqltext.Statement) []Statement {
	var statements []Statement
	for _, s := range split {
		st := Statement{Statement: s, Cell: c}
		if s.Class == sqltext.Go && s.Err == nil {
			if n := len(statements); n > 0 && statements[n-1].Class == sqltext.Go && statements[n-1].Err == nil {
				statements[n-1].extend(sqltext.Span{Start: statements[n-1].Span.Start, End: s.Span.End})
				statements[n-1].End = s.End
				continue
			}
			st.extend(sqltext.Span{Start: c.commentAbove(s.Span.Start), End: s.Span.End})
		}
		statements = append(statements, st)
	}
	return statements
}

func (st *Statement) extend(span sqltext.Span) {
	st.Span = span
	st.Text = st.Cell.Text[span.Start:span.End]
}

// commentAbove is where the lines of // comments begin that stand directly above
// the line of an offset, or the offset itself.
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

// position names a place in the cell as "name:line:column".
func (c Cell) position(offset int) string {
	p := sqltext.Locate(c.Text, offset)
	return fmt.Sprintf("%s:%d:%d", c.Name, p.Line+c.firstLine()-1, p.Column)
}

func (c Cell) firstLine() int { return max(1, c.Line) }

func (c Cell) sigil() string { return cmp.Or(c.Sigil, `\`) }

// Statement is one statement and the cell that it stands in.
type Statement struct {
	sqltext.Statement
	Cell Cell
	// Name is the one that its query is to have, see [CheckQueryName]; "" for none but
	// its number.
	Name string
	// planned is the SQL that Flink was given, without variables; of END it is the set.
	planned string
}
