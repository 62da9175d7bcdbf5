// Package abi defines the layout of the memory that riffle shares with a guest, the
// native process in which a user's Go functions run. The layout is defined only here;
// both sides are compiled from this package.
//
// # Conversation
//
// The guest is started with three files. SharedFD is the shared memory. WakeFD is the
// read end of a pipe on which the host wakes the guest. AnswerFD is the write end of the
// pipe on which the guest answers. The bytes on the pipes carry no information but "look":
// requests and replies are in the memory. The guest answers once without a request, with
// StatusReady, when the package variables of the program have been initialized. From then
// on each byte on WakeFD is a chain of requests and gets exactly one byte on AnswerFD, when
// the guest has replied to them. The guest ends when WakeFD is closed.
//
// # Chains
//
// The functions that a query calls for the same rows are called with one byte. Each Request of
// a chain, with the place for its Reply, is a frame. The first frame is at 0, and Request.Next
// is the offset of the next one. The guest answers the requests in their order. It stops after a
// reply that the host has to act on: one with another status than StatusDone, or with failed
// rows. It also stops after a call if the pipe of its output is not empty. So what the host finds
// in the pipe was printed by the call at CurrentOffset, which after the answer is the last one
// that was made. The host asks again for the calls that follow it.
//
// # Memory
//
// All numbers are little-endian. All offsets count bytes from the start of the
// memory and are multiples of Alignment. The memory begins at BoardSize in the shared file.
//
//	0                 Request             written by the host, first word Version
//	ReplyOffset       Reply               written by the guest, first word Version
//	ProgressOffset    row being computed  written by the guest as it goes
//	CurrentOffset     Request.Call of it  written by the guest as it goes
//	YieldedOffset     results of a call   written by the guest as it goes
//	StopOffset        a call to be ended  written by the host
//	HeaderSize        the host's: further frames, the columns' descriptors, their buffers
//	Request.Output    the guest's, to Request.Limit: descriptors, buffers, texts
//
// Request.Arguments is the offset of Request.Columns descriptors. The calls of a chain may share
// buffers of arguments. Each has a place for output of its own.
//
// # Columns
//
// A column's buffers are Arrow's own: a validity bitmap (1 is a value, least
// significant bit first), int32 offsets for String, Bytes and List, and the data.
// The data of Bool is a bitmap.
//
// An ARRAY, MAP or ROW has parts, which are columns of their own and can have parts in turn. The
// descriptors of its parts follow its own descriptor. Both sides know the types, so the place of
// each descriptor is fixed.
//
//	BOOLEAN, TINYINT … DOUBLE Bool, Int8 … Float64
//	STRING, BYTES             String, Bytes
//	DATE                      Int32, days since 1970-01-01
//	TIME                      Int64, nanoseconds of the day
//	TIMESTAMP, TIMESTAMP_LTZ  Timestamp
//	DECIMAL                   Decimal
//	ARRAY                     List; its part has the elements of all arrays
//	MAP                       List of a Row of the keys and the values
//	ROW                       Row; it has a part for each field, with a value for each row
//
// A place whose value is NULL has a value in the data nevertheless, and in the parts of a Row. Such
// a value has no meaning. A guest makes it NULL in the parts, too.
//
// # Large results
//
// If the results do not fit after Request.Output, the guest keeps them and answers
// StatusGrow. The host enlarges the memory and requests the computed results with OpFetch,
// as many times as it takes. A function is therefore called once for a row, however large
// its results are.
//
// A row for which the function fails ends the call, unless the request has FlagTolerant.
// With FlagTolerant the result of such a row is NULL and Reply.Failed counts it. OpFailures
// then returns which rows failed, and how the first of them failed.
//
// # Table functions
//
// A function of KindTable returns zero or more results for a row. They arrive as a column of Row: the number of
// the row in the request, an Int32, and then the columns of the result. All results of a row come before those of
// the next one.
//
// The guest answers StatusMore when a batch of results is full. The call is then suspended, usually in the middle of
// a row, until the host requests the next batch with OpMore, or ends the call with OpStop. In between, the host can
// make other calls, which use the same memory. So the guest copies the arguments of such a call. Several calls can
// be suspended. Request.Call tells them apart. Calls of table functions are never in a chain with others.
//
// While such a call runs, the host ends it by writing its Request.Call to StopOffset: the guest looks there after
// each result.
//
// # Asynchronous functions
//
// The guest computes several rows of a call concurrently, as Request.Async says, and replies when all are done. Such a
// call is never in a chain with others. While rows are in progress, the number at ProgressOffset is greater than
// Request.Rows, and changes whenever a row is done. The guest looks at StopOffset from time to time. If the call is to
// end, it cancels the contexts of the rows, waits for them, and replies with StatusFailed.
//
// # Board
//
// The first BoardSize bytes of the shared file are the board. It has what functions count and measure, and is not
// part of any call: a function writes to it at any time, at the cost of an atomic addition, and the host reads it at
// any time, also when the process has ended. Each side maps it when it first needs it, and keeps that mapping.
//
//	0             Board   its Metrics is written by the guest, the rest by the host
//	BoardTexts    the host's: the parameters of the job
//	BoardMetrics  the guest's: Board.Metrics times a Metric
//
// The guest adds metrics, and neither changes nor removes the name of one.
package abi

