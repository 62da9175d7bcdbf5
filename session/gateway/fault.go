package gateway

// Fault is what Flink refuses in a statement, or why a job failed, in the words of the
// person who wrote it.
type Fault struct {
	Diagnosis
	Place  *Place // where in the statement; nil if Flink does not say
	InView bool   // it is in the query of a view that the statement reads
	Trace  string // Java's stack trace, for those who ask
}

// Error is the message.
func (f *Fault) Error() string { return f.Message }

// Diagnosis says what is wrong and what to do about it.
type Diagnosis struct {
	Message string // what is wrong, one line
	// Hint is the next step, one line; "" where we know none. Commands in it are
	// marked, see package mention.
	Hint string
	At   string // the name or text of the statement that it is about; "" if not known

	// Unknown is a name that does not exist, of a Kind, and Known are the names
	// that Flink says it could have been. The session, which knows more, adds its own.
	Unknown string
	Kind    NameKind
	Known   []string
	// Jars says of names in Known that are not here which jar brings them and how to
	// add it.
	Jars map[string]string

	Cluster bool // the cluster is at fault, and no table or operator
	NoSlots bool // other jobs have all the slots
	NotYet  bool // it can work once all of the job runs

	Syntax *Syntax // of a text that Flink could not read
	// AtArgument: the fault is at an argument, whose text is the "…" of the hint.
	AtArgument bool
}

// Place is a range of a statement's text as Calcite counts it: lines and
// columns from 1, columns in UTF-16 code units, the end inclusive. Without an end its
// EndLine is 0.
type Place struct {
	Line      int `json:"line"`
	Column    int `json:"column"`
	EndLine   int `json:"endLine"`
	EndColumn int `json:"endColumn"`
}

// NameKind is what a name stands for.
type NameKind uint8

// The kinds of names that a statement can have.
const (
	OtherName NameKind = iota
	TableName          // or view
	ViewName
	RelationName // a table of this statement, or its alias
	ColumnName
	TargetName     // a column of the table that is inserted into
	IdentifierName // a column, or a type where a type stands
	FunctionName
	CatalogName
	DatabaseName
	OptionName // in WITH (…)
	FactoryName
)

// Syntax is what Flink's parser says of a text that it could not read.
type Syntax struct {
	Found    string   // the token it stumbled over; "" is the end
	Expected []string // what could have stood there, as the grammar calls it; may be cut
}

// LostError is the error of everything that needs a gateway which is gone.
type LostError struct {
	Reason string // one line
	Tail   string // the last lines of its log
	Memory bool   // it ran out of memory
	Err    error
}

// Hint is what to do about it.
func (e *LostError) Hint() string {
	if e.Memory {
		return "the session comes back in another JVM; one started with JAVA_TOOL_OPTIONS=-Xmx16g in its environment has more memory"
	}
	return "the session comes back in another JVM, without what ran: run it again"
}

func (e *LostError) Error() string { return e.Reason }

func (e *LostError) Unwrap() error { return e.Err }
