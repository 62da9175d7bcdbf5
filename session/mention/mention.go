// Package mention marks riffle's commands in texts that are made where nobody knows
// the front end, such as the hints of errors, so that each front end shows them as
// they are typed there: \jar in the shell, %jar in a notebook. What of a text is the
// user's or Flink's is not marked, and stays as it is.
package mention

import "strings"

// Mark stands before a command that a text mentions. It is a noncharacter, which
// Unicode keeps for uses inside of a program. As a sigil it leaves a text marked.
const Mark = "\ufdd0"

// Command is a command, with what is typed behind it, as a text mentions it.
func Command(typed string) string { return Mark + typed }

// Write shows a text to who types commands with a sigil before them.
func Write(text, sigil string) string { return strings.ReplaceAll(text, Mark, sigil) }
