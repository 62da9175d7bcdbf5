// Package conformance compares Go functions with PyFlink's: the same logic, in the same SQL, over the same rows.
//
// Each query calls one kind of function (scalar, vectorized, asynchronous, table) on one type of value, in one place of a statement
// and in one of Flink's modes. The queries cover each pair of these four. PyFlink has answered them once, with the
// functions in testdata/answers.py; its answers are in testdata/answers.json. TestConformance runs the queries with the
// functions in testdata/functions.go.txt, async.go.txt and tables.go.txt.
//
// PyFlink's general functions answer for the asynchronous ones. PyFlink 2.3 has asynchronous functions, but calls them
// with the arguments of rows that follow, so their answers depend on the time.
//
// If you change a query, update PyFlink's answers. You need a Python environment in which apache-flink is installed:
//
//	go test ./session/conformance -run TestConformance -pyflink /path/to/bin/python
package conformance
