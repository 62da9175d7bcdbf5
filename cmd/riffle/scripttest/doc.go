// Package scripttest tests riffle by running it from scripts, written for testscript. The
// tests are in a package of their own because they take as long as those of the shell, and
// go test runs packages in parallel.
package scripttest
