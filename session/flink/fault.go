package flink

import (
	"cmp"
	"encoding/json"
	"regexp"
	"strconv"
	"strings"

	"riffle/session/gateway"
)

// exception is an exception that was thrown in the gateway or in a job, as the JVM reports it.
type exception struct {
	Causes   []cause        `json:"causes"`   // outermost first, never empty
	Position *gateway.Place `json:"position"` // where in the statement; nil if unknown
	InView   bool           `json:"inView"`   // the fault is in the query of a view that the statement reads
	Views    []view         `json:"views"`    // that the statement reads; if InView, the one that has the error
	InJars   bool           `json:"inJars"`   // a class was not found that is in the session's jars
	Trace    string         `json:"trace"`    // Java's stack trace
	Task     string         `json:"task"`     // of a job: the operators that failed; "" if not known

	file    string // that the failed task was reading; "" if not known
	ofClass bool   // the diagnosis names a class, which is shown with its package
	remote  bool   // jobs run on an existing cluster
	ofJob   bool   // it ended a job, or made Flink restart it
}

// view is a view that the statement reads.
type view struct {
	Name     string         `json:"name"`
	Through  string         `json:"through"` // the view that the statement names
	Text     string         `json:"text"`    // the statement that defined it, or its query
	Position *gateway.Place `json:"position"`
}

// cause is one exception of a chain.
type cause struct {
	Class   string `json:"class"`
	Message string `json:"message"`
}

var (
	// Positions are shown as a caret, not in words.
	placeText    = regexp.MustCompile(` at line ([1-9]\d*), column ([1-9]\d*)`)
	positionText = regexp.MustCompile(`^From line \d+, column \d+ to line \d+, column \d+: |^At line \d+, column \d+: | at line \d+, column \d+`)
	// The prefix that Flink's Python runtime adds to the harness' own message.
	harnessText = regexp.MustCompile(`^.*Error received from SDK harness for instruction \S+: `)
)

// fault describes the exception in terms of the user's statement.
func (f *exception) fault() *gateway.Fault {
	fault := &gateway.Fault{Diagnosis: f.diagnose(), Place: f.place(), InView: f.InView, Trace: f.Trace}
	for _, v := range f.Views {
		fault.Views = append(fault.Views, gateway.View{Name: tidy(v.Name), Through: tidy(v.Through), Text: v.Text, Place: v.Position})
	}
	return fault
}

// place returns the place of the fault in the statement, or nil if Flink does not report it.
func (f *exception) place() *gateway.Place {
	if f.Position != nil || f.InView {
		return f.Position
	}
	for i := len(f.Causes) - 1; i >= 0; i-- {
		if at := placeText.FindStringSubmatch(f.Causes[i].Message); at != nil {
			line, _ := strconv.Atoi(at[1])
			column, _ := strconv.Atoi(at[2])
			return &gateway.Place{Line: line, Column: column}
		}
	}
	return nil
}

const noMessage = "Flink reported an error without a message"

// innermost picks the most informative message from the chain of causes. That is the deepest
// one, unless it says nothing by itself.
func (f *exception) innermost() string {
	for i := len(f.Causes) - 1; i >= 0; i-- {
		text := f.Causes[i].text()
		switch text {
		case "":
			continue
		case "Invalid input arguments.":
			// Calcite's deepest message is generic; the one above it names the subject.
			if i > 0 {
				if above := f.Causes[i-1].text(); above != "" && above != text {
					return above
				}
			}
		}
		return text
	}
	if n := len(f.Causes); n > 0 && strings.HasSuffix(f.Causes[n-1].Class, ".UnsupportedOperationException") {
		return "the catalog of what this names cannot do it"
	}
	if len(f.Causes) > 0 {
		return cmp.Or(f.Causes[len(f.Causes)-1].Class, noMessage)
	}
	return noMessage
}

// text returns the message as one line, without the position and the trace, which are fields of
// their own.
func (c cause) text() string {
	message := c.message()
	if at := harnessText.FindString(message); at != "" {
		message = message[len(at):]
	}
	message = positionText.ReplaceAllString(message, "")
	if before, _, found := strings.Cut(message, "\nWas expecting"); found {
		message = before
	}
	first, rest, _ := strings.Cut(strings.TrimSpace(message), "\n")
	if strings.HasSuffix(first, ":") && rest != "" {
		first += " " + listed(rest) // a heading: the lines below are the message
	} else if heading := lastHeading.FindStringSubmatch(rest); heading != nil {
		first = strings.TrimSuffix(first, ".") + ". " + heading[1] + " " + listed(heading[2])
	}
	return c.named(strings.TrimSpace(first))
}

// lastHeading begins a list that ends a message: "Available … are:", and the items below.
var lastHeading = regexp.MustCompile(`(?:^|\n)([A-Z][^\n]*:)\s*\n((?:\s*[\w.\-'"\[\]]+,?(?:\n|$))+)$`)

// listed returns the lines of a list up to a blank line, as one line.
func listed(lines string) string {
	var items []string
	for line := range strings.Lines(strings.TrimSpace(lines)) {
		item := strings.TrimSuffix(strings.TrimSpace(line), ",")
		if item == "" {
			break
		}
		items = append(items, item)
	}
	return strings.Join(items, ", ")
}

// named adds the exception's short name to messages that mean little alone.
func (c cause) named(text string) string {
	short := c.Class[strings.LastIndexByte(c.Class, '.')+1:]
	switch short {
	case "ArithmeticException", "NumberFormatException", "ClassCastException", "NullPointerException",
		"ArrayIndexOutOfBoundsException", "IndexOutOfBoundsException", "FileNotFoundException",
		"NoSuchFileException", "ClassNotFoundException", "OutOfMemoryError":
		if text == "" {
			return short
		}
		return short + ": " + text
	}
	return text
}

// decode reads the gateway's answer: a result into v, or a fault as the error. remote says that jobs run on an existing
// cluster.
func decode(answer string, v any, remote bool) error {
	var a struct {
		Result json.RawMessage `json:"result"`
		Fault  *exception      `json:"fault"`
	}
	if err := json.Unmarshal([]byte(answer), &a); err != nil {
		return err
	}
	if a.Fault != nil {
		a.Fault.remote = remote
		return a.Fault.fault()
	}
	if v == nil {
		return nil
	}
	return json.Unmarshal(a.Result, v)
}
