// Package mention marks riffle's commands in texts that do not depend on a front end, such as
// the hints of errors. Each front end then shows a command as it is typed there: \jar in the
// shell, %jar in a notebook. Text from the user or from Flink is not marked and not changed.
package mention

import "strings"

// Mark precedes a command in a text. It is a noncharacter, which Unicode reserves for use inside a program.
// Used as a sigil, it leaves a text marked.
const Mark = "\ufdd0"

// Command returns a marked command, including its arguments.
func Command(typed string) string { return Mark + typed }

// Write returns a text for a front end whose commands are typed with a sigil.
func Write(text, sigil string) string { return strings.ReplaceAll(text, Mark, sigil) }
