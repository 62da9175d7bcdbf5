package complete

import (
	"slices"
	"strings"

	"riffle/session/sqltext"
)

// Option is one of Flink's options: a setting, or an option of WITH (…).
type Option struct {
	Key string
	// Type is boolean, enum, duration, memory, number, list or text; "" if unknown.
	Type    string
	Default string // "" for none
	About   string // one line, or ""
	// Values are all allowed values, or the likeliest; nil for any.
	Values   []string
	Required bool
}

// preferred lists the options of Flink that people set most in a shell. They come before all
// others, and are the only ones until the others are known.
var preferred = []Option{
	{Key: "execution.checkpointing.interval", Type: "duration", About: "time between checkpoints"},
	{Key: "execution.runtime-mode", Type: "enum", Default: "streaming", Values: []string{"streaming", "batch"}},
	{Key: "parallelism.default", Type: "number", Default: "1", About: "subtasks per operator"},
	{Key: "pipeline.name", Type: "text", About: "name of the jobs to come"},
	{Key: "restart-strategy.type", Type: "text", Default: "none", Values: []string{"none", "fixed-delay", "exponential-delay", "failure-rate"}},
	{Key: "state.backend.type", Type: "text", Default: "hashmap", Values: []string{"hashmap", "rocksdb"}},
	{Key: "table.dml-sync", Type: "boolean", Default: "false", About: "INSERT waits for its job"},
	{Key: "table.exec.mini-batch.allow-latency", Type: "duration", About: "how long rows may be gathered"},
	{Key: "table.exec.mini-batch.enabled", Type: "boolean", Default: "false", About: "gather rows before they update state"},
	{Key: "table.exec.mini-batch.size", Type: "number", About: "rows to gather at most"},
	{Key: "table.exec.resource.default-parallelism", Type: "number", About: "subtasks per operator, of tables only"},
	{Key: "table.exec.sink.not-null-enforcer", Type: "enum", Default: "ERROR", About: "on NULL for NOT NULL", Values: []string{"ERROR", "DROP"}},
	{Key: "table.exec.source.idle-timeout", Type: "duration", About: "a source without rows for so long holds no watermark back"},
	{Key: "table.exec.state.ttl", Type: "duration", About: "how long unused state is kept"},
	{Key: "table.local-time-zone", Type: "text", About: "of TIMESTAMP_LTZ", Values: []string{"UTC", "Europe/Berlin", "America/New_York", "Asia/Shanghai", "+02:00"}},
	{Key: "table.optimizer.agg-phase-strategy", Type: "text", Default: "AUTO", Values: []string{"AUTO", "ONE_PHASE", "TWO_PHASE"}},
	{Key: "table.optimizer.join-reorder-enabled", Type: "boolean", Default: "false"},
}

// Settings returns the options of SET, given those that Flink declares. The preferred options come
// first, with the descriptions from this package and the other properties from Flink.
func Settings(declared []Option) []Option {
	all := slices.Clone(preferred)
	at := map[string]int{}
	for i, o := range all {
		at[o.Key] = i
	}
	for _, o := range declared {
		i, known := at[o.Key]
		if !known {
			all = append(all, o)
			continue
		}
		if len(o.Values) > len(all[i].Values) {
			all[i].Values = o.Values
		}
		if all[i].About == "" {
			all[i].About = o.About
		}
		if all[i].Default == "" {
			all[i].Default = o.Default
		}
	}
	return all
}

// detail explains an option in one line, with the short facts first.
func (o Option) detail() string {
	var parts []string
	if o.Required {
		parts = append(parts, "required")
	}
	if o.Type != "" {
		parts = append(parts, o.Type)
	}
	if o.Default != "" {
		parts = append(parts, "default "+o.Default)
	}
	detail := strings.Join(parts, ", ")
	if o.About == "" {
		return detail
	}
	return strings.TrimPrefix(detail+": "+o.About, ": ")
}

