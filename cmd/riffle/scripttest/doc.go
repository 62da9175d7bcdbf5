// Package scripttest has the tests of riffle as scripts run it, each a script of
// testscript's. They are apart from those of the shell, which take as long: go test runs
// packages side by side.
package scripttest