// Version is the first word of Request and Reply. Each side rejects a message of another version.
const Version = 7

// Files of a guest.
const (
	SharedFD = 3
	WakeFD   = 4
	AnswerFD = 5
	// LifeFD exists only with FlagWatchHost. It is closed when the host ends.
	LifeFD = 6
)

// Variables in the environment of a guest, which it reads before the program's
// package variables are initialized.
const (
	// JailVariable is set if the process must confine itself. A process that cannot do so prints
	// JailRefused and the reason, and ends.
	JailVariable = "RIFFLE_JAIL"
	// MemoryVariable is the limit of the process's private memory in bytes.
	MemoryVariable = "RIFFLE_MEMORY"
)

// JailRefused is the start of the line that a guest prints if it cannot be confined.
const JailRefused = "riffle: no jail: "

// Places in the memory. ReplyOffset counts from the start of a frame.
const (
	ReplyOffset    = 192
	FrameSize      = 320
	ProgressOffset = FrameSize
	CurrentOffset  = FrameSize + 8
	YieldedOffset  = FrameSize + 16
	StopOffset     = FrameSize + 24
	HeaderSize     = 384
	Alignment      = 8
)

// The kinds of functions. A guest knows the kind of each of its functions, and rejects a Request with another
// kind.
const (
	// KindScalar is the kind of functions that return one value for each row.
	KindScalar uint32 = iota
	// KindTable is the kind of functions that return zero or more results for each row.
	KindTable
)

// The limits of a batch of results of a table function. A batch is full when it has so many results, or when the
// texts and numbers in it have so many bytes. Its last result may exceed the latter.
const (
	BatchResults = 8192
	BatchBytes   = 1 << 20
)

// The operations of a Request.
const (
	// OpCall computes Request.Rows rows.
	OpCall uint32 = iota
	// OpFetch writes the kept result of the last OpCall again, from row
	// Request.From on, without computing anything.
	OpFetch
	// OpFailures writes which rows of the last OpCall failed: a bitmap of its rows at Request.Output, followed
	// by the texts of the first failure.
	OpFailures
	// OpMore continues the suspended call of a table function with the next batch of results.
	OpMore
	// OpStop ends the suspended call of a table function: its iterator is told to stop, and its deferred calls
	// are made. The answer is StatusDone without results.
	OpStop
)

