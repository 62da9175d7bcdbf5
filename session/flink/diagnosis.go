package flink

import (
	"cmp"
	"regexp"
	"slices"
	"strings"
	"sync"

	"riffle/session/gateway"
)

// rule turns one of Flink's messages into one for users.
type rule struct {
	pattern func() *regexp.Regexp
	say     func(f *exception, found []string) gateway.Diagnosis
}

// pattern compiles the beginning of a message, when it is first needed: compiling all of them
// would take a seventh of the time in which a kernel starts.
func pattern(text string) func() *regexp.Regexp {
	return sync.OnceValue(func() *regexp.Regexp { return regexp.MustCompile(`(?s)^` + text) })
}

// on returns a rule that only replaces words: in each field, $1 stands for what the pattern's first
// group matched, and so on. Known is split at commas and line ends.
func on(text string, template gateway.Diagnosis, known ...string) rule {
	return rule{pattern(text), func(_ *exception, found []string) gateway.Diagnosis {
		// Replace all of them in one pass, because a value may contain a $1 of its own, as in
		// EXPR$1.
		fill := func(text string) string {
			return placeholder.ReplaceAllStringFunc(text, func(at string) string {
				if n := int(at[1] - '0'); n < len(found) {
					return found[n]
				}
				return at
			})
		}
		d := template
		d.Message, d.Hint, d.At, d.Unknown = fill(d.Message), fill(d.Hint), fill(d.At), fill(d.Unknown)
		for _, list := range known {
			d.Known = append(d.Known, words(fill(list))...)
		}
		return d
	}}
}

var placeholder = regexp.MustCompile(`\$[1-9]`)

// by returns a rule that needs more than words.
func by(text string, say func(f *exception, found []string) gateway.Diagnosis) rule {
	return rule{pattern(text), say}
}

func words(list string) []string {
	return strings.FieldsFunc(list, func(r rune) bool { return strings.ContainsRune(",\n []'`", r) })
}

// ruleReach limits the part of a message that rules look at: some messages list thousands of
// names.
const ruleReach = 32 << 10

// diagnose describes the fault and the next step. If no rule knows the fault, the diagnosis is
// Flink's most informative message, without the parts that mean nothing to a user.
func (f *exception) diagnose() gateway.Diagnosis {
	if f.tooDeep() {
		return f.finish(gateway.Diagnosis{Message: tooDeepMessage, Hint: deepHint})
	}
	for _, r := range rules {
		for i := len(f.Causes) - 1; i >= 0; i-- {
			message := f.Causes[i].message()
			if len(message) > ruleReach {
				message = message[:ruleReach]
			}
			if found := r.pattern().FindStringSubmatch(message); found != nil {
				return f.finish(r.say(f, found))
			}
		}
	}
	if name := f.missingClass(); name != "" {
		return f.finish(noClass(f, name))
	}
	return f.finish(gateway.Diagnosis{Message: f.innermost()})
}

// missingClass returns the class whose absence caused the fault, or "".
func (f *exception) missingClass() string {
	for i := len(f.Causes) - 1; i >= 0; i-- {
		switch c := f.Causes[i]; c.Class {
		case "java.lang.NoClassDefFoundError", "java.lang.ClassNotFoundException":
			if className.MatchString(c.Message) {
				return c.Message
			}
		}
	}
	return ""
}

// className matches the name of a class in a package, in Java's two notations.
var className = regexp.MustCompile(`^(?:[\p{L}_$][\p{L}\d_$]*[./])+[\p{L}_$][\p{L}\d_$]*$`)

var usedBy = regexp.MustCompile(`^Unable to create a (?:source|sink) for (?:reading|writing) table '([^']+)'`)

// finish tidies a diagnosis. If the statement names a table and Flink's message is about the
// table's definition, it adds the name.
func (f *exception) finish(d gateway.Diagnosis) gateway.Diagnosis {
	for _, c := range f.Causes {
		if found := usedBy.FindStringSubmatch(c.Message); found != nil && !d.Cluster {
			d.Message = "table " + tidy(found[1]) + ": " + d.Message
			d.At = found[1]
			break
		}
	}
	if !f.ofClass {
		d.Message = tidy(d.Message)
	}
	d.Message = strings.TrimSuffix(strings.ReplaceAll(d.Message, "`", ""), ".")
	d.Hint, d.At = tidy(d.Hint), strings.ReplaceAll(tidy(d.At), "`", "")
	d.Unknown = strings.ReplaceAll(d.Unknown, "`", "")
	if d.Kind == gateway.TableName || d.Kind == gateway.ViewName {
		d.Unknown = lastName(d.Unknown)
	}
	d.Message = cmp.Or(shorten(d.Message), noMessage)
	if operator := f.operator(); operator != "" && !d.Cluster {
		d.Message += ", in " + operator
	}
	return d
}

