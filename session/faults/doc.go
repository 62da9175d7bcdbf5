// Package faults tests what happens to a session when something under it fails: its JVM, a
// TaskManager, the slots, its folder.
package faults
