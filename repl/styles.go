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

// setBackground selects the theme for a dark or a light background.
func (c *Console) setBackground(dark bool) {
	if !c.colors {
		return
	}
	t := c.choice.On(colorprofile.Env(os.Environ()), dark)
	c.dress.Store(&t)
}

// theme returns the one in use.
func (c *Console) theme() theme.Theme {
	if t := c.dress.Load(); t != nil {
		return *t
	}
	return theme.Bare()
}

// asksBackground reports whether the terminal's background matters and can be asked for. The
// console of Linux prints such questions.
func (c *Console) asksBackground() bool {
	return c.colors && (c.choice.Name == theme.Auto || c.choice.Name == "") && os.Getenv("TERM") != "linux"
}

// darkByEnvironment reads the variable that some terminals set, such as "15;0". The last number
// is the background, one of the sixteen colors. Without the variable, the background is assumed
// to be dark.
func darkByEnvironment(colors string) bool {
	n, err := strconv.Atoi(colors[strings.LastIndexByte(colors, ';')+1:])
	return err != nil || n < 7 || n == 8
}

func (c *Console) styled(r theme.Role, s string) string { return c.theme().Paint(r, s) }

func (c *Console) faint(s string) string  { return c.styled(theme.Faint, s) }
func (c *Console) failed(s string) string { return c.styled(theme.Error, s) }

// styles are the styles of the parts of a live view.
type styles struct{ theme.Theme }

func (s styles) frame(text string) string    { return s.Paint(theme.Frame, text) }
func (s styles) header(text string) string   { return s.Paint(theme.Header, text) }
func (s styles) faint(text string) string    { return s.Paint(theme.Faint, text) }
func (s styles) changed(text string) string  { return s.Paint(theme.Changed, text) }
func (s styles) selected(text string) string { return s.Paint(theme.Selected, text) }
