// Package faults has the tests of what becomes of a session when something fails under
// it: its JVM, a TaskManager, the slots, its folder.
package faults