// shorten puts a message on one line, and shortens one that contains a long value.
func shorten(message string) string {
	const most = 300
	message = strings.Join(strings.FieldsFunc(message, func(r rune) bool { return r == '\n' || r == '\r' }), " ")
	if runes := []rune(message); len(runes) > most {
		return string(runes[:most]) + "…"
	}
	return message
}

var (
	coordinated = regexp.MustCompile(`^Global failure triggered by OperatorCoordinator for '(.+?)' `)
	generated   = regexp.MustCompile(`(?:Stream|Batch)Exec([A-Z]\w*)\$\d+`)
	subtaskMark = regexp.MustCompile(` \(\d+/\d+\)(?: - execution #\d+)?$`)
	nodeNumber  = regexp.MustCompile(`\[\d+\]`)
)

// operator returns the part of the job that failed, in the words of EXPLAIN: one operator if
// the failure began in its code, otherwise all operators of the task. It returns "" if there is
// no job, or if a user's function failed, because that error names the function.
func (f *exception) operator() string {
	task := f.Task
	for _, c := range f.Causes {
		if found := coordinated.FindStringSubmatch(c.Message); found != nil {
			task = found[1]
		}
		if harnessText.MatchString(c.Message) {
			return ""
		}
	}
	if task == "" {
		return ""
	}
	const top = 5 // frames of the innermost cause, with its first line
	frames := strings.SplitN(f.Trace[strings.LastIndex(f.Trace, "Caused by: ")+1:], "\n\tat ", top+2)
	for _, frame := range frames[1:max(len(frames)-1, 1)] {
		if found := generated.FindStringSubmatch(frame); found != nil {
			return found[1]
		}
	}
	operators := strings.Split(nodeNumber.ReplaceAllString(subtaskMark.ReplaceAllString(task, ""), ""), " -> ")
	operators = slices.DeleteFunc(operators, func(name string) bool { return strings.HasPrefix(name, "Sink: result ") })
	return strings.Join(operators, " → ")
}

// message returns a cause's message without the positions and headings that Flink
// puts before it.
func (c cause) message() string {
	message := strings.TrimSpace(c.Message)
	for {
		rest := headings.ReplaceAllString(message, "")
		if rest == message {
			return message
		}
		message = rest
	}
}

var headings = regexp.MustCompile(`^(?:SQL validation failed\. |SQL parse failed\. |From line \d+, column \d+ to line \d+, column \d+: |At line \d+, column \d+: |Failed to execute ALTER TABLE statement\.\s+)`)

var tidying = []struct {
	pattern *regexp.Regexp
	with    string
}{
	{regexp.MustCompile("`?\\bdefault_catalog\\b`?\\.`?\\bdefault_database\\b`?\\."), ""},
	{regexp.MustCompile(`VARCHAR\(2147483647\)`), "STRING"},
	{regexp.MustCompile(`VARBINARY\(2147483647\)`), "BYTES"},
	{regexp.MustCompile(`\bINTEGER\b`), "INT"},
	{regexp.MustCompile(`_UTF-16LE'`), "'"},
	{regexp.MustCompile(`RecordType(?::peek_no_expand)?\(`), "ROW("},
	// A package name does not help the author of a statement, but the short name of the class
	// may.
	{regexp.MustCompile(`\b(?:[a-z][a-z0-9_]*\.){2,}([A-Z]\w*)`), "$1"},
}

// tidy removes Flink's additions from a text: the names of the default catalog and database,
// internal spellings of types, packages of classes.
func tidy(text string) string {
	for _, t := range tidying {
		text = t.pattern.ReplaceAllString(text, t.with)
	}
	return text
}

// lastName returns the last part of a path of names, without its quotes.
func lastName(path string) string {
	return strings.Trim(path[strings.LastIndexByte(path, '.')+1:], "`'")
}
