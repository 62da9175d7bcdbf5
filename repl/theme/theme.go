// Package theme is the table of styles. It has one row for each role of displayed text, with
// its style in the dark theme, in the light theme and in the theme without colors. Help, the
// docs page and the configuration keys are generated from it. The package writes nothing and
// does not query the terminal.
package theme

import (
	"fmt"
	"slices"
	"strings"

	"github.com/charmbracelet/colorprofile"

	"riffle/session/sqltext"
)

// Role is what a part of the picture is.
type Role uint8

// The roles, in the order of the table.
const (
	Prompt Role = iota
	Keyword
	String
	Number
	Comment
	Hint
	Identifier
	Command
	Error
	Header
	Frame
	Faint
	Changed
	Selected
	roles // how many
)

// Name is that of a theme.
type Name string

// The themes. Auto is Dark or Light, as the terminal's background is.
const (
	Auto  Name = "auto"
	Dark  Name = "dark"
	Light Name = "light"
	None  Name = "none"
)

// Names are all of them, in the order of help.
func Names() []Name { return []Name{Auto, Dark, Light, None} }

// row is a role in the table.
type row struct {
	name, is          string
	dark, light, none string // styles, as [Parse] has them
}

// table is every role. What both themes leave to the terminal's own colours has
// an attribute only: it can be read on any background.
var table = [roles]row{
	Prompt:     {"prompt", "riffle> and the current catalog and database", "bold", "bold", "bold"},
	Keyword:    {"keyword", "SQL keywords in the text you type", "bold 75", "bold 25", "bold"},
	String:     {"string", "string literals", "114", "28", ""},
	Number:     {"number", "numbers", "80", "24", ""},
	Comment:    {"comment", "comments", "dim", "dim", ""},
	Hint:       {"hint", "hints of SQL, /*+ … */", "176", "90", ""},
	Identifier: {"identifier", "names in backquotes", "179", "94", ""},
	Command:    {"command", `commands, \help`, "176", "90", "bold"},
	Error:      {"error", "errors, and text that is not SQL", "203", "160", "bold"},
	Header:     {"header", "column names in a live view", "bold", "bold", "bold"},
	Frame:      {"frame", "the frame of a live view", "dim", "dim", ""},
	Faint:      {"faint", "NULL, notes and figures", "dim", "dim", ""},
	Changed:    {"changed", "values in a live view that have just changed", "bold 221", "bold 130", "underline"},
	Selected:   {"selected", "the selected row or column of a live view", "reverse", "reverse", "reverse"},
}

// Roles are the names of the roles and what each is, in the order of the table.
func Roles() (names, are []string) {
	for _, r := range table {
		names, are = append(names, r.name), append(are, r.is)
	}
	return names, are
}

// StyleOf is the style that a theme gives a role, "" for that of plain text.
func StyleOf(n Name, r Role) string {
	switch n {
	case Light:
		return table[r].light
	case None:
		return table[r].none
	}
	return table[r].dark
}

// Choice is what a user wants to see: a theme, and styles of some roles instead of
// the theme's.
type Choice struct {
	Name   Name // "" is Auto
	styles map[Role]style
}

// Set chooses a theme by its name.
func (c *Choice) Set(name string) error {
	if n := Name(strings.ToLower(name)); slices.Contains(Names(), n) {
		c.Name = n
		return nil
	}
	return fmt.Errorf("there is no theme %q: the themes are auto, dark, light, none", name)
}

// SetStyle gives a role a style of its own.
func (c *Choice) SetStyle(role, text string) error {
	names, _ := Roles()
	at := slices.Index(names, role)
	if at < 0 {
		if near := sqltext.Nearest(role, slices.Values(names)); near != "" {
			return fmt.Errorf("there is no role %s: did you mean %s?", role, near)
		}
		return fmt.Errorf("there is no role %s: the roles are %s", role, strings.Join(names, ", "))
	}
	parsed, err := parse(text)
	if err != nil {
		return err
	}
	styles := map[Role]style{Role(at): parsed} // a copy: choices are values
	for r, s := range c.styles {
		if r != Role(at) {
			styles[r] = s
		}
	}
	c.styles = styles
	return nil
}

// Theme is the styles of all roles as a terminal gets them: the codes of escape
// sequences ("1;34"). The zero value styles nothing.
type Theme [roles]string

// Bare is the theme of a terminal without styles. What is selected is seen all the
// same: turning a terminal's colours around takes none of ours.
func Bare() Theme { return Theme{Selected: "7"} }

// On is the choice on a terminal that has so many colours and such a background.
func (c Choice) On(p colorprofile.Profile, dark bool) Theme {
	name := c.Name
	if name == Auto || name == "" {
		name = Light
		if dark {
			name = Dark
		}
	}
	var t Theme
	for r := range t {
		s, own := c.styles[Role(r)]
		if !own {
			s, _ = parse(StyleOf(name, Role(r))) // the table's styles are tested
		}
		t[r] = s.codes(p)
	}
	return t
}

// Paint gives a text the style of its role.
func (t Theme) Paint(r Role, text string) string {
	if t[r] == "" || text == "" {
		return text
	}
	return "\x1b[" + t[r] + "m" + text + "\x1b[0m"
}