// examples are values of types that have no list of values.
var examples = map[string][]string{
	"boolean":  {"true", "false"},
	"duration": {"1 s", "10 s", "1 min", "1 h"},
	"memory":   {"64 mb", "256 mb", "1 gb"},
}

// values returns the values that can follow the option's =. Each is described as the default or
// as one of several.
func (o Option) values() []Entry {
	values, detail := o.Values, ""
	if values == nil {
		values = examples[o.Type]
		if o.Type != "boolean" {
			detail = "for example"
		}
	}
	if o.Default != "" && !slices.ContainsFunc(values, func(v string) bool { return strings.EqualFold(v, o.Default) }) {
		values = append([]string{o.Default}, values...)
	}
	var entries []Entry
	for _, value := range values {
		entry := Entry{value, detail}
		if o.Default != "" && strings.EqualFold(value, o.Default) {
			entry.Detail = "default"
		}
		entries = append(entries, entry)
	}
	return entries
}

// setting completes the key and the value of SET and RESET, and reports whether the cursor is
// in one. Flink reads them by a pattern and not by tokens. Candidates are quoted, because SET
// needs quotes around a key.
func (c *completion) setting() bool {
	if c.statement.Verb != "SET" && c.statement.Verb != "RESET" {
		return false
	}
	rest := c.text[c.statement.Word.End:]
	typed := strings.TrimLeft(rest, " \t\r\n\f")
	c.needs.Settings = true
	if !strings.ContainsAny(strings.TrimPrefix(typed, "'"), "=' \t\r\n\f") {
		c.begin(len(c.text) - len(typed))
		for _, o := range c.names.settings() {
			c.quote(o.Key, Setting, o.detail())
		}
		return true
	}
	key, value, found := settingBegun(rest)
	if !found || c.statement.Verb == "RESET" {
		return true
	}
	c.begin(c.statement.Word.End + value)
	for _, o := range c.names.settings() {
		if o.Key == key {
			c.quotedValues(o)
		}
	}
	return true
}

// settingBegun reads a key and =, and returns where the value begins that is being typed after
// them.
func settingBegun(text string) (key string, value int, found bool) {
	tokens := significants(text)
	equals := slices.IndexFunc(tokens, func(t significant) bool { return t.text == "=" })
	if equals < 1 {
		return "", 0, false
	}
	for _, t := range tokens[:equals] {
		key += t.text
	}
	value = len(text)
	if rest := tokens[equals+1:]; len(rest) > 0 {
		if value = rest[0].span.Start; rest[len(rest)-1].span.End < len(text) || rest[0].kind == sqltext.String && len(rest) > 1 {
			return "", 0, false
		}
	}
	return unquotedText(key), value, true
}

// settings returns the known settings, or the preferred ones while no others are known.
func (n Names) settings() []Option {
	if n.Settings == nil {
		return preferred
	}
	return n.Settings
}

// quotedValues adds the values of an option.
func (c *completion) quotedValues(o Option) {
	for _, v := range o.values() {
		c.quote(v.Name, Value, v.Detail)
	}
}

// quote adds a quoted text if it begins with what is typed. A closing quote after the cursor
// stays there.
func (c *completion) quote(text string, kind Kind, detail string) {
	if !hasPrefixFold(text, unquotedText(c.prefix)) {
		return
	}
	c.add(Candidate{Text: c.closed(openQuote(text)), Kind: kind, Detail: detail})
}

func openQuote(text string) string { return "'" + strings.ReplaceAll(text, "'", "''") }

// closed appends the closing quote to a text, unless it follows the cursor already.
func (c *completion) closed(text string) string {
	if strings.HasPrefix(c.after, "'") {
		return text
	}
	return text + "'"
}

// unquotedText returns a string of SQL, or the begin of one, without its quotes.
func unquotedText(text string) string {
	body, found := strings.CutPrefix(text, "'")
	if !found {
		return text
	}
	return strings.ReplaceAll(strings.TrimSuffix(body, "'"), "''", "'")
}
