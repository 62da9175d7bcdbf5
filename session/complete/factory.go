package complete

import (
	"maps"
	"slices"
	"strings"

	"riffle/session/sqltext"
)

// Factory is a factory that the options of WITH (…) can name: a connector, a format, the type of a
// catalog or the provider of a model.
type Factory struct {
	Kind    Kind // Connector, Format, CatalogType or Model
	Name    string
	About   string   // one line, or ""
	Options []Option // the required ones first; # is a placeholder for the name of a column
}

// lead is the option of a list that names the factory of all its other options.
type lead struct {
	key  string
	kind Kind
}

// leads are the leads of statements with options, by the statement's verb.
var leads = map[string]lead{
	"CREATE TABLE": {"connector", Connector}, "REPLACE TABLE": {"connector", Connector},
	"CREATE CATALOG": {"type", CatalogType}, "CREATE MODEL": {"provider", Model},
}

// likely lists values of options for which Flink accepts any text.
var likely = map[string][]string{
	"fields.#.kind": {"random", "sequence"},
}

// optionList is the list in WITH (…) that the cursor is in.
type optionList struct {
	lead
	at      int               // where the word begins that is being typed, in the text
	key     string            // the option whose value it is; "" if it is a key
	full    bool              // neither can be here: a = or a comma is missing
	given   map[string]string // the options before and after the cursor
	columns []string          // of the table that is made
}

// option completes the options of WITH (…), and reports whether the cursor is in one.
func (c *completion) option() bool {
	list, found := c.optionList()
	if !found {
		return false
	}
	c.needs.Factories = true
	c.begin(list.at)
	switch {
	case list.full:
	case list.key == "":
		c.optionKeys(list)
	default:
		c.optionValues(list)
	}
	return true
}

// optionList reads the list that the cursor is in.
func (c *completion) optionList() (optionList, bool) {
	lead, found := leads[c.statement.Verb]
	if !found {
		return optionList{}, false
	}
	base := c.statement.Span.Start
	sql := c.text[base:]
	tokens := significants(sql)
	list := optionList{lead: lead, at: len(sql)}
	if n := len(tokens); tokens[n-1].span.End == len(sql) && tokens[n-1].kind != sqltext.Operator {
		list.at = tokens[n-1].span.Start
		tokens = tokens[:n-1]
	}
	open := innermost(tokens)
	if open < 1 || !strings.EqualFold(tokens[open-1].text, "WITH") {
		return optionList{}, false
	}
	before := tokens[open+1:]
	switch n := len(before); {
	case n == 0 || before[n-1].text == ",":
	case n > 1 && before[n-1].text == "=" && before[n-2].kind == sqltext.String:
		list.key = unquotedText(before[n-2].text)
	default:
		list.full = true
	}
	whole := significants(firstStatement(sql[:list.at] + " " + strings.TrimPrefix(c.after, "'")))
	list.given = optionsOf(whole[min(open+1, len(whole)):])
	list.columns = columnsOf(tokens[:open])
	list.at += base
	return list, true
}

// innermost returns the index of the last open parenthesis, or -1.
func innermost(tokens []significant) int {
	var open []int
	for i, t := range tokens {
		switch {
		case t.text == "(":
			open = append(open, i)
		case t.text == ")" && len(open) > 0:
			open = open[:len(open)-1]
		}
	}
	if len(open) == 0 {
		return -1
	}
	return open[len(open)-1]
}

// optionsOf returns the options of a list, up to its end.
func optionsOf(tokens []significant) map[string]string {
	given := map[string]string{}
	for i := 0; i+2 < len(tokens) && tokens[i].text != ")"; i++ {
		if tokens[i].kind == sqltext.String && tokens[i+1].text == "=" && tokens[i+2].kind == sqltext.String {
			given[unquotedText(tokens[i].text)] = unquotedText(tokens[i+2].text)
		}
	}
	return given
}

