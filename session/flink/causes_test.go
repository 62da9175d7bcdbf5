package flink

import "testing"

// A list in one of Flink's messages is shown whole, whatever separates its items.
func TestListsAreWhole(t *testing.T) {
	for message, want := range map[string]string{
		"Either all or none of the following options should be provided:\nusername\npassword":                                                            "Either all or none of the following options should be provided: username, password",
		"Unable to find the dialect.\n\nAvailable dialects are:\n\nmysql\noracle\npostgresql":                                                            "Unable to find the dialect. Available dialects are: mysql, oracle, postgresql",
		"Could not find a watermark strategy 'x'. Available options:\n  a,\n  b,\n  c":                                                                   "Could not find a watermark strategy 'x'. Available options: a, b, c",
		"Multiple factories for identifier 'q' that implement 'x.Factory' found in the classpath.\n\nAmbiguous factory classes are:\n\norg.a.A\norg.b.B": "Multiple factories for identifier 'q' that implement 'x.Factory' found in the classpath. Ambiguous factory classes are: A, B",
		"Invalid value for option 'mode'. Supported values are [[early, late]], but was: x":                                                              "Invalid value for option 'mode'. Supported values are [[early, late]], but was: x",
		"Cannot plan:\nLogicalProject(a=[$0])\n\n  rest":                                                                                                 "Cannot plan: LogicalProject(a=[$0])",
	} {
		f := exception{Causes: []cause{{Class: "x.ValidationException", Message: message}}}
		if got := f.diagnose().Message; got != want {
			t.Errorf("%s\nis\n%s\nwant\n%s", message, got, want)
		}
	}
	value := exception{Causes: []cause{
		{Message: "Could not parse value 'x' for key 'mode'."}, {Message: "Unknown. Supported values are: ['early', 'late']"},
	}}
	if d := value.diagnose(); d.Hint != "use one of early, late" {
		t.Errorf("%+v", d)
	}
}

// The same message of Java's comes from a CAST in a job and from a constant that the planner computes. TestErrorsSayWhereAndWhatNext
// of package session has the planner's own.
func TestNotFiniteNumbers(t *testing.T) {
	f := exception{Causes: []cause{{Class: "java.lang.NumberFormatException", Message: "Infinite or NaN"}}, Trace: "at StreamExecCalc$7.processElement"}
	if d := f.diagnose(); d.Message != "NaN and Infinity cannot be CAST to DECIMAL" {
		t.Errorf("in a job: %+v", d)
	}
}

// The errors of a job about a topic that does not exist, and about a broker that does not
// answer. The texts are those of Kafka and its connector.
func TestKafkaFaultsNameTheTopic(t *testing.T) {
	for _, c := range []struct {
		causes []cause
		want   string
	}{
		{[]cause{
			{Class: "java.lang.RuntimeException", Message: "Failed to get metadata for topics [orders]."},
			{Class: "org.apache.kafka.common.errors.UnknownTopicOrPartitionException", Message: "This server does not host this topic-partition."},
		}, "the broker has no topic orders"},
		{[]cause{
			{Class: "java.lang.RuntimeException", Message: "Failed to get metadata for topics [orders]."},
			{Class: "org.apache.kafka.common.errors.TimeoutException", Message: "Timed out waiting for a node assignment. Call: describeTopics"},
		}, "the broker of topic orders does not answer, or does not have the topic"},
		{[]cause{
			{Class: "org.apache.kafka.common.errors.TimeoutException", Message: "Topic orders not present in metadata after 60000 ms."},
			{Class: "org.apache.kafka.common.errors.UnknownTopicOrPartitionException", Message: "This server does not host this topic-partition."},
		}, "the broker has no topic orders"},
		{[]cause{{Class: "org.apache.kafka.common.errors.TimeoutException", Message: "Topic orders not present in metadata after 60000 ms."}},
			"the broker of topic orders does not answer, or does not have the topic"},
		{[]cause{
			{Class: "org.apache.kafka.common.KafkaException", Message: "Failed to construct kafka consumer"},
			{Class: "org.apache.kafka.common.config.ConfigException", Message: "No resolvable bootstrap urls given in bootstrap.servers"},
		}, "no host in 'properties.bootstrap.servers' of the table has an address"},
	} {
		f := exception{Causes: c.causes}
		if d := f.diagnose(); d.Message != c.want || d.Hint == "" {
			t.Errorf("%v\nis %q, hint %q, want %q", c.causes, d.Message, d.Hint, c.want)
		}
	}
}

// The parser writes characters that are not ASCII as escapes, in units of UTF-16.
func TestSyntaxShowsUnicode(t *testing.T) {
	for message, want := range map[string]string{
		`Encountered "\u00e9" at line 1, column 10.` + "\nWas expecting one of:\n    <EOF>": "unexpected é",
		`Encountered "\ud83d\ude00x" at line 1, column 10.`:                                 "unexpected 😀x",
		`Encountered "\'a\'" at line 1, column 10.`:                                         "unexpected 'a'",
		`Lexical error at line 1, column 8.  Encountered: "\u201c" (8220), after : ""`:      "“ is not expected here",
	} {
		f := exception{Causes: []cause{{Message: message}}}
		if got := f.diagnose().Message; got != want {
			t.Errorf("%s is %q, want %q", message, got, want)
		}
	}
}

// Types lose the brackets that Calcite puts around them, and operators are whole.
func TestOperatorsAreWhole(t *testing.T) {
	for calcite, want := range map[string]string{
		"<INTEGER> > <INTEGER ARRAY>":                   "INTEGER > INTEGER ARRAY",
		"<RECORDTYPE(INTEGER X)> < <INTEGER>":           "RECORDTYPE(INTEGER X) < INTEGER",
		"'<COMPARABLE_TYPE> <> <COMPARABLE_TYPE>'":      "COMPARABLE_TYPE <> COMPARABLE_TYPE",
		"<INTEGER> <= <(VARCHAR(3), INTEGER) MAP>":      "INTEGER <= (VARCHAR(3), INTEGER) MAP",
		"UPPER(<CHARACTER>)":                            "UPPER(CHARACTER)",
		"TUMBLE(TABLE table_name, <NUMERIC>[, <DATE>])": "TUMBLE(TABLE table_name, NUMERIC[, DATE])",
	} {
		if got := plainTypes(calcite); got != want {
			t.Errorf("%s is %s, want %s", calcite, got, want)
		}
	}
}
