// Package sessiontest is what tests of sessions on a real Flink share: sessions of their
// own whose JVM they can kill, and what a subscriber sees of a query. The binary of such
// a test is what Flink starts as its Python, so its TestMain has to begin with
// udfhost.Shim.
package sessiontest
