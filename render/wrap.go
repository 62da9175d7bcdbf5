package render

import (
	"strings"

	"github.com/rivo/uniseg"
)

// Wrapped breaks a text at blanks into lines of at most width terminal columns, and puts the indent before
// each line. A word that is wider has a line of its own. Line ends of the text are kept.
func Wrapped(text, indent string, width int) string {
	var lines []string
	for paragraph := range strings.SplitSeq(text, "\n") {
		line := indent
		for word := range strings.FieldsSeq(paragraph) {
			switch {
			case line == indent:
				line += word
			case uniseg.StringWidth(line)+1+uniseg.StringWidth(word) > width:
				lines = append(lines, line)
				line = indent + word
			default:
				line += " " + word
			}
		}
		lines = append(lines, line)
	}
	return strings.Join(lines, "\n")
}
