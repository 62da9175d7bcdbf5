package flink

import (
	"encoding/json"
	"regexp"
	"strings"
)

// Fault is an exception in the gateway or in a job. Its Error is the one line
// that a user can act on; Trace is for whoever asks.
type Fault struct {
	Causes   []Cause   `json:"causes"`   // outermost first, never empty
	Position *Position `json:"position"` // where in the statement; nil if unknown
	Trace    string    `json:"trace"`    // Java's stack trace
}

// Cause is one exception of a chain.
type Cause struct {
	Class   string `json:"class"`
	Message string `json:"message"`
}

// Position is a range of a statement's text as Calcite counts it: lines and
// columns from 1, columns in UTF-16 code units, the end inclusive.
type Position struct {
	Line      int `json:"line"`
	Column    int `json:"column"`
	EndLine   int `json:"endLine"`
	EndColumn int `json:"endColumn"`
}

var (
	// Positions are shown as a caret, not in words.
	positionText = regexp.MustCompile(`^From line \d+, column \d+ to line \d+, column \d+: |^At line \d+, column \d+: | at line \d+, column \d+`)
	// What Flink's Python runtime puts before the harness' own words.
	harnessText = regexp.MustCompile(`^.*Error received from SDK harness for instruction \S+: `)
)

// Error picks from the chain of causes the one message that says most: the
// deepest, which is the reason, unless it says nothing by itself.
func (f *Fault) Error() string {
	for i := len(f.Causes) - 1; i >= 0; i-- {
		text := f.Causes[i].text()
		switch text {
		case "":
			continue
		case "Invalid input arguments.":
			// Calcite's reason is empty words; what it is about stands one level up.
			if i > 0 {
				if above := f.Causes[i-1].text(); above != "" && above != text {
					return above
				}
			}
		}
		return text
	}
	if len(f.Causes) > 0 {
		return f.Causes[len(f.Causes)-1].Class
	}
	return "flink reported an error without a message"
}

// CausedBy tells whether some cause is of a class, given by the end of its name.
func (f *Fault) CausedBy(class string) bool {
	for _, c := range f.Causes {
		if c.Class == class || strings.HasSuffix(c.Class, "."+class) {
			return true
		}
	}
	return false
}

// text is the message as one line, without what the position and the trace say.
func (c Cause) text() string {
	message := c.Message
	if at := harnessText.FindString(message); at != "" {
		message = message[len(at):]
	}
	message = positionText.ReplaceAllString(message, "")
	if before, _, found := strings.Cut(message, "\nWas expecting"); found {
		message = before
	}
	first, rest, _ := strings.Cut(strings.TrimSpace(message), "\n")
	if strings.HasSuffix(first, ":") && rest != "" {
		// A heading: the line below is the message, e.g. a list of factories.
		next, _, _ := strings.Cut(strings.TrimSpace(rest), "\n")
		first += " " + strings.TrimSpace(next)
	}
	return c.named(strings.TrimSpace(first))
}

// named puts the exception's short name before messages that mean little alone.
func (c Cause) named(text string) string {
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

// decode reads the gateway's answer: a result into v, or a fault as the error.
func decode(answer string, v any) error {
	var a struct {
		Result json.RawMessage `json:"result"`
		Fault  *Fault          `json:"fault"`
	}
	if err := json.Unmarshal([]byte(answer), &a); err != nil {
		return err
	}
	if a.Fault != nil {
		return a.Fault
	}
	if v == nil {
		return nil
	}
	return json.Unmarshal(a.Result, v)
}
