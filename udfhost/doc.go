// Package udfhost is the SDK harness that runs the user's functions for Flink,
// embedded in our own process: what Flink believes to be its Python worker.
//
// # How Flink comes here
//
// [Host.FlinkOptions] names a shim as Flink's Python interpreter: our own
// executable under another name ([Shim]). For each slot of a job that has a
// function, Flink's unmodified Python runtime starts the shim, and the shim
// asks the [Host] over gRPC for a worker and waits until that ends. Nothing
// else runs in the shim's process: killing it is how Flink stops a worker.
//
// # How data flows
//
// A worker dials back to Flink and speaks Beam's Fn API:
//
//	control ──► instruction "process a bundle" ──► plan of its descriptor
//	                                                  │ registry: URN → operator, coders
//	data ─────► queue of the bundle ─► decoder ─► Operator.Process ─► encoder ─► data
//	               bytes               elements   record batches      elements
//
// A bundle descriptor has one transform; its URN selects the kind of operator
// in the [operation.Registry], its payload says which functions to call, and the
// coders at both its ends say how rows look on the wire. An [operation.Operator]
// sees Arrow record batches only, whatever the wire format: package operation has
// them, and this package the Fn API. Keyed state goes over a stream of its own: an
// operator reads it as it goes, and what it sets is written when the bundle ends.
//
// # What can go wrong
//
// An error of a function fails the bundle that called it, and Flink then fails
// the job with its text. The worker lives on for others until Flink stops it.
// What a function returns is compared with what Flink expects, in number and
// type, because Flink would misalign rows or misread values without a word.
package udfhost
