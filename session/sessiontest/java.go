package sessiontest

import (
	"os"

	"riffle/session/sessiontest/sample"
)

// QuickJava has the JVMs that a test starts, and those of a riffle that it starts, compile
// with the quick compiler alone. A test's JVM ends before the optimising one, which takes
// a quarter of the processor, pays. That one's share of the room for code stays: with what
// Java reserves for the quick compiler alone, a JVM of many queries spends a fifth of its
// time on throwing code out and compiling it again. A whole run has the JVM as users have it.
func QuickJava() {
	if sample.Whole {
		return
	}
	const key = "JDK_JAVA_OPTIONS"
	if err := os.Setenv(key, os.Getenv(key)+" -XX:TieredStopAtLevel=1 -XX:ReservedCodeCacheSize=240m"); err != nil {
		panic(err)
	}
}
