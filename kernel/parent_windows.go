package kernel

// parentAlive believes that the parent lives: on Windows it ends the kernel with
// the job object that they share.
func parentAlive(int) func() bool { return func() bool { return true } }
