// Package udfhost is the SDK harness that runs the user's functions for Flink, embedded in
// riffle's process. Flink takes it for its Python worker.
//
// # How Flink connects
//
// [Host.FlinkOptions] configures a shim as Flink's Python interpreter: riffle's own executable
// under another name ([Shim]). For each slot of a job that has a function, Flink's unmodified
// Python runtime starts the shim. The shim asks the [Host] over gRPC for a worker and waits
// until the worker ends. Nothing else runs in the shim's process, because Flink stops a worker
// by killing it.
//
// # How data flows
//
// A worker connects to Flink and speaks Beam's Fn API:
//
//	control ──► instruction "process a bundle" ──► plan of its descriptor
//	                                                  │ registry: URN → operator, coders
//	data ─────► queue of the bundle ─► decoder ─► Operator.Process ─► encoder ─► data
//	               bytes               elements   record batches      elements
//
// A bundle descriptor has one transform. Its URN selects the kind of operator in the
// [operation.Registry]. Its payload says which functions to call. The coders of its input and
// output say how rows are encoded. An [operation.Operator] receives and emits Arrow record
// batches, whatever the wire format. Package operation implements the operators, and this
// package implements the Fn API. Keyed state has a stream of its own: an operator reads it while
// it processes a bundle, and its writes are sent when the bundle ends.
//
// # What can go wrong
//
// If a function returns an error, the bundle that called it fails, and Flink fails the job with
// the text of the error. The worker stays available to other bundles until Flink stops it. The
// results of a function, and what an operation emits, are compared with what Flink expects, in number
// and type, because Flink would misalign rows or misread values without an error.
package udfhost
