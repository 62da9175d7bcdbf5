// Package kernel is the Jupyter front end: it passes the cells of notebooks to a
// session and shows the results below them. It knows nothing about Flink.
//
//	shell ───► queue ───► one after the other: execute, complete, inspect, …
//	        ╲► queue ───► the same for a subshell
//	control ─► at once: interrupt, shutdown, kernel_info, subshells; from shell, comms
//	stdin ───► answers to what a cell asks
//	                          │
//	     session.Execute ◄────┘ (cell.go, query.go)
//	          │
//	          ├─ text ─► output: collected lines ──┐
//	          └─ a query's table ─► display ───────┤ painter: one timer for all of
//	                                               ▼ them, nothing between its ticks
//	                                             iopub
//
// A query has one display below its own cell. The display is updated in place, also while
// other cells run. painter.go explains how the behavior of clients limits what displays send.
//
// Package wire implements the messages, package zmtp the sockets.
package kernel
