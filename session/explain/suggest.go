package explain

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"strings"

	"riffle/session/cell"
	"riffle/session/gateway"
	"riffle/session/sqltext"
)

// typeWords maps types of other databases to those of Flink.
var typeWords = map[string]string{
	"TEXT": "STRING", "LONG": "BIGINT", "SHORT": "SMALLINT", "DATETIME": "TIMESTAMP(3)", "TIMESTAMPTZ": "TIMESTAMP_LTZ(3)",
	"NUMBER": "DECIMAL(38, 10)", "BOOL": "BOOLEAN", "FLOAT64": "DOUBLE", "INT64": "BIGINT", "INT32": "INT", "UUID": "STRING",
	"JSON": "STRING or VARIANT", "BLOB": "BYTES", "SERIAL": "BIGINT",
}

// types are the words that a type begins with.
var types = strings.Fields(`ARRAY BIGINT BINARY BOOLEAN BYTES CHAR DATE DECIMAL DOUBLE FLOAT INT INTEGER INTERVAL MAP
	MULTISET NUMERIC RAW ROW SMALLINT STRING TIME TIMESTAMP TIMESTAMP_LTZ TINYINT VARBINARY VARCHAR VARIANT`)

// suggestion adds the next step to the error of an unknown name.
type suggestion struct {
	names Names
	sql   sqltext.Lexed
	at    sqltext.Span // of the name
	e     *cell.Error
	d     gateway.Diagnosis
}

// add suggests the name that is most similar, or lists those that exist.
func (s *suggestion) add(ctx context.Context) {
	e, d := s.e, s.d
	if d.Kind == gateway.ColumnName && s.notLateral() {
		e.Hint = "to use the columns of the tables before it in FROM, write LATERAL TABLE(…)"
		return
	}
	known := append(s.known(ctx), d.Known...)
	known = slices.DeleteFunc(known, func(name string) bool { return name == d.Unknown })
	near := cmp.Or(sqltext.Nearest(d.Unknown, slices.Values(known)), beginning(d.Unknown, known))
	switch {
	case e.Hint != "" && d.Hint == "": // known has a better one
	case d.Jars[near] != "":
		e.Hint = fmt.Sprintf("did you mean %s? It is in %s", near, d.Jars[near])
	case near != "":
		if d.Kind == gateway.FunctionName && d.Unknown == strings.ToUpper(d.Unknown) {
			near = strings.ToUpper(near)
		}
		e.Hint = cell.DidYouMean(near)
	case e.Hint == "":
		e.Hint = thereAre(known, d)
	}
}

// notLateral reports whether the name is in the arguments of a table function without LATERAL: TABLE(f(name)).
func (s *suggestion) notLateral() bool {
	words := s.sql.WordsBefore(s.at.Start)
	depth := 0
	for i := len(words) - 1; i >= 3; i-- {
		switch {
		case words[i] == ")":
			depth++
		case words[i] == "(" && depth > 0:
			depth--
		case words[i] == "(" && words[i-2] == "(" && strings.EqualFold(words[i-3], "TABLE"):
			return i < 4 || !strings.EqualFold(words[i-4], "LATERAL")
		}
	}
	return false
}

// beginning returns the only name that begins with a word, which may have been cut short. It
// returns "" if none or several do.
func beginning(word string, known []string) string {
	const least = 4 // letters, since a shorter word begins too much
	found := ""
	for _, name := range known {
		if len(word) >= least && len(name) > len(word) && strings.EqualFold(name[:len(word)], word) {
			if found != "" {
				return ""
			}
			found = name
		}
	}
	return found
}

// few is the number of names that a line lists.
const few = 12

func thereAre(known []string, d gateway.Diagnosis) string {
	known = slices.Compact(known)
	switch {
	case len(known) == 1:
		return "available: " + known[0]
	case d.Kind == gateway.FunctionName:
		return "SHOW FUNCTIONS lists them"
	case len(known) == 0:
		return ""
	case len(known) > few:
		return fmt.Sprintf("available: %s and %d more", strings.Join(known[:few], ", "), len(known)-few)
	}
	return "available: " + strings.Join(known, ", ")
}

// known returns the existing names of the kind of the unknown one. If Flink is wrong about the
// kind, known corrects the error.
func (s *suggestion) known(ctx context.Context) []string {
	switch s.d.Kind {
	case gateway.OtherName, gateway.OptionName, gateway.FactoryName:
		return nil
	}
	fresh, err := s.names.Names(ctx)
	if err != nil {
		return nil
	}
	switch s.d.Kind {
	case gateway.TableName:
		return s.tables(fresh)
	case gateway.ViewName:
		if slices.Contains(fresh.Tables, s.d.Unknown) {
			s.e.Message, s.e.Hint = s.d.Unknown+" is a table, not a view", "DROP TABLE "+s.d.Unknown
		}
		return fresh.Tables
	case gateway.FunctionName:
		return s.functions(fresh)
	case gateway.CatalogName:
		return fresh.Catalogs
	case gateway.DatabaseName:
		return fresh.Databases
	case gateway.RelationName:
		return s.relations(fresh)
	case gateway.IdentifierName:
		return s.identifiers(ctx, fresh)
	}
	return s.columns(ctx, fresh)
}

