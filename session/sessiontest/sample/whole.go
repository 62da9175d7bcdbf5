//go:build long

package sample

// Whole tells whether long tests run whole.
const Whole = true
