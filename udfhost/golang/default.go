package golang

import (
	"encoding/hex"
	"fmt"
	"go/token"
	"math"
	"regexp"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"

	"riffle/udfhost/guest/riffle"
)

// The directive //riffle:default limit=10, currency='EUR' gives parameters values for calls that have no argument for
// them. A value is a constant of SQL, whose type is that of its parameter.

const defaultDirective = directivePrefix + "default"

// givenDefault is a value in a directive.
type givenDefault struct {
	name, value string // as they are written
	at, valueAt token.Position
}

// directiveError is an error about a directive.
type directiveError struct {
	at      token.Position
	message string
}

func (e *directiveError) Error() string { return e.message }

func atPosition(at token.Position, format string, values ...any) error {
	return &directiveError{at, fmt.Sprintf(format, values...)}
}

// givenPart matches the next name and value of a directive. A value ends at a comma, or in the quotes of a text.
var givenPart = regexp.MustCompile(`^\s*([\pL_][\pL\pN_]*)\s*=\s*((?:[A-Za-z_]+\s*)?'(?:[^']|'')*'|[^\s,']+)\s*(,|$)`)

// defaultsOf reads the values of a directive, which follow it at a position.
func defaultsOf(text string, at token.Position) ([]givenDefault, error) {
	var all []givenDefault
	for rest := text; ; {
		m := givenPart.FindStringSubmatchIndex(rest)
		here := func(offset int) token.Position {
			p := at
			p.Column += len(text) - len(rest) + offset
			return p
		}
		if m == nil {
			start := len(rest) - len(strings.TrimLeft(rest, " \t"))
			return nil, problemAt(here(start), "%s has names and constants: %[1]s limit=10, currency='EUR'", defaultDirective)
		}
		all = append(all, givenDefault{name: rest[m[2]:m[3]], value: strings.TrimSpace(rest[m[4]:m[5]]), at: here(m[2]), valueAt: here(m[4])})
		if m[6] == m[7] { // no comma
			return all, nil
		}
		rest = rest[m[1]:]
	}
}

// setDefaults gives parameters the values of directives.
func (s *signature) setDefaults(given []givenDefault) error {
	seen := map[string]bool{}
	for _, d := range given {
		var found *Param
		var names []string
		for i := range s.Params {
			names = append(names, s.Params[i].Name)
			if s.Params[i].Name == d.name {
				found = &s.Params[i]
			}
		}
		switch {
		case found == nil && len(names) == 0:
			return atPosition(d.at, "%s has no parameters", s.Name)
		case found == nil:
			return atPosition(d.at, "%s has no parameter %s; there are %s", s.Name, d.name, strings.Join(names, ", "))
		case seen[d.name]:
			return atPosition(d.at, "%s has two defaults", d.name)
		}
		seen[d.name] = true
		value, err := constantOf(d.value, *found)
		if err != nil {
			return atPosition(d.valueAt, "default of %s: %v", d.name, err)
		}
		found.Default = value
	}
	return nil
}

// Default is the value of a parameter in calls that have no argument for it. The zero value means that calls must have
// one.
type Default struct {
	// Text is a constant as it is written in SQL: 10, 'EUR', DATE '2024-02-29'.
	Text string
	// SQL is an expression of SQL with this value and with the type of the parameter: CAST(10 AS BIGINT).
	SQL string
}

// constantForm is how constants of a type are written.
type constantForm struct {
	pattern *regexp.Regexp
	example string
}

var (
	number    = regexp.MustCompile(`^[-+]?(\d+(\.\d*)?|\.\d+)([eE][-+]?\d+)?$`)
	quotation = `\s*'((?:[^']|'')*)'$`

	constantForms = map[string]constantForm{
		"BOOLEAN": {regexp.MustCompile(`(?i)^(TRUE|FALSE)$`), "TRUE"},
		"TINYINT": {number, "1"}, "SMALLINT": {number, "1"}, "INT": {number, "1"}, "BIGINT": {number, "1"},
		"FLOAT": {number, "1.5"}, "DOUBLE": {number, "1.5"}, "DECIMAL": {number, "1.50"},
		"STRING":        {regexp.MustCompile(`^` + quotation), "'text'"},
		"BYTES":         {regexp.MustCompile(`(?i)^X` + quotation), "X'00ff'"},
		"DATE":          {regexp.MustCompile(`(?i)^DATE` + quotation), "DATE '2024-02-29'"},
		"TIME":          {regexp.MustCompile(`(?i)^TIME` + quotation), "TIME '15:04:05'"},
		"TIMESTAMP":     {regexp.MustCompile(`(?i)^TIMESTAMP` + quotation), "TIMESTAMP '2024-02-29 15:04:05'"},
		"TIMESTAMP_LTZ": {regexp.MustCompile(`(?i)^TIMESTAMP_LTZ` + quotation), "TIMESTAMP_LTZ '2024-02-29 15:04:05'"},
	}
)

