// Package sessiontest is what tests of sessions on a real Flink share: sessions of their
// own whose JVM they can kill, and what a subscriber sees of a query.
package sessiontest
