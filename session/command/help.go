package command

import (
	"cmp"
	"context"
	"fmt"
	"strings"

	"github.com/rivo/uniseg"

	"riffle/render"
	"riffle/session"
	"riffle/session/mention"
	"riffle/session/statement"
)

// helpWidth is the width of help, in columns of a terminal.
const helpWidth = 80

// topics are explained by help besides commands, statements and functions.
var topics = map[string]func(*Env) (string, error){
	"keys": func(env *Env) (string, error) {
		if env.Display == nil || env.Display.Keys == nil {
			return "", fmt.Errorf("the live view and its keys are in the shell")
		}
		return "Keys of the live view:\n" + strings.Join(env.Display.Keys, "\n"), nil
	},
	"go":        functionTopic,
	"func":      functionTopic,
	"functions": functionTopic,
}

func functionTopic(env *Env) (string, error) {
	return env.FrontEnd.write(`A Go func whose name starts with a capital letter is a SQL function:

  func Grade(amount float64) string {
    if amount > 900 { return "gold" }
    return "plain"
  }
  SELECT Grade(amount) FROM orders;

A func can have one of these forms:

` + kindLines() + `

A func whose name starts with a small letter is a helper for other functions.
type, var, const and import declarations work too. Pointer parameters accept
NULL, and a second result of type error reports failing rows.
\try Grade(950) calls one without Flink. \df lists all, \help NAME shows one.
\get MODULE@VERSION adds a Go module, whose packages they can use.`), nil
}

func help(_ context.Context, env *Env, args []string) (Answer, error) {
	if len(args) == 0 {
		return Answer{Text: overview(env.FrontEnd)}, nil
	}
	var found []string
	function, known := functionHelp(env.Session, args[0])
	if function != "" {
		found = append(found, function) // REPLACE is a function and begins a statement
	}
	topic, isTopic := topics[strings.ToLower(args[0])]
	if c, ok := Find(args[0]); ok && !(isTopic && c.OnlyNotebook(env.FrontEnd)) { // %%go
		found = append(found, explain(c, env.FrontEnd))
	}
	if kinds := statement.Find(args[0]); len(kinds) > 0 {
		found = append(found, syntax(kinds)) // SET is a statement, and \set a command
	}
	switch {
	case isTopic:
		text, err := topic(env)
		return Answer{Text: strings.Join(append(found, text), "\n\n")}, err
	case len(found) > 0:
		return Answer{Text: strings.Join(found, "\n\n")}, nil
	case !known:
		return Answer{}, wrong(args[0], "there is no command or statement %s; Flink's functions are known once Flink has started", args[0])
	}
	return Answer{}, wrong(args[0], "there is no command, statement or function %s: %s lists the commands", args[0], mention.Command("help"))
}

// functionHelp describes how a function is called. text is "" if no function has that name;
// known is false while Flink's functions are unknown.
func functionHelp(s *session.Session, name string) (text string, known bool) {
	name = strings.TrimSuffix(strings.Trim(strings.TrimSpace(name), "`"), "()")
	if f, ok := s.Function(name); ok {
		text = f.Signature
		if f.Doc != "" {
			text += "\n" + strings.TrimSpace(f.Doc)
		}
		return text + "\ndeclared in " + f.Cell, true
	}
	return s.BuiltIn(name)
}

// syntax lists the forms of statements.
func syntax(kinds []statement.Kind) string {
	var lines []string
	for _, kind := range kinds {
		for _, form := range kind.Forms {
			if form.Refused != "" {
				continue
			}
			lines = append(lines, form.Syntax)
			if note := cmp.Or(kind.Refused, form.Note); note != "" {
				lines = append(lines, wrapped(note, "  "))
			}
		}
	}
	return strings.Join(lines, "\n")
}

// overview lists the commands of a front end by group. The brief texts have their own column;
// after a usage that is too long for that, the text is on the next line.
func overview(f FrontEnd) string {
	const column = 24 // where the brief texts begin
	var b strings.Builder
	b.WriteString("End SQL with ; or, to run it in the background, with &. A Go func becomes a SQL\nfunction.")
	if f == Shell {
		b.WriteString(" Ctrl-C cancels, Ctrl-D quits. In a live view, ? lists the keys.")
	}
	b.WriteString("\n")
	group := Group("")
	for _, c := range Table() {
		if c.FrontEnds&f == 0 {
			continue
		}
		if c.Group != group {
			group = c.Group
			fmt.Fprintf(&b, "\n%s\n", group)
		}
		usage := "  " + c.brief(f)
		b.WriteString(usage)
		gap := column - uniseg.StringWidth(usage)
		if gap < 2 {
			b.WriteString("\n")
			gap = column
		}
		text := wrapped(f.write(c.Brief), strings.Repeat(" ", column))
		b.WriteString(strings.Repeat(" ", gap) + strings.TrimLeft(text, " ") + "\n")
	}
	b.WriteString(f.write("\n\\help COMMAND, \\help STATEMENT and \\help FUNCTION explain one, for example\n\\help save, \\help CREATE TABLE, \\help DATE_FORMAT. \\help go is about functions."))
	return b.String()
}

// brief returns the usage for the overview. Named arguments appear only in the command's own
// help.
func (c Command) brief(f FrontEnd) string {
	usage, _, _ := strings.Cut(c.usage(f), " [rows=")
	usage, _, _ = strings.Cut(usage, " [x=")
	return usage
}

func explain(c Command, f FrontEnd) string {
	var b strings.Builder
	fmt.Fprintf(&b, "%s\n%s", c.usage(f), wrapped(f.write(capital(c.Brief)+"."), "  "))
	if c.Help != "" {
		b.WriteString("\n" + wrapped(f.write(c.Help), "  "))
	}
	if also := c.Spellings(); len(also) > 0 {
		b.WriteString("\n  Also: " + f.write(strings.Join(also, ", ")))
	}
	return b.String()
}

func capital(text string) string { return strings.ToUpper(text[:1]) + text[1:] }

// wrapped breaks a text between words, so that its lines fit into the width of help with
// an indent before each of them.
func wrapped(text, indent string) string { return render.Wrapped(text, indent, helpWidth) }
