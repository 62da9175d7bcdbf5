package sessiontest

import (
	"os"

	"riffle/session/sessiontest/sample"
)

// QuickJava configures the JVMs that a test starts, and those of a riffle that it starts, to compile only with
// the quick compiler. A test's JVM ends before the optimizing compiler, which takes a quarter of the processor,
// pays off. That compiler's share of the code cache is kept: with what Java reserves for the quick compiler alone, a
// JVM of many queries spends a fifth of its time on evicting code and compiling it again. In a whole run the JVM
// is configured as for users.
func QuickJava() {
	if sample.Whole {
		return
	}
	const key = "JDK_JAVA_OPTIONS"
	if err := os.Setenv(key, os.Getenv(key)+" -XX:TieredStopAtLevel=1 -XX:ReservedCodeCacheSize=240m"); err != nil {
		panic(err)
	}
}
