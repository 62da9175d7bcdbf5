// Package command is the table of riffle's commands: what a user can type besides SQL and
// Go, such as \queries (%queries in notebooks) or quit. Help, the docs page and completion
// are generated from the table (table.go). The handlers are in handlers.go.
//
// A front end passes a statement of class Command to Run and shows the Answer: a text,
// rows, or an action that only the front end can perform.
package command

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"
	"unicode"

	"github.com/apache/arrow/go/v15/arrow"

	"riffle/session"
	"riffle/session/complete"
	"riffle/session/mention"
	"riffle/session/query"
	"riffle/session/sqltext"
)

// FrontEnd is a set of front ends.
type FrontEnd uint8

// The front ends. A script is a file, a pipe or the text of -e.
const (
	Shell FrontEnd = 1 << iota
	Script
	Notebook

	Everywhere = Shell | Script | Notebook
)

// Command is an entry of the table.
type Command struct {
	Name    string   // without its backslash
	Aliases []string // without their backslashes
	Bare    []string // names that also work without a backslash
	// Arguments are shown in help; [] marks those that are optional.
	Arguments string
	Brief     string // one line
	Help      string // further help, or ""
	Group     Group
	FrontEnds FrontEnd

	arguments   []complete.Argument      // the kind of each argument, for completion
	named       []complete.NamedArgument // can be anywhere; then each argument may be quoted
	least, most int                      // number of arguments, except named ones
	// words are the choices for an argument whose entry in the table lists none.
	words func(FrontEnd, *Display) []string
	rest  bool  // the last argument is the rest of the line, including blanks
	magic magic // its effect in a cell's first lines; nil if it is not allowed there
	// run runs it; nil for a command that is only a cell's magic.
	run func(ctx context.Context, env *Env, args []string) (Answer, error)
}

// Env is the environment in which a command runs.
type Env struct {
	Session  *session.Session
	FrontEnd FrontEnd // the front end in which it was typed
	Display  *Display
	// Ask asks the user for a line. It is nil if there is no user to ask.
	Ask func(ctx context.Context, prompt string) (string, error)
	// SetStatus is called with what a command that takes a while is doing.
	SetStatus func(what string)
}

// Display is the part of a front end's display settings that commands can change. It belongs to the front
// end, which reads it between statements.
type Display struct {
	Formats []string // the formats of the front end
	Format  string
	Timing  bool   // show the time that a statement took
	Pager   string // on, off, always or a program
	Failure error  // of the last statement that failed, or nil
	Refused bool   // the last statement failed before it had a result
	// NextName is the name for the next query; "" if it has only its number.
	NextName string
	Keys     []string // the keys of the live view, one per line, for help; nil without a live view
}

// Answer is the result of a command.
type Answer struct {
	Text string       // without a line end, or ""; it follows the rows
	Rows arrow.Record // data columns only, or nil; the caller releases it
	// Printed is what functions have printed, also with an error: lines that are shown first.
	Printed  string
	Location *time.Location // of TIMESTAMP_LTZ values in Rows; nil is UTC
	// OptionalColumns are columns of Rows that may be left out if there is no room for all, the
	// least important first.
	OptionalColumns []string
	Action          Action
	Query           *query.Query  // for Show, Follow, Last and Plot
	Chart           Chart         // for Plot
	Every           time.Duration // for Watch
	Count           int           // for History
}

// Action is an action that a command requests from its front end.
type Action uint8

// The actions.
const (
	Continue Action = iota
	Quit            // end the front end
	Clear           // clear the screen
	Show            // show a running query
	Follow          // report how a job ends, and print Text
	Last            // show the table of a query again, in the format Text or the current one
	Echo            // print Text to the output of rows
	Warn            // print Text to the output of errors
	Include         // run the file Text
	Output          // write further output to the file Text; "" ends that
	Watch           // run the previous statement repeatedly, every Every
	History         // show the last Count entries of the history
	Plot            // draw the table of a query as Chart says
	Edit            // edit the last entry, or the file Text, in an external editor
	Inspect         // show what is known about the name Text, where help is shown
	Share           // keep the table of a query in the Arrow file Text, "" for a file that the front end chooses
)

