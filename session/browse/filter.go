package browse

import (
	"bytes"
	"fmt"
	"regexp"
	"slices"
	"strings"

	"github.com/apache/arrow/go/v15/arrow"

	"riffle/session/sqltext"
	"riffle/udfhost/sqltype"
)

// filter reports whether a row of a table is shown.
type filter func(t Table, row int) bool

// comparison is COLUMN OP VALUE. The column may be quoted as in SQL. A text with other
// characters in the column's place, such as a URL with a query, is not a comparison.
var comparison = regexp.MustCompile("^(?:`([^`]+)`|([\\pL\\pN_$][\\pL\\pN_$. ]*?))\\s*(!=|<>|<=|>=|!~|==|=|<|>|~)\\s*(.*)$")

// Filter shows only the rows that pass:
//
//	text              a value of the row contains it, ignoring case
//	column = value    the value is that text, or that number if the column has numbers
//	column != value   also <, <=, >, >=; text is compared in text order
//	column ~ regex    the value's text matches; !~ does not match
//	'text'            a value of the row contains it, also if the text looks like a comparison
//
// NULL passes no comparison except != and !~. With empty text all rows pass. After an error the earlier
// filter stays.
func (a *Arrangement) Filter(text string) error {
	f, err := a.parse(strings.TrimSpace(text))
	if err != nil {
		return err
	}
	a.filter, a.filterText = f, strings.TrimSpace(text)
	return nil
}

// FilterText returns the filter as it was typed, or "".
func (a *Arrangement) FilterText() string { return a.filterText }

func (a *Arrangement) parse(text string) (filter, error) {
	if text == "" {
		return nil, nil
	}
	if found := comparison.FindStringSubmatch(text); found != nil {
		name, sign, value := found[1]+found[2], found[3], found[4]
		column := a.column(name)
		if column < 0 {
			return nil, a.noColumn(name, text)
		}
		if value == "" {
			return nil, fmt.Errorf("a value is missing after %s %s ('' is the empty string)", name, sign)
		}
		return a.compare(column, sign, unquoted(value))
	}
	needle := fold(unquoted(text))
	return func(t Table, row int) bool { return a.contains(t, row, needle) }, nil
}

// column finds a column by its name. It returns -1 if there is no such column. Case matters
// only if the names do not differ otherwise.
func (a *Arrangement) column(name string) int {
	if exact := slices.IndexFunc(a.schema.Fields(), func(f arrow.Field) bool { return f.Name == name }); exact >= 0 {
		return exact
	}
	return slices.IndexFunc(a.schema.Fields(), func(f arrow.Field) bool { return strings.EqualFold(f.Name, name) })
}

// noColumn returns the error for a column name that does not exist, with a suggestion.
func (a *Arrangement) noColumn(name, text string) error {
	var names []string
	for _, f := range a.schema.Fields() {
		names = append(names, f.Name)
	}
	near := sqltext.Nearest(name, slices.Values(names))
	if near == "" {
		near = longer(name, names)
	}
	if near != "" {
		return fmt.Errorf("no column %s, did you mean %s?", name, near)
	}
	return fmt.Errorf("no column %s; as a text it is searched for in quotes: '%s'", name, strings.ReplaceAll(text, "'", "''"))
}

// longer returns the only name that contains the word, ignoring case. It returns "" if none or
// several do.
func longer(word string, names []string) (found string) {
	for _, name := range names {
		if !strings.Contains(strings.ToLower(name), strings.ToLower(word)) {
			continue
		}
		if found != "" {
			return ""
		}
		found = name
	}
	return found
}

// unquoted returns a name without the SQL quotes around it.
func unquoted(text string) string {
	if len(text) > 1 && text[0] == '\'' && text[len(text)-1] == '\'' {
		return strings.ReplaceAll(text[1:len(text)-1], "''", "'")
	}
	return text
}

// compare returns the filter for a comparison.
func (a *Arrangement) compare(column int, sign, value string) (filter, error) {
	if strings.HasSuffix(sign, "~") {
		return a.match(column, sign == "~", value)
	}
	compare, err := a.compareTo(column, value)
	if err != nil {
		return nil, err
	}
	return func(t Table, row int) bool {
		if a.Null(t, row, column) {
			return sign == "!=" || sign == "<>"
		}
		c := compare(t, row)
		switch sign {
		case "=", "==":
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

// compareTo compares the values of a column with a value: as numbers if the column has numbers,
// otherwise as texts.
func (a *Arrangement) compareTo(column int, value string) (func(t Table, row int) int, error) {
	field := a.schema.Field(column)
	operand, numeric, err := number(field, value)
	switch {
	case err != nil:
		return nil, fmt.Errorf("%s is %s, but %q is not such a number", field.Name, flinkType(field), value)
	case numeric:
		keyed := keyOf(field.Type)
		return func(t Table, row int) int {
			rec, i := t.At(row)
			return keyed(rec.Column(column), i).compare(operand)
		}, nil
	}
	return func(t Table, row int) int {
		a.scratch = a.Text(a.scratch[:0], t, row, column)
		return strings.Compare(string(a.scratch), value)
	}, nil
}

// flinkType returns a column's Flink type for messages, or its Arrow type if the Flink type is
// unknown.
func flinkType(field arrow.Field) string {
	if text, ok := field.Metadata.GetValue(sqltype.MetadataKey); ok {
		return text
	}
	return field.Type.String()
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

// contains reports whether one of the row's values contains a text, which is case-folded.
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
