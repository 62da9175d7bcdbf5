package kernel

// parentAlive assumes that the parent is alive: on Windows, the parent ends the kernel by the
// job object that they share.
func parentAlive(int) func() bool { return func() bool { return true } }
