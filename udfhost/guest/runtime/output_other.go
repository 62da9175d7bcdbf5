//go:build unix && !linux

package runtime

// printed reports that the program may have printed something: systems differ in what they tell the writer of a
// pipe.
func printed() bool { return true }