// Run runs a statement of class Command. Its errors are *session.Error.
func Run(ctx context.Context, env *Env, st session.Statement) (Answer, error) {
	c, ok := Find(st.Verb)
	if !ok {
		return Answer{}, unknown(env.FrontEnd, st)
	}
	if c.FrontEnds&env.FrontEnd == 0 {
		return Answer{}, session.Fail(st, st.Word, fmt.Sprintf("%s does not work here", typed(st)), "it works in "+c.FrontEnds.String())
	}
	if c.run == nil {
		return Answer{}, notACommand(c, st)
	}
	if c.magic != nil && strings.HasPrefix(st.Text, "%%") {
		return Answer{}, session.Fail(st, st.Word, "%%"+c.Name+" works only in the first lines of a notebook's cell", "use "+mention.Command(c.Name))
	}
	args := c.split(st.Arguments())
	if strings.HasPrefix(st.Text[st.Word.Len():], "+") { // of psql
		return Answer{}, session.Fail(st, sqltext.Span{Start: st.Word.Start, End: st.Word.End + 1},
			fmt.Sprintf("there is no command %s+", typed(st)), "use "+typed(st)+"; "+mention.Command("d NAME describes one"))
	}
	if n := c.placed(args); n < c.least || n > c.most {
		return Answer{}, session.Fail(st, st.Word, "usage: "+c.usage(env.FrontEnd), "")
	}
	if env.SetStatus == nil {
		env.SetStatus = func(string) {}
	}
	answer, err := c.run(ctx, env, args)
	var failed *session.Error
	var argument *argumentError
	switch {
	case err == nil:
		return answer, nil
	case errors.As(err, &failed):
		toArgument(st, failed)
		return answer, err
	case ctx.Err() != nil:
		return answer, ctx.Err()
	case errors.As(err, &argument):
		return answer, argument.in(st)
	}
	return answer, Failed(st, err)
}

// unknown returns the error for a command that does not exist.
func unknown(f FrontEnd, st session.Statement) error {
	if f == Notebook {
		if err := ForeignCommand(st); err != nil {
			return err
		}
	}
	hint := mention.Command("help lists the commands")
	if advice, ok := shellAdvice[st.Verb]; ok && f != Notebook {
		return session.Fail(st, st.Word, fmt.Sprintf("there is no command %s", typed(st)), advice)
	}
	if near := sqltext.Nearest(st.Verb, magics); near != "" && f != Shell && strings.HasPrefix(st.Text, "%%") {
		hint = "did you mean %%" + near + "?"
	} else if near := sqltext.Nearest(st.Verb, names(f)); near != "" {
		c, _ := Find(near)
		hint = "did you mean " + c.name(f) + "?"
	}
	return session.Fail(st, st.Word, fmt.Sprintf("there is no command %s", typed(st)), hint)
}

// notACommand is the error of a magic that is typed as a command, such as %time.
func notACommand(c Command, st session.Statement) error {
	hint := fmt.Sprintf("to %s, write %%%%%s in the first line of the cell", c.Brief, c.Name)
	for _, mark := range marks {
		if mark.magic == "%%"+c.Name {
			hint = "none is needed: write the " + mark.meaning + " as it is"
		}
	}
	return session.Fail(st, st.Word, "there is no command "+typed(st), hint)
}

// split splits the arguments.
func (c Command) split(text string) []string {
	if c.named != nil {
		return words(text)
	}
	if !c.rest {
		return strings.Fields(text)
	}
	var args []string
	for text = strings.TrimSpace(text); text != "" && len(args) < c.most-1; text = strings.TrimSpace(text) {
		end := strings.IndexFunc(text, unicode.IsSpace)
		if end < 0 {
			end = len(text)
		}
		args, text = append(args, text[:end]), text[end:]
	}
	if text != "" {
		args = append(args, text)
	}
	return args
}

