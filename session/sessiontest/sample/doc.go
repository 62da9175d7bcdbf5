// Package sample decides how much of a long test runs. `go test` runs a fixed sample of the
// test: the same cases each time, with at least one of every kind. With the build tag long,
// which .ci/long sets, the whole test runs.
package sample

// Of returns all in a whole run and some in the sample: a number of rows, rounds or seeds.
func Of[T any](some, all T) T {
	if Whole {
		return all
	}
	return some
}

// Every returns all cases in a whole run. In the sample it returns the first case and each nth case after it.
func Every[T any](n int, cases []T) []T {
	if Whole {
		return cases
	}
	var some []T
	for i := 0; i < len(cases); i += n {
		some = append(some, cases[i])
	}
	return some
}
