package repl

import (
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/apache/arrow/go/v15/arrow"

	"riffle/render"
	"riffle/session/browse"
	"riffle/session/changelog"
)

// wish is what a key requests from the follower of the query.
type wish uint8

const (
	stay       wish = iota
	leave           // end the query
	interrupt       // end the query and the text that it is in
	background      // leave the view; the query continues
)

// liveKey is a key of the live view.
type liveKey struct {
	names []string // of keys, as the reader has them
	shown string   // their names in the help
	help  string
	press func(d *liveDisplay) wish
}

// liveKeys returns the one table of them: what keys do, the help and the docs page are
// made from it.
func liveKeys() []liveKey {
	does := func(f func(d *liveDisplay)) func(*liveDisplay) wish {
		return func(d *liveDisplay) wish { f(d); return stay }
	}
	return []liveKey{
		{[]string{"up", "k"}, "↑ ↓", "select a row", does(func(d *liveDisplay) { d.moveRow(-1) })},
		{[]string{"down", "j"}, "", "", does(func(d *liveDisplay) { d.moveRow(1) })},
		{[]string{"pgup", "ctrl+b"}, "PgUp PgDn", "page up or down", does(func(d *liveDisplay) { d.scroll(-max(1, d.look.rows-1)) })},
		{[]string{"pgdown", "ctrl+f"}, "", "", does(func(d *liveDisplay) { d.scroll(max(1, d.look.rows-1)) })},
		{[]string{"home", "g"}, "Home End", "go to the first or last rows, and follow them", does(func(d *liveDisplay) { d.look.toTop() })},
		{[]string{"end", "G"}, "", "", does(func(d *liveDisplay) { d.look.toEnd() })},
		{[]string{"left", "h"}, "← →", "select a column", does(func(d *liveDisplay) { d.look.grid.move(-1) })},
		{[]string{"right", "l"}, "", "", does(func(d *liveDisplay) { d.look.grid.move(1) })},
		{[]string{"s"}, "s", "sort by the selected column: ascending, descending, off", does((*liveDisplay).turnSorting)},
		{[]string{"t"}, "t", "show or hide sparklines for the selected column", does((*liveDisplay).turnTrend)},
		{[]string{"f", "&"}, "f", "filter by text or COLUMN = VALUE (also != < <= > >= ~ !~)", does((*liveDisplay).askFilter)},
		{[]string{"/"}, "/ n N", "search; next match, previous match", does((*liveDisplay).askSearch)},
		{[]string{"n"}, "", "", does(func(d *liveDisplay) { d.find(1) })},
		{[]string{"N"}, "", "", does(func(d *liveDisplay) { d.find(-1) })},
		{[]string{"-"}, "- +", "hide the selected column; show all columns", does(func(d *liveDisplay) { d.look.grid.hide() })},
		{[]string{"+", "="}, "", "", does(func(d *liveDisplay) { d.look.grid.unhide() })},
		{[]string{" ", "space"}, "Space", "pause or resume the display; the query continues", does((*liveDisplay).freeze)},
		{[]string{"enter"}, "Enter", "show the selected row as a record, or go back", does((*liveDisplay).inspect)},
		{[]string{"tab"}, "Tab", "next page: table, changelog, log", does((*liveDisplay).turnPage)},
		{[]string{"e"}, "e", "export the rows: .csv .tsv .json .jsonl .md .txt .parquet .arrow", does((*liveDisplay).askExport)},
		{[]string{"b"}, "b", "send the query to the background", func(*liveDisplay) wish { return background }},
		{[]string{"q", "ctrl+d"}, "q", "end the query; the table stays on the screen", func(*liveDisplay) wish { return leave }},
		{[]string{"ctrl+c"}, "Ctrl-C", "end the query, and the file that it was started from", func(*liveDisplay) wish { return interrupt }},
		{[]string{"esc"}, "Esc", "clear the selection and the filter", does((*liveDisplay).back)},
		{[]string{"?", "f1"}, "?", "show or hide this list", does(func(d *liveDisplay) { d.look.help = !d.look.help })},
	}
}

