package py4j

import (
	"encoding/base64"
	"errors"
	"fmt"
	"math"
	"strconv"
	"strings"
)

// Ref names an object in the gateway's table of references, where it stays forever. riffle's
// own methods return none.
type Ref string

// Decimal is a java.math.BigDecimal in its text form.
type Decimal string

// JavaError is an exception that a method threw.
type JavaError struct {
	Ref   Ref    // the exception; freed by the time the caller sees this
	Trace string // Java's stack trace
}

// Error returns the first line of the stack trace: class and message.
func (e *JavaError) Error() string {
	line, _, _ := strings.Cut(e.Trace, "\n")
	if line == "" {
		return "java exception without a trace"
	}
	return line
}

// Second bytes of an answer ("!y…"): how the call ended.
const (
	success   = 'y'
	exception = 'x'
	fatal     = 'z'
)

var escaper = strings.NewReplacer("\\", "\\\\", "\r", "\\r", "\n", "\\n")

func escape(s string) string { return escaper.Replace(s) }

func unescape(s string) string {
	if !strings.Contains(s, "\\") {
		return s
	}
	var b strings.Builder
	b.Grow(len(s))
	for i := 0; i < len(s); i++ {
		if s[i] != '\\' || i+1 == len(s) {
			b.WriteByte(s[i])
			continue
		}
		i++
		switch s[i] {
		case 'n':
			b.WriteByte('\n')
		case 'r':
			b.WriteByte('\r')
		default:
			b.WriteByte(s[i])
		}
	}
	return b.String()
}

func callCommand(object, method string, args []any) (string, error) {
	var b strings.Builder
	b.WriteString("c\n" + object + "\n" + method + "\n")
	for i, arg := range args {
		text, err := encode(arg)
		if err != nil {
			return "", fmt.Errorf("py4j: argument %d of %s: %w", i+1, method, err)
		}
		b.WriteString(text + "\n")
	}
	b.WriteString("e\n")
	return b.String(), nil
}

func encode(v any) (string, error) {
	switch x := v.(type) {
	case nil:
		return "n", nil
	case bool:
		return "b" + strconv.FormatBool(x), nil
	case int:
		// Java picks the overload by this letter: i is int, L is long.
		if x >= math.MinInt32 && x <= math.MaxInt32 {
			return "i" + strconv.Itoa(x), nil
		}
		return "L" + strconv.Itoa(x), nil
	case int64:
		return "L" + strconv.FormatInt(x, 10), nil
	case float64:
		return "d" + javaDouble(x), nil
	case Decimal:
		return "D" + string(x), nil
	case string:
		return "s" + escape(x), nil
	case []byte:
		return "j" + base64.StdEncoding.EncodeToString(x), nil
	case Ref:
		return "r" + string(x), nil
	}
	return "", fmt.Errorf("a %T cannot be sent", v)
}

// javaDouble spells the special values as Double.parseDouble reads them.
func javaDouble(x float64) string {
	switch {
	case math.IsNaN(x):
		return "NaN"
	case math.IsInf(x, 1):
		return "Infinity"
	case math.IsInf(x, -1):
		return "-Infinity"
	}
	return strconv.FormatFloat(x, 'g', -1, 64)
}

func decodeAnswer(line string) (any, error) {
	if len(line) < 2 || line[0] != '!' {
		return nil, fmt.Errorf("py4j: not an answer: %.40q", line)
	}
	switch line[1] {
	case success:
		return decode(line[2:])
	case exception, fatal:
		detail, err := decode(line[2:])
		if err != nil {
			return nil, err
		}
		if ref, ok := detail.(Ref); ok {
			return nil, &JavaError{Ref: ref}
		}
		return nil, fmt.Errorf("py4j: %v", detail)
	}
	return nil, fmt.Errorf("py4j: not an answer: %.40q", line)
}

func decode(part string) (any, error) {
	if part == "" {
		return nil, errors.New("py4j: an answer without a value")
	}
	text := part[1:]
	switch part[0] {
	case 'n', 'v':
		return nil, nil
	case 'b':
		return text == "true", nil
	case 'i', 'L':
		return strconv.ParseInt(text, 10, 64)
	case 'd':
		return parseJavaDouble(text)
	case 'D':
		return Decimal(text), nil
	case 's':
		return unescape(text), nil
	case 'j':
		return base64.StdEncoding.DecodeString(text)
	case 'r', 't', 'l', 'h', 'a', 'g': // object, array, list, set, map, iterator
		return Ref(text), nil
	}
	return nil, fmt.Errorf("py4j: value of unknown type %.10q", part)
}

func parseJavaDouble(text string) (float64, error) {
	switch text {
	case "NaN":
		return math.NaN(), nil
	case "Infinity":
		return math.Inf(1), nil
	case "-Infinity":
		return math.Inf(-1), nil
	}
	return strconv.ParseFloat(text, 64)
}
