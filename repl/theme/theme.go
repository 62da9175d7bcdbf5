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

// Role is the role of a part of the display.
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
	roles // number of roles
)

// Name is the name of a theme.
type Name string

// The themes. Auto is Dark or Light, depending on the terminal's background.
const (
	Auto  Name = "auto"
	Dark  Name = "dark"
	Light Name = "light"
	None  Name = "none"
)

// Names returns the names of all themes, in the order of help.
func Names() []Name { return []Name{Auto, Dark, Light, None} }

// row is a role in the table.
type row struct {
	name, is          string
	dark, light, none string // styles, as [Parse] has them
}

// table has all roles. If both themes leave a role in the terminal's own color, it has only
// attributes, so it is readable on any background.
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

// Roles returns the names of the roles and their descriptions, in the order of the table.
func Roles() (names, are []string) {
	for _, r := range table {
		names, are = append(names, r.name), append(are, r.is)
	}
	return names, are
}

// StyleOf returns the style of a role in a theme; "" for plain text.
func StyleOf(n Name, r Role) string {
	switch n {
	case Light:
		return table[r].light
	case None:
		return table[r].none
	}
	return table[r].dark
}

// Choice is what a user has chosen: a theme, and styles that override those of the theme.
type Choice struct {
	Name   Name // "" is Auto
	styles map[Role]style
}

// Set selects a theme by its name.
func (c *Choice) Set(name string) error {
	if n := Name(strings.ToLower(name)); slices.Contains(Names(), n) {
		c.Name = n
		return nil
	}
	return fmt.Errorf("there is no theme %q: the themes are auto, dark, light, none", name)
}

// SetStyle overrides the style of a role.
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

// Theme contains the styles of all roles for a terminal: the codes of escape sequences ("1;34"). The zero value
// has no styles.
type Theme [roles]string

// Bare returns the theme of a terminal without styles. The selection is visible nevertheless, because it
// inverts the terminal's own colors.
func Bare() Theme { return Theme{Selected: "7"} }

// On returns the chosen theme for a terminal with that many colors and that background.
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

// Paint returns a text in the style of its role.
func (t Theme) Paint(r Role, text string) string {
	if t[r] == "" || text == "" {
		return text
	}
	return "\x1b[" + t[r] + "m" + text + "\x1b[0m"
}
