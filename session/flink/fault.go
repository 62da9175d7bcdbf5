package flink

import (
	"cmp"
	"encoding/json"
	"regexp"
	"strconv"
	"strings"
)

// Fault is an exception in the gateway or in a job. Diagnose says what a user
// can do about it; Trace is for whoever asks.
type Fault struct {
	Causes   []Cause   `json:"causes"`   // outermost first, never empty
	Position *Position `json:"position"` // where in the statement; nil if unknown
	InView   bool      `json:"inView"`   // it is in the query of a view that the statement reads
	Trace    string    `json:"trace"`    // Java's stack trace
	Task     string    `json:"task"`     // of a job: the operators that failed; "" if not known
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
	placeText    = regexp.MustCompile(` at line ([1-9]\d*), column ([1-9]\d*)`)
	positionText = regexp.MustCompile(`^From line \d+, column \d+ to line \d+, column \d+: |^At line \d+, column \d+: | at line \d+, column \d+`)
	// What Flink's Python runtime puts before the harness' own words.
	harnessText = regexp.MustCompile(`^.*Error received from SDK harness for instruction \S+: `)
)

// Error is the diagnosis' message.
func (f *Fault) Error() string { return f.Diagnose().Message }

// Place is where in the statement the fault is; nil if Flink does not say.
func (f *Fault) Place() *Position {
	if f.Position != nil || f.InView {
		return f.Position
	}
	for i := len(f.Causes) - 1; i >= 0; i-- {
		if at := placeText.FindStringSubmatch(f.Causes[i].Message); at != nil {
			line, _ := strconv.Atoi(at[1])
			column, _ := strconv.Atoi(at[2])
			return &Position{Line: line, Column: column}
		}
	}
	return nil
}

const noMessage = "Flink reported an error without a message"

// innermost picks from the chain of causes the one message that says most: the
// deepest, which is the reason, unless it says nothing by itself.
func (f *Fault) innermost() string {
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
	if n := len(f.Causes); n > 0 && strings.HasSuffix(f.Causes[n-1].Class, ".UnsupportedOperationException") {
		return "the catalog of what this names cannot do it"
	}
	if len(f.Causes) > 0 {
		return cmp.Or(f.Causes[len(f.Causes)-1].Class, noMessage)
	}
	return noMessage
}

// text is the message as one line, without what the position and the trace say.
func (c Cause) text() string {
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