// press handles a key.
func (d *liveDisplay) press(name string) wish {
	d.look.message = ""
	if d.look.asking != nil {
		d.typeAnswer(name)
		return stay
	}
	for _, key := range liveKeys() {
		if slices.Contains(key.names, name) {
			if d.look.help && name != "?" && name != "f1" {
				d.look.help = false
			}
			return key.press(d)
		}
	}
	d.look.message = fmt.Sprintf("%s is not a key here; ? lists the keys", render.Visible(name))
	return stay
}

// keyLines lists the keys, one per line.
func keyLines() []string {
	var lines []string
	for _, key := range liveKeys() {
		if key.help != "" {
			lines = append(lines, fmt.Sprintf("  %s  %s", aligned(key.shown, 9, false), key.help))
		}
	}
	return lines
}

// helpLines returns the lines of the keys that fit into a page of the view.
func helpLines(width, height int) []string {
	lines := keyLines()
	if len(lines) > height {
		lines = append(lines[:max(0, height-1)], "  …")
	}
	for i := range lines {
		lines[i] = cutTo(lines[i], width-1)
	}
	return lines
}

// seen returns the picture on which keys operate and the positions of its rows. The caller
// calls done.
func (d *liveDisplay) seen() (table identified, rows []int32, done func()) {
	if d.look.page == changelogPage {
		changes := d.look.changes
		done = func() {}
		if changes == nil {
			changes = d.query.Changes()
			done = changes.Release
		}
		return changes, d.look.unsorted(changes), done
	}
	snapshot := d.look.frozen
	done = func() {}
	if snapshot == nil {
		snapshot = d.table()
		done = snapshot.Release
	}
	return snapshot, d.look.arrangement.Rows(snapshot), done
}

// moveRow selects another row; the first time, one in the window.
func (d *liveDisplay) moveRow(by int) {
	l := &d.look
	if l.page == logPage {
		d.scroll(by)
		return
	}
	table, rows, done := d.seen()
	defer done()
	if len(rows) == 0 {
		return
	}
	at := l.at(table, rows)
	switch {
	case l.selecting && at >= 0:
		at = max(0, min(at+by, len(rows)-1))
	case by < 0: // from the window's end
		at = min(l.top+l.rows, len(rows)) - 1
	default:
		at = min(l.top, len(rows)-1)
	}
	l.selecting, l.following = true, false
	l.cursor = table.ID(int(rows[max(at, 0)]))
}

func (d *liveDisplay) scroll(by int) {
	l := &d.look
	if l.selecting && l.page != logPage {
		d.moveRow(by)
		return
	}
	l.following = false
	l.top = max(0, l.top+by)
}

func (l *look) toTop() { l.selecting, l.following, l.top = false, false, 0 }

func (l *look) toEnd() { l.selecting, l.following = false, true }

func (d *liveDisplay) turnSorting() {
	l := &d.look
	if l.grid.column < 0 {
		l.grid.move(1)
	}
	if l.grid.column >= 0 {
		l.arrangement.CycleSort(l.grid.column)
	}
	if column, _ := l.arrangement.Order(); column >= 0 {
		l.toTop()
	}
}

func (d *liveDisplay) freeze() {
	l := &d.look
	if l.frozen != nil {
		l.close()
		return
	}
	l.frozen, l.changes = d.table(), d.query.Changes()
}

func (d *liveDisplay) inspect() {
	l := &d.look
	if !l.selecting {
		d.moveRow(1)
	}
	l.inspected = !l.inspected && l.selecting && l.page == tablePage
}

func (d *liveDisplay) turnPage() {
	d.look.turnTo((d.look.page + 1) % pages)
}

// back undoes one change of the view.
func (d *liveDisplay) back() {
	l := &d.look
	switch {
	case l.inspected:
		l.inspected = false
	case l.selecting:
		l.selecting = false
	case l.grid.column >= 0:
		l.grid.column = -1
	case l.arrangement.FilterText() != "":
		_ = l.arrangement.Filter("") // an empty filter is always valid
	default:
		l.arrangement.Sort(-1, false)
		if l.toEnd(); l.ordered {
			l.toTop()
		}
	}
}

