// Package sessiontest is shared by tests of sessions on a real Flink. It provides sessions whose
// JVM a test can kill, and the events of a query as a subscriber sees them.
package sessiontest
