package engine

import (
	"fmt"
	"slices"
	"strings"
)

// OnError says what happens to a row for which a function fails. A function fails if it returns an
// error, panics, or returns a value that its SQL type cannot hold. A function that ends its process or
// does not return fails its query in any case.
//
// It is part of a function's payload, so a query keeps the one that it was planned with, also when
// it is restarted.
type OnError string

// Values of OnError.
const (
	// Fail fails the query.
	Fail OnError = "fail"
	// Null makes the function's result NULL.
	Null OnError = "null"
	// Skip skips the row, with a filter after the function. The plan must contain that
	// filter, see payload.Kept.
	Skip OnError = "skip"
)

// ParseOnError parses an OnError as a user writes it.
func ParseOnError(text string) (OnError, error) {
	o := OnError(strings.ToLower(text))
	if !slices.Contains([]OnError{Fail, Null, Skip}, o) {
		return "", fmt.Errorf("%q is not fail, null or skip", text)
	}
	return o, nil
}
