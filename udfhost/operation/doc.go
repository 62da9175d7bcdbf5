// Package operation processes the rows of a bundle: batches in, batches out. It does not know
// how they are transported.
//
// A transform of Flink's has a URN, which selects the kind of operation in a [Registry], and
// a payload, from which the kind's constructor creates an [Operator]. The operator's [Site]
// describes the rows and names the [Instance] of an [Engine] that runs its functions:
//
//	URN, payload, Site ─► Registry.Open ─► Operator
//	                                          │ Process(batch) ─► Calls ─► Instance.CallAll ─► Output.Emit
//	                                          └ Finish
//
// [Calls] compiles the calls of a payload for any operation. The arguments of a call are columns,
// constants and other calls. Package udfhost feeds operators from the Fn API; another transport
// could do the same. A new kind of operation is one [Register]. It declares there what it needs
// besides batches ([RowKinds], [EndMarks], [KeyedState]). Optional methods of its operators do
// the rest ([Beginner], [io.Closer]).
package operation
