package command

import (
	"testing"

	"riffle/session/query"
)

// The number of rows that an ended INSERT has written is unknown, and is not reported as 0.
func TestWaitedForAnInsert(t *testing.T) {
	short := query.Wait{Rows: 5, FailIfShort: true}
	for _, c := range []struct {
		wait query.Wait
		end  query.Ended
		want string
	}{
		{query.Wait{}, query.Ended{Rows: 1}, "q1 has finished with 1 row"},
		{short, query.Ended{Rows: 4}, "q1 has finished with 4 of 5 rows"},
		{short, query.Ended{Rows: 5}, "q1 has finished with 5 rows"},
		{query.Wait{Rows: 5}, query.Ended{Writes: true}, "q1 has finished"},
		{query.Wait{}, query.Ended{State: query.Cancelled, Writes: true}, "q1 was cancelled"},
		{short, query.Ended{Writes: true}, "q1 has finished, and Flink does not report the number of rows that an ended INSERT has written"},
	} {
		answer, err := waited("q1", c.wait, &c.end)
		got := answer.Text
		if err != nil {
			got = err.Error()
		}
		if got != c.want {
			t.Errorf("%+v, %+v: %q, want %q", c.wait, c.end, got, c.want)
		}
	}
}