// placed returns the number of arguments that are identified by their position.
func (c Command) placed(args []string) int {
	n := 0
	for _, arg := range args {
		if _, _, found := c.cutName(arg); !found {
			n++
		}
	}
	return n
}

// cutName cuts the name off a named argument.
func (c Command) cutName(arg string) (name, value string, found bool) {
	name, value, found = strings.Cut(arg, "=")
	name = strings.ToLower(name)
	found = found && slices.ContainsFunc(c.named, func(n complete.NamedArgument) bool { return n.Name == name })
	return name, value, found
}

// typed returns the command's name as it was typed.
func typed(st session.Statement) string {
	return st.Cell.Text[st.Word.Start:st.Word.End]
}

// Find returns the command with a name or alias, with or without its sigil.
func Find(name string) (Command, bool) {
	name = strings.ToLower(strings.TrimLeft(name, `\%`))
	for _, c := range Table() {
		if c.Name == name || slices.Contains(c.Aliases, name) {
			return c, true
		}
	}
	return Command{}, false
}

// names yields the commands of a front end.
func names(f FrontEnd) func(yield func(string) bool) {
	return func(yield func(string) bool) {
		for _, c := range Table() {
			if c.FrontEnds&f != 0 && !yield(c.Name) {
				return
			}
		}
	}
}

// magics are the commands that work as a cell's magic, or only as one.
func magics(yield func(string) bool) {
	for _, c := range Table() {
		if c.magic != nil && !yield(c.Name) {
			return
		}
	}
}

// Entries returns the commands of a front end for completion, as they are typed, with their arguments.
func Entries(f FrontEnd, d *Display) []complete.CommandEntry {
	var entries []complete.CommandEntry
	for _, c := range Table() {
		if c.FrontEnds&f == 0 {
			continue
		}
		entry := complete.CommandEntry{
			Names: append(c.names(f), c.Bare...), Aliases: c.Aliases, Detail: c.Brief,
			Arguments: slices.Clone(c.arguments), Named: slices.Clone(c.named), Rest: c.rest,
		}
		fill := func(a *complete.Argument) {
			if a.Kind == complete.Choice && a.Choices == nil {
				a.Choices = choices(c.words(f, d))
			}
		}
		for i := range entry.Arguments {
			fill(&entry.Arguments[i])
		}
		for i := range entry.Named {
			fill(&entry.Named[i].Argument)
		}
		entries = append(entries, entry)
	}
	return entries
}

// mark returns the prefix of a command's name in riffle's texts. \ and % both work everywhere.
func (f FrontEnd) mark() string {
	if f == Notebook {
		return "%"
	}
	return `\`
}

// write converts a text of the table for a front end. In these texts, every backslash begins a
// command.
func (f FrontEnd) write(text string) string { return strings.ReplaceAll(text, `\`, f.mark()) }

// name returns the command as it is typed in a front end.
func (c Command) name(f FrontEnd) string { return c.names(f)[0] }

// names returns the ways to type it: as a command on a line, and as a magic of a cell.
func (c Command) names(f FrontEnd) []string {
	line, cell := f.mark()+c.Name, "%%"+c.Name
	switch {
	case c.run == nil:
		return []string{cell}
	case c.magic != nil && f&Notebook != 0:
		return []string{line, cell}
	}
	return []string{line}
}

func (c Command) usage(f FrontEnd) string {
	if c.Arguments == "" {
		return c.name(f)
	}
	return c.name(f) + " " + c.Arguments
}

// Spellings returns the other ways to type the command's name.
func (c Command) Spellings() []string {
	var all []string
	for _, alias := range c.Aliases {
		all = append(all, `\`+alias)
	}
	return append(all, c.Bare...)
}
