package render

import (
	"slices"
	"strconv"

	"github.com/apache/arrow/go/v15/arrow"
)

// jsonRows writes rows as JSON objects, in one array or one per line. Columns of the same name
// are all kept: the later ones are called name_1, name_2, …, and a column op is called op_1 if
// the row kind is shown. jsonCell describes the values.
type jsonRows struct {
	*sheet
	names [][]byte // quoted, with the colon
	cells []Cell
	array bool
}

func openJSON(s *sheet) (Writer, error) { return openObjects(s, true) }

func openJSONLines(s *sheet) (Writer, error) { return openObjects(s, false) }

func openObjects(s *sheet, array bool) (Writer, error) {
	j := &jsonRows{sheet: s, array: array}
	for _, name := range unique(s.names()) {
		j.names = append(j.names, append(appendJSONString(nil, []byte(name)), ':'))
	}
	for _, c := range s.columns {
		cell, err := jsonCell(c.field.Type, c.flink, s.opts.Location)
		if err != nil {
			return nil, err
		}
		j.cells = append(j.cells, cell)
	}
	return j, nil
}

// unique makes names unique: the first one stays, and later ones get the next free number.
func unique(names []string) []string {
	out := make([]string, 0, len(names))
	for _, name := range names {
		candidate := name
		for n := 1; slices.Contains(out, candidate) || n > 1 && slices.Contains(names, candidate); n++ {
			candidate = name + "_" + strconv.Itoa(n)
		}
		out = append(out, candidate)
	}
	return out
}

func (j *jsonRows) Write(rec arrow.Record) error {
	return j.each(rec, func(i int, op string) {
		if j.array {
			j.out = append(j.out, [2]string{"[\n", ",\n"}[min(j.rows, 1)]...)
		}
		j.out = append(j.out, '{')
		names := j.names
		if j.opts.Changelog {
			j.out = append(j.out, names[0]...)
			j.out = append(append(append(j.out, '"'), op...), '"')
			names = names[1:]
		}
		for c, cell := range j.cells {
			if c > 0 || j.opts.Changelog {
				j.out = append(j.out, ',')
			}
			j.out = append(j.out, names[c]...)
			j.out = cell(j.out, rec.Column(c), i)
		}
		j.out = append(j.out, '}')
		if !j.array {
			j.out = append(j.out, '\n')
		}
	})
}

func (j *jsonRows) Close() error {
	switch {
	case !j.array:
	case j.rows == 0:
		j.out = append(j.out, "[]\n"...)
	default:
		j.out = append(j.out, "\n]\n"...)
	}
	return j.Flush()
}
