// Package engine runs programs of compiled Go functions for the harness. It does not compile them: package
// golang does, or package shipment brings them to a cluster.
//
// A query refers to a function by its payload, which contains the hash of the program and the name of the
// function, so a query keeps the program that it was planned with. There is one guest process for each
// worker, that is, for each running query and subtask, and one that waits for the next query.
//
// The engine also counts what the functions of a query do, and passes on what they print.
package engine
