package gateway

// Fault describes why Flink rejected a statement or why a job failed, in the words of the
// statement's author.
type Fault struct {
	Diagnosis
	Place  *Place // position in the statement; nil if Flink does not report one
	InView bool   // the error is in the query of a view that the statement reads
	// Views are the views that the statement reads. If InView is set, it contains only the one
	// with the error, or is empty if that is unknown.
	Views []View
	Trace string // Java's stack trace, shown on request
}

// View is a view that a statement reads.
type View struct {
	Name    string
	Through string // the view that the statement names: this one, or one that reads it
	Text    string // the statement that defined the view, or its query
	Place   *Place // position of the error in the text, if it is there
}

// Error returns the message.
func (f *Fault) Error() string { return f.Message }

// Diagnosis says what is wrong and what to do next.
type Diagnosis struct {
	Message string // what is wrong, one line
	// Hint is the next step, one line, or "". Commands in it are marked (package mention).
	Hint string
	At   string // the name or text in the statement that the message is about; "" if unknown

	// Unknown is a name that does not exist. Kind is what it would name. Known are existing
	// names that Flink suggests; the session, which knows more names, adds its own.
	Unknown string
	Kind    NameKind
	Known   []string
	// Jars is for names in Known that are not available yet: it says which jar contains them
	// and how to add it.
	Jars map[string]string

	Cluster bool // the cluster failed, not a table or an operator
	NoSlots bool // other jobs occupy all slots
	NotYet  bool // can succeed when all tasks of the job are running

	// Missing are options that a table or a catalog needs, and Given those that it has: one of them
	// may be a misspelled one.
	Missing, Given []string

	Syntax *Syntax // for a text that Flink could not parse
	// AtArgument says that the error is at an argument, whose text replaces the "…" in the hint.
	AtArgument bool
}

// Place is a range of a statement's text as Calcite counts it: lines and columns start at 1,
// columns are UTF-16 code units, and the end is inclusive. Without an end, EndLine is 0.
type Place struct {
	Line      int `json:"line"`
	Column    int `json:"column"`
	EndLine   int `json:"endLine"`
	EndColumn int `json:"endColumn"`
}

// NameKind is the kind of thing that a name refers to.
type NameKind uint8

// The kinds of names that a statement can have.
const (
	OtherName NameKind = iota
	TableName          // a table or view
	ViewName
	RelationName // a table of this statement, or its alias
	ColumnName
	TargetName     // a column of the table that is inserted into
	IdentifierName // a column, or a type in the place of a type
	FunctionName
	CatalogName
	DatabaseName
	OptionName // an option in WITH (…)
	FactoryName
)

// Syntax is what Flink's parser reports about a text that it could not parse.
type Syntax struct {
	Found    string   // the unexpected token; "" for the end of the text
	Expected []string // what the parser accepts there, in the grammar's names; may be incomplete
}

// LostError is returned by every call that needs a gateway which is gone.
type LostError struct {
	Reason string // one line
	Tail   string // the last lines of its log
	Memory bool   // the JVM ran out of memory
	Err    error
}

// Hint returns the next step.
func (e *LostError) Hint() string {
	if e.Memory {
		return "the session comes back in another JVM; one started with JAVA_TOOL_OPTIONS=-Xmx16g in its environment has more memory"
	}
	return "the session comes back in another JVM, without what ran: run it again"
}

func (e *LostError) Error() string { return e.Reason }

func (e *LostError) Unwrap() error { return e.Err }
