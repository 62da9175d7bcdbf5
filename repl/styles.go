package repl

// styles are how parts of a picture are told apart; without colours they are not.
type styles struct{ color bool }

func (s styles) styled(code, text string) string {
	if !s.color || text == "" {
		return text
	}
	return "\x1b[" + code + "m" + text + "\x1b[0m"
}

func (s styles) frame(text string) string   { return s.styled("2", text) }
func (s styles) header(text string) string  { return s.styled("1", text) }
func (s styles) faint(text string) string   { return s.styled("2", text) }
func (s styles) changed(text string) string { return s.styled("1;33", text) }

// selected is seen without colours too: bytes that turn a terminal's colours
// around are no colours of ours.
func (s styles) selected(text string) string { return "\x1b[7m" + text + "\x1b[0m" }
