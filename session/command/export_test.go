package command

import "fmt"

// Most is how many arguments the command takes at most.
func (c Command) Most() int { return c.most }

// Said is what the magics said, in one text.
func (m Mode) Said() string {
	m.waiting = ""
	return fmt.Sprintf("%+v", m)
}
