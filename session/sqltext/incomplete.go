package sqltext

// Reason says what keeps a text open, for the look of a continuation prompt.
type Reason uint8

const (
	Complete        Reason = iota
	OpenStatement          // a `;` is missing
	OpenString             // a string is not closed
	OpenComment            // a block comment is not closed
	OpenSet                // END of a statement set is missing
	OpenDeclaration        // a Go declaration goes on
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

// Incomplete reports whether a shell should ask for another line when the user
// ends a line with this text, and why. A text with a fault that no further line
// can mend counts as complete, so that the fault is shown at once.
func Incomplete(text string) (bool, Reason) {
	c := cursor{text: text}
	var last segment
	for {
		s, ok := c.next()
		if !ok {
			break
		}
		last = s
		c.tokens = c.tokens[:0]
	}
	if last.open == Complete || last.hopeless {
		return false, Complete
	}
	if last.class == Go && !goContinues(text[last.span.Start:], last.openAt-last.span.Start) {
		return false, Complete
	}
	return true, last.open
}
