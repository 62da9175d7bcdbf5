package complete

import (
	"strings"

	"riffle/session/sqltext"
)

// relation is a table of a statement, with the name that qualifies its columns.
type relation struct {
	name    string
	columns []Entry
}

// firstStatement returns the first statement of a text.
func firstStatement(text string) string {
	if all := sqltext.Split(text); len(all) > 0 {
		return all[0].Text
	}
	return ""
}

// relations returns the tables that a statement names and whose columns are known, with their
// aliases. It does not check where a name occurs: a column with the name of a table does no
// harm here.
func relations(statement string, columns map[string][]Entry) []relation {
	var found []relation
	tokens := significants(statement)
	for i, t := range tokens {
		known, ok := columns[unquoted(t.text)]
		if !ok || !t.isName() || i+1 < len(tokens) && tokens[i+1].text == "." {
			continue
		}
		r := relation{unquoted(t.text), known}
		next := i + 1
		if next < len(tokens) && strings.EqualFold(tokens[next].text, "AS") {
			next++
		}
		if next < len(tokens) && tokens[next].isName() {
			r.name = unquoted(tokens[next].text)
		}
		found = append(found, r)
	}
	return found
}

func (s significant) isName() bool {
	return s.kind == sqltext.Identifier || s.kind == sqltext.QuotedIdentifier
}

// columns adds the columns of the statement's tables, or of the table that is named before the
// dot.
func (c *collector) columns(tables []relation, qualifier []string) {
	prefix := c.prefix
	defer func() { c.prefix = prefix }()
	c.prefix = unquoted(prefix)
	seen := map[string]bool{}
	for _, table := range tables {
		if len(qualifier) > 0 && !strings.EqualFold(table.name, qualifier[len(qualifier)-1]) {
			continue
		}
		for _, column := range table.columns {
			if key := strings.ToUpper(column.Name); hasPrefixFold(column.Name, c.prefix) && !seen[key] {
				seen[key] = true
				c.add(Candidate{Text: quoted(column.Name), Kind: Column, Detail: column.Detail})
			}
		}
	}
}