// columnsOf returns the physical columns of a table that is being created: neither computed nor
// metadata columns.
func columnsOf(tokens []significant) []string {
	var columns []string
	depth, own := 0, false // own: the last of columns is the one that is being read
	for i, t := range tokens {
		switch word := strings.ToUpper(t.text); {
		case t.text == "(" || t.text == "<":
			depth++
		case t.text == ")" || t.text == ">":
			depth--
		case depth != 1:
		case tokens[i-1].text == "(" || tokens[i-1].text == ",":
			if own = t.isName() || t.kind == sqltext.Keyword && !sqltext.IsReserved(t.text); own {
				columns = append(columns, unquoted(t.text))
			}
		case own && (word == "AS" || word == "METADATA"):
			columns, own = columns[:len(columns)-1], false
		}
	}
	return columns
}

// optionKeys adds the options that are not given yet, the required ones first.
func (c *completion) optionKeys(list optionList) {
	if _, given := list.given[list.lead.key]; !given {
		c.quote(list.lead.key, ConnectorOption, "required: which "+list.kind.String())
	}
	all := c.options(list)
	for _, required := range []bool{true, false} {
		for _, o := range all {
			if _, given := list.given[o.Key]; o.Required == required && !given && o.Key != list.lead.key {
				c.quote(o.Key, ConnectorOption, o.detail())
			}
		}
	}
}

// optionValues adds the values of an option.
func (c *completion) optionValues(list optionList) {
	switch {
	case list.key == list.lead.key:
		c.factories(list.kind)
		return
	case isFormat(list.key):
		c.factories(Format)
		return
	case list.key == "path":
		c.quotedFiles("")
		return
	}
	for _, o := range c.options(list) {
		if o.Key == list.key {
			c.quotedValues(o)
			return
		}
	}
}

// factories adds the names of the factories of a kind.
func (c *completion) factories(kind Kind) {
	named := map[string]bool{}
	for _, f := range c.names.Factories {
		if f.Kind == kind && !named[f.Name] {
			named[f.Name] = true
			c.quote(f.Name, kind, f.About)
		}
	}
}

// isFormat reports whether the value of an option names a format: format, key.format.
func isFormat(key string) bool { return key == "format" || strings.HasSuffix(key, ".format") }

// options returns all options that a list can have, according to the factories that it names:
// those of its connector, and those of its formats with their prefix, such as
// json.ignore-parse-errors.
func (c *completion) options(list optionList) []Option {
	var all []Option
	for _, f := range c.names.Factories {
		if f.Kind == list.kind && strings.EqualFold(f.Name, list.given[list.lead.key]) {
			all = append(all, f.options("", list.columns)...)
		}
	}
	for _, key := range slices.Sorted(maps.Keys(list.given)) {
		for _, f := range c.names.Factories {
			if f.Kind == Format && isFormat(key) && strings.EqualFold(f.Name, list.given[key]) {
				all = append(all, f.options(strings.TrimSuffix(key, "format")+f.Name+".", nil)...)
			}
		}
	}
	// A format can have a factory for streams and another one for files.
	seen := map[string]bool{}
	return slices.DeleteFunc(all, func(o Option) bool {
		again := seen[o.Key]
		seen[o.Key] = true
		return again
	})
}

// options returns the factory's options with a prefix before their keys. The options per column
// come last.
func (f Factory) options(prefix string, columns []string) []Option {
	var options []Option
	for _, o := range f.Options {
		if !strings.Contains(o.Key, "#") {
			o.Key = prefix + o.Key
			options = append(options, o)
		}
	}
	for _, column := range columns {
		for _, o := range f.Options {
			if strings.Contains(o.Key, "#") {
				if o.Values == nil {
					o.Values = likely[o.Key]
				}
				o.Key = prefix + strings.ReplaceAll(o.Key, "#", column)
				options = append(options, o)
			}
		}
	}
	return options
}
