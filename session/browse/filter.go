package browse

import (
	"bytes"
	"fmt"
	"regexp"
	"slices"
	"strings"

	"github.com/apache/arrow/go/v15/arrow"
)

// filter tells whether a row of a table is to be seen.
type filter func(t Table, row int) bool

// comparison is COLUMN OP VALUE. The column may be quoted as in SQL.
var comparison = regexp.MustCompile("^\\s*(?:`([^`]+)`|(\\S+?))\\s*(!=|<>|<=|>=|!~|=|<|>|~)\\s*(.*?)\\s*$")

// Filter lets only those rows be seen that pass:
//
//	text              a value of the row contains it, without regard to case
//	column = value    the value is that text, or that number where the column has numbers
//	column != value   also <, <=, >, >=; by text as texts are ordered
//	column ~ regex    the value's text matches; !~ does not
//
// NULL passes no comparison but != and !~. Empty text lets all rows be seen. A text that has one of
// these signs behind something that is no column is searched for as it is.
func (a *Arrangement) Filter(text string) error {
	f, err := a.parse(strings.TrimSpace(text))
	if err != nil {
		return err
	}
	a.filter, a.filterText = f, strings.TrimSpace(text)
	return nil
}

// FilterText is the filter as it was given; "" for none.
func (a *Arrangement) FilterText() string { return a.filterText }

func (a *Arrangement) parse(text string) (filter, error) {
	if text == "" {
		return nil, nil
	}
	if found := comparison.FindStringSubmatch(text); found != nil {
		column := slices.IndexFunc(a.schema.Fields(), func(f arrow.Field) bool { return strings.EqualFold(f.Name, found[1]+found[2]) })
		if column >= 0 {
			return a.compare(column, found[3], found[4])
		}
	}
	wanted := fold(text)
	return func(t Table, row int) bool { return a.contains(t, row, wanted) }, nil
}

// compare makes the filter of a comparison.
func (a *Arrangement) compare(column int, sign, value string) (filter, error) {
	if len(value) > 1 && value[0] == '\'' && value[len(value)-1] == '\'' {
		value = strings.ReplaceAll(value[1:len(value)-1], "''", "'")
	}
	if strings.HasSuffix(sign, "~") {
		return a.match(column, sign == "~", value)
	}
	compare, err := a.against(column, value)
	if err != nil {
		return nil, err
	}
	return func(t Table, row int) bool {
		if a.Null(t, row, column) {
			return sign == "!=" || sign == "<>"
		}
		c := compare(t, row)
		switch sign {
		case "=":
			return c == 0
		case "!=", "<>":
			return c != 0
		case "<":
			return c < 0
		case "<=":
			return c <= 0
		case ">":
			return c > 0
		}
		return c >= 0
	}, nil
}

// against compares the values of a column with one: as numbers if the column has numbers, else as
// texts.
func (a *Arrangement) against(column int, value string) (func(t Table, row int) int, error) {
	field := a.schema.Field(column)
	wanted, numeric, err := number(field, value)
	switch {
	case err != nil:
		return nil, fmt.Errorf("%s is %s, and %q is no such number", field.Name, flinkType(field), value)
	case numeric:
		keyed := keyOf(field.Type)
		return func(t Table, row int) int {
			rec, i := t.At(row)
			return keyed(rec.Column(column), i).compare(wanted)
		}, nil
	}
	return func(t Table, row int) int {
		a.scratch = a.Text(a.scratch[:0], t, row, column)
		return strings.Compare(string(a.scratch), value)
	}, nil
}

func (a *Arrangement) match(column int, should bool, expression string) (filter, error) {
	re, err := regexp.Compile(expression)
	if err != nil {
		return nil, err
	}
	return func(t Table, row int) bool {
		if a.Null(t, row, column) {
			return !should
		}
		a.scratch = a.Text(a.scratch[:0], t, row, column)
		return re.Match(a.scratch) == should
	}, nil
}

// contains tells whether one of the row's values has a text, which is folded.
func (a *Arrangement) contains(t Table, row int, folded []byte) bool {
	for column := range a.cells {
		a.scratch = a.Text(a.scratch[:0], t, row, column)
		if bytes.Contains(bytes.ToLower(a.scratch), folded) {
			return true
		}
	}
	return false
}

func fold(text string) []byte { return bytes.ToLower([]byte(text)) }
