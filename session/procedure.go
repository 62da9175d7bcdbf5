package session

import (
	"fmt"
	"strings"

	"github.com/apache/arrow/go/v15/arrow"

	"riffle/session/query"
)

// presentJobs creates a query for each job that a procedure has submitted and that continues
// after it. The reply is about the first of them. Its subscriber gets the procedure's results
// as notices.
func (s *Session) presentJobs(started query.Started, u *submission) (Reply, error) {
	t, notices := u.task, returned(u.answer.Records)
	var first Reply
	for i, submitted := range u.answer.Jobs {
		if i > 0 {
			started.Query = s.queries.Number()
			s.queries.UseNumber()
			t.Name = "" // it is the first one's
		}
		started.Job, started.Bounded = submitted.ID, submitted.Bounded
		reply, err := s.start(started, t, query.Job{Gateway: u.gateway, ID: submitted.ID, LogFrom: u.answer.LogEnd}, notices...)
		if err != nil {
			return first, err
		}
		message := fmt.Sprintf("%s: job %s", reply.Query.ID(), submitted.ID)
		if i > 0 {
			first.Message += ", " + message
			reply.Events.Close()
			continue
		}
		first, notices = reply, nil
		first.Message = message
	}
	return first, nil
}

// returned formats the values that a procedure returned, and releases them.
func returned(records []arrow.Record) []string {
	const most = 10 // rows, because the results are notices and not a table
	var notices []string
	total := 0
	for _, record := range records {
		for row := range int(record.NumRows()) {
			if total++; total > most {
				continue
			}
			var values []string
			for _, column := range record.Columns()[:record.NumCols()-1] { // the last is the kind
				values = append(values, column.ValueStr(row))
			}
			notices = append(notices, "the procedure returned "+strings.Join(values, ", "))
		}
		record.Release()
	}
	if total > most {
		notices = append(notices, fmt.Sprintf("and %d more rows", total-most))
	}
	return notices
}
