package flink

import (
	"slices"
	"testing"
)

// A stack trace from the REST endpoint has the causes that the gateway finds in an exception.
func TestCausesInATrace(t *testing.T) {
	const trace = `java.lang.Exception: Could not perform the checkpoint.
	at a.B.c(B.java:1)
	Suppressed: java.io.IOException: closed
		at a.B.d(B.java:2)
	Caused by: java.lang.Error: of the suppressed one
		... 3 more
Caused by: java.lang.RuntimeException: Error received from SDK harness for instruction 5: Half(3): odd
	at a.B.e(B.java:3)
Caused by: org.apache.flink.table.api.ValidationException: Available options are:

a
b
	at a.B.f(B.java:4)
	... 7 more
Caused by: java.lang.NullPointerException
	at a.B$C.g(B.java:5)
`
	want := []cause{
		{"java.lang.Exception", "Could not perform the checkpoint."},
		{"java.lang.RuntimeException", "Error received from SDK harness for instruction 5: Half(3): odd"},
		{"org.apache.flink.table.api.ValidationException", "Available options are:\n\na\nb"},
		{"java.lang.NullPointerException", ""},
	}
	if got := thrownIn(trace); !slices.Equal(got, want) {
		t.Errorf("%q, want %q", got, want)
	}
	if got := thrownIn("no class of an exception: it failed"); len(got) != 1 || got[0].Message != "no class of an exception: it failed" {
		t.Errorf("%q", got)
	}
}

// The REST endpoint names a task with the number of its execution.
func TestTaskOfTheExceptionHistory(t *testing.T) {
	f := exception{Causes: []cause{{Message: "it failed"}}, Task: "Source: numbers[1] -> Map[2] (1/2) - execution #3"}
	if got := f.diagnose().Message; got != "it failed, in Source: numbers → Map" {
		t.Errorf("%q", got)
	}
}
