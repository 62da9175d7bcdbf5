package repl

import (
	"os"
	"strconv"
	"strings"

	"github.com/charmbracelet/colorprofile"

	"riffle/repl/theme"
)

// Dress sets the console's theme. A theme that depends on the terminal's background is first chosen by the
// environment, and by the terminal's reply once that has arrived.
func (c *Console) Dress(choice theme.Choice) {
	c.choice = choice
	c.setBackground(darkByEnvironment(os.Getenv("COLORFGBG")))
}

// setBackground makes the theme that of a dark background, or a light one.
func (c *Console) setBackground(dark bool) {
	if !c.colors {
		return
	}
	t := c.choice.On(colorprofile.Env(os.Environ()), dark)
	c.dress.Store(&t)
}

// theme is the one in use.
func (c *Console) theme() theme.Theme {
	if t := c.dress.Load(); t != nil {
		return *t
	}
	return theme.Bare()
}

// asksBackground reports whether the terminal's background matters and can be asked
// for. The console of Linux shows questions of that kind.
func (c *Console) asksBackground() bool {
	return c.colors && (c.choice.Name == theme.Auto || c.choice.Name == "") && os.Getenv("TERM") != "linux"
}

// darkByEnvironment reads the variable that some terminals set, such as "15;0": the
// last number is the background, one of the sixteen colours. Without it the
// background is taken for dark.
func darkByEnvironment(colors string) bool {
	n, err := strconv.Atoi(colors[strings.LastIndexByte(colors, ';')+1:])
	return err != nil || n < 7 || n == 8
}

func (c *Console) styled(r theme.Role, s string) string { return c.theme().Paint(r, s) }

func (c *Console) faint(s string) string  { return c.styled(theme.Faint, s) }
func (c *Console) failed(s string) string { return c.styled(theme.Error, s) }

// styles are how the parts of a live view are told apart.
type styles struct{ theme.Theme }

func (s styles) frame(text string) string    { return s.Paint(theme.Frame, text) }
func (s styles) header(text string) string   { return s.Paint(theme.Header, text) }
func (s styles) faint(text string) string    { return s.Paint(theme.Faint, text) }
func (s styles) changed(text string) string  { return s.Paint(theme.Changed, text) }
func (s styles) selected(text string) string { return s.Paint(theme.Selected, text) }