// Flags of a Request.
const (
	// FlagPartial allows a reply to OpFetch with fewer rows than are left.
	FlagPartial uint32 = 1 << iota
	// FlagWatchHost, in the request that is present when the guest starts, ends the guest when LifeFD is
	// closed, even in the middle of a call. It is for operating systems that do not tie the life of a
	// process to that of its parent.
	FlagWatchHost
	// FlagTolerant sets the result of a row to NULL if the function returns an error or panics, and
	// continues the call with the next row.
	FlagTolerant
	// FlagMarked adds a last result to each row for which a table function fails: its row number is inverted
	// (^row), and its columns are NULL.
	FlagMarked
)

// The statuses of a Reply.
const (
	// StatusReady: the guest has started.
	StatusReady uint32 = iota
	// StatusDone: Reply.Rows rows from Reply.From on are written. For a table function, these are results, and the
	// call is complete.
	StatusDone
	// StatusGrow: Reply.Need bytes are needed after Request.Output, Reply.RowNeed of them for the first row
	// alone.
	StatusGrow
	// StatusFailed: the function returned an error in row Reply.FailingRow.
	StatusFailed
	// StatusPanic: the function panicked in row Reply.FailingRow.
	StatusPanic
	// StatusTooLarge: the results of the rows up to Reply.FailingRow are too long for Arrow's 32-bit
	// offsets.
	StatusTooLarge
	// StatusRefused: the guest does not know the operation of the Request.
	StatusRefused
	// StatusFailures answers OpFailures. The first failure is described like one that ends a call, and
	// Cause is the status that it would have had.
	StatusFailures
	// StatusMore: Reply.Rows results of a table function are written, and the call is suspended.
	StatusMore
)

// Request is a request of the host.
type Request struct {
	Version  uint32
	Kind     uint32
	Op       uint32
	Flags    uint32
	Instance uint64 // the state to which the call belongs; 0 for a scalar function
	Call     uint64 // number of the call, from 1; OpFetch and OpFailures repeat their OpCall's
	Function uint32 // index into the program's functions
	Columns  uint32
	Rows     uint64
	From     uint64 // first row of an OpFetch
	Size     uint64 // bytes of the shared memory; only read in the first frame
	Output   uint64
	Limit    uint64
	Next     uint64 // 0: this is the last of its chain
	// Arguments is where the descriptors of the columns are.
	Arguments uint64
	// Subtask of Subtasks is the place of the call in the job. The first subtask is 0.
	Subtask, Subtasks uint32
	// Zone is the session's time zone, in which a TIMESTAMP_LTZ is shown: a name of the IANA data base or a
	// name such as "GMT+05:30", filled up with zeros.
	Zone [ZoneSize]byte
	// Async is for an asynchronous function; otherwise it has no meaning.
	Async Async
}

// Async says how the rows of a batch are computed by an asynchronous function.
type Async struct {
	// Concurrent is the greatest number of rows in progress, at least 1, and Retries how often a row is tried again
	// after an error.
	Concurrent uint32
	Retries    uint32
	// Timeout is how long a row may take with its retries, and Delay the time before each of these, in microseconds.
	Timeout uint64
	Delay   uint64
}

// Places in the board, and its limits.
const (
	BoardSize    = 1 << 20
	BoardTexts   = 64
	BoardMetrics = 64 << 10
	// MostMetrics is the number of metrics that the board has room for, and FunctionMetrics the number that one
	// function can have.
	MostMetrics     = (BoardSize - BoardMetrics) / MetricSize
	FunctionMetrics = 100
	MetricSize      = 128
	MetricNameSize  = 80
)

// Board is the start of the board.
type Board struct {
	Metrics uint64 // so many have been added
	// ParameterBytes is the length of the parameters of the job, at BoardTexts: keys and values in turn, each
	// after its length as a uint32.
	ParameterBytes uint64
}

// The kinds of a Metric.
const (
	Counter uint32 = iota + 1
	Meter
	Gauge
	Distribution
)