// relations returns the names in the SQL that can be tables or their aliases. Functions that it calls are not.
func (s *suggestion) relations(fresh gateway.Names) []string {
	callable := s.names.Callable(fresh)
	var names []string
	for _, t := range s.sql.Tokens {
		if t.Kind != sqltext.Identifier && t.Kind != sqltext.QuotedIdentifier {
			continue
		}
		name := strings.Trim(s.sql.Word(t), "`")
		called := strings.HasPrefix(strings.TrimSpace(s.sql.Text[t.Span.End:]), "(")
		if !called || !slices.ContainsFunc(callable, func(f string) bool { return strings.EqualFold(f, name) }) {
			names = append(names, name)
		}
	}
	return names
}

func (s *suggestion) functions(fresh gateway.Names) []string {
	if name, exported, is := s.names.GoHelper(s.d.Unknown); is {
		s.e.Message = name + " is a Go helper: SQL can only call exported functions"
		s.e.Hint = "declare it as func " + exported
		return nil
	}
	if name, is := s.names.GoFunction(s.d.Unknown); is { // so the statement is about one of a catalog
		s.e.Message, s.e.Hint = name+" is a Go function, not a function of a catalog", "declare func "+name+" again to change it"
		return nil
	}
	return s.names.Callable(fresh)
}

// identifiers returns what a name that stands alone can refer to: a table, a type or a column.
func (s *suggestion) identifiers(ctx context.Context, fresh gateway.Names) []string {
	if strings.HasPrefix(s.sql.Text[s.at.End:], ".") {
		s.e.Message = fmt.Sprintf("there is no table or alias %s in FROM", s.d.Unknown)
		return s.relations(fresh)
	}
	if !isType(s.sql, s.at) {
		return s.columns(ctx, fresh)
	}
	s.e.Message = "there is no type " + s.d.Unknown
	if flinks, ok := typeWords[strings.ToUpper(s.d.Unknown)]; ok {
		s.e.Hint = "Flink has " + flinks
	}
	return types
}

// tables returns the names that can replace an unknown table's name. In a path with dots, Flink
// names the first part that it does not know.
func (s *suggestion) tables(names gateway.Names) []string {
	e, d, written := s.e, s.d, s.sql.Text[s.at.Start:s.at.End]
	if slices.Contains(names.Tables, d.Unknown) {
		e.Message, e.Hint = d.Unknown+" is a view, not a table", "DROP VIEW "+d.Unknown
		return nil
	}
	switch strings.Count(written, ".") - strings.Count(d.Unknown, ".") {
	case 2:
		if part, _, _ := strings.Cut(written, "."); strings.Trim(part, "`") == d.Unknown {
			e.Message = "there is no catalog " + d.Unknown
			return names.Catalogs
		}
	case 1:
		if part, _, _ := strings.Cut(written, "."); strings.Trim(part, "`") == d.Unknown {
			e.Message = "there is no database " + d.Unknown
			return names.Databases
		}
	}
	return names.Tables
}

// columns returns the columns of the tables that the SQL names. The query of an INSERT cannot
// use columns of the target table, and the column list has only those.
func (s *suggestion) columns(ctx context.Context, names gateway.Names) []string {
	query := insertedQuery(s.sql)
	var tables []string
	for _, t := range s.sql.Tokens {
		word := strings.Trim(s.sql.Word(t), "`")
		sameSide := (t.Span.Start < query) == (s.at.Start < query)
		if sameSide && slices.Contains(names.Tables, word) && !slices.Contains(tables, word) {
			tables = append(tables, word)
		}
	}
	all, err := s.names.Columns(ctx, tables)
	if err != nil {
		return nil
	}
	var columns []string
	for _, table := range tables {
		for _, column := range all[table] {
			if !slices.Contains(columns, column.Name) {
				columns = append(columns, column.Name)
			}
		}
	}
	return columns
}

// insertedQuery returns the offset at which the query of an INSERT begins; 0 if the SQL has no
// INSERT.
func insertedQuery(sql sqltext.Lexed) int {
	isInsert := false
	for _, t := range sql.Tokens {
		switch strings.ToUpper(sql.Word(t)) {
		case "INSERT":
			isInsert = true
		case "SELECT", "VALUES", "WITH":
			if isInsert {
				return t.Span.Start
			}
			return 0
		}
	}
	return 0
}

// isType reports whether there is a type at a place: after AS in a CAST, or after the name of a
// column.
func isType(sql sqltext.Lexed, at sqltext.Span) bool {
	before := sql.WordsBefore(at.Start)
	n := len(before)
	if n < 2 {
		return false
	}
	if strings.EqualFold(before[n-1], "AS") {
		return slices.ContainsFunc(before, func(t string) bool { return strings.EqualFold(t, "CAST") || strings.EqualFold(t, "TRY_CAST") })
	}
	return (before[n-2] == "(" || before[n-2] == ",") && !slices.Contains([]string{"(", ",", "."}, before[n-1])
}

// misspelledOptions suggests required options for given ones that are similar to them.
func misspelledOptions(d gateway.Diagnosis) string {
	var misspelled []string
	for _, missing := range d.Missing {
		if given := sqltext.Nearest(missing, slices.Values(d.Given)); given != "" {
			misspelled = append(misspelled, fmt.Sprintf("'%s' instead of '%s'", missing, given))
		}
	}
	return cell.DidYouMean(strings.Join(misspelled, ", "))
}
