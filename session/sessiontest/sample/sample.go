//go:build !long

package sample

// Whole says whether long tests run whole.
const Whole = false
