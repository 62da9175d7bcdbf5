// Package operation has what a harness does with the rows of a bundle, and nothing of how
// they come and go: batches in, batches out.
//
// A transform of Flink's has a URN, which selects the kind of operation in a [Registry], and
// a payload, from which the kind's constructor makes an [Operator]. Its [Site] says what
// rows look like and which [Instance] of an [Engine] runs functions for it:
//
//	URN, payload, Site ─► Registry.Open ─► Operator
//	                                          │ Process(batch) ─► Calls ─► Function.Call ─► Output.Emit
//	                                          └ Finish
//
// [Calls] compiles the calls of a payload, with the columns, constants and calls that are
// their arguments, for any operation. Package udfhost feeds operators from the Fn API;
// another transport could do it likewise. A new kind of operation is one [Register]. What it
// needs beyond batches it says there ([RowKinds], [EndMarks], [KeyedState]), and by what its
// operators can do ([Beginner], [io.Closer]).
package operation
