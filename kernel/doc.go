// Package kernel is the Jupyter front end: it hands the cells of notebooks to a
// session, and shows what comes back below them. It knows nothing of Flink.
//
//	shell ───► queue ───► one after the other: execute, complete, inspect, …
//	        ╲► queue ───► likewise, of a subshell
//	control ─► at once: interrupt, shutdown, kernel_info, subshells; of shell, comms
//	stdin ───► answers to what a cell asks
//	                          │
//	     session.Execute ◄────┘ (cell.go, query.go)
//	          │
//	          ├─ text ─► output: gathered lines ──┐
//	          └─ a query's table ─► display ──────┤ painter: one tick for all of
//	                                              ▼ them, and silence in between
//	                                            iopub
//
// A query shows as one display, which is updated where it is, below its own cell,
// also while other cells run. What the displays send follows from how clients
// behave, see painter.go.
//
// Package wire has the messages, package zmtp the sockets.
package kernel
