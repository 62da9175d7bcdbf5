package command

// Most is how many arguments the command takes at most.
func (c Command) Most() int { return c.most }
