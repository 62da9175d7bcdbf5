// Package faults tests what happens to a session when something under it fails: its JVM, a
// TaskManager, the slots, its folder. It also tests that a session that is used for long leaves nothing behind.
package faults
