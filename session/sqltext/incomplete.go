package sqltext

import "strings"

// Reason says why a text is incomplete, for the continuation prompt.
type Reason uint8

const (
	Complete        Reason = iota
	OpenStatement          // a `;` is missing
	OpenString             // a string is not closed
	OpenComment            // a block comment is not closed
	OpenSet                // END of a statement set is missing
	OpenDeclaration        // a Go declaration is not complete
)

var reasonNames = [...]string{
	"complete", "statement needs ;", "open string", "open comment",
	"statement set needs END;", "open Go declaration",
}

func (r Reason) String() string {
	if int(r) < len(reasonNames) {
		return reasonNames[r]
	}
	return "no reason"
}

// Incomplete reports whether a shell should ask for another line when the user ends a line with this text,
// and why. A text with an error that no further line can fix counts as complete, so that the error is shown
// at once. So does a line that starts no statement. A directive for a Go function, which has a line of its own above
// the function, is incomplete without it.
func Incomplete(text string) (bool, Reason) { return incomplete(cursor{text: text}) }

// IncompleteScript is Incomplete for the texts that SplitScript splits.
func IncompleteScript(text string) (bool, Reason) {
	return incomplete(cursor{text: text, script: true})
}

func incomplete(c cursor) (bool, Reason) {
	text := c.text
	var last segment
	for {
		s, ok := c.next()
		if !ok {
			break
		}
		last = s
		c.tokens = c.tokens[:0]
	}
	for _, t := range c.tokens { // those after the last statement
		if isDirective(text, t) {
			return true, OpenDeclaration
		}
	}
	if last.open == Complete || last.unfixable || last.unrecognized {
		return false, Complete
	}
	if last.class == Go && !goContinues(text[last.span.Start:], last.openAt-last.span.Start) {
		return false, Complete
	}
	return true, last.open
}

// isDirective reports whether a token is a directive for the Go function below it.
func isDirective(text string, t Token) bool {
	return t.Kind == Comment && strings.HasPrefix(text[t.Span.Start:t.Span.End], "//riffle:")
}

// LineReasons returns, for each line of a text except the first, why the text before it is incomplete. The
// results are those of Incomplete for that text, but computed in one pass. Complete is returned for a line
// that begins between two statements.
func LineReasons(text string) []Reason {
	var reasons []Reason
	c := cursor{text: text}
	for more := true; more; {
		var s segment
		s, more = c.next()
		directive := false // before the statement
		for k, t := range c.tokens {
			inStatement := more && k >= s.from
			directive = !inStatement && (directive || isDirective(text, t))
			for i := t.Span.Start; i < t.Span.End; i++ {
				if text[i] != '\n' {
					continue
				}
				reason := s.reasonAt(t, i, inStatement)
				if directive && reason == Complete {
					reason = OpenDeclaration
				}
				reasons = append(reasons, reason)
			}
		}
		c.tokens = c.tokens[:0]
	}
	return reasons
}

// reasonAt returns what is open at a line end within a token that belongs to the statement or
// precedes it.
func (s segment) reasonAt(t Token, at int, inStatement bool) Reason {
	switch {
	case s.unrecognized && inStatement:
		return Complete
	case t.Kind == Comment: // a block: others end before the line end
		return OpenComment
	case !inStatement, s.class == Command:
		return Complete
	case t.Kind == String:
		return OpenString
	case s.class != Go:
		return OpenStatement
	case at < s.span.End:
		return OpenDeclaration
	}
	return s.open // what is open at the end of the text
}