func (d *liveDisplay) askFilter() {
	d.look.asking = &question{"filter: ", []rune(d.look.arrangement.FilterText()), func(d *liveDisplay, text string) error {
		return d.look.arrangement.Filter(text)
	}}
}

func (d *liveDisplay) askSearch() {
	d.look.asking = &question{"search: ", nil, func(d *liveDisplay, text string) error {
		if text != "" {
			d.look.search = text
		}
		d.find(0)
		return nil
	}}
}

// find selects the next row that matches the search: in a direction, or from the selected row
// on.
func (d *liveDisplay) find(direction int) {
	l := &d.look
	if l.search == "" {
		l.message = "no search text yet: press / to search"
		return
	}
	if l.page == logPage {
		l.turnTo(tablePage)
	}
	table, rows, done := d.seen()
	defer done()
	from := l.top
	if l.selecting {
		from = max(0, l.at(table, rows)) + direction
	}
	at := l.arrangement.Find(table, rows, from, l.search, direction < 0)
	if at < 0 {
		l.message = "no row contains " + l.search
		return
	}
	l.selecting, l.following = true, false
	l.cursor = table.ID(int(rows[at]))
}

func (d *liveDisplay) askExport() {
	if d.look.page != tablePage {
		d.look.message = "only the table can be exported: Tab goes there; riffle --changelog writes the changes"
		return
	}
	d.look.asking = &question{"export to the file: ", nil, func(d *liveDisplay, text string) error {
		if text == "" {
			return nil
		}
		table, rows, done := d.seen()
		defer done()
		remarks, err := d.export(text, table, rows)
		if err != nil {
			return err
		}
		said := fmt.Sprintf("%s in %s", render.Counted(len(rows), "row"), text)
		d.look.message = strings.Join(append([]string{said}, remarks...), "; ")
		return nil
	}}
}

// export writes the visible rows, in their order and without the hidden columns, in the format
// that the file's name selects.
func (d *liveDisplay) export(path string, table browse.Table, rows []int32) (remarks []string, err error) {
	format, ok := render.FormatOf(path)
	if !ok {
		return nil, fmt.Errorf("%s: the name should end in one of %s", filepath.Base(path), strings.Join(render.Extensions(), " "))
	}
	f, err := os.OpenFile(path, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o644)
	if err != nil {
		return nil, err
	}
	columns := d.look.grid.columns()
	batch := func(rows []int32) arrow.Record {
		return changelog.Gather(d.look.arrangement.Schema(), columns, len(rows), func(k int) (arrow.Record, int) {
			return table.At(int(rows[k]))
		})
	}
	none := batch(nil)
	defer none.Release()
	options := render.Options{Null: d.output.Null, DataOnly: true, Location: d.output.location}
	remarks, err = render.Save(f, format, none.Schema(), options, func(yield func(arrow.Record, error) bool) {
		for chunk := range slices.Chunk(rows, tableChunk) {
			rec := batch(chunk)
			more := yield(rec, nil)
			rec.Release()
			if !more {
				return
			}
		}
	})
	if failed := f.Close(); err == nil {
		err = failed
	}
	if err != nil {
		_ = os.Remove(path)
	}
	return remarks, err
}

// typeAnswer edits the line that is being typed.
func (d *liveDisplay) typeAnswer(key string) {
	q := d.look.asking
	switch key {
	case "enter":
		if err := q.answer(d, strings.TrimSpace(string(q.typed))); err != nil {
			d.look.message = err.Error() // the user can correct what was typed
			return
		}
		d.look.asking = nil
	case "esc", "ctrl+g", "ctrl+c":
		d.look.asking = nil
	case "backspace", "ctrl+h":
		if n := len(q.typed); n > 0 {
			q.typed = q.typed[:n-1]
		}
	case "ctrl+u":
		q.typed = nil
	case "space":
		q.typed = append(q.typed, ' ')
	default:
		if r := []rune(key); len(r) == 1 && r[0] >= ' ' {
			q.typed = append(q.typed, r[0])
		}
	}
}
