package session

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"riffle/session/cell"
	"riffle/session/gateway"
	"riffle/session/sqltext"
)

// typeWords are the types that other databases have, and Flink's for them.
var typeWords = map[string]string{
	"TEXT": "STRING", "LONG": "BIGINT", "SHORT": "SMALLINT", "DATETIME": "TIMESTAMP(3)", "TIMESTAMPTZ": "TIMESTAMP_LTZ(3)",
	"NUMBER": "DECIMAL(38, 10)", "BOOL": "BOOLEAN", "FLOAT64": "DOUBLE", "INT64": "BIGINT", "INT32": "INT", "UUID": "STRING",
	"JSON": "STRING or VARIANT", "BLOB": "BYTES", "SERIAL": "BIGINT",
}

// types are the words that a type begins with.
var types = strings.Fields(`ARRAY BIGINT BINARY BOOLEAN BYTES CHAR DATE DECIMAL DOUBLE FLOAT INT INTEGER INTERVAL MAP
	MULTISET NUMERIC RAW ROW SMALLINT STRING TIME TIMESTAMP TIMESTAMP_LTZ TINYINT VARBINARY VARCHAR VARIANT`)

// suggest gives the error of an unknown name its next step: the name that was
// meant, as far as one is near, or those that there are.
func (s *Session) suggest(ctx context.Context, e *Error, d gateway.Diagnosis, sql sqltext.Lexed, at sqltext.Span) {
	known := s.known(ctx, e, &d, sql, at)
	known = append(known, d.Known...)
	known = slices.DeleteFunc(known, func(name string) bool { return name == d.Unknown })
	near := sqltext.Nearest(d.Unknown, slices.Values(known))
	switch {
	case e.Hint != "" && d.Hint == "": // known has a better one
	case d.Jars[near] != "":
		e.Hint = fmt.Sprintf("did you mean %s? It comes with %s", near, d.Jars[near])
	case near != "":
		if d.Kind == gateway.FunctionName && d.Unknown == strings.ToUpper(d.Unknown) {
			near = strings.ToUpper(near)
		}
		e.Hint = cell.DidYouMean(near)
	case e.Hint == "":
		e.Hint = thereAre(known, d)
	}
}

// few is how many names a line lists.
const few = 12

func thereAre(known []string, d gateway.Diagnosis) string {
	known = slices.Compact(known)
	switch {
	case len(known) == 1:
		return "there is " + known[0]
	case d.Kind == gateway.FunctionName:
		return "SHOW FUNCTIONS lists them"
	case len(known) == 0:
		return ""
	case len(known) > few:
		return fmt.Sprintf("there are %s and %d more", strings.Join(known[:few], ", "), len(known)-few)
	}
	return "there are " + strings.Join(known, ", ")
}

// known are the names of the kind of the unknown one. Where it is another thing
// than Flink says, the error is made to say so.
func (s *Session) known(ctx context.Context, e *Error, d *gateway.Diagnosis, sql sqltext.Lexed, at sqltext.Span) []string {
	if d.Kind == gateway.OtherName || d.Kind == gateway.OptionName || d.Kind == gateway.FactoryName {
		return nil
	}
	fresh, err := s.names(ctx)
	if err != nil {
		return nil
	}
	switch d.Kind {
	case gateway.TableName:
		return tablesFor(e, d, fresh, sql, at)
	case gateway.ViewName:
		if slices.Contains(fresh.Tables, d.Unknown) {
			e.Message, e.Hint = d.Unknown+" is no view but a table", "DROP TABLE "+d.Unknown
		}
		return fresh.Tables
	case gateway.FunctionName:
		if name, is := s.helper(d.Unknown); is {
			e.Message = name + " is a Go helper: SQL calls exported functions only"
			e.Hint = "declare it as func " + exportedName(name)
			return nil
		}
		if name, is := s.declared(d.Unknown); is { // so the statement is about one of a catalog
			e.Message, e.Hint = name+" is a Go function, and no catalog's", "declare func "+name+" again to change it"
			return nil
		}
		var names []string
		known := s.catalog.Merge(fresh)
		for _, f := range append(known.Functions, known.BuiltIn...) {
			names = append(names, f.Name)
		}
		return names
	case gateway.CatalogName:
		return fresh.Catalogs
	case gateway.DatabaseName:
		return fresh.Databases
	case gateway.RelationName:
		return slices.Collect(sql.Names())
	case gateway.IdentifierName:
		if strings.HasPrefix(sql.Text[at.End:], ".") {
			e.Message = fmt.Sprintf("there is no table or alias %s in FROM", d.Unknown)
			return slices.Collect(sql.Names())
		}
		if isType(sql, at) {
			e.Message = "there is no type " + d.Unknown
			if flinks, ok := typeWords[strings.ToUpper(d.Unknown)]; ok {
				e.Hint = "Flink has " + flinks
			}
			return types
		}
	}
	return s.columnsFor(ctx, fresh, sql)
}

// tablesFor are those that a table's name could have meant. Of a path with dots
// Flink names the first part that it does not know.
func tablesFor(e *Error, d *gateway.Diagnosis, names gateway.Names, sql sqltext.Lexed, at sqltext.Span) []string {
	if slices.Contains(names.Tables, d.Unknown) {
		e.Message, e.Hint = d.Unknown+" is no table but a view", "DROP VIEW "+d.Unknown
		return nil
	}
	switch strings.Count(sql.Text[at.Start:at.End], ".") - strings.Count(d.Unknown, ".") {
	case 2:
		if part, _, _ := strings.Cut(sql.Text[at.Start:at.End], "."); strings.Trim(part, "`") == d.Unknown {
			e.Message = "there is no catalog " + d.Unknown
			return names.Catalogs
		}
	case 1:
		if part, _, _ := strings.Cut(sql.Text[at.Start:at.End], "."); strings.Trim(part, "`") == d.Unknown {
			e.Message = "there is no database " + d.Unknown
			return names.Databases
		}
	}
	return names.Tables
}

// columnsFor are the columns of the tables that the SQL names.
func (s *Session) columnsFor(ctx context.Context, names gateway.Names, sql sqltext.Lexed) []string {
	var tables []string
	for word := range sql.Names() {
		if slices.Contains(names.Tables, word) && !slices.Contains(tables, word) {
			tables = append(tables, word)
		}
	}
	var columns []string
	_ = s.gateways.Plan(ctx, true, func(g gateway.Gateway) error {
		all, err := g.Columns(ctx, tables)
		for _, table := range tables {
			for _, column := range all[table] {
				columns = append(columns, column.Name)
			}
		}
		return err
	})
	return columns
}

// isType tells whether a type stands at a place: behind AS in a CAST, or behind
// the name of a column.
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