// Metric is something that a function counts or measures.
type Metric struct {
	Kind      uint32
	Function  uint32 // index into the program's functions
	NameBytes uint32
	// Version is odd while the values of a Distribution are being changed.
	Version uint32
	Name    [MetricNameSize]byte // letters, digits, and "_", "-" and "."
	// Sum is what a Counter or a Meter has counted, the last value of a Gauge, and the sum of a Distribution.
	Sum int64
	// Count is how often a Gauge was set, and the number of values of a Distribution.
	Count    int64
	Min, Max int64 // of a Distribution, if it has values
}

// IsNameByte reports whether the name of a Metric may contain b.
func IsNameByte(b byte) bool {
	return 'a' <= b && b <= 'z' || 'A' <= b && b <= 'Z' || '0' <= b && b <= '9' || b == '_' || b == '-' || b == '.'
}

// ZoneSize is the space for the name of a time zone. The longest names have 32 bytes.
const ZoneSize = 48

// Reply is the guest's answer. Version, Kind, Instance, Call and Function
// repeat the request's.
type Reply struct {
	Version    uint32
	Kind       uint32
	Status     uint32
	Columns    uint32
	Instance   uint64
	Call       uint64
	Function   uint32
	Line       uint32 // where it failed: line in the file of the texts, or 0
	Rows       uint64
	From       uint64
	Need       uint64
	RowNeed    uint64
	FailingRow uint64 // Rows of the request, if a vectorized function failed for all rows that it was called for
	// The texts of a failure are at Text, one after the other: the message, the name of the file (the cell)
	// and the name of the Go function at fault.
	Text          uint64
	MessageBytes  uint32
	FileBytes     uint32
	FunctionBytes uint32
	// Cause is the status that a failure had, in an answer to OpFailures: StatusFailed or StatusPanic. In a StatusGrow for
	// a table function it is the status that follows with the results: StatusMore if the call is suspended.
	Cause        uint32
	Failed       uint64 // failed rows of the OpCall, if it was tolerant
	Microseconds uint64 // that an OpCall or OpMore took
	Left         uint64 // results of the batch of a table function that are not in this reply; OpFetch gets them
}

// Column describes a column, or a part of one.
type Column struct {
	Type       Type
	Flags      uint32
	Length     uint64 // values
	Validity   uint64 // bitmap, if FlagValidity is set; otherwise no value is NULL
	Offsets    uint64 // Length + 1 int32, for String, Bytes and List; the first is 0
	Data       uint64
	DataLength uint64 // bytes
	// Digits is the number of digits after the point of a Decimal argument, and of a second of a
	// Timestamp argument: 0, 3, 6 or 9.
	Digits uint64
	// Rest is 0 or, for Timestamp, where the nanoseconds of the milliseconds are, an int32 for each
	// value. For Decimal results, it is where their digits after the point are, a byte for each value.
	Rest uint64
}

// ColumnSize is the size of a Column in bytes.
const ColumnSize = 64

// FlagValidity marks a Column that has a validity bitmap.
const FlagValidity uint32 = 1

// Type is the type of a Column's values.
type Type uint32

// The types of a Column.
const (
	Bool Type = iota + 1
	Int8
	Int16
	Int32
	Int64
	Float32
	Float64
	String
	Bytes
	// Timestamp is an int64 count of the unit that Column.Digits names. A result is in milliseconds.
	Timestamp
	// Decimal is an integer of 128 bits in two's complement: the digits of the number.
	Decimal
	List
	Row
)

// Width returns the size of a value of a fixed-width type in Column.Data in bytes; 0 for Bool,
// whose values are bits, for types of variable width, and for types with parts.
func Width(typ Type) int {
	switch typ {
	case Int8:
		return 1
	case Int16:
		return 2
	case Int32, Float32:
		return 4
	case Int64, Float64, Timestamp:
		return 8
	case Decimal:
		return 16
	}
	return 0
}

// RestWidth returns the size of what Column.Rest has of a result.
func RestWidth(typ Type) int {
	switch typ {
	case Timestamp:
		return 4
	case Decimal:
		return 1
	}
	return 0
}

// Align rounds n up to Alignment.
func Align(n int) int { return (n + Alignment - 1) &^ (Alignment - 1) }
