package golang

import (
	"fmt"
	"slices"
	"strings"
)

// OnError is what becomes of a row for which a function fails: it returns an
// error, panics, or returns what is no value of its SQL type. A function that
// ends its process or does not come back fails its query in any case.
//
// It is part of a function's payload, so that a query keeps the one that it was
// planned with, also when it is restarted.
type OnError string

// The kinds of OnError.
const (
	// Fail fails the query.
	Fail OnError = "fail"
	// Null makes the function's result NULL.
	Null OnError = "null"
	// Skip leaves the row out, as a filter behind the function does. The plan
	// must have that filter, see payload.Kept.
	Skip OnError = "skip"
)

// ParseOnError reads an OnError as a user writes it.
func ParseOnError(text string) (OnError, error) {
	o := OnError(strings.ToLower(text))
	if !slices.Contains([]OnError{Fail, Null, Skip}, o) {
		return "", fmt.Errorf("%q is neither fail nor null nor skip", text)
	}
	return o, nil
}