// constantOf checks that a constant is a value of a parameter.
func constantOf(text string, p Param) (Default, error) {
	if strings.EqualFold(text, "NULL") {
		if !p.Nullable {
			return Default{}, fmt.Errorf("a function is not called for NULL, unless the parameter is a pointer")
		}
		return Default{Text: "NULL", SQL: "CAST(NULL AS " + p.SQLType + ")"}, nil
	}
	form, simple := constantForms[p.SQLType]
	if !simple {
		if p.Nullable {
			return Default{}, fmt.Errorf("%s can only have the default NULL", p.SQLType)
		}
		return Default{}, fmt.Errorf("%s cannot have a default; use a pointer, whose default can be NULL", p.SQLType)
	}
	m := form.pattern.FindStringSubmatch(text)
	if m == nil {
		return Default{}, fmt.Errorf("%s is not %s; write a constant such as %s", text, p.SQLType, form.example)
	}
	sql, err := constantSQL(text, m[1], p.SQLType)
	return Default{Text: text, SQL: sql}, err
}

// constantSQL returns the expression of a constant, whose quotes have a content.
func constantSQL(text, content, sqlType string) (string, error) {
	content = strings.ReplaceAll(content, "''", "'")
	cast := func(text string) string { return "CAST(" + text + " AS " + sqlType + ")" }
	switch sqlType {
	case "BOOLEAN":
		return text, nil
	case "TINYINT", "SMALLINT", "INT", "BIGINT":
		bits := map[string]int{"TINYINT": 8, "SMALLINT": 16, "INT": 32, "BIGINT": 64}[sqlType]
		if strings.ContainsAny(text, ".eE") {
			return "", fmt.Errorf("%s is not an integer, as the type %s needs", text, sqlType)
		}
		i, err := strconv.ParseInt(text, 10, bits)
		if err != nil {
			return "", fmt.Errorf("%s does not fit %s, which ends at %d", text, sqlType, int64(1)<<(bits-1)-1)
		}
		return cast(strconv.FormatInt(i, 10)), nil
	case "FLOAT", "DOUBLE":
		bits := map[string]int{"FLOAT": 32, "DOUBLE": 64}[sqlType]
		f, err := strconv.ParseFloat(text, bits)
		if err != nil || math.IsInf(f, 0) {
			return "", fmt.Errorf("%s does not fit %s", text, sqlType)
		}
		return cast(strconv.FormatFloat(f, 'E', -1, bits)), nil
	case "DECIMAL":
		if strings.ContainsAny(text, "eE") {
			return "", fmt.Errorf("%s is a DOUBLE, not DECIMAL: write it without an exponent", text)
		}
		d, err := riffle.ParseDecimal(text)
		return d.String(), err
	case "STRING":
		if !utf8.ValidString(content) {
			return "", fmt.Errorf("the text is not valid UTF-8")
		}
		return cast(text), nil
	case "BYTES":
		if _, err := hex.DecodeString(content); err != nil {
			return "", fmt.Errorf("%s has no pairs of hexadecimal digits; write a constant such as X'00ff'", text)
		}
		return cast("X" + text[1:]), nil
	}
	return timeSQL(content, sqlType)
}

// timeSQL returns the expression of a date or a time.
func timeSQL(content, sqlType string) (string, error) {
	switch sqlType {
	case "DATE":
		d, err := riffle.ParseDate(content)
		if err == nil && d.Year < 1 {
			err = errYears
		}
		return "DATE '" + d.String() + "'", err
	case "TIME":
		t, err := riffle.ParseTime(content)
		if err == nil && t.SinceMidnight()%time.Millisecond != 0 {
			err = fmt.Errorf("%s has more digits than Flink's TIME, which has milliseconds", content)
		}
		return "TIME '" + t.String() + "'", err
	}
	d, err := riffle.ParseDateTime(content)
	if err == nil && d.Date.Year < 1 {
		err = errYears
	}
	sql := "TIMESTAMP '" + d.String() + "'"
	if sqlType == "TIMESTAMP_LTZ" { // which the grammar of SQL does not have
		sql = "CAST(" + sql + " AS TIMESTAMP_LTZ(9))"
	}
	return sql, err
}

var errYears = fmt.Errorf("SQL has the years 1 to 9999")
